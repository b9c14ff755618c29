"""What models of codes learn from.

Codes are those of any trained encoder: computed once and held as data, or computed in
each step by a function that is given. They are standardized, because models of codes
begin at N(0, I).
"""

from collections.abc import Callable

import flax.linen as nn
import jax

from aejax.algorithm import Batch, HParams
from aejax.algorithms.vae import latents_mask

Codes = Callable[[Batch, HParams], jax.Array]
"""`(batch, hparams) -> codes [n, any length]`, each coordinate of about unit variance;
a member learns the first of them, as many as its `zdim`."""


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
