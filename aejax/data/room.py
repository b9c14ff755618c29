"""Whether images fit into memory, known before they are there."""

from math import prod

from aejax.errors import UserError

ALONE, IN_A_STUDY = 2, 6
"""Copies of the bytes of images that are used at once: on the host and on the device;
and in a study also as floats, of four bytes each."""

_LITTLE = 64_000_000
"""So many bytes are not worth asking: the answer would start the accelerator."""


def check(count: int, shape: tuple[int, int, int], copies: int, where: str) -> None:
    """Accepts images that fit into memory.

    Args:
      count: how many.
      shape: (height, width, channels) of each.
      copies: of the bytes.
      where: they are from, for the message.

    Raises:
      UserError: they do not fit.
    """
    each = prod(shape) * copies
    if count * each <= _LITTLE:
        return
    # Starts JAX, which little data need not.
    from aejax import memory

    free = memory.available()
    if count * each <= free:
        return
    what = f"{where}: {count:,} images of {' x '.join(map(str, shape))}"
    need = (
        f"need {count * each / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free"
    )
    fitting = free // each
    ways = f"--limit={fitting} fits; or use" if fitting > 1 else "use"
    raise UserError(f"{what} {need}: {ways} a smaller --image_size")
