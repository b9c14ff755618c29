"""A map of two-dimensional noise: the images of a GAN over a grid of its quantiles."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from aejax.eval import prior
from aejax.lab.blocks.drawings import Figure
from aejax.lab.design import Condition
from aejax.lab.generators.quality import Generators
from aejax.lab.results import Results
from aejax.lab.training.programs import light
from aejax.lab.training.trained import Trained
from aejax.report import figures

SIDE = 15
"""Images on a side of the square."""

CAPTION = (
    "The square of two-dimensional noise, seed 0. Its places are quantiles of the "
    "normal distribution: every image stands for an equal share of the samples."
)


def added(
    room: Generators, results: Results, gans: Sequence[Condition], trained: Trained
) -> Results:
    """Adds the images of the grid, where a GAN has noise of two numbers."""
    for condition, seed, name in room.lab.alive(gans, trained):
        if condition["noise_dim"] == 2 and seed == 0:
            model, params = trained[name]
            noise = jnp.asarray(prior.quantile_grid(SIDE), jnp.float32)
            codes = light(partial(model.apply, method="generate"))(params, noise)
            square = room.space.decode(seed, codes)
            return results.with_arrays(condition, square=square)
    return results


def draw(results: Results) -> Any:
    """The images of the grid; None without such a GAN."""
    known = results.labelled("square") if "square" in results.arrays else {}
    tinted = {label: np.zeros(len(images), bool) for label, images in known.items()}
    return figures.decoded_planes(known, tinted) if known else None


FIGURE = Figure("square", draw, CAPTION)
