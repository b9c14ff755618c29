"""Pictures drawn from trained models: by category, and by the class asked for."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import keys
from aejax.models import VAE
from aejax.run import judge, predict, study
from aejax.run.fit import Trained
from experiments._clustering.evidence import Seen, Told

COLUMNS = 10
"""Draws of the latent in a row of samples."""


def of_categories(run: study.Study, trained: list[Trained], best: Seen) -> np.ndarray:
    """Samples of a JointVAE, [categories, columns, h, w, c]; a column has one z."""
    classes = len(run.dataset["class_names"])
    zdim = max(group.model.zdim for group, _, _ in trained)
    examples = {
        "latents": shared_latents(classes, COLUMNS, zdim),
        "place": jnp.repeat(jnp.arange(classes), COLUMNS),
    }
    found = predict.for_members(of_category, trained, examples, run.settings.executor)
    pictures = found[best.variant.member(best.found.seed)]
    return pictures.reshape(classes, COLUMNS, *pictures.shape[1:])


def ask(
    run: study.Study, trained: list[Trained], judged: judge.Judge, samples: int
) -> Told:
    """Samples of the conditional VAE, and whether the judge sees what was asked."""
    classes, [(group, _, _)] = len(run.dataset["class_names"]), trained
    columns = max(COLUMNS, -(-samples // classes))
    asked = np.repeat(np.arange(classes, dtype=np.int32), columns)
    examples = {
        "latents": shared_latents(classes, columns, group.model.zdim),
        "place": jnp.asarray(asked),
    }
    [found] = predict.for_members(
        of_class, trained, examples, run.settings.executor
    ).values()
    _, chances = judged.look(found)
    shape = found.shape[1:]
    return Told(
        pictures=found.reshape(classes, columns, *shape)[:, :COLUMNS],
        share=float(np.mean(chances.argmax(-1) == asked)),
        samples=len(asked),
        judge=judged.statement,
        zdim=group.model.zdim,
    )


def shared_latents(rows: int, columns: int, zdim: int) -> jax.Array:
    """Draws from the prior, [rows * columns, zdim], equal in every row."""
    drawn = jax.random.normal(keys.stream(0, keys.DRAWS), (zdim, columns)).T
    return jnp.tile(drawn, (rows, 1))


def of_category(
    model: VAE, params: Any, examples: Mapping[str, jax.Array]
) -> jax.Array:
    """Pictures of latents, each with one category."""
    category = jax.nn.one_hot(examples["place"], model.categories)
    latents = examples["latents"][:, : model.zdim]
    return model.apply(params, latents, None, category, method="decode")


def of_class(model: VAE, params: Any, examples: Mapping[str, jax.Array]) -> jax.Array:
    """Pictures of latents, each of one class."""
    return model.apply(params, examples["latents"], examples["place"], method="decode")
