"""Translations judged: of the images themselves all is kept, of others less."""

import numpy as np

from aejax.data.styles import Styles
from aejax.eval.translation import Judge


def test_class_style_and_distance_of_both_directions():
    random = np.random.default_rng(0)
    labels = np.array([0, 1, 2] * 4)
    filled = 60 * labels[:, None, None, None] + random.integers(0, 9, (12, 4, 4, 1))
    known = Styles(filled.astype(np.uint8), (filled + 30).astype(np.uint8))
    judge = Judge(known, labels)
    real = [part / 255 for part in known]
    found = judge.success(*real, known, labels)
    assert found == {"kept": 1.0, "style": 1.0, "distance": found["distance"]}
    assert found["distance"] < 1e-6
    swapped = judge.success(*real[::-1], known, labels)
    assert swapped["kept"] == 1 and swapped["style"] == 0
    np.testing.assert_allclose(swapped["distance"], 30 / 255, rtol=1e-5)
    other = judge.success(*(part[[1, 2, 0] * 4] for part in real), known, labels)
    assert other["kept"] == 0 and other["style"] == 1
