"""Alignment of representations, where it is known."""

import numpy as np
import pytest

from aejax.eval.similarity import linear_cka, stability

RANDOM = np.random.default_rng(0)
CODES = RANDOM.normal(size=(400, 6)) * [3, 2, 1, 1, 0.5, 0.1]


def test_rotation_scale_and_place_do_not_count():
    rotation = np.linalg.qr(RANDOM.normal(size=(6, 6)))[0]
    assert linear_cka(CODES, 3 * CODES @ rotation - 5) == pytest.approx(1)
    stretched = CODES * [1, 1, 1, 1, 1, 50]
    assert linear_cka(CODES, stretched) < 0.5


def test_it_equals_the_form_with_kernels():
    other = CODES[:, :3] + RANDOM.normal(size=(400, 3))
    k, m = ((a - a.mean(0)) @ (a - a.mean(0)).T for a in (CODES, other))
    expected = (k * m).sum() / np.linalg.norm(k) / np.linalg.norm(m)
    assert linear_cka(CODES, other) == pytest.approx(expected)
    assert linear_cka(other, CODES) == pytest.approx(expected)


def test_independent_codes_and_constant_ones():
    assert linear_cka(CODES, RANDOM.normal(size=(400, 6))) < 0.05
    assert np.isnan(linear_cka(CODES, np.ones((400, 2))))
    with pytest.raises(ValueError, match=r"\(3, 6\)"):
        linear_cka(CODES, CODES[:3])


def test_stability_is_the_mean_over_the_others():
    a, b, c = CODES, CODES[:, :2], CODES[:, 2:]
    ab, ac, bc = linear_cka(a, b), linear_cka(a, c), linear_cka(b, c)
    expected = [(ab + ac) / 2, (ab + bc) / 2, (ac + bc) / 2]
    np.testing.assert_allclose(stability([a, b, c]), expected)
    assert stability([a, -a]) == pytest.approx([1, 1])
