"""Every linear map and its adjoint satisfy <A x, y> = <x, A^T y>."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.ops.patches import conv_window, fold_axis, pad, read_axis, transpose_window
from aejax.ops.tiles import Axis, Tiles
from aejax.ops.transforms import direct, winograd

WINDOWS = [
    window(size, taps, stride)
    for window in (conv_window, transpose_window)
    for size, taps, stride in [(8, 3, 2), (8, 4, 2), (7, 3, 2), (5, 5, 1), (6, 1, 2)]
]
SHAPE = (3, 5)  # channels in, channels out


def tiles_of(kind, window):
    return Tiles(*(Axis(window, kind(window.taps)),) * 2)


TILES = [tiles_of(direct, window) for window in WINDOWS]
TILES += [tiles_of(winograd, conv_window(8, k, 2)) for k in (3, 4)]
TILES += [tiles_of(winograd, transpose_window(4, k, 2)) for k in (3, 4)]


def normal(seed, tree):
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda a: jnp.asarray(rng.normal(size=a.shape)), tree)


def inner(a, b):
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return sum(np.vdot(x, y) for x, y in pairs)


def check_adjoint(forward, backward, shape):
    x = normal(0, jax.ShapeDtypeStruct(shape, float))
    y = normal(1, jax.eval_shape(forward, x))
    image, back = jax.jit(lambda x, y: (forward(x), backward(y)))(x, y)
    assert back.shape == x.shape
    np.testing.assert_allclose(inner(image, y), inner(x, back), rtol=1e-11)


@pytest.mark.parametrize("tiles", TILES)
def test_maps_have_their_adjoints(tiles, x64):
    rows, cols = tiles.rows.window, tiles.cols.window
    c, o = SHAPE
    check_adjoint(tiles.analyse, tiles.analyse_adjoint, (c, rows.size, cols.size, 2))
    check_adjoint(tiles.weights, tiles.weights_adjoint, (rows.taps, cols.taps, c, o))
    check_adjoint(tiles.tile, tiles.untile, (o, rows.positions, cols.positions, 2))


@pytest.mark.parametrize("window", WINDOWS)
def test_fold_is_the_adjoint_of_read(window, x64):
    still = conv_window(3, 1, 1)
    check_adjoint(
        lambda x: read_axis(pad(x, window, still), window, 1),
        lambda taps: fold_axis(taps, window, 1),
        (2, window.size, 3, 2),
    )
