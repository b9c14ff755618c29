"""Autoencoders that draw the undistorted picture of a distorted one.

Their code has to leave out how a picture is rotated, scaled, sheared and shifted,
and to keep the rest: no label is needed to say what may be forgotten.
"""

from functools import partial

import flax.linen as nn
import jax

from aejax import augment, images, train
from aejax.objectives import reconstruction
from aejax.recipes.schedules import one_cycle_adam


def recipe(model: nn.Module, *, steps: int, batch_size: int) -> train.Recipe:
    """The recipe of `model`; members need `learning_rate` and `distortion`."""
    return train.Recipe(partial(loss, model), one_cycle_adam(steps), batch_size)


def loss(
    model: nn.Module,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
) -> tuple[jax.Array, train.Metrics]:
    """Squared error per pixel between the undistorted images and what is drawn.

    `hyper["distortion"]` is the strength in `augment.distort`; with 0 this is the
    loss of an ordinary autoencoder, so both kinds can be members of one program.
    """
    target = images.unit(batch["image"], model.param_dtype)
    seen = augment.distort(key, target, hyper["distortion"])
    logits = model.apply(params, seen)
    return reconstruction.squared_error(logits, target).mean(), {}
