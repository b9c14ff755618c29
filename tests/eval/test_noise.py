"""Noise through the identity, through a constant, and through half."""

import numpy as np
import pytest

from aejax.eval.noise import through


@pytest.mark.parametrize(
    ("scale", "shift", "expected"),
    [
        (1.0, 0.0, {"error": 0, "passed": 1, "left": 1}),
        (0.0, 2.0, {"error": 1, "passed": 0, "left": 4}),
        (0.5, 0.5, {"error": 0, "passed": 0.25, "left": 0.25}),
    ],
)
def test_noise_passes_as_far_as_the_slope(scale, shift, expected):
    clean = np.ones((3, 4))
    noisy = clean + np.resize([0.5, -0.5], clean.shape)
    found = through(clean, noisy, scale * clean + shift, scale * noisy + shift)
    assert found == pytest.approx(expected)
