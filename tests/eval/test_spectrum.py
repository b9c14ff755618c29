"""Power of images against spatial frequency, of images whose power is known."""

import numpy as np
import pytest

from aejax.eval.spectrum import detail, kept, spectrum


def wave(cycles, side=16):
    x = np.arange(side)
    image = np.broadcast_to(
        0.5 + 0.3 * np.cos(2 * np.pi * cycles * x / side), (side, side)
    )
    return image[None, :, :, None]


def test_a_wave_has_its_power_at_its_frequency():
    for cycles in (2, 5):
        frequencies, power = spectrum(wave(cycles))
        assert frequencies[power.argmax()] == cycles / 16
    np.testing.assert_allclose(frequencies, np.arange(1, 9) / 16)


def test_white_noise_is_flat_and_its_power_is_its_variance():
    noise = np.random.default_rng(0).normal(0, 0.2, (2000, 16, 16, 3))
    _, power = spectrum(noise)
    # The lowest frequency lies beside the mean, which is taken off.
    np.testing.assert_allclose(power[1:], 0.04, rtol=0.06)
    assert power[0] < 0.04


def test_detail_is_what_a_blur_takes_away():
    random = np.random.default_rng(1)
    images = random.uniform(size=(50, 16, 16, 1))
    assert detail(images, images) == pytest.approx(1)
    assert detail(0.5 * images, images) == pytest.approx(0.25)
    blurred = (images + np.roll(images, 1, 1) + np.roll(images, 1, 2)) / 3
    assert detail(blurred, images) < 0.3
    assert detail(np.full_like(images, 0.7), images) == pytest.approx(0, abs=1e-12)
    # Of slow waves alone there is next to nothing above a quarter.
    assert detail(wave(2), images) < 1e-3


def test_wrong_detail_is_not_kept():
    """Two waves of which one is shown, in another place for the second test."""
    both = wave(2) + wave(5)
    slow, fast = (0.0, 0.2), (0.25, 0.4)
    assert kept(both, both, fast) == 1
    assert kept(wave(2), both, slow) == pytest.approx(1, abs=0.02)
    assert kept(wave(2), both, fast) == pytest.approx(0, abs=0.02)
    moved = np.roll(wave(5), 8, 2)  # By two and a half waves.
    assert kept(moved, wave(5), fast) < -2
    assert detail(moved, wave(5), fast) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("shape", [(5, 16, 16), (5, 3, 16, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="images"):
        spectrum(np.zeros(shape))
