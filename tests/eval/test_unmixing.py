"""Quality of unmixed images, and what is known without a network."""

import numpy as np
import pytest
from scipy import optimize

from aejax.eval import image, unmixing
from aejax.eval.unmixing import Moments


@pytest.fixture(scope="module")
def both():
    """Parts and originals [6, 2, 12, 13, 3]; half of the parts are swapped."""
    random = np.random.default_rng(0)
    originals = random.uniform(size=(6, 2, 12, 13, 3)).astype(np.float32)
    noise = random.normal(size=originals.shape) / 10
    parts = np.clip(originals + noise, 0, 1).astype(np.float32)
    parts[3:] = parts[3:, ::-1]
    return parts, originals


class TestQuality:
    def test_in_order_each_output_is_measured_by_the_library(self, both):
        parts, originals = both
        found = unmixing.quality(*both, is_invariant=False)
        assert not found.swapped.any()
        for name in ("mse", "psnr", "ssim"):
            for i in (0, 1):
                expected = getattr(image, name)(originals[:, i], parts[:, i])
                np.testing.assert_allclose(getattr(found, name)[:, i], expected)

    def test_parts_are_assigned_to_the_nearer_originals(self, both):
        parts, originals = both
        found = unmixing.quality(*both, is_invariant=True)
        assert found.swapped.tolist() == [False] * 3 + [True] * 3
        straight = parts.copy()
        straight[3:] = parts[3:, ::-1]
        expected = unmixing.quality(straight, originals, is_invariant=False)
        for name in ("mse", "psnr", "ssim"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))

    def test_swapping_all_parts_changes_the_assignment_alone(self, both):
        parts, originals = both
        turned = parts[:, ::-1]
        found = unmixing.quality(turned, originals, is_invariant=True)
        expected = unmixing.quality(*both, is_invariant=True)
        np.testing.assert_array_equal(found.swapped, ~expected.swapped)
        for name in ("mse", "psnr", "ssim"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))

    def test_scalars_are_means_and_the_psnr_of_the_mean_error(self, both):
        found = unmixing.quality(*both, is_invariant=False)
        scalars = found.scalars()
        assert scalars["mse_second"] == pytest.approx(found.mse[:, 1].mean())
        assert scalars["psnr"] == pytest.approx(found.psnr.mean())
        assert scalars["swapped"] == 0
        for name in ("", "_first", "_second"):
            expected = -10 * np.log10(scalars[f"mse{name}"])
            assert scalars[f"psnr_of_mse{name}"] == pytest.approx(expected)
            assert scalars[f"psnr_of_mse{name}"] <= scalars[f"psnr{name}"]

    def test_originals_may_be_bytes_and_ssim_may_be_left_out(self, both):
        parts, originals = both
        plain = np.round(originals * 255).astype(np.uint8)
        found = unmixing.quality(parts, plain, is_invariant=False, with_ssim=False)
        expected = unmixing.quality(
            parts, plain / np.float32(255), is_invariant=False, with_ssim=False
        )
        np.testing.assert_allclose(found.mse, expected.mse, rtol=1e-5)
        assert found.ssim.shape == (6, 0)
        assert not any("ssim" in name for name in found.scalars())


class TestReferences:
    def test_the_mixture_twice_is_a_quarter_of_the_distance_off(self, both):
        _, originals = both
        answer = unmixing.mixture_twice(originals.mean(1))
        found = unmixing.quality(answer, originals, is_invariant=True, with_ssim=False)
        distance = np.square(np.subtract(*np.moveaxis(np.float64(originals), 1, 0)))
        expected = distance.mean((1, 2, 3)) / 4
        np.testing.assert_allclose(found.mse, np.stack([expected] * 2, 1), rtol=1e-5)

    def test_the_mean_image_is_the_variance_off(self):
        shown = np.random.default_rng(1).integers(0, 256, (2100, 3, 4, 1))
        known = unmixing.moments(shown.astype(np.uint8))
        np.testing.assert_allclose(known.mean, (shown / 255).mean(0))
        np.testing.assert_allclose(known.variance, (shown / 255).var(0), rtol=1e-9)
        originals = np.stack([shown, shown], 1) / 255
        answer = unmixing.mean_images(originals.mean(1), [known, known])
        found = unmixing.quality(answer, originals, is_invariant=False, with_ssim=False)
        np.testing.assert_allclose(found.mse.mean(0), [known.variance.mean()] * 2)

    def test_grey_images_are_known_by_their_channels(self, both):
        _, originals = both
        grey = np.repeat(originals[:, 0, ..., :1], 3, -1)
        assert unmixing.is_grey(grey)
        assert not unmixing.is_grey(originals[:, 0])


