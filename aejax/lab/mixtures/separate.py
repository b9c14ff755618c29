"""The command that separates a user's own mixture with a kept network."""

import dataclasses
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import pretrained
from aejax.data.own import decoding, pixels
from aejax.errors import UserError
from aejax.lab import flags, png
from aejax.lab.checked import Checked, option
from aejax.lab.training.programs import light
from aejax.models import CodeUnmixer, UNet

SHIPPED = "unmixer"
"""Name of the shipped one."""


@dataclasses.dataclass(frozen=True)
class SeparateOptions(Checked):
    """What is separated, and where the parts go."""

    image: str = option(
        "", "Image file of the mixture, of the network's size.", path="read"
    )
    out: str = option(
        "parts.png", "PNG file that is written: both parts side by side.", path="write"
    )
    unmixer: str | None = option(
        None,
        "Folder of a saved UNet or CodeUnmixer; the shipped one if not given.",
        path="read",
    )


def run(arguments: Sequence[str]) -> None:
    """Separates what a command line names.

    Raises:
      UserError: anything that the user can mend.
    """
    options = flags.parse(SeparateOptions, arguments)
    check(options)
    model, params = load(options.unmixer or SHIPPED)
    mixture = read(Path(options.image), model.image_shape)
    path = png.write(options.out, separated(model, params, mixture).squeeze())
    print(f"both parts of {options.image} are in {path}")


def check(options: SeparateOptions) -> None:
    """Looks at what is asked for before anything is loaded.

    Raises:
      UserError: there is no such image, or no place to write.
    """
    if not options.image or not Path(options.image).is_file():
        raise UserError(f"--image={options.image}: there is no such file")
    png.check(options.out, "parts.png")


def load(folder: str | Path) -> tuple[Any, Any]:
    """A saved network that unmixes.

    Raises:
      UserError: the folder holds another model, or none.
    """
    model, params = pretrained.load(folder)
    if not isinstance(model, UNet | CodeUnmixer):
        raise UserError(f"{folder} holds no UNet and no CodeUnmixer")
    return model, params


def read(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """An image file as a network takes it, uint8 [h, w, c].

    It is read as those of data sets are: upright, and on white where it is transparent.

    Raises:
      UserError: it is no image, or of another size.
    """
    height, width, _ = shape
    try:
        # Pillow warns of harmless oddities of a file.
        with warnings.catch_warnings(action="ignore"), path.open("rb") as file:
            picture = pixels.upright(file)
    except Exception as error:  # Damaged images raise errors of many types.
        reason = decoding.reason(error)
        raise UserError(
            f"--image={path} cannot be read as an image: {reason}"
        ) from error
    if picture.size != (width, height):
        found = f"{picture.width} x {picture.height}"
        raise UserError(
            f"--image={path} has {found} pixels; this network separates {width} x "
            f"{height}"
        )
    return pixels.brought_to(picture, shape)


def separated(model: Any, params: Any, mixture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Both parts side by side, uint8 [h, 2 w, c]."""
    parts = light(model.apply)(params, jnp.asarray(mixture)[None])[0]
    page = np.concatenate(list(np.asarray(parts, np.float64)), axis=1)
    return np.round(255 * page).astype(np.uint8)
