"""Linear autoencoders: the subspace of PCA, and sources from a sparse code."""

import jax
import numpy as np
from scipy import linalg

from aejax.eval.linear_autoencoder import (
    beside_pca,
    linear,
    matched,
    reconstruction_ica,
    unmixed,
)
from aejax.eval.whitening import whitening


def test_a_linear_autoencoder_finds_the_subspace_of_pca_and_no_single_axis():
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 6)) * [5, 4, 3, 1, 1, 1]
    x -= x.mean(0)
    values, axes = np.linalg.eigh(np.cov(x, rowvar=False, bias=True))
    with jax.enable_x64(True):
        found = linear(x, 3)
    assert linalg.subspace_angles(found.decoder.T, axes[:, -3:]).max() < 1e-3
    np.testing.assert_allclose(found.loss, values[:3].sum(), rtol=1e-6)
    np.testing.assert_allclose(found.decoder @ found.encoder, np.eye(3), atol=1e-4)
    near = beside_pca(found, x)
    assert near.angle < 0.1 and abs(near.excess) < 1e-6 and near.axis < 0.98
    kept = axes[:, -3:] @ axes[:, -3:].T
    np.testing.assert_allclose(found.encoder @ found.decoder, kept, atol=1e-3)
    axis = beside_pca(found._replace(decoder=axes[:, [5, 4, 0]].T), x)
    assert np.isclose(axis.angle, 90) and axis.axis < 0.7


def test_a_sparse_code_unmixes_and_a_plain_one_loses_nothing():
    random = np.random.default_rng(0)
    sources = random.laplace(size=(1000, 3))
    mixed = sources @ random.normal(size=(3, 3))
    white = whitening(mixed)
    x = (mixed - white.mean) @ white.matrix
    first = random.normal(size=(3, 3)) / 2
    sparse, plain = (reconstruction_ica(x, first, w, 400) for w in (0.1, 0.0))
    assert matched(x @ sparse, sources) > 0.98 > matched(x @ plain, sources)
    assert np.square(x - x @ plain @ plain.T).mean() < 1e-6
    codes, lost = unmixed(mixed, first, 0.1)
    assert matched(codes, sources) > 0.98 and lost > 1e-4
    assert unmixed(mixed, first, 0)[1] < 1e-6


def test_sources_match_in_any_order_and_with_any_sign():
    sources = np.random.default_rng(0).normal(size=(50, 3))
    np.testing.assert_allclose(matched(-2 * sources[:, ::-1], sources), 1)
