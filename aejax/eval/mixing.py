"""The matrices [n, n] over tokens that softmax attention can take the place of.

Rows of a softmax are positive and add up to one, so one head, times a number, is far
from most matrices; two heads reach every matrix whose rows have equal sums, and with a
token of zeros beside the others any matrix at all.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray


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
