"""M1, M2 and M1+M2 of two splits of labels, small: shapes, and what is given."""

import numpy as np
import pytest

from aejax import lab, models
from aejax.data import Images
from aejax.eval import probes
from aejax.lab import labelled_vaes

pytestmark = pytest.mark.slow
CLASSES, LENGTH = 2, 16


@pytest.fixture(scope="module")
def run():
    """Dark and bright images of 4 × 4 pixels, of which the brightness is the class."""
    random = np.random.default_rng(0)
    labels = np.arange(60, dtype=np.int32) % CLASSES
    pixels = 30 + 180 * labels[:, None] + random.integers(0, 30, (60, LENGTH))
    images = Images(pixels.reshape(60, 4, 4, 1).astype(np.uint8), labels)
    data = lab.Data({"name": "own", "class_names": "ab"}, images, images)
    options = lab.TrainedOptions(seeds=2, steps=400, batch_size=16, learning_rate=0.01)
    return lab.small_lab(options, data, ())


def test_every_kind_of_every_split(run):
    told = run.data.train
    rows = probes.balanced_sets(2, told.labels, CLASSES, 4)
    model = models.LabelledVAE(LENGTH, CLASSES, zdim=2, width=8)
    terms = {"classification": 10.0}
    m2 = labelled_vaes.of_pixels(run, model, told, rows, terms, every=20)
    assert m2["style"].shape == (2, 60, 2) and m2["drawn"].shape == (2, 2, 3, LENGTH)
    assert (m2["class"] == told.labels).mean() > 0.9
    terms = {"unlabelled": 0.0, "labelled": 1.0, "classification": 0.0}
    conditional = labelled_vaes.of_pixels(run, model, told, rows, terms, given=True)
    assert (conditional["class"] == told.labels).all()
    m1 = labelled_vaes.plain_codes(run, {"long": 3, "short": 2}, 8)
    assert [m1[n][0].test.shape for n in m1] == [(2, 60, 3), (2, 60, 2)]
    model = models.LabelledVAE(3, CLASSES, zdim=2, width=8)
    terms = {"classification": 10.0}
    both = labelled_vaes.of_codes(run, model, told, rows, terms, m1["long"], 0.5)
    assert both.shape == (2, 60) and (both == told.labels).mean() > 0.9, (
        both == told.labels
    ).mean(1)
