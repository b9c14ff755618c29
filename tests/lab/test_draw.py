"""The command that draws numbers, with a generator in a folder."""

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest

import aejax
from aejax import models
from aejax.lab import cli
from aejax.lab.generators import draw

SHAPE = (6, 4, 1)


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    """A folder with a generator that has learnt nothing."""
    folder = tmp_path_factory.mktemp("generator")
    model = models.ImageGenerator(
        models.Generator(3, 2, 5, 1, 10), models.MlpDecoder(SHAPE, (7,))
    )
    params = model.init(jax.random.key(0), jnp.zeros((1, 3)))
    aejax.save(folder, model, jax.tree.map(lambda a: a + 0.3, params))
    return folder


def command(*flags):
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        cli.command(draw.run, ["prog", *flags])
    return ended.value.code


def test_a_row_for_each_copy_and_a_column_for_each_digit(generator, tmp_path, capsys):
    out = tmp_path / "new" / "number.png"
    given = ("--digits=2026", f"--out={out}", "--copies=3", f"--generator={generator}")
    assert cli.asks_for("digits", given)
    assert command(*given) == 0
    assert str(out) in capsys.readouterr().out
    shown = matplotlib.image.imread(out)
    assert shown.shape == (3 * 6 * draw.PIXELS, 4 * 4 * draw.PIXELS)
    before = out.read_bytes()
    assert command(*given) == 0
    assert out.read_bytes() == before
    assert command(*given, "--seed=1") == 0
    assert out.read_bytes() != before


def test_the_image_at_a_place_is_that_of_its_digit(generator):
    options = draw.DrawOptions(digits="73", copies=2, generator=str(generator))
    page = draw.draw(options)
    model, params = aejax.load(generator)
    noise = aejax.sampling.noise(jax.random.key(0), jnp.zeros((4, 3)))
    last = model.apply(params, noise, jnp.array([7, 3, 7, 3]))[3, :, :, 0]
    np.testing.assert_allclose(page[6:, 4:], 255 * np.asarray(last), atol=0.51)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--digits="], "one digit or more"),
        (["--digits=20x6"], "only the digits 0 to 9, not x"),
        (["--digits=²"], "only the digits"),
        (["--digits=-1"], "only the digits 0 to 9, not -"),
        (["--digits=" + "1" * 10_000], "10,000 digits; 200 at most"),
        (["--digits=1", "--copies=0"], "whole number from 1"),
        (["--digits=1", "--copies=some"], "whole number from 1"),
        (["--digits=1", "--out=number.jpg"], "PNG"),
        (["--digits=1", "--out=/proc/none/number.png"], "cannot be written"),
        (["--digits=1", "--seeds=1"], "seed"),
        (["--digits=1", "--generator=nowhere"], "no model"),
    ],
)
def test_mistakes_end_in_one_line(flags, message, generator, capsys):
    own = [] if any("generator" in f for f in flags) else [f"--generator={generator}"]
    assert command(*own, *flags) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert message in said
    assert len(said) < 300


def test_another_model_is_no_generator_of_digits(tmp_path, capsys):
    model = models.Head(10, 4)
    aejax.save(tmp_path, model, model.init(jax.random.key(0), jnp.zeros((1, 3))))
    assert command("--digits=1", f"--generator={tmp_path}") == 1
    assert "no ImageGenerator of ten digits" in capsys.readouterr().err


def test_a_command_without_digits_is_a_study():
    assert not cli.asks_for("digits", ["prog", "--seeds=2", "--out=digits"])
    assert cli.asks_for("digits", ["prog", "--digits", "12"])
