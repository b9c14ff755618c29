import numpy as np
import pytest
from scipy import stats

from aejax.metrics.summary import mean_spread, verdict


def test_three_values_by_hand():
    """1, 2, 6: mean 3, std sqrt(7); t(0.975, 2) = 4.3027."""
    found = mean_spread([1, 2, 6])
    assert (found.mean, found.n) == (3, 3)
    assert found.std == pytest.approx(7**0.5)
    assert found.half_width == pytest.approx(4.302653 * (7 / 3) ** 0.5, rel=1e-6)


def test_one_value_has_no_spread():
    found = mean_spread([0.5])
    assert found.mean == 0.5
    assert np.isnan([found.std, found.half_width]).all()


def test_a_failed_run_is_not_hidden():
    assert np.isnan(mean_spread([1.0, np.nan, 2.0]).mean)
    assert mean_spread([1.0, np.inf]).mean == np.inf


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]]])
def test_no_vector(values):
    with pytest.raises(ValueError, match="n >= 1"):
        mean_spread(values)


def test_the_interval_covers():
    draws = np.random.default_rng(0).normal(size=(1000, 4))
    held = [abs((s := mean_spread(row)).mean) <= s.half_width for row in draws]
    assert 0.93 <= np.mean(held) <= 0.97


def test_a_difference_needs_its_interval_to_exclude_zero():
    said = [
        verdict(mean_spread(values), "less", "more")
        for values in ([0.1, 0.12, 0.11], [-0.1, -0.12, -0.11], [-0.1, 0.12, 0.11], [1])
    ]
    assert said == ["more", "less", "not told apart", "a single run cannot tell"]


def test_the_interval_is_scipy_s():
    values = [1.0, 2.0, 4.0, 5.0]
    expected = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    np.testing.assert_allclose(mean_spread(values).interval, expected)
