"""What all builders of aejax share."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from absl import logging
from PIL import Image

Examples = Iterator[tuple[int, dict[str, Any]]]


class ImageBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """A TFDS builder of images with labels that works without TensorFlow."""

    def _generate_examples(
        self, split: str, images: np.ndarray, labels: np.ndarray
    ) -> Examples:
        del split
        for i, (image, label) in enumerate(zip(images, labels, strict=True)):
            # TFDS encodes arrays with TensorFlow, but Pillow's images with Pillow.
            yield i, {"image": Image.fromarray(image), "label": int(label)}

    # TFDS prints here that it is "downloading" something of "unknown size".
    def _log_download_bytes(self) -> None:
        logging.info("Preparing %s in %s", self.name, self.data_dir)

    def _log_download_done(self) -> None:
        logging.info("Prepared %s in %s", self.name, self.data_dir)
