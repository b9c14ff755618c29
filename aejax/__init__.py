"""aejax: a pure-JAX autoencoder laboratory.

import aejax
images, labels = aejax.data.load("mnist_5k", "test")
model, params = aejax.load("checkpoints/decorrelation/models/zdim=8,seed=0")
latents = model.apply(params, images, method="encode")
"""

from aejax import data, models, objectives, sweep, train
from aejax.errors import UserError
from aejax.pretrained import load, save

__all__ = [
    "UserError",
    "data",
    "load",
    "models",
    "objectives",
    "save",
    "sweep",
    "train",
]
