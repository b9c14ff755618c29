"""Scores of disentanglement where they are known in closed form."""

import numpy as np
import pytest

from aejax.eval import disentanglement as scores

LEVELS = (3, 4, 5)
KINDS = (True, False, False)
FACTORS = np.indices(LEVELS).reshape(3, -1).T
"""Every combination once: independent, so all figures are exact."""

SPREAD = np.tile(FACTORS, (10, 1))


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape)


def all_three(codes, factors):
    return np.array(scores.all_scores(codes, factors, KINDS, depth=None))


def test_factors_in_any_order_and_scale_are_disentangled():
    codes = np.stack([-3.0 * FACTORS[:, 2], 1 + FACTORS[:, 0], 0.1 * FACTORS[:, 1]], 1)
    # Thresholds on a coordinate without shape are right for one of three shapes.
    expected = [1, (2 / 3 + 1 + 1) / 3, 1, 1]
    np.testing.assert_allclose(all_three(codes, FACTORS), expected, atol=1e-9)


def test_a_copy_closes_the_gaps_but_each_copy_stays_pure():
    codes = np.concatenate([FACTORS, FACTORS], 1)
    mig, sap, pure, complete = all_three(codes, FACTORS)
    assert mig == pytest.approx(0) and sap == pytest.approx(0)
    assert pure == pytest.approx(1)
    assert scores.dci(np.tile(np.eye(3), (2, 1))).completeness == pytest.approx(
        1 - np.log(2) / np.log(6)
    )
    assert complete <= 1


def test_a_rotation_keeps_the_information_and_loses_the_scores():
    factors = np.tile(np.indices((5, 5)).reshape(2, -1).T, (4, 1))
    codes = factors @ np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    kinds = [False, False]
    assert scores.mig(codes, factors) == pytest.approx(0, abs=1e-9)
    assert scores.sap(codes, factors, kinds) == pytest.approx(0, abs=1e-9)
    pure, complete = scores.dci(scores.importance(codes, factors, kinds))
    assert max(pure, complete) < 0.1


def test_noise_and_constants_know_nothing():
    codes = np.concatenate([normal(len(SPREAD), 2), np.ones((len(SPREAD), 1))], 1)
    assert scores.mig(codes, SPREAD) < 0.05
    assert scores.sap(codes, SPREAD, KINDS) < 0.1
    np.testing.assert_array_equal(scores.mutual_information(codes, SPREAD)[2], 0)


def test_mutual_information_of_a_noisy_channel():
    # A fair bit that is wrong in a quarter of all cases: log 2 - H(1/4).
    bit = np.repeat([0, 1], 400)
    seen = np.where(np.arange(800) % 4 == 0, 1 - bit, bit)
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    found = scores.mutual_information(seen[:, None], bit[:, None])
    np.testing.assert_allclose(found, [[np.log(2) - entropy]])
    np.testing.assert_allclose(scores.entropies(FACTORS), np.log(LEVELS))


def test_mig_of_a_bit_seen_twice():
    # The better coordinate knows all of the factor, the other one a noisy version.
    bit = np.repeat([0, 1], 400)
    seen = np.where(np.arange(800) % 4 == 0, 1 - bit, bit)
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    found = scores.mig(np.stack([bit, seen], 1), bit[:, None])
    assert found == pytest.approx(entropy / np.log(2))


def test_sap_of_numbers_is_a_gap_of_squared_correlations():
    codes = normal(200, 2)
    factor = np.digitize(codes[:, 0], [-1, 0, 1])
    squares = [np.corrcoef(codes[:, i], factor)[0, 1] ** 2 for i in (0, 1)]
    found = scores.sap(codes, factor[:, None], [False])
    assert found == pytest.approx(abs(squares[0] - squares[1]))


def test_dci_of_known_matrices():
    assert scores.dci(np.eye(4)) == pytest.approx((1, 1))
    assert scores.dci(np.ones((4, 3))) == pytest.approx((0, 0))
    assert scores.dci(np.zeros((4, 3))) == (0, 0)
    # A coordinate that matters for nothing has no weight.
    assert scores.dci([[1, 0], [0, 1], [0, 0]]).disentanglement == pytest.approx(1)
    # One coordinate for both factors: complete, but not disentangled.
    assert scores.dci([[1, 1], [0, 0]]) == pytest.approx((0, 1))


def test_a_factor_of_one_level_does_not_count():
    factors = np.stack([FACTORS[:, 1], np.zeros(len(FACTORS), int)], 1)
    assert scores.mig(FACTORS, factors) == pytest.approx(1)


def test_codes_without_a_second_coordinate():
    with pytest.raises(ValueError, match="two"):
        scores.mig(FACTORS[:, :1], FACTORS)
    with pytest.raises(ValueError, match="codes"):
        scores.mig(FACTORS[:5], FACTORS)


def test_what_a_coordinate_knows_best():
    codes = np.stack([FACTORS[:, 2], FACTORS[:, 0] > 0, 0 * FACTORS[:, 0]], 1)
    found = scores.named(codes, FACTORS, ("shape", "x", "y"))
    half = 100 * (np.log(3) - 2 / 3 * np.log(2)) / np.log(3)
    assert found == ["y 100 %", f"shape {half:.0f} %", "shape 0 %"]
