"""The shared flags: what they say, and what they refuse."""

import math

import pytest
from absl import flags
from absl.testing import flagsaver

from aejax.errors import UserError
from aejax.run import settings
from aejax.run.lists import define_integers

define_integers("numbers_of_a_test", (4, 8), "Numbers.")


@pytest.fixture
def parse():
    """Sets flags as a command line does; they are as before after the test."""
    with flagsaver.flagsaver():
        yield lambda *arguments: flags.FLAGS(["test", *arguments])


def numbers():
    return flags.FLAGS["numbers_of_a_test"].value


@pytest.mark.parametrize("about", [1, 3, 7, 100, 5000])
def test_a_chunk_divides_the_steps_where_it_can(about):
    for steps in range(1, 400):
        chunk = settings.chunk_length(steps, about)
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


def test_the_defaults_are_fit_for_use(parse):
    parse()
    found = settings.settings(examples=4000, default_steps=1000)
    assert found.steps == 1000
    assert found.steps % found.chunk == 0
    assert found.executor == "map"
    assert found.memory is None


def test_epochs_are_passes_over_whole_batches(parse):
    parse("--epochs=2.5", "--batch_size=64")
    assert settings.settings(4000, 1000).steps == round(2.5 * 62)
    parse("--epochs=0")
    assert settings.settings(4000, 1000).steps == 1


def test_memory_is_given_in_gigabytes(parse):
    parse("--memory_gb=1.5")
    assert settings.settings(4000, 10).memory == 1_500_000_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps=3", "--epochs=1"], "not both"),
        (["--batch_size=4001"], "--batch_size=4001 is more than the 4000"),
        (["--epochs=nan"], "--epochs"),
        (["--epochs=inf"], "--epochs"),
        (["--memory_gb=nan"], "--memory_gb"),
        (["--learning_rate=nan"], "--learning_rate"),
    ],
)
def test_settings_that_cannot_be_are_the_users_to_mend(parse, arguments, message):
    parse(*arguments)
    with pytest.raises(UserError, match=message):
        settings.settings(4000, 10)


@pytest.mark.parametrize(
    "argument",
    ["--steps=0", "--seeds=-1", "--batch_size=x", "--executor=pmap", "--epochs=-1"],
)
def test_flags_out_of_range_are_refused_when_parsed(parse, argument):
    with pytest.raises(flags.Error, match=argument[2:].partition("=")[0]):
        parse(argument)


def test_a_list_of_numbers(parse):
    parse("--numbers_of_a_test=16, 2,3")
    assert numbers() == (16, 2, 3)
    assert flags.FLAGS["numbers_of_a_test"].serialize() == (
        "--numbers_of_a_test=16,2,3"
    )


def test_a_list_has_its_default(parse):
    parse()
    assert numbers() == (4, 8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a whole number of 1 or more"),
        ("0", "'0' is not"),
        ("4,-3", "'-3' is not"),
        ("4,abc", "'abc' is not"),
        ("4,,5", "'' is not"),
        ("2.5", "'2.5' is not"),
        ("4,8,4", "4 is given more than once"),
    ],
)
def test_lists_that_cannot_be_are_refused(parse, text, message):
    with pytest.raises(flags.IllegalFlagValueError, match=message):
        parse(f"--numbers_of_a_test={text}")


def test_results_depend_on_what_is_deciding(parse):
    parse("--batch_size=8", "--workdir=x", "--numbers_of_a_test=1")
    found = settings.deciding(("numbers_of_a_test",))
    assert found["batch_size"] == 8
    assert found["numbers_of_a_test"] == (1,)
    assert "workdir" not in found
    assert not any(isinstance(v, float) and math.isnan(v) for v in found.values())
