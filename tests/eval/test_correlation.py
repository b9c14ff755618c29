import numpy as np
import pytest

from aejax.eval.correlation import chance_level, correlation


def gaussian(matrix, n=200_000, seed=0):
    """Samples whose sample correlation is exactly `matrix`."""
    d = len(matrix)
    raw = np.random.default_rng(seed).normal(size=(n, d))
    white = np.linalg.qr(raw - raw.mean(axis=0))[0]
    return white @ np.linalg.cholesky(np.asarray(matrix)).T


def random_codes(n=400, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d))


def test_matrix_is_numpys():
    codes = random_codes()
    np.testing.assert_allclose(
        correlation(codes).matrix, np.corrcoef(codes, rowvar=False), atol=1e-14
    )


def test_measures_of_a_known_matrix():
    r = np.array([[1, 0.5, -0.2], [0.5, 1, 0.1], [-0.2, 0.1, 1]])
    found = correlation(gaussian(r, n=500))
    np.testing.assert_allclose(found.matrix, r, atol=1e-12)
    assert found.mean_abs == pytest.approx(0.8 / 3)
    assert found.rms == pytest.approx(np.sqrt(0.3 / 3))
    assert found.max_abs == pytest.approx(0.5)
    assert found.total_correlation == pytest.approx(-0.5 * np.log(np.linalg.det(r)))


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.3, 0.999])
def test_two_coordinates_in_closed_form(rho):
    found = correlation(gaussian([[1, rho], [rho, 1]], n=300))
    assert found.total_correlation == pytest.approx(
        -0.5 * np.log(1 - rho**2), abs=1e-12
    )
    shares = np.array([1 + rho, 1 - rho]) / 2
    entropy = -(shares * np.log(shares)).sum()
    assert found.effective_rank == pytest.approx(np.exp(entropy))


def test_uncorrelated_codes_have_full_effective_rank():
    found = correlation(gaussian(np.eye(7), n=100))
    assert found.effective_rank == pytest.approx(7)
    assert found.effective_rank_fraction == pytest.approx(1)
    assert found.total_correlation == pytest.approx(0, abs=1e-12)


def test_copies_of_one_coordinate():
    x = np.random.default_rng(0).normal(size=(100, 1))
    found = correlation(np.hstack([x, 2 * x + 1, -x]))
    assert found.mean_abs == pytest.approx(1)
    assert found.effective_rank == pytest.approx(1)
    assert found.total_correlation == pytest.approx(
        -0.5 * (np.log(3) + 2 * np.log(1e-12))
    )


def test_measures_do_not_depend_on_order_scale_or_shift():
    codes = random_codes()
    other = codes[:, [3, 0, 5, 1, 4, 2]] * [1, -2, 3, 0.5, -1, 7] + 5
    a, b = correlation(codes), correlation(other)
    for name in ("mean_abs", "rms", "max_abs", "total_correlation", "effective_rank"):
        assert getattr(a, name) == pytest.approx(getattr(b, name)), name


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("level", [0.0, 0.1, 1e6])
def test_inactive_coordinates_are_left_out(dtype, level):
    codes = random_codes().astype(dtype)
    constant = np.full((len(codes), 1), level, dtype)
    faint = 1e-5 * codes[:, :1]
    found = correlation(np.hstack([constant, codes, faint]))
    alone = correlation(codes)
    assert found.inactive == 2
    assert found.active.tolist() == [False] + [True] * 6 + [False]
    assert np.isnan(found.matrix[0]).all() and np.isnan(found.matrix[:, -1]).all()
    assert found.mean_abs == alone.mean_abs
    assert found.total_correlation == alone.total_correlation
    assert found.effective_rank_fraction == pytest.approx(alone.effective_rank / 8)


@pytest.mark.parametrize("live", [0, 1])
def test_no_pair_to_measure(live):
    codes = np.zeros((10, 3))
    codes[:, :live] = np.arange(10)[:, None]
    found = correlation(codes)
    assert found.inactive == 3 - live
    for name in ("mean_abs", "rms", "max_abs", "total_correlation"):
        assert np.isnan(getattr(found, name)), name
    assert found.effective_rank == live


def test_a_single_coordinate_has_no_pairs():
    found = correlation(np.arange(5.0)[:, None])
    assert np.isnan(found.mean_abs) and found.effective_rank_fraction == 1


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.array([[0.0, np.nan], [1, 2]]), "nan or inf"),
        (np.array([[0.0, np.inf], [1, 2]]), "nan or inf"),
        (np.zeros((1, 3)), "got"),
        (np.zeros((5, 0)), "got"),
        (np.zeros(5), "got"),
    ],
)
def test_bad_codes(codes, message):
    with pytest.raises(ValueError, match=message):
        correlation(codes)


@pytest.mark.parametrize("n", [100, 5000])
def test_chance_level_by_simulation(n):
    codes = np.random.default_rng(1).normal(size=(n, 120))
    assert correlation(codes).mean_abs == pytest.approx(chance_level(n), rel=0.03)
