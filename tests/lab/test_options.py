"""Options: what they may be, by keywords and by flags alike."""

import dataclasses
import math
from pathlib import Path

import pytest
from absl import flags as absl_flags

from aejax import lab
from aejax.errors import UserError
from aejax.lab import flags
from aejax.lab.checked import OptionError
from aejax.lab.laboratory import chunk_length


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """Of a test: a field of each kind."""

    numbers: tuple[int, ...] = lab.option((4, 8), "Numbers.", minimum=1)
    rates: tuple[float, ...] = lab.option((0.5,), "Rates.", above=0)
    depth: int = lab.option(3, "Depth.", minimum=1, maximum=5)
    weight: float = lab.option(1.0, "Weight.", minimum=0)
    kinds: tuple[str, ...] = lab.option(("a",), "Kinds.", choices=("a", "b"))
    bound: int | None = lab.option(None, "Bound.", minimum=1)
    plain: bool = lab.option(False, "Plain.")
    steps: int = lab.option(500, "Steps.", minimum=1)


def parse(*arguments, kind=Options):
    return flags.parse(kind, ["test", *arguments])


def test_defaults_are_those_of_the_class():
    assert parse() == Options()
    assert Options().steps == 500


def test_flags_and_keywords_give_the_same():
    by_keywords = Options(
        numbers=(16, 2, 3), rates=(1, 0.25), depth=5, weight=2, kinds=["b", "a"],
        bound=7, plain=True, workdir=Path("x"), batch_size=64, epochs=2.5,
    )  # fmt: skip
    by_flags = parse(
        "--numbers=16, 2,3", "--rates=1,0.25", "--depth=5", "--weight=2", "--kinds=b,a",
        "--bound=7", "--plain", "--workdir=x", "--batch_size=64", "--epochs=2.5",
    )  # fmt: skip
    assert by_flags == by_keywords
    assert isinstance(by_keywords.weight, float)
    assert by_keywords.rates == (1.0, 0.25)
    assert by_keywords.workdir == "x"


def test_a_single_value_is_a_tuple_of_one():
    assert Options(numbers=3).numbers == (3,)
    assert Options(kinds="b").kinds == ("b",)


IMPOSSIBLE = [
    ("numbers", "", "'' is not|is not a whole number of 1 or more"),
    ("numbers", "0", "0 is not a whole number of 1 or more"),
    ("numbers", "4,-3", "-3 is not"),
    ("numbers", "4,abc", "abc is not"),
    ("numbers", "4,,5", "is not a whole number"),
    ("numbers", "2.5", "2.5 is not"),
    ("numbers", "4,8,4", "4 is given more than once"),
    ("rates", "0", "0 is not a number above 0"),
    ("rates", "inf", "inf is not"),
    ("depth", "6", "6 is not a whole number from 1 to 5"),
    ("depth", "0", "0 is not a whole number from 1 to 5"),
    ("weight", "-1", "-1 is not a number of 0 or more"),
    ("weight", "nan", "nan is not"),
    ("kinds", "c", "c is not one of a, b"),
    ("bound", "0", "0 is not"),
    ("seeds", "-1", "seeds|-1 is not"),
    ("steps", "0", "0 is not"),
    ("batch_size", "x", "x is not a whole number"),
    ("executor", "pmap", "pmap is not one of auto, map, vmap, sharded"),
    ("epochs", "-1", "-1 is not a number above 0"),
    ("epochs", "nan", "nan is not"),
    ("learning_rate", "nan", "nan is not"),
    ("learning_rate", "inf", "inf is not"),
    ("learning_rate", "0", "0 is not a number above 0"),
    ("learning_rate", "-0.001", "-0.001 is not"),
    ("memory_gb", "nan", "nan is not"),
    ("memory_gb", "0", "0 is not"),
]


