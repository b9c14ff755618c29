import numpy as np
import pytest
from scipy import optimize, stats

from aejax.metrics.trend import trend

SIZES = np.repeat([2.0, 3, 4, 5], 3)


def test_slope_and_interval_are_those_of_the_linear_model():
    rng = np.random.default_rng(0)
    sizes = np.arange(12.0)
    y = 0.7 * sizes + rng.normal(size=12)
    found = trend(sizes, y, confidence=0.9)
    coefficients, covariance = optimize.curve_fit(
        lambda x, a, b: a * x + b, sizes, y, p0=(1, 0)
    )
    reach = stats.t.ppf(0.95, 10) * np.sqrt(covariance[0, 0])
    assert found.slope == pytest.approx(coefficients[0], rel=1e-5)
    expected = (found.slope - reach, found.slope + reach)
    assert found.slope_interval == pytest.approx(expected, rel=1e-5)


def test_more_points_at_each_size_do_not_make_the_slope_more_certain():
    sizes, y = np.arange(5.0), np.array([0.0, 2, 1, 4, 5])
    once = trend(sizes, y)
    often = trend(np.repeat(sizes, 7), np.repeat(y, 7))
    assert often.slope == pytest.approx(once.slope)
    assert often.slope_interval == pytest.approx(once.slope_interval)
    assert often.rank_interval[0] > once.rank_interval[0]


def test_rank_correlation_is_pearsons_of_the_ranks():
    y = np.random.default_rng(1).normal(size=12)
    ranks = np.corrcoef(stats.rankdata(SIZES), stats.rankdata(y))[0, 1]
    assert trend(SIZES, y).rank_correlation == pytest.approx(ranks)


def test_rank_interval_of_a_worked_example():
    """rho = 0.5 and n = 28: z 0.5493, error sqrt(1.125 / 25) = 0.2121."""
    x = np.arange(28.0)
    rng = np.random.default_rng(0)
    y = min(
        (rng.permutation(28) for _ in range(20_000)),
        key=lambda p: abs(np.corrcoef(x, p)[0, 1] - 0.5),
    )
    found = trend(x, y)
    assert found.rank_correlation == pytest.approx(0.5, abs=2e-3)
    assert found.rank_interval == pytest.approx((0.1326, 0.7480), abs=5e-3)


def test_rank_interval_covers():
    """Of 400 samples with true rho near 0.58, about 95 % of intervals hold it."""
    rng = np.random.default_rng(3)
    rho = 6 / np.pi * np.arcsin(0.6 / 2)
    held = 0
    for _ in range(400):
        x, noise = rng.normal(size=(2, 30))
        low, high = trend(x, 0.6 * x + 0.8 * noise).rank_interval
        held += low <= rho <= high
    assert 0.92 <= held / 400 <= 0.99


@pytest.mark.parametrize(("sign", "verdict"), [(1, "rises"), (-1, "falls")])
def test_a_clear_trend(sign, verdict):
    found = trend(SIZES, sign * SIZES + 0.1 * np.sin(np.arange(12)))
    assert found.verdict == verdict
    assert found.n == 12


def test_noise_alone_is_rarely_a_trend():
    rng = np.random.default_rng(2)
    found = [trend(SIZES, rng.normal(size=12)).verdict for _ in range(300)]
    assert found.count("no trend") >= 0.93 * 300


def test_four_points_in_order_are_not_yet_a_trend_and_seven_are():
    assert trend(np.arange(4), np.arange(4)).verdict == "no trend"
    assert trend(np.arange(7), np.arange(7)).verdict == "rises"
    assert trend(np.arange(7), np.arange(7)).rank_interval[1] == pytest.approx(1)


@pytest.mark.parametrize(("sign", "verdict"), [(1, "rises"), (-1, "falls")])
def test_a_bent_curve_that_every_seed_climbs_is_a_trend(sign, verdict):
    """The total correlation of codes, as an example, in four doublings."""
    y = sign * np.repeat([0.15, 0.75, 2.2, 7.4], 3) + 0.1 * np.sin(np.arange(12))
    found = trend(SIZES, y)
    assert found.order == sign
    assert found.slope_interval[0] < 0 < found.slope_interval[1]
    assert found.verdict == verdict


@pytest.mark.parametrize("sign", [1, -1])
def test_seeds_that_agree_on_a_disorder_of_sizes_are_no_trend(sign):
    found = trend(SIZES, sign * np.repeat([1.0, 2, 4, 3], 3))
    assert found.rank_correlation == pytest.approx(sign * 0.8)
    assert min(found.rank_interval) * max(found.rank_interval) > 0
    assert found.order == 0
    assert found.verdict == "no trend"


def test_many_sizes_may_be_out_of_order_once():
    y = np.arange(12.0)
    y[[5, 6]] = y[[6, 5]]
    found = trend(np.arange(12), y)
    assert found.order == 0
    assert found.verdict == "rises"


def test_the_ranks_are_needed():
    """A straight slope made by one far point, without an order of ranks."""
    x = np.array([0, 1, 2, 3, 4, 5, 6, 100.0])
    y = np.array([3, 1, 2, 0, 2.5, 0.5, 1.5, 50.0])
    found = trend(x, y)
    assert found.slope_interval[0] > 0
    assert found.rank_interval[0] < 0
    assert found.verdict == "no trend"


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 1, 2, 2, 2], [1, 2, 3, 4, 5]),
        ([1, 2, 3, 4], [5, 5, 5, 5]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3, 4], [1, 2, 3, np.nan]),
        ([], []),
    ],
)
def test_degenerate_points_have_no_trend(x, y):
    found = trend(x, y)
    assert found.verdict == "no trend"
    assert np.isnan([found.slope, *found.slope_interval]).all()
    assert np.isnan([found.rank_correlation, *found.rank_interval]).all()


def test_points_that_are_not_finite_are_left_out():
    y = SIZES + 0.1 * np.cos(np.arange(12))
    whole = trend(np.append(SIZES, [9, np.inf]), np.append(y, [np.nan, 1]))
    assert whole == trend(SIZES, y)


def test_unequal_lengths():
    with pytest.raises(ValueError, match="x and y"):
        trend([1, 2], [1])
