import numpy as np
import pytest

from aejax.eval.pca import pca_reference, principal_plane


def pictures(n, seed, side=6):
    rng = np.random.default_rng(seed)
    basis = np.random.default_rng(9).uniform(size=(8, side, side, 1))
    mixed = np.einsum("nk,khwc->nhwc", rng.uniform(size=(n, 8)) / 8, basis)
    return mixed + 0.02 * rng.uniform(size=(n, side, side, 1))


def by_svd(train, test, d):
    train, test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    mean = train.mean(axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2][:d]
    codes = (test - mean) @ axes.T
    return np.mean((test - mean - codes @ axes) ** 2), codes


def test_error_and_codes_are_those_of_numpys_svd():
    train, test = pictures(200, 0), pictures(50, 1)
    for d, found in pca_reference(train, test, [1, 4, 10]).items():
        mse, codes = by_svd(train, test, d)
        assert found.mse == pytest.approx(mse, rel=1e-9)
        np.testing.assert_allclose(np.abs(found.codes), np.abs(codes), atol=1e-10)


def test_float32_is_close():
    train, test = pictures(200, 0), pictures(50, 1)
    exact = pca_reference(train, test, [4])[4]
    found = pca_reference(train.astype(np.float32), test.astype(np.float32), [4])[4]
    assert found.mse == pytest.approx(exact.mse, rel=1e-4)


def test_all_components_of_all_pixels_rebuild_exactly():
    found = pca_reference(pictures(200, 0), pictures(50, 1), [36, 500])
    assert found[500].components == 36
    assert found[36].mse == pytest.approx(0, abs=1e-20)
    assert found[500].mse == found[36].mse


def test_fewer_pictures_than_components():
    found = pca_reference(pictures(5, 0), pictures(50, 1), [3, 20])
    assert found[20].components == 5
    assert found[20].codes.shape == (50, 5)
    assert found[20].mse <= found[3].mse


def test_large_pictures_go_through_the_randomised_solver():
    train, test = pictures(40, 0, side=65), pictures(10, 1, side=65)
    once = pca_reference(train, test, [8])[8]
    again = pca_reference(train, test, [8])[8]
    assert once.mse == again.mse
    assert once.mse == pytest.approx(by_svd(train, test, 8)[0], rel=1e-3)


@pytest.mark.parametrize(
    ("train", "test", "dims", "message"),
    [
        (np.zeros((4, 2), np.uint8), np.zeros((4, 2)), [1], "train must be floats"),
        (np.zeros((4, 2)), np.zeros((4, 3)), [1], "differ"),
        (np.zeros((4, 2)), np.zeros((4, 2)), [0], "size >= 1"),
        (np.zeros((4, 2)), np.zeros((4, 2)), [], "size >= 1"),
    ],
)
def test_bad_input(train, test, dims, message):
    with pytest.raises(ValueError, match=message):
        pca_reference(train, test, dims)


def test_the_principal_plane_keeps_the_largest_variances():
    codes = np.random.default_rng(0).normal(size=(500, 3)) * [1.0, 5.0, 3.0]
    found = principal_plane(codes)
    assert found.shape == (500, 2)
    expected = np.sort(np.linalg.eigvalsh(np.cov(codes, rowvar=False)))[::-1]
    np.testing.assert_allclose(found.var(0, ddof=1), expected[:2])
    assert principal_plane(codes[:, :1]).shape == (500, 1)
