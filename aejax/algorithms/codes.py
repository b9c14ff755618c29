"""What models of codes learn from.

Codes are those of any trained encoder: computed once and held as data, or computed in
each step by a function that is given. They are standardized, because models of codes
begin at N(0, I).
"""

from collections.abc import Callable
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aejax.algorithm import Batch, HParams
from aejax.algorithms.vae import latents_mask

Codes = Callable[[Batch, HParams], jax.Array]
"""`(batch, hparams) -> codes [n, any length]`, each coordinate of about unit variance;
a member learns the first of them, as many as its `zdim`."""


class Scale(NamedTuple):
    """How codes are standardized; `ArrayLike` codes are [..., d].

    Attributes:
      mean: [d].
      deviation: one for all coordinates, so that directions in which codes hardly vary,
        such as inactive latents, are not blown up.
    """

    mean: jax.Array
    deviation: jax.Array

    def standardized(self, codes: ArrayLike) -> jax.Array:
        """Codes on the scale on which models of them learn."""
        codes = jnp.asarray(codes)
        return (codes - jnp.broadcast_to(self.mean, codes.shape)) / self.deviation

    def restored(self, codes: ArrayLike) -> jax.Array:
        """What `standardized` undid: codes for the decoder."""
        codes = jnp.asarray(codes)
        return codes * self.deviation + jnp.broadcast_to(self.mean, codes.shape)


def scale(codes: ArrayLike) -> Scale:
    """The scale on which codes [n, d] have mean 0 and, on average, variance 1.

    Coordinates that do not vary at all are taken for padding and do not count.
    """
    codes = jnp.asarray(codes)
    variance = codes.var(0)
    count = jnp.maximum((variance > 0).sum(), 1).astype(codes.dtype)
    return Scale(codes.mean(0), jnp.sqrt(variance.sum() / count))


def given(batch: Batch, hparams: HParams) -> jax.Array:
    """The codes that the data hold as "code" [n, any length]."""
    del hparams
    return batch["code"]


def own_codes(
    model: nn.Module, batch: Batch, hparams: HParams, codes: Codes
) -> jax.Array:
    """The codes of a batch that a member learns.

    Args:
      model: with `zdim`, padded or not.
      batch: what `codes` takes.
      hparams: `zdim`, the member's own, where the model is padded.
      codes: of a batch.

    Returns:
      [n, zdim] of the type of the model's parameters, 0 beyond the member's own zdim.
    """
    found = codes(batch, hparams)[:, : model.zdim].astype(model.param_dtype)
    return found * latents_mask(model, hparams).astype(found.dtype)[None]
