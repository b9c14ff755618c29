import jax
import numpy as np
import pytest

from aejax.eval.known_points import POINTS
from aejax.eval.stationary import classify, examine, seen


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((1, 2), "minimum"),
        ((-1, -2), "maximum"),
        ((1, -2), "saddle"),
        ((1, 0, -2), "saddle"),
        ((1, 0), "degenerate"),
        ((-1, 0), "degenerate"),
        ((0, 0), "degenerate"),
        ((1, 1e-12), "degenerate"),
        ((1e-12, 2e-12), "minimum"),
    ],
)
def test_kinds_in_any_directions(values, kind):
    """Turned: the axes are not those of the eigenvectors."""
    random = np.random.default_rng(0)
    turned, _ = np.linalg.qr(random.normal(size=(len(values), len(values))))
    assert classify(turned * np.array(values, float) @ turned.T) == kind


@pytest.mark.parametrize("hessian", [[1.0], [[1.0, 2.0]], [[np.nan]]])
def test_what_is_no_hessian_is_refused(hessian):
    with pytest.raises(ValueError, match="Hessian"):
        classify(hessian)


@pytest.mark.parametrize(
    ("f", "kind"),
    [
        (lambda p: p @ p, "minimum"),
        (lambda p: 3 - p[0] ** 2 - 2 * p[1] ** 2, "maximum"),
        (lambda p: p[0] * p[1], "saddle"),
        (lambda p: p[0] ** 2 - p[1] ** 4 * 1e9, "saddle"),
    ],
)
def test_looking_around_shows_the_kind(f, kind):
    with jax.enable_x64(True):
        assert seen(f, (0, 0), directions=40) == kind


def test_known_points_are_what_they_are_said_to_be():
    with jax.enable_x64(True):
        for point in POINTS:
            x = np.asarray(point.x, np.float64)
            assert np.abs(jax.grad(point.f)(x)).max() < 1e-12
            found = examine(point.f, x)
            assert (found.by_hessian, found.around) == (point.kind, point.truth)
            trace = np.trace(jax.hessian(point.f)(x))
            np.testing.assert_allclose(found.eigenvalues.sum(), trace, atol=1e-12)
