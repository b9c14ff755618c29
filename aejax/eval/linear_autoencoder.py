"""Linear autoencoders: the subspace of PCA; and sparse ones, which unmix (ICA)."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray
from scipy import linalg, optimize

from aejax import algorithm
from aejax.eval.whitening import whitening

_CORNER = 3.0
"""log cosh of so many times h is |h| with a rounded corner."""


class Linear(NamedTuple):
    """A linear autoencoder, x to x A B.

    Attributes:
      encoder: A, [p, d].
      decoder: B, [d, p].
      loss: mean squared length of what it leaves out.
    """

    encoder: NDArray[np.float64]
    decoder: NDArray[np.float64]
    loss: float


def linear(x: NDArray, size: int) -> Linear:
    """The linear autoencoder of x, by gradients (L-BFGS) from random weights.

    To be called in double precision (`jax.enable_x64`): it goes on until the loss
    falls no more.

    Args:
      x: [n, p]; without their mean, if it is to be compared with PCA.
      size: d, the length of the code.
    """
    p = x.shape[1]
    moments = jnp.asarray(x.T @ x / len(x))

    def loss(weights: jax.Array) -> jax.Array:
        # Needs the second moments alone.
        a, b = weights.reshape(2, p, size)
        seen = moments @ a
        return moments.trace() - 2 * (seen * b).sum() + ((a.T @ seen) * (b.T @ b)).sum()

    begin = np.random.default_rng(0).normal(size=2 * p * size) / p**0.5
    best = optimize.minimize(
        jax.jit(jax.value_and_grad(loss)), begin, jac=True, method="L-BFGS-B",
        options={"maxiter": 600, "maxfun": 1000, "ftol": 1e-13, "maxcor": 30},
    )  # fmt: skip
    encoder, decoder = best.x.reshape(2, p, size)
    return Linear(encoder, decoder.T, float(best.fun))


class BesidePca(NamedTuple):
    """A linear autoencoder beside PCA with as many components.

    Attributes:
      angle: largest principal angle between both subspaces, in degrees.
      excess: its loss over the smallest there is, the other eigenvalues' sum, less 1.
      axis: cosine of a decoder's row with the nearest eigenvector, the mean.
    """

    angle: float
    excess: float
    axis: float


def beside_pca(found: Linear, x: NDArray) -> BesidePca:
    """How far a linear autoencoder is from PCA of x [n, p], without its mean."""
    values, vectors = _eigen(x)
    size = len(found.decoder)
    axes = vectors[:, -size:]
    rows = found.decoder / np.linalg.norm(found.decoder, axis=1, keepdims=True)
    return BesidePca(
        float(np.degrees(linalg.subspace_angles(found.decoder.T, axes)).max()),
        float(found.loss / values[:-size].sum() - 1),
        float(np.abs(rows @ axes).max(1).mean()),
    )


def _eigen(x: NDArray) -> tuple[NDArray, NDArray]:
    """Eigenvalues, rising, and eigenvectors of the covariance."""
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False, bias=True))
    return values, vectors


def reconstruction_ica(
    x: NDArray, first: NDArray, weight: float, steps: int = 600
) -> NDArray[np.float32]:
    """Weights W [d, d] of an autoencoder x W W^T whose codes are to be sparse.

    Le et al., ICA with reconstruction cost, 2011: the squared error, and `weight` times
    the codes' rounded absolute values. Without the penalty every orthogonal W is
    perfect; with it, of whitened x, W unmixes independent sources.

    Args:
      x: [n, d], whitened.
      first: [d, d], where Adam begins.
      weight: of the penalty.
      steps: of Adam.
    """
    arrays = (jnp.asarray(a, jnp.float32) for a in (first, x, weight))
    return np.asarray(_descend(*arrays, steps))


@partial(jax.jit, static_argnums=3)
def _descend(w: jax.Array, x: jax.Array, weight: jax.Array, steps: int) -> jax.Array:
    optimizer = optax.adam(0.02)

    def loss(w: jax.Array) -> jax.Array:
        code = x @ w
        error = jnp.square(x - code @ w.T).sum(1)
        sparsity = jnp.log(jnp.cosh(_CORNER * code)).sum(1)
        return (error + weight * sparsity).mean()

    def step(state: Any, _: Any) -> Any:
        slope = jax.grad(loss)(state["params"])
        return algorithm.descend(state, slope, optimizer), None

    begin = {"params": w, "opt_state": optimizer.init(w)}
    return jax.lax.scan(step, begin, length=steps)[0]["params"]


def unmixed(
    x: NDArray, first: NDArray, weight: float
) -> tuple[NDArray[np.float64], float]:
    """Codes of a sparse linear autoencoder of mixed signals, and the variance it loses.

    Args:
      x: [n, d], whitened here.
      first: [d, d], weights of `reconstruction_ica` before training.
      weight: of its penalty; with 0 the codes are some perfect code.

    Returns:
      [n, d], and the squared error of the whitened signals.
    """
    white = whitening(x)
    x = (x - white.mean) @ white.matrix
    w = reconstruction_ica(x, first, weight)
    return x @ w, float(np.square(x - x @ w @ w.T).mean())


def matched(codes: NDArray, sources: NDArray) -> float:
    """Mean |correlation| of sources with codes, each with the one that fits best.

    Args:
      codes: [n, d].
      sources: [n, d], in any order and with any sign.
    """
    d = sources.shape[1]
    both = np.corrcoef(np.concatenate([codes, sources], 1), rowvar=False)
    match = np.abs(both[:d, d:])
    return float(match[optimize.linear_sum_assignment(-match)].mean())
