"""Samples of decoders that take a class or a category beside their latents.

Laid out as a sheet: a row is of one class, a column shares one sample of the latents.
"""

from collections.abc import Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import keys
from aejax.eval.classifier import EvaluationClassifier
from aejax.models import VAE


def sheet(rows: int, columns: int, zdim: int) -> dict[str, jax.Array]:
    """What the images of a sheet are decoded from, row by row.

    Args:
      rows: number of classes.
      columns: samples of each.
      zdim: length of the latents; those of a shorter one are the first coordinates.

    Returns:
      "latents" [rows * columns, zdim], standard normal and equal in every row, and
      "row" [rows * columns], the class of each.
    """
    drawn = jax.random.normal(keys.stream(0, keys.DRAWS), (zdim, columns)).T
    row = jnp.repeat(jnp.arange(rows), columns)
    return {"latents": jnp.tile(drawn, (rows, 1)), "row": row}


def of_class(
    model: nn.Module, params: Any, batch: Mapping[str, jax.Array]
) -> jax.Array:
    """Images [n, h, w, c] of a conditional VAE, of entries of `sheet`."""
    return model.apply(params, batch["latents"], batch["row"], method="decode")


def of_category(model: VAE, params: Any, batch: Mapping[str, jax.Array]) -> jax.Array:
    """Images [n, h, w, c] of a JointVAE, each with one category."""
    category = jax.nn.one_hot(batch["row"], model.categories)
    return model.apply(params, batch["latents"], None, category, method="decode")


def of_their_class(rows: NDArray, judge: EvaluationClassifier) -> float:
    """Fraction of images [classes, n, h, w, c] that are classified as their class."""
    _, probabilities = judge.classify(rows.reshape(-1, *rows.shape[2:]))
    found = probabilities.argmax(-1).reshape(rows.shape[:2])
    return float((found == np.arange(len(rows))[:, None]).mean())
