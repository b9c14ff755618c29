"""Multi-head self-attention over the tokens of an image, with relative positions."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.ops.tokens import tokens, untokens


class GridAttention(nn.Module):
    """Self-attention; each head also scores the offset from query to key.

    logits = (x Q)(x K)' / sqrt(k) + p . (|o|^2, o_rows, o_columns), o the offset: the
    quadratic encoding of Cordonnier et al. (arXiv:1911.03584). A head with
    p = a (-1, 2 r, 2 c) prefers the key at offset (r, c), the more the larger a.

    Attributes:
      features: length of the result's tokens.
      grid: (rows, columns) in which the tokens stand, row by row.
      heads: number of heads, whose results are added up.
      key_features: length of queries and keys.
      param_dtype: type of the stored parameters.
    """

    features: int
    grid: tuple[int, int]
    heads: int = 4
    key_features: int = 16
    param_dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, tokens: jax.Array) -> jax.Array:
        """Tokens [n, rows columns, c] to [n, rows columns, features]."""
        channels = tokens.shape[-1]
        init = nn.initializers.lecun_normal(in_axis=1, out_axis=2, batch_axis=0)

        def weights(name: str, outputs: int) -> jax.Array:
            shape = (self.heads, channels, outputs)
            return self.param(name, init, shape, self.param_dtype)

        position = self.param(
            "position", nn.initializers.normal(0.1), (self.heads, 3), self.param_dtype
        )
        shape = (self.features,)
        bias = self.param("bias", nn.initializers.zeros, shape, self.param_dtype)
        query = jnp.einsum("nqc,hck->nhqk", tokens, weights("query", self.key_features))
        key = jnp.einsum("nsc,hck->nhsk", tokens, weights("key", self.key_features))
        value = jnp.einsum("nsc,hcf->nhsf", tokens, weights("value", self.features))
        logits = jnp.einsum("nhqk,nhsk->nhqs", query, key) * self.key_features**-0.5
        offsets = encoded_offsets(self.grid).astype(position.dtype)
        logits += jnp.einsum("hp,qsp->hqs", position, offsets)[None]
        result = jnp.einsum("nhqs,nhsf->nqf", jax.nn.softmax(logits), value)
        return result + bias.reshape(1, 1, -1)


class EncoderBlock(nn.Module):
    """A block of a transformer's encoder, as BERT has it: norms follow the sums.

    h = norm(x + attention(x)), then norm(h + mlp(h)).

    Attributes:
      grid: (rows, columns) in which the tokens stand, row by row.
      heads: number of heads.
      hidden: units of the MLP.
      param_dtype: type of the stored parameters.
    """

    grid: tuple[int, int]
    heads: int = 4
    hidden: int = 32
    param_dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Tokens [n, rows columns, c] to the same shape."""
        channels, types = x.shape[-1], {"param_dtype": self.param_dtype}
        attention = GridAttention(channels, self.grid, self.heads, **types)
        h = nn.LayerNorm(**types)(x + attention(x))
        units = nn.gelu(nn.Dense(self.hidden, **types)(h))
        return nn.LayerNorm(**types)(h + nn.Dense(channels, **types)(units))


def encoded_offsets(grid: tuple[int, int]) -> jax.Array:
    """(|o|^2, o_rows, o_columns), o from query to key: [queries, keys, 3]."""
    places = jnp.stack(jnp.meshgrid(*map(jnp.arange, grid), indexing="ij"), -1)
    flat = places.reshape(-1, 2)
    offset = flat[None] - flat[:, None]
    return jnp.concatenate([jnp.square(offset).sum(-1, keepdims=True), offset], -1)


def position_weights(position: jax.Array, grid: tuple[int, int]) -> jax.Array:
    """Where heads look that see positions alone: [heads, queries, keys].

    Args:
      position: [heads, 3], as `GridAttention` has it.
      grid: (rows, columns) of the tokens.
    """
    offsets = encoded_offsets(grid).astype(position.dtype)
    return jax.nn.softmax(jnp.einsum("hp,qsp->hqs", position, offsets))


def from_convolution(
    kernel: jax.Array, sharpness: float, key_features: int = 1
) -> dict[str, Any]:
    """Parameters with which `GridAttention` is a convolution of stride 1.

    A head for each tap: it looks at the key at the tap's offset, and its value weights
    are the tap's. The softmax gives other keys at least exp(-sharpness), so it is exact
    up to rounding from about 40 (float64) or 20 (float32) on. Where a tap lies outside
    the grid its head looks at the nearest tokens, so zero tokens belong around an image
    that a convolution would pad with zeros.

    Args:
      kernel: [rows, columns, in, out]; "SAME" positions, as `nn.Conv` has them.
      sharpness: the a of the positions.
      key_features: of the module; queries and keys are not used.

    Returns:
      {"params": ...} for `features` = out and `heads` = rows columns.
    """
    rows, columns, inputs, outputs = kernel.shape
    taps = jnp.stack(
        jnp.meshgrid(
            jnp.arange(rows) - (rows - 1) // 2,
            jnp.arange(columns) - (columns - 1) // 2,
            indexing="ij",
        ),
        -1,
    ).reshape(-1, 2)
    heads = rows * columns
    ones = jnp.ones((heads, 1), kernel.dtype)
    unused = jnp.zeros((heads, inputs, key_features), kernel.dtype)
    offsets = 2 * taps.astype(kernel.dtype)
    return {
        "params": {
            "query": unused,
            "key": unused,
            "value": kernel.reshape(heads, inputs, outputs),
            "position": sharpness * jnp.concatenate([-ones, offsets], -1),
            "bias": jnp.zeros(outputs, kernel.dtype),
        }
    }


def convolve(
    image: jax.Array,
    kernel: jax.Array,
    sharpness: jax.Array | float,
    build: Callable[[jax.Array, Any], Any] = from_convolution,
) -> jax.Array:
    """A convolution by attention, with zero tokens around the image ("SAME" padding).

    Args:
      image: [n, h, w, in].
      kernel: [k, k, in, out].
      sharpness: of the heads.
      build: `(kernel, sharpness) -> parameters` of a `GridAttention`.

    Returns:
      [n, h, w, out].
    """
    k, (_, h, w, _) = len(kernel), image.shape
    before, after = (k - 1) // 2, k // 2
    padded = jnp.pad(image, [(0, 0), (before, after), (before, after), (0, 0)])
    grid = (h + k - 1, w + k - 1)
    model = GridAttention(kernel.shape[-1], grid, k * k, 1, kernel.dtype)
    whole = untokens(model.apply(build(kernel, sharpness), tokens(padded)), grid)
    return whole[:, before : before + h, before : before + w]
