"""The one call, against its parts and on sets that are known."""

import numpy as np
import pytest

from aejax.eval import distribution
from aejax.eval.frechet import frechet_distance
from aejax.eval.kernel import kernel_distance
from aejax.eval.precision_recall import precision_recall

LABELS = np.repeat(np.arange(4), 50)
SURE = np.eye(4)[LABELS]


@pytest.fixture(scope="module")
def sets():
    """Generated and real features of four classes, in the same order."""
    random = np.random.default_rng(0)
    made, true = 10 * SURE + random.normal(size=(2, 200, 4))
    return made, true


def test_it_is_made_of_its_parts(sets):
    found = distribution.compare(*sets)
    precision, recall = precision_recall(*sets)
    assert found == {
        "frechet": frechet_distance(*sets),
        "kernel": kernel_distance(*sets),
        "precision": precision,
        "recall": recall,
        "images": 200,
        "real_images": 200,
    }


def test_classes_tell_how_many_images_there_are_of_each(sets):
    made, true = sets
    all_there = distribution.compare(made, true, probabilities=SURE, labels=LABELS)
    assert all_there["class_distance"] == 0
    assert all_there["variability"] == pytest.approx(1, abs=0.2)
    without = LABELS > 0
    found = distribution.compare(
        made[without], true, probabilities=SURE[without], labels=LABELS
    )
    assert (found["images"], found["real_images"]) == (150, 200)
    assert found["class_distance"] == pytest.approx(0.25)
    assert found["recall"] < 0.8 < found["precision"]
    assert found["frechet"] > all_there["frechet"]
    assert found["kernel"] > all_there["kernel"]


def test_equal_sets_are_perfect(sets):
    real = sets[1]
    found = distribution.compare(real, real, probabilities=SURE, labels=LABELS)
    assert found["frechet"] == pytest.approx(0, abs=1e-9)
    # Below 0: pairs of an image with itself count across, and not within.
    assert found["kernel"] < 0
    assert found["precision"] == found["recall"] == found["variability"] == 1


@pytest.mark.parametrize("given", [{"labels": LABELS}, {"probabilities": SURE}])
def test_classes_need_both_sides(sets, given):
    with pytest.raises(ValueError, match="both"):
        distribution.compare(*sets, **given)
