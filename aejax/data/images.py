"""What a data set, and a split of it, is in memory."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Images(NamedTuple):
    """Images and, where there are some, their labels.

    Attributes:
      images: uint8 [n, height, width, channels].
      labels: int32 [n]; None where there are none.
    """

    images: np.ndarray
    # An array or None; whoever needs labels has asked `has_labels` once.
    labels: Any = None

    @property
    def has_labels(self) -> bool:
        """Whether classes are known."""
        return self.labels is not None


class DataSet(NamedTuple):
    """Both splits of a data set.

    Attributes:
      train, test: images, with labels or both without.
      facts: for reports, fit for JSON: name, version, description, splits (examples of
        each), image_shape, class_names (none of a set without labels), homepage,
        citation, origin.
      notes: what the user must know: what was resized, left out ...
    """

    train: Images
    test: Images
    facts: Mapping[str, Any]
    notes: tuple[str, ...] = ()
