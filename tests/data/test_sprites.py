"""Images as a function of their factors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.data import sprites

LEVELS = (3, 2, 4, 3, 3)


@pytest.fixture(scope="module")
def draw():
    return jax.jit(lambda factors: sprites.render(factors, 32))


def moments(image):
    """Area, centre of mass (row, column) in pixels."""
    rows, columns = np.indices(image.shape)
    area = image.sum()
    return area, (image * rows).sum() / area, (image * columns).sum() / area


def test_grid_has_every_combination_once():
    places = sprites.grid(LEVELS)
    assert places.shape == (np.prod(LEVELS), 5)
    assert len(np.unique(places, axis=0)) == len(places)
    np.testing.assert_array_equal(places.max(0) + 1, LEVELS)
    assert np.prod(sprites.LEVELS) == 737_280


def test_values_of_levels():
    places = np.array([[2, 0, 0, 0, 0], [1, 1, 3, 2, 1]])
    found = sprites.factors(places, LEVELS)
    np.testing.assert_allclose(found[0], [2, 0.5, 0, 0, 0])
    np.testing.assert_allclose(found[1], [1, 1, 1.5 * np.pi, 1, 0.5], rtol=1e-6)
    one = sprites.factors(np.zeros((1, 5), int), (1, 1, 1, 1, 1))
    np.testing.assert_allclose(one, [[0, 0.75, np.pi, 0.5, 0.5]], rtol=1e-6)


def test_position_moves_the_centre_and_nothing_else(draw):
    base = [2, 0.8, 0.3, 0.5, 0.5]
    factors = np.tile(np.float32(base), (4, 1))
    factors[1, 3], factors[2, 4], factors[3, 3:] = 1.0, 1.0, 0.0
    images = np.asarray(draw(factors))[..., 0]
    area, row, column = moments(images[0])
    reach = (1 - sprites.RADIUS) * 16
    for image, (down, right) in zip(
        images[1:], [(0, 1), (1, 0), (-1, -1)], strict=True
    ):
        found = moments(image)
        np.testing.assert_allclose(found[0], area, rtol=0.02)
        moved = found[1] - row, found[2] - column
        np.testing.assert_allclose(moved, (down * reach, right * reach), atol=0.1)
    assert images[:, 0].max() == images[:, :, 0].max() == 0  # Nothing is cut off.


def test_area_grows_with_the_square_of_the_scale_and_rotation_keeps_it(draw):
    factors = [[s, k, a, 0.5, 0.5] for s in range(3) for k in (0.5, 1) for a in (0, 1)]
    areas = np.asarray(draw(np.float32(factors))).sum((1, 2, 3)).reshape(3, 2, 2)
    np.testing.assert_allclose(areas[:, 1] / areas[:, 0], 4, rtol=0.05)
    np.testing.assert_allclose(areas[..., 0], areas[..., 1], rtol=0.05)
    # A square of side 2 * 0.7 * RADIUS, half the image (16 pixels) being 1.
    side = 1.4 * sprites.RADIUS * 16
    np.testing.assert_allclose(areas[0, 1, 0], side**2, rtol=0.05)


def test_symmetries_and_the_sense_of_rotation(draw):
    half = np.pi / 2
    turned = np.float32([[s, 1, a, 0.5, 0.5] for s in range(3) for a in (0, half)])
    images = np.asarray(draw(turned)).reshape(3, 2, 32, 32)
    np.testing.assert_allclose(images[0, 0], images[0, 1], atol=0.3)
    assert np.abs(images[1, 0] - images[1, 1]).sum() > 20
    # The tip of a heart points down, and a quarter counter-clockwise to the right.
    np.testing.assert_allclose(np.rot90(images[2, 0]), images[2, 1], atol=0.3)
    rows = images[2, 0].sum(1)
    assert rows[np.flatnonzero(rows)[-1]] < 3 < rows[np.flatnonzero(rows)[0]] + 2


def test_rendering_is_pure_and_of_one_image_as_of_many(draw):
    factors = sprites.factors(sprites.grid(LEVELS), LEVELS)[:5]
    images = draw(factors)
    assert images.shape == (5, 32, 32, 1) and images.dtype == jnp.float32
    np.testing.assert_array_equal(images[3:4], sprites.render(factors[3:4], 32))
    stored = sprites.pixels(factors, 32)
    assert stored.dtype == np.uint8
    np.testing.assert_allclose(stored / 255, images, atol=1 / 509)
    assert float(images.min()) == 0 and float(images.max()) == 1


@pytest.mark.parametrize("levels", [(4, 1, 1, 1, 1), (3, 1, 1, 1), (3, 0, 1, 1, 1)])
def test_levels_that_cannot_be(levels):
    with pytest.raises(ValueError, match="levels"):
        sprites.grid(levels)
