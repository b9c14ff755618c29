import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from aejax.eval.image import mse, psnr, ssim


def pair(seed=0, shape=(3, 16, 18, 1)):
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=shape)
    return x, np.clip(x + 0.1 * rng.normal(size=shape), 0, 1)


def test_a_constant_offset_in_closed_form():
    x = np.full((2, 12, 12, 1), 0.5, np.float32)
    y = x + np.array([0.25, 0.125], np.float32)[:, None, None, None]
    np.testing.assert_array_equal(mse(x, y), [0.0625, 0.015625])
    np.testing.assert_allclose(psnr(x, y), [12.0412, 18.0618], atol=1e-4)


def test_equal_pictures():
    x, _ = pair()
    np.testing.assert_array_equal(mse(x, x), 0)
    np.testing.assert_array_equal(psnr(x, x), np.inf)
    np.testing.assert_allclose(ssim(x, x), 1)


def test_ssim_is_the_formula_of_wang_et_al():
    x, y = pair()

    def blur(image):
        return gaussian_filter(image, 1.5, truncate=3.5)

    for a, b, found in zip(x[..., 0], y[..., 0], ssim(x, y), strict=True):
        ma, mb = blur(a), blur(b)
        va, vb = blur(a * a) - ma**2, blur(b * b) - mb**2
        cov = blur(a * b) - ma * mb
        c1, c2 = 0.01**2, 0.03**2
        index = (2 * ma * mb + c1) * (2 * cov + c2)
        index /= (ma**2 + mb**2 + c1) * (va + vb + c2)
        assert found == pytest.approx(index[5:-5, 5:-5].mean())


def test_ssim_of_channels_is_their_mean():
    x, y = pair(shape=(2, 16, 16, 3))
    single = [ssim(x[..., c : c + 1], y[..., c : c + 1]) for c in range(3)]
    np.testing.assert_allclose(ssim(x, y), np.mean(single, axis=0))


@pytest.mark.parametrize("measure", [mse, psnr, ssim])
def test_bad_pictures(measure):
    x, y = pair()
    with pytest.raises(ValueError, match="shape"):
        measure(x, y[:2])
    with pytest.raises(ValueError, match="uint8"):
        measure(np.zeros(x.shape, np.uint8), x)


def test_too_small_for_ssim():
    with pytest.raises(ValueError, match="11"):
        ssim(np.zeros((1, 10, 16, 1)), np.zeros((1, 10, 16, 1)))
