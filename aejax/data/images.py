"""What a split of a data set is in memory."""

from typing import NamedTuple

import numpy as np


class Images(NamedTuple):
    """Images and their labels.

    Attributes:
      images: uint8 [n, height, width, channels].
      labels: int32 [n].
    """

    images: np.ndarray
    labels: np.ndarray