def read(text):
    """A word of the list as a notebook would give it."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


@pytest.mark.parametrize(("name", "text", "message"), IMPOSSIBLE)
def test_what_cannot_be_is_refused_alike(name, text, message):
    with pytest.raises(UserError, match=message) as by_flag:
        parse(f"--{name}={text}")
    assert name in str(by_flag.value)
    assert "\n" not in str(by_flag.value)
    is_tuple = isinstance(getattr(Options(), name), tuple)
    words = tuple(map(read, text.split(","))) if is_tuple else read(text)
    with pytest.raises(OptionError, match=message) as by_keyword:
        Options(**{name: words})
    assert by_keyword.value.name == name
    assert "--" not in str(by_keyword.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("depth", 2.5), ("depth", "two"), ("depth", True), ("depth", None),
        ("plain", 1), ("plain", "yes"), ("weight", None), ("numbers", ()),
        ("dataset", 3), ("steps", math.inf),
    ],
)  # fmt: skip
def test_keywords_of_another_type_are_refused(name, value):
    with pytest.raises(OptionError) as refusal:
        Options(**{name: value})
    assert refusal.value.name == name


def test_whole_numbers_may_be_written_as_floats():
    found = Options(depth=2.0, steps=1e3)
    assert (found.depth, found.steps) == (2, 1000)
    assert isinstance(found.steps, int)


def test_steps_and_epochs_are_not_given_together():
    for arguments in (("--steps=3", "--epochs=1"), ("--steps=500", "--epochs=1")):
        with pytest.raises(UserError, match="--steps or --epochs, not both"):
            parse(*arguments)
    with pytest.raises(OptionError, match="not both"):
        Options(steps=3, epochs=1)
    assert Options(epochs=1).epochs == 1


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--number=3", "numbers"),
        ("numbers=3", "--name=value"),
        ("--depth", "depth"),
        ("--plain=perhaps", "plain"),
    ],
)
def test_what_is_no_flag_is_refused_in_one_line(argument, message):
    with pytest.raises(UserError, match=message) as refusal:
        parse(argument)
    assert "\n" not in str(refusal.value)


def test_results_depend_on_what_is_deciding():
    found = Options(batch_size=8, workdir="x", numbers=(1,)).deciding()
    assert found["batch_size"] == 8
    assert found["numbers"] == (1,)
    assert next(iter(found)) == "numbers"
    assert not set(found) & set(Options.not_deciding)
    assert {*found, *Options.not_deciding} == {
        f.name for f in dataclasses.fields(Options)
    }


def test_help_lists_own_flags_before_shared_ones_with_their_defaults():
    text = flags.help_text(Options, "python -m experiments.x", "A question?\n\nMore.")
    assert text.startswith("A question?")
    fields = [f.name for f in dataclasses.fields(Options)]
    places = {name: text.index(f"  --{name}\n") for name in fields}
    shared = {f.name for f in dataclasses.fields(lab.Options)}
    own = [name for name in fields if name not in shared]
    between = text.index("Flags of all studies:")
    assert own == ["numbers", "rates", "depth", "weight", "kinds", "bound", "plain"]
    assert all(places[name] < between for name in own)
    assert all(places[name] > between for name in shared)
    for words in (
        "Numbers. (default 4,8; one or more, separated by commas, each a whole number "
        "of 1 or more)",
        "Depth. (default 3; a whole number from 1 to 5)",
        "Bound. (a whole number of 1 or more)",
        "Steps. (default 500;",
        "one of auto, map, vmap, sharded",
    ):
        assert words in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100


def test_programs_with_flags_of_the_same_names_are_left_alone():
    """A host program may have a batch_size; ours goes into values of its own."""
    host = absl_flags.FLAGS
    before = set(host)
    absl_flags.DEFINE_string("batch_size", "the host's", "Of a host program.")
    try:
        assert parse("--batch_size=7").batch_size == 7
        assert host["batch_size"].value == "the host's"
    finally:
        delattr(host, "batch_size")
    assert set(host) == before


@pytest.mark.parametrize("about", [1, 3, 7, 100, 5000])
def test_a_chunk_divides_the_steps_where_it_can(about):
    for steps in range(1, 400):
        chunk = chunk_length(steps, about)
        wanted = min(about, steps)
        assert 1 <= chunk <= steps
        assert wanted / 2 <= chunk <= 2 * wanted
        divisors = [
            n for n in range(1, steps + 1)
            if steps % n == 0 and wanted / 2 <= n <= 2 * wanted
        ]  # fmt: skip
        if divisors:
            best = min(abs(n - wanted) for n in divisors)
            assert steps % chunk == 0
            assert abs(chunk - wanted) == best
        else:
            assert chunk == wanted
