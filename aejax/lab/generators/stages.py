"""Second stages on codes: how a GAN is selected, and how one network guides another."""

from typing import Any

import jax
import jax.numpy as jnp

from aejax import algorithm, algorithms, diffusion
from aejax.lab.generators import spaces
from aejax.lab.generators.sampled import Sample
from aejax.lab.training.trained import Trained

EMA = 0.998
"""Decay of the average of a GAN's parameters over steps."""


def selected_gan(steps: int, describe: Any, model: Any) -> algorithm.Algorithm:
    """A GAN whose averaged parameters are those nearest to held-out images.

    The Fréchet distance of its samples to them is evaluated after each chunk.

    Args:
      steps: length of the training.
      describe: codes to the features in which distances are measured
        (`Spaces.described`).
      model: a `LatentGAN`.
    """
    made = algorithms.gan(model, steps=steps, codes=spaces.own_space, describe=describe)
    return algorithm.with_best(algorithm.with_ema(made, EMA), "test_frechet")


def weaker_networks(trained: Trained) -> tuple[Any, tuple[Any]]:
    """The network from which guidance moves away, and its parameters [seeds, ...]."""
    networks, params = zip(*(trained[m.name] for m in trained.members), strict=True)
    return networks[0], (jax.tree.map(lambda *leaves: jnp.stack(leaves), *params),)


def autoguided(weaker: Any, weight: float, steps: int) -> Sample:
    """A sampler that is guided away from the weaker network of the same seed.

    Karras et al., arXiv:2406.02507. Its last argument is that network's parameters.

    Args:
      weaker: a `Denoiser`.
      weight: of the guidance; 0 is none.
      steps: of a sample.
    """

    def sample(*given: Any) -> Any:
        *own, params = given
        return diffusion.sample(
            *own, guidance=weight, weaker=(weaker, params), steps=steps
        )

    return sample
