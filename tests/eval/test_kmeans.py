"""k-means on points whose clusters are known."""

import numpy as np
import pytest

from aejax.eval import clustering, kmeans


def test_distant_clouds_are_found():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    points = 10.0 * np.eye(3)[labels] + 0.1 * rng.normal(size=(60, 3))
    found = kmeans.clusters(points[:30], points[30:], 3, seed=0)
    counts = clustering.table(found, labels[30:], (3, 3))
    assert clustering.match(counts).accuracy == 1
    both = kmeans.scores(points[:30], points[30:], labels[30:], 3, seed=0)
    assert both == pytest.approx({"accuracy": 1, "nmi": 1})


def test_images_are_flattened_and_a_seed_is_repeatable():
    images = np.random.default_rng(0).random((40, 4, 4, 1))
    one, two = (kmeans.clusters(images[:20], images[20:], 4, seed=1) for _ in range(2))
    assert one.shape == (20,)
    np.testing.assert_array_equal(one, two)
