"""What a study needs of its data, known before anything is trained."""

import dataclasses

import numpy as np

from aejax.errors import UserError
from aejax.lab.data import Data

WITHOUT_LABELS = ("autoencoding", "decorrelation", "likelihood", "unmixing")
"""Studies that need no labels."""


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a study needs of its data.

    Attributes:
      classes: labels of so many classes, in each split; 0 for images alone.
      images: so many training images, and test images.
      each: so many of each class, in each split.
      side: images of so many pixels, in height and width.
    """

    classes: int = 0
    images: int = 1
    each: int = 0
    side: int = 0

    def check(self, data: Data) -> None:
        """Rejects data that lack it.

        Raises:
          UserError: they do; in one line.
        """
        if self.classes and not data.has_labels:
            raise UserError(
                f"this study needs labels, and {data.name} has none: lay the images of "
                "each class in a folder of their own, or give labels beside the "
                f"images. Studies without labels: {', '.join(WITHOUT_LABELS)}"
            )
        if min(data.image_shape[:2]) < self.side:
            size = " x ".join(map(str, data.image_shape[:2]))
            raise UserError(
                f"images of {data.name} are {size} "
                f"pixels, and this study needs {self.side} or more: give --image_size"
            )
        for name, split in (("training", data.train), ("test", data.test)):
            count = len(split.images)
            if count < self.images:
                raise UserError(
                    f"{data.name} has too few images: {count} {name} images, and this "
                    f"study needs {self.images} or more"
                )
            if self.classes:
                self._check_classes(data, name, split.labels)

    def _check_classes(self, data: Data, name: str, labels: np.ndarray) -> None:
        known = np.unique(labels)
        if len(known) < self.classes:
            raise UserError(
                f"{data.name}: all {name} images are of one class "
                f"({data.class_names[known[0]]}), and this study compares classes"
                if len(known) == 1
                else f"{data.name}: the {name} images are of {len(known)} classes, and "
                f"this study needs {self.classes}"
            )
        rarest = int(np.bincount(labels, minlength=data.classes).argmin())
        least = int((labels == rarest).sum())
        if least < self.each:
            raise UserError(
                f"{data.name} has too few images: {least} {name} images of class "
                f"{data.class_names[rarest]}, and this study needs {self.each} of "
                "each class"
            )


ANY = Needs()
"""Any images will do."""
