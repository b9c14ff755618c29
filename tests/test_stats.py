"""The rule of significance: closed forms, and that it cries wolf in 5 % at most."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from aejax import stats


class TestEstimate:
    def test_three_values_by_hand(self):
        """1, 2, 6: mean 3, std sqrt(7); t(0.975, 2) = 4.3027."""
        found = stats.estimate([1, 2, 6])
        assert (found.mean, found.n) == (3, 3)
        assert found.std == pytest.approx(7**0.5)
        assert found.half_width == pytest.approx(4.302653 * (7 / 3) ** 0.5, rel=1e-6)

    def test_the_interval_is_scipy_s(self):
        values = [1.0, 2.0, 4.0, 5.0]
        error = scipy_stats.sem(values)
        expected = scipy_stats.t.interval(0.95, 3, np.mean(values), error)
        np.testing.assert_allclose(stats.estimate(values).interval, expected)

    def test_one_value_has_no_spread(self):
        found = stats.estimate([0.5])
        assert (found.mean, found.n) == (0.5, 1)
        assert np.isnan([found.std, found.half_width]).all()

    def test_no_value_has_nothing(self):
        found = stats.estimate([])
        assert found.n == 0
        assert np.isnan([found.mean, found.std, found.half_width]).all()

    @pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
    def test_members_that_diverged_are_left_out_and_not_counted(self, lost):
        assert stats.estimate([1.0, lost, 2.0]) == stats.estimate([1.0, 2.0])
        assert stats.estimate([1.0, lost, 2.0]).n == 2

    @pytest.mark.parametrize("values", [[[1.0, 2.0]], 3.0])
    def test_no_vector(self, values):
        with pytest.raises(ValueError, match=r"\[n\]"):
            stats.estimate(values)

    def test_the_interval_covers(self):
        samples = np.random.default_rng(0).normal(size=(1000, 4))
        held = [abs((s := stats.estimate(row)).mean) <= s.half_width for row in samples]
        assert 0.93 <= np.mean(held) <= 0.97


class TestContrast:
    def test_it_is_the_paired_t_test(self):
        a, b = np.random.default_rng(0).normal(size=(2, 5))
        found = stats.contrast(a, b)
        expected = scipy_stats.ttest_rel(a, b)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-12)
        interval = expected.confidence_interval(0.95)
        np.testing.assert_allclose(found.estimate.interval, interval)
        assert found.estimate.mean == pytest.approx((a - b).mean())
        assert (found.over, found.seeds, found.estimate.n) == ("seeds", 5, 5)

    def test_of_different_models_units_are_averaged_first(self):
        a, b = np.random.default_rng(1).normal(size=(2, 3, 40))
        found = stats.contrast(a, b)
        expected = stats.contrast(a.mean(1), b.mean(1))
        assert found.p == pytest.approx(expected.p)
        np.testing.assert_allclose(found.estimate.interval, expected.estimate.interval)
        assert (found.over, found.estimate.n) == ("seeds", 3)

    def test_of_the_same_models_units_are_compared(self):
        random = np.random.default_rng(2)
        a = random.normal(size=(3, 40))
        b = a - 0.5 + 0.1 * random.normal(size=(3, 40))
        found = stats.contrast(a, b, same_model=True)
        expected = scipy_stats.ttest_1samp((a - b).mean(0), 0)
        assert found.p == pytest.approx(expected.pvalue)
        assert (found.over, found.seeds, found.estimate.n) == ("units", 3, 40)
        assert found.direction() == 1

    def test_seeds_that_disagree_never_differ_significantly(self):
        difference = np.full((3, 1000), [[5.0], [5.0], [-0.01]])
        difference += 0.01 * np.random.default_rng(3).normal(size=(3, 1000))
        found = stats.contrast(difference, np.zeros((3, 1000)), same_model=True)
        assert scipy_stats.ttest_1samp(difference.mean(0), 0).pvalue < 1e-300
        assert found.p == 1
        assert found.direction() == 0

    @pytest.mark.parametrize("same_model", [True, False])
    def test_one_seed_is_not_testable(self, same_model):
        a, b = np.random.default_rng(4).normal(size=(2, 1, 50))
        found = stats.contrast(a + 100, b, same_model=same_model)
        assert not found.testable
        assert found.direction() == 0
        assert found.estimate.mean == pytest.approx((a + 100 - b).mean())

    def test_against_a_published_value(self):
        values = [1.0, 1.1, 1.2]
        found = stats.contrast(values, 0.5)
        expected = scipy_stats.ttest_1samp(values, 0.5)
        assert found.p == pytest.approx(expected.pvalue)
        assert found.direction() == 1
        assert stats.contrast(values, 3.0).direction() == -1

    def test_a_seed_that_is_lost_on_one_side_is_left_out_on_both(self):
        a, b = [1.0, math.nan, 3.0, 4.0], [0.0, 1.0, math.inf, 3.5]
        assert stats.contrast(a, b) == stats.contrast([1.0, 4.0], [0.0, 3.5])
        nothing = stats.contrast([math.nan, math.nan], [1.0, 2.0])
        assert (nothing.testable, nothing.seeds, nothing.estimate.n) == (False, 0, 0)
        units = np.array([[1.0, 2.0], [3.0, math.nan]])
        found = stats.contrast(units, np.zeros((2, 2)), same_model=True)
        assert (found.seeds, found.testable) == (1, False)

    def test_equal_values_do_not_differ_and_constants_do(self):
        assert stats.contrast([1.0, 2.0], [1.0, 2.0]).p == 1
        assert stats.contrast([1.5, 2.5, 3.5], [1.0, 2.0, 3.0]).p == 0
        assert not stats.contrast([1.5, 2.5], [1.0, 2.0]).testable

    @pytest.mark.parametrize(
        ("a", "b"),
        [([1.0, 2.0], [1.0]), (1.0, 2.0), (np.ones((2, 2, 2)), 0.0)],
    )
    def test_shapes_that_do_not_fit(self, a, b):
        with pytest.raises(ValueError, match=r"\[seeds\]"):
            stats.contrast(a, b)


class TestHolm:
    def test_a_worked_example(self):
        """0.01 * 4, 0.02 * 3 and 0.03 * 2 = 0.06, 0.04 * 1 raised to 0.06."""
        found = stats.holm([0.04, 0.01, 0.03, 0.02])
        np.testing.assert_allclose(found, [0.06, 0.04, 0.06, 0.06])

    def test_it_keeps_the_order_and_never_lowers(self):
        random = np.random.default_rng(0)
        for _ in range(50):
            plain = random.uniform(size=random.integers(1, 12)) ** 3
            found = stats.holm(plain)
            assert (found >= plain).all()
            assert (found <= np.minimum(plain * len(plain), 1) + 1e-15).all()
            assert (np.diff(found[np.argsort(plain)]) >= 0).all()

    def test_what_cannot_be_tested_does_not_count(self):
        found = stats.holm([math.nan, 0.02, math.nan, 0.5])
        np.testing.assert_allclose(found, [math.nan, 0.04, math.nan, 0.5])
        assert stats.holm([]).shape == (0,)

    def test_a_single_claim_stays_as_it_is(self):
        assert stats.holm([0.03]).tolist() == [0.03]


class TestTrend:
    X = np.log2([4.0, 8, 16, 32])

    @pytest.mark.parametrize(
        ("y", "by"),
        [
            ([[1, 0, 2, 10], [1.1, 0, 2, 10], [0.9, 0, 2, 10.2]], "ranks"),
            ([[0, 1, 2, 3], [0, 5, 6, 9], [0, 0.1, 0.5, 2]], "slopes"),
        ],
    )
    def test_it_is_the_weaker_of_page_s_test_and_that_of_the_slopes(self, y, by):
        found = stats.trend(self.X, y)
        slopes = [np.polyfit(self.X, row, 1)[0] for row in y]
        ps = {
            "ranks": 2 * scipy_stats.page_trend_test(y).pvalue,
            "slopes": scipy_stats.ttest_1samp(slopes, 0).pvalue,
        }
        assert found.p == pytest.approx(max(ps.values()))
        assert max(ps, key=ps.get) == by
        assert found.estimate.mean == pytest.approx(np.mean(slopes))
        np.testing.assert_allclose(
            found.estimate.interval, stats.estimate(slopes).interval
        )

    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_clear_trend_is_found_in_both_directions(self, sign):
        y = sign * self.X + 0.1 * np.sin(np.arange(12.0)).reshape(3, 4)
        found = stats.trend(self.X, y)
        assert found.direction() == sign
        down = stats.trend(self.X, -y)
        assert down.p == pytest.approx(found.p)

    def test_the_order_of_the_columns_does_not_matter(self):
        y = np.random.default_rng(1).normal(size=(3, 4))
        order = [2, 0, 3, 1]
        found, expected = (
            stats.trend(self.X[order], y[:, order]), stats.trend(self.X, y)
        )  # fmt: skip
        assert found.p == expected.p
        np.testing.assert_allclose(found.estimate.mean, expected.estimate.mean)

    def test_a_trend_needs_its_slopes_too(self):
        """Ranks in perfect order, slopes of 1 and 10: two seeds say nothing."""
        y = np.stack([np.arange(4.0), 10 * np.arange(4.0)])
        found = stats.trend(np.arange(4), y)
        assert scipy_stats.page_trend_test(y).pvalue < stats.LEVEL / 2
        assert found.estimate.interval[0] < 0
        assert found.direction() == 0

    def test_a_trend_needs_its_ranks_too(self):
        """A slope made by one far point, without an order of ranks."""
        x = np.array([0, 1, 2, 3, 4, 5, 6, 100.0])
        y = np.array([3, 1, 2, 0, 2.5, 0.5, 1.5, 50.0])
        found = stats.trend(x, np.stack([y, y + 0.01, 1.01 * y]))
        assert found.estimate.interval[0] > 0
        assert found.direction() == 0

    @pytest.mark.parametrize(
        "y",
        [
            np.arange(4.0)[None],  # one seed
            np.tile(np.arange(2.0), (3, 1)),  # two sizes
            np.tile(np.arange(3.0), (2, 1)),  # 2 / 3!^2 = 0.056
            np.full((3, 4), np.nan),
            np.zeros((3, 0)),
        ],
    )
    def test_too_little_is_not_testable(self, y):
        found = stats.trend(np.arange(float(y.shape[1])), y)
        assert not found.testable
        assert found.direction() == 0

    def test_equal_sizes_have_no_trend(self):
        found = stats.trend([2.0, 2, 2], np.random.default_rng(0).normal(size=(5, 3)))
        assert not found.testable

    def test_what_is_nan_is_left_out(self):
        y = self.X + np.random.default_rng(2).normal(size=(4, 4)) / 3
        lost = y.copy()
        lost[1, 2] = np.nan
        kept = y[[0, 2, 3]]
        assert stats.trend(self.X, lost) == stats.trend(self.X, kept)
        assert stats.trend(self.X, lost).seeds == 3
        without = np.concatenate([y, np.full((4, 1), np.nan)], 1)
        assert stats.trend([*self.X, 9], without) == stats.trend(self.X, y)

    @pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2]), ([1, 2], [[1, 2, 3]])])
    def test_shapes_that_do_not_fit(self, x, y):
        with pytest.raises(ValueError, match=r"\[sizes\]"):
            stats.trend(x, y)


class TestChoice:
    def test_the_p_is_that_of_the_pair_times_all_pairs(self):
        values = list(np.random.default_rng(0).normal(size=(4, 5)))
        plain = stats.contrast(values[2], values[0])
        found = stats.choice(values, 2, 0)
        assert found.p == pytest.approx(min(1, 6 * plain.p))
        assert found.estimate == plain.estimate
        assert stats.choice(values[:2], 1, 0) == stats.contrast(values[1], values[0])

    def test_one_seed_stays_untestable(self):
        assert not stats.choice([[1.0], [2.0], [3.0]], 0, 1).testable


def test_a_direction_needs_p_below_five_percent():
    found = stats.contrast([1.0, 1.1, 0.9])
    assert found.direction() == 1
    assert found.direction(0.049) == 1
    assert found.direction(0.05) == 0
    assert found.direction(math.nan) == 0


def test_rank_correlation_is_spearmans():
    random = np.random.default_rng(0)
    x = random.normal(size=30)
    y = np.exp(x + random.normal(size=30))
    found = stats.rank_correlation(x, y)
    assert found.value == pytest.approx(scipy_stats.spearmanr(x, y).statistic)
    assert found.interval[0] < found.value < found.interval[1] < 1 and found.n == 30
    with_holes = stats.rank_correlation([*x, np.nan, 1.0], [*y, 1.0, np.inf])
    assert with_holes == found
    assert stats.rank_correlation(x, -y).value == pytest.approx(-found.value)


def test_rank_correlation_of_what_has_no_order():
    perfect = stats.rank_correlation(range(9), range(9))
    assert perfect.value == 1 and perfect.interval[0] > 0.9
    assert np.isnan(stats.rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]).value)
    assert np.isnan(stats.rank_correlation([1, 2, 3], [1, 3, 2]).interval).all()
    with pytest.raises(ValueError, match="vectors"):
        stats.rank_correlation([1, 2], [1, 2, 3])


def test_the_interval_of_a_rank_correlation_covers():
    """Of normal pairs with correlation r, Spearman's is 6 / pi arcsin(r / 2)."""
    random, r, n = np.random.default_rng(1), 0.7, 20
    true, hits = 6 / np.pi * np.arcsin(r / 2), []
    for _ in range(400):
        x = random.normal(size=n)
        y = r * x + np.sqrt(1 - r**2) * random.normal(size=n)
        low, high = stats.rank_correlation(x, y).interval
        hits.append(low <= true <= high)
    assert 0.9 < np.mean(hits) < 0.99


