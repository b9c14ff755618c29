"""Trained parts put together: a GAN of white codes and the decoder of these codes."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from aejax.algorithm import Params
from aejax.eval.whitening import Whitening
from aejax.models import Autoencoder, ConvDecoder, ImageGenerator, LatentGAN


def image_generator(
    gan: LatentGAN,
    gan_params: Params,
    autoencoder: Autoencoder,
    autoencoder_params: Params,
    white: Whitening,
    truncation: float = 1.0,
) -> tuple[ImageGenerator, Params]:
    """One model of what is left after training: generator and decoder.

    Its first layer takes in the truncation of the noise and its last one the colouring
    of the codes, so that the model needs nothing beside its parameters.

    Args:
      gan: of white codes.
      gan_params: its parameters.
      autoencoder: whose codes these are.
      autoencoder_params: its parameters.
      white: the map by which the codes became white.
      truncation: factor of the noise.
    """
    shared = ("width", "depth", "fc_layers", "fc_width", "activation", "param_dtype")
    own = {name: getattr(autoencoder, name) for name in (*shared, "dtype", "method")}
    decoder = ConvDecoder(autoencoder.image_shape, **own)
    generator = jax.tree.map(jnp.asarray, gan_params["params"]["generator"])
    generator = _with(generator, ("layers", "hidden_0", "kernel"), truncation)
    last = generator["codes"]
    matrix, mean = jnp.asarray(white.inverse), jnp.asarray(white.mean)
    coloured = {
        "kernel": _product(last["kernel"], matrix),
        "bias": _product(last["bias"], matrix) + mean,
    }
    parts = {
        "generator": {**generator, "codes": coloured},
        "decoder": autoencoder_params["params"]["decoder"],
    }
    return ImageGenerator(gan.generator, decoder), {"params": parts}


def _with(tree: Any, path: tuple[str, ...], factor: float) -> Any:
    """The tree with one leaf multiplied."""
    name, *rest = path
    part = _with(tree[name], tuple(rest), factor) if rest else factor * tree[name]
    return {**tree, name: part}


def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)
