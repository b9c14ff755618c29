"""What is measured of every trained member."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from aejax import images
from aejax.metrics import cost
from aejax.metrics.image import ssim
from aejax.models import Autoencoder
from aejax.recipes import autoencoding
from aejax.run import predict, study
from aejax.run.fit import Trained
from experiments._autoencoding.evidence import Config, Seen

# SSIM takes more than a millisecond an image on the host, and each model has its own.
SSIM_IMAGES = 250


class Chosen(NamedTuple):
    """The images that members are measured on, beside all test images.

    Attributes:
      train: as many training images as there are test images.
      shown: test images, one of each class, that the report shows.
      ssim: test images behind each SSIM.
    """

    train: np.ndarray
    shown: np.ndarray
    ssim: np.ndarray

    @staticmethod
    def of(run: study.Study) -> "Chosen":
        """Drawn once, for all members; data sets may be sorted by class."""
        train, test = run.train.images, run.test.images
        return Chosen(
            train[some(len(train), len(test))],
            test[study.one_per_class(run.test.labels)],
            test[some(len(test), SSIM_IMAGES)],
        )


def some(n: int, count: int) -> np.ndarray:
    """At most `count` of n places at random, always the same ones, rising."""
    return np.sort(np.random.default_rng(0).permutation(n)[:count])


def model_of(run: study.Study, config: Config) -> Autoencoder:
    """The autoencoder of a configuration."""
    return Autoencoder(
        config.zdim,
        run.image_shape,
        width=config.width,
        depth=config.depth,
        fc_layers=config.fc_layers,
    )


def measured(
    run: study.Study,
    configs: Sequence[Config],
    trained: Sequence[Trained],
    chosen: Chosen,
) -> list[Seen]:
    """All members: every configuration with every seed.

    Reconstructions of all test images by all members may not fit into memory: only
    their errors are kept, and the pictures of a few.
    """
    judged = jnp.asarray(np.concatenate([run.test.images, chosen.train]))
    drawn = jnp.asarray(np.concatenate([chosen.shown, chosen.ssim]))
    executor = run.settings.executor
    errors = predict.for_members(autoencoding.squared_errors, trained, judged, executor)
    pictures = predict.for_members(reconstruct, trained, drawn, executor)
    seconds = {m.name: spent for group, _, spent in trained for m in group.members}
    found = []
    for config in configs:
        costs = costs_of(run, config)
        for seed in range(run.settings.seeds):
            name = config.member(seed)
            figures = measures(errors[name], pictures[name], chosen)
            found.append(Seen(config, seed, **figures, **costs, seconds=seconds[name]))
    return found


def reconstruct(model: Autoencoder, params: Any, pictures: jax.Array) -> jax.Array:
    """Reconstructions of a batch of images, in [0, 1]."""
    return model.apply(params, pictures, method="reconstruct")


def measures(
    errors: np.ndarray, pictures: np.ndarray, chosen: Chosen
) -> dict[str, Any]:
    """The measures of one member, as `Seen` names them.

    Args:
      errors: squared errors of all test images, then of `chosen.train`.
      pictures: reconstructions of `chosen.shown`, then of `chosen.ssim`.
      chosen: what was reconstructed.
    """
    test, train = np.split(errors.astype(np.float64), [-len(chosen.train)])
    shown, judged = np.split(pictures, [len(chosen.shown)])
    originals = np.asarray(images.unit(chosen.ssim))
    return {
        "mse": float(test.mean()),
        "train_mse": float(train.mean()),
        # The PSNR of an image is its error in decibels.
        "psnr": float(-10 * np.log10(test).mean()),
        "ssim": float(ssim(originals, judged).mean()),
        "pictures": shown,
    }


def costs_of(run: study.Study, config: Config) -> dict[str, Any]:
    """Parameters and operations of a configuration, as `Seen` names them."""
    model, example = model_of(run, config), jnp.asarray(run.test.images[:1])
    return {
        "parameters": cost.parameters(model, example),
        "flops": cost.flops(model, example),
    }
