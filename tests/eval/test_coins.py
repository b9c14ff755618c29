"""A mean over coins is a staircase; the score finds the slope of the expectation."""

import numpy as np

from aejax.eval.coins import coins


def test_a_coin_has_no_slope_and_its_score_has():
    found = coins(3.0, 1.0, 0.4, np.linspace(0, 1, 1001), draws=50)
    assert found.slope == 0
    assert abs(found.score - 2) < 4 * found.error < 0.5
    np.testing.assert_allclose(found.means[[0, -1]], [[1] * 50, [3] * 50], rtol=1e-6)
    np.testing.assert_allclose(found.means.mean(1), 1 + 2 * found.places, atol=0.05)
    assert (np.diff(found.means, axis=0) >= 0).all()
    # Of 1000 small steps in p most meet no coin: the mean is flat there.
    assert (np.diff(found.means, axis=0) == 0).mean() > 0.7
