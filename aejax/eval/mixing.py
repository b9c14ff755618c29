"""The matrices [n, n] over tokens that softmax attention can take the place of.

Rows of a softmax are positive and add up to one, so one head, times a number, is far
from most matrices; two heads reach every matrix whose rows have equal sums, and with a
token of zeros beside the others any matrix at all. Uniform attention becomes a dense
layer over all tokens where each holds its content in a place of its own.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray


def errors(m: NDArray) -> dict[str, float]:
    """How far attention is from a matrix over tokens, as a fraction of its norm.

    Returns:
      Of the nearest that `one_head`, `two_heads` and two `with_zero_token` can do, and
      of the nearest matrix with `equal_sums` of its rows.
    """
    norm, sums = np.linalg.norm(m), m.sum(1)
    nearest = {"one_head": one_head(m), "two_heads": two_heads(m)}
    nearest["with_zero_token"] = with_zero_token(m)
    found = {name: np.linalg.norm(a - m) for name, a in nearest.items()}
    found["equal_sums"] = np.linalg.norm(sums - sums.mean()) / np.sqrt(m.shape[1])
    return {name: float(error / norm) for name, error in found.items()}


def two_heads(m: NDArray) -> NDArray:
    """The nearest to m that two heads can do: equal row sums, by real softmaxes."""
    target = m - (m.sum(1, keepdims=True) - m.sum(1).mean()) / m.shape[1]
    positive, negative = np.maximum(target, 0), np.maximum(-target, 0)
    most = positive.sum(1).max()
    rest = (most - positive.sum(1, keepdims=True)) / m.shape[1]
    heads = []
    for part in (positive + rest, negative + rest):
        scale = part.sum(1, keepdims=True)  # the same in every row
        with np.errstate(divide="ignore"):
            logits = np.log(part / scale)
        heads.append(scale[0, 0] * np.asarray(jax.nn.softmax(jnp.asarray(logits))))
    return heads[0] - heads[1]


def with_zero_token(m: NDArray) -> NDArray:
    """The same with a token of zeros: its column takes what rows lack or exceed."""
    row = m.sum(1, keepdims=True)
    return two_heads(np.concatenate([m, row.max() - row], 1))[:, :-1]


def one_head(m: NDArray) -> NDArray:
    """The nearest to m of c A: rows projected onto the simplex, the best of many c."""
    scales = np.linspace(-1, 1, 401)[:, None, None] * np.abs(m).sum(1).max()
    scales = scales[np.abs(scales[:, 0, 0]) > 0]
    found = [c * simplex(m / c) for c in scales]
    return min(found, key=lambda a: np.square(a - m).sum())


def simplex(rows: NDArray) -> NDArray:
    """Each row's nearest point of positive numbers that add up to one."""
    ordered = -np.sort(-rows, 1)
    excess = (np.cumsum(ordered, 1) - 1) / np.arange(1, rows.shape[1] + 1)
    last = (ordered > excess).sum(1) - 1
    return np.maximum(rows - np.take_along_axis(excess, last[:, None], 1), 0)


def in_places(x: jax.Array) -> jax.Array:
    """Tokens [n, c], each in a place of its own: [n, n c], with zeros elsewhere."""
    n, c = x.shape
    return jnp.einsum("nc,nm->nmc", x, jnp.eye(n, dtype=x.dtype)).reshape(n, n * c)


def dense_by_attention(x: jax.Array, weights: jax.Array) -> jax.Array:
    """A dense layer over all tokens at once, by one head of uniform attention.

    The mean of tokens in places of their own is all of them side by side, over n; value
    weights [n c, n d] make all outputs of it, of which each token keeps its own.

    Args:
      x: [n, c].
      weights: [n, c, n, d], from a token's channel to a token's channel.

    Returns:
      [n, d].
    """
    n, c, _, d = weights.shape
    attention = jax.nn.softmax(jnp.zeros((n, n), x.dtype))
    value = n * weights.reshape(n * c, n * d)
    every = attention @ (in_places(x) @ value)
    own = jnp.arange(n)
    return every.reshape(n, n, d)[own, own]
