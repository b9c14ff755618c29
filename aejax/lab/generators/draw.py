"""The command that draws numbers with a kept conditional generator."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import pretrained, sampling
from aejax.errors import UserError
from aejax.lab import flags, png
from aejax.lab.checked import Checked, option
from aejax.lab.training.programs import light
from aejax.models import ImageGenerator

SHIPPED = "digit_generator"
"""Name of the shipped one."""

MOST_DIGITS, MOST_COPIES = 200, 200
PIXELS = 4
"""Side of a square of the file that shows one pixel."""


@dataclasses.dataclass(frozen=True)
class DrawOptions(Checked):
    """What is drawn, and where."""

    digits: str = option("", "The number, of the digits 0 to 9.")
    out: str = option("number.png", "PNG file that is written.", path="write")
    copies: int = option(1, "Rows.", minimum=1, maximum=MOST_COPIES)
    generator: str | None = option(
        None,
        "Folder of a saved ImageGenerator; the shipped one if not given.",
        path="read",
    )
    seed: int = option(0, "Other seeds give other shapes.", minimum=0, maximum=2**32)


def run(arguments: Sequence[str]) -> None:
    """Draws what a command line asks for.

    Raises:
      UserError: anything that the user can mend.
    """
    options = flags.parse(DrawOptions, arguments)
    check(options)
    page = draw(options).repeat(PIXELS, 0).repeat(PIXELS, 1)
    path = png.write(options.out, page)
    print(f"{options.digits} is drawn in {path}")


def check(options: DrawOptions) -> None:
    """Looks at what is asked for before anything is loaded.

    Raises:
      UserError: no digits, other characters, too many, or no place to write.
    """
    text = options.digits
    if not text:
        raise UserError("--digits=: give one digit or more, such as --digits=2026")
    if other := sorted(set(text) - set("0123456789")):
        shown = " ".join(other[:5])
        raise UserError(f"--digits={text[:20]}: only the digits 0 to 9, not {shown}")
    if len(text) > MOST_DIGITS:
        raise UserError(f"--digits: {len(text):,} digits; {MOST_DIGITS} at most")
    png.check(options.out, "number.png")


def draw(options: DrawOptions) -> NDArray[np.uint8]:
    """Grey levels [copies * h, digits * w]; every digit of every copy has own noise.

    Raises:
      UserError: the folder holds no generator of ten digits.
    """
    model, params = load(options.generator or SHIPPED)
    labels = np.tile(np.array([int(c) for c in options.digits]), options.copies)
    like = jnp.zeros((len(labels), model.noise_dim), model.param_dtype)
    noise = sampling.noise(jax.random.key(options.seed), like)
    images = light(model.apply)(params, noise, jnp.asarray(labels, jnp.int32))
    height, width, _ = model.image_shape
    shown = np.asarray(images, np.float64).reshape(options.copies, -1, height, width)
    page = shown.transpose(0, 2, 1, 3).reshape(options.copies * height, -1)
    return np.round(255 * page).astype(np.uint8)


def load(folder: str | Path) -> tuple[ImageGenerator, dict]:
    """A saved generator of grey images of ten classes.

    Raises:
      UserError: the folder holds another model, or none.
    """
    model, params = pretrained.load(folder)
    fits = isinstance(model, ImageGenerator) and model.classes == 10
    if not fits or model.image_shape[2] != 1:
        raise UserError(f"{folder} holds no ImageGenerator of ten digits")
    return model, params