@pytest.fixture(scope="module")
def grey_and_colour():
    """Originals [20, 2, 3, 3, 3]: a grey image with one of colours."""
    random = np.random.default_rng(2)
    originals = random.uniform(size=(20, 2, 3, 3, 3))
    originals[:, 0] = np.square(originals[:, 0, ..., :1])
    return originals


@pytest.fixture(scope="module")
def known(grey_and_colour):
    return [
        Moments(grey_and_colour[:, i].mean(0), grey_and_colour[:, i].var(0))
        for i in (0, 1)
    ]


@pytest.mark.parametrize("weighted", [False, True])
class TestConsistent:
    @pytest.mark.parametrize("grey", [None, 0])
    def test_it_is_the_nearest_pair_that_there_is(
        self, grey_and_colour, known, grey, weighted
    ):
        """Found by a search, pixel by pixel, among pairs in [0, 1]."""
        mixed = grey_and_colour.mean(1)
        parts = unmixing.consistent(mixed, known, grey=grey, weighted=weighted)
        scale = [m.variance.mean(-1) if weighted else np.ones((3, 3)) for m in known]
        rows = [(n, 0, n % 3) for n in range(6)]
        channels = [[0, 1, 2]] if grey == 0 else [[0], [1], [2]]
        for n, i, j in rows:
            for c in channels:
                m = mixed[n, i, j, c]

                def squares(x, m=m, i=i, j=j, c=c):
                    pair = x, 2 * m - x
                    return sum(
                        np.square(part - moments.mean[i, j, c]).sum() / s[i, j]
                        for part, moments, s in zip(pair, known, scale, strict=True)
                    )

                bounds = max(0, (2 * m - 1).max()), min(1, (2 * m).min())
                best = optimize.minimize_scalar(
                    squares, bounds=bounds, method="bounded", options={"xatol": 1e-9}
                )
                np.testing.assert_allclose(parts[n, 0, i, j, c], best.x, atol=1e-5)

    @pytest.mark.parametrize("grey", [None, 0, 1])
    def test_the_mean_is_the_mixture_and_both_are_images(
        self, grey_and_colour, known, grey, weighted
    ):
        originals = grey_and_colour[:, ::-1] if grey == 1 else grey_and_colour
        moments = known[::-1] if grey == 1 else known
        mixed = originals.mean(1)
        parts = unmixing.consistent(mixed, moments, grey=grey, weighted=weighted)
        np.testing.assert_allclose(parts.mean(1), mixed, atol=1e-12)
        assert parts.min() > -1e-12
        assert parts.max() < 1 + 1e-12

    @pytest.mark.parametrize("grey", [0, 1])
    def test_the_chroma_is_the_coloured_image_s(
        self, grey_and_colour, known, grey, weighted
    ):
        """Exactly, and all the error is one of lightness, the same for both."""
        originals = grey_and_colour[:, ::-1] if grey == 1 else grey_and_colour
        moments = known[::-1] if grey == 1 else known
        mixed = originals.mean(1)
        parts = unmixing.consistent(mixed, moments, grey=grey, weighted=weighted)
        assert unmixing.is_grey(parts[:, grey])
        for image_ in (0, 1):
            chroma, expected = (
                a[:, image_] - a[:, image_].mean(-1, keepdims=True)
                for a in (parts, originals)
            )
            np.testing.assert_allclose(chroma, expected, atol=1e-12)
        error = parts - originals
        np.testing.assert_allclose(error[:, 0], -error[:, 1], atol=1e-12)


def test_a_set_that_never_varies_leaves_the_other_one(grey_and_colour, known):
    still = Moments(grey_and_colour[3, 0], np.zeros((3, 3, 3)))
    originals = grey_and_colour.copy()
    originals[:, 0] = still.mean
    mixed = originals.mean(1)
    for grey in (None, 0):
        found = unmixing.consistent(mixed, [still, known[1]], grey=grey, weighted=True)
        np.testing.assert_allclose(found, originals, atol=1e-12)


def test_two_sets_that_never_vary_are_their_means():
    random = np.random.default_rng(4)
    known = [Moments(random.uniform(size=(2, 2, 1)), np.zeros((2, 2, 1))) for _ in "ab"]
    mixed = (known[0].mean + known[1].mean)[None] / 2
    found = unmixing.consistent(mixed, known, weighted=True)
    np.testing.assert_allclose(found[0], [m.mean for m in known])


def test_the_rule_is_named():
    assert unmixing.rule(True) != unmixing.rule(False)
