"""What images are brought to: a size, a number of channels, a number of them."""

import dataclasses

from aejax.errors import UserError


@dataclasses.dataclass(frozen=True)
class Form:
    """How images are wanted; None leaves that to the data.

    Attributes:
      image_size: height and width in pixels: images are scaled until they cover the
        square, and cropped at its centre.
      channels: 1 for grey, 3 for colour.
      limit: so many images of all splits together are used; always the same ones.

    Raises:
      UserError: a value cannot be.
    """

    image_size: int | None = None
    channels: int | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.image_size is not None and self.image_size < 1:
            raise UserError(f"image_size={self.image_size}: give 1 pixel or more")
        if self.channels not in (None, 1, 3):
            raise UserError(f"channels={self.channels}: 1 is grey, 3 is colour")
        if self.limit is not None and self.limit < 2:
            raise UserError(f"limit={self.limit}: give 2 images or more")

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked for."""
        return self == Form()


OPEN = Form()
"""Images as they are."""