def test_shares_of_known_components():
    """Of variances 2, 1 and 1; the intervals hold the truth about as often as said."""
    random, found = np.random.default_rng(0), []
    for _ in range(200):
        conditions = random.normal(0, 2**0.5, (6, 1))
        seeds = random.normal(0, 1, (1, 6))
        values = conditions + seeds + random.normal(0, 1, (6, 6))
        found.append(stats.shares_of_variance(values, draws=1000))
    for i, true in enumerate((0.5, 0.25, 0.25)):
        inside = [low <= true <= high for _, (low, high) in (f[i] for f in found)]
        assert np.mean(inside) > 0.9
        assert abs(np.median([f[i][0] for f in found]) - true) < 0.1
    for shares in found:
        assert sum(value for value, _ in shares) == pytest.approx(1)
        assert all(0 <= low <= high <= 1 for _, (low, high) in shares)


def test_shares_at_their_ends():
    seeds = np.array([[1.0, 2, 4], [1, 2, 4]])
    assert [value for value, _ in stats.shares_of_variance(seeds)] == [0, 1, 0]
    assert [value for value, _ in stats.shares_of_variance(seeds.T)] == [1, 0, 0]
    crossed = np.array([[1.0, 2, 3], [3, 2, 1]])
    assert stats.shares_of_variance(crossed).rest[0] == 1
    with_nan = np.array([[1.0, 2, 4, np.nan], [1, 2, 4, 5]])
    assert stats.shares_of_variance(with_nan).seeds[0] == 1
    for few in (np.ones((3, 3)), seeds[:1], seeds[:, :1]):
        found = stats.shares_of_variance(few)
        assert np.isnan(found.seeds[0]) and np.isnan(found.all_but_conditions[0])
    with pytest.raises(ValueError, match="values"):
        stats.shares_of_variance(seeds[0])


def test_rank_agreement_is_that_of_each_seed_over_groups():
    x = np.array([[1.0, 4], [2, 3], [30, 2], [40, 1]])
    y = np.array([[1.0, 1], [2, 2], [5, 3], [4, 4]])
    np.testing.assert_allclose(stats.rank_agreement(x, y), [0.8, -1])
    apart = stats.rank_agreement(x, y, groups=[0, 0, 1, 1])
    np.testing.assert_allclose(apart, [0, -1])
    assert np.isnan(stats.rank_agreement(np.ones((4, 1)), y[:, :1])).all()


def test_intervals_of_correlations_stay_below_one():
    found = stats.from_z(stats.estimate(stats.to_z([0.5, 0.9, 1.0, 0.95])))
    low, high = found.interval
    assert -1 < low < found.mean < high < 1 and found.n == 4
    alone = stats.from_z(stats.estimate(stats.to_z([0.3])))
    assert alone.mean == pytest.approx(0.3)
