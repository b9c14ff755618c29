"""One image, of any mode and size, as an array of bytes."""

import math
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image

Shape = tuple[int, int, int]
"""(height, width, channels)."""

_ORIENTATION = 0x0112
_BITS_PER_SAMPLE = 258
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TRANSPARENT = ("LA", "PA", "La", "RGBA", "RGBa")


class Header(NamedTuple):
    """What is known of an image before it is decoded.

    Attributes:
      height, width: upright, in pixels.
      is_grey: whether it has no colours.
    """

    height: int
    width: int
    is_grey: bool


def header(file: BinaryIO) -> Header:
    """Size and colours of an image, without decoding it.

    Raises:
      Exception: of many types, where it is no image.
    """
    with Image.open(file) as image:
        width, height = image.size
        # Pillow's TIFF is upright already; a PNG's orientation may be at its end, and
        # would have it decoded.
        may_lie = image.format != "TIFF" and (
            image.format != "PNG" or "exif" in image.info
        )
        if may_lie and _orientation(image) >= 5:
            width, height = height, width
        return Header(height, width, _is_grey(image))


def decoded(file: BinaryIO, shape: Shape) -> np.ndarray:
    """An image, upright, covering a size, cropped at its centre: uint8 [h, w, c].

    What is transparent is laid on white, 16-bit grey is scaled by its depth, and
    colours are made grey (ITU-R 601) where one channel is wanted.

    Raises:
      Exception: of many types, where it cannot be read.
    """
    height, width, _ = shape
    with Image.open(file) as image:
        # JPEG can be decoded at a fraction of its size: much faster for photographs.
        scale = max(height, width) / max(1, min(image.size))
        if scale < 0.5:
            wide, high = (math.ceil(2 * scale * s) for s in image.size)
            image.draft(None, (wide, high))
        return brought_to(_upright(image), shape)


def upright(file: BinaryIO) -> Image.Image:
    """An image in its own size, upright and plain ("L" or "RGB"), as `decoded`.

    Raises:
      Exception: of many types, where it cannot be read.
    """
    with Image.open(file) as image:
        return _upright(image)


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    turn = _UPRIGHT.get(_orientation(image))
    plain = _plain(image)
    return plain if turn is None else plain.transpose(turn)


def brought_to(image: Image.Image, shape: Shape) -> np.ndarray:
    """A plain image ("L" or "RGB") in another size and number of channels."""
    height, width, channels = shape
    fitted = _fitted(image, height, width)
    mode = "L" if channels == 1 else "RGB"
    shown = fitted if fitted.mode == mode else fitted.convert(mode)
    return np.asarray(shown).reshape(shape)


def _fitted(image: Image.Image, height: int, width: int) -> Image.Image:
    """Scaled until it covers the size, cropped at its centre."""
    if image.size == (width, height):
        return image
    scale = max(width / image.width, height / image.height)
    wide, high = width / scale, height / scale
    left, top = (image.width - wide) / 2, (image.height - high) / 2
    box = (max(left, 0), max(top, 0), left + wide, top + high)
    box = (*box[:2], min(box[2], image.width), min(box[3], image.height))
    return image.resize(
        (width, height), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0
    )


def _plain(image: Image.Image) -> Image.Image:
    """As "L" or "RGB": on white where it is transparent, 8 bits a channel."""
    if image.mode[0] == "I" or image.mode == "F":
        return Image.fromarray(_bytes(image))
    if image.mode in _TRANSPARENT or "transparency" in image.info:
        is_grey = image.mode in ("1", "L", "LA", "La")
        # Pillow has no direct way from these two to RGBA.
        straight = {"La": "LA"}.get(image.mode)
        shown = (image.convert(straight) if straight else image).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        flat = Image.alpha_composite(white, shown)
        return flat.convert("RGB").convert("L") if is_grey else flat.convert("RGB")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _bytes(image: Image.Image) -> np.ndarray:
    """Grey of more than 8 bits, or floats, as bytes [h, w]."""
    values = np.asarray(image, np.float64)
    if image.mode == "F":
        top = 1.0
    else:
        tags = getattr(image, "tag_v2", None)
        bits = (tags.get(_BITS_PER_SAMPLE) if tags is not None else None) or (16,)
        depth = bits[0] if isinstance(bits, tuple) else bits
        top = 2.0 ** (depth if 8 <= depth < 16 else 16) - 1
    if not (values.min() >= 0 and values.max() <= top):
        raise ValueError(
            f"grey values from {values.min():g} to {values.max():g}, beyond "
            f"0 to {top:g}"
        )
    return np.round(values * (255 / top)).astype(np.uint8)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # A damaged note on the orientation damages no image.
        return 1


def _is_grey(image: Image.Image) -> bool:
    if image.mode == "P":
        palette = image.palette
        if palette is None or palette.mode != "RGB":
            return False
        colours = np.frombuffer(bytes(palette.palette), np.uint8)
        colours = colours[: len(colours) // 3 * 3].reshape(-1, 3)
        return bool((colours == colours[:, :1]).all())
    return image.mode[0] in "1IFL" and image.mode != "LAB"


def of_array(image: np.ndarray, shape: Shape) -> np.ndarray:
    """A uint8 image [h, w, 1 or 3] in another size and number of channels."""
    plain = image[..., 0] if image.shape[-1] == 1 else image
    return brought_to(Image.fromarray(plain), shape)
