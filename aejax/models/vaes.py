"""The usual variational autoencoders: `VAE` of dense or convolutional parts."""

import re
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation, ImageShape
from aejax.models.conditioning import AddCondition, OneHot
from aejax.models.decoders import ConvDecoder, MlpDecoder
from aejax.models.encoders import ConvEncoder, MlpEncoder
from aejax.models.posteriors import Gaussian, GaussianCategorical
from aejax.models.vae import VAE
from aejax.ops.conv import MethodName

_SIZES = re.compile(r"([1-9]\d*(?:-[1-9]\d*)*)x([1-9]\d*)")


def mlp_sizes(word: str) -> tuple[tuple[int, ...], int]:
    """Units of the hidden layers and latent size of a word such as "400-100x20".

    Raises:
      ValueError: it is no such word.
    """
    found = _SIZES.fullmatch(word)
    if found is None:
        raise ValueError("units of each layer and latent size, as in 400x50,400-100x20")
    return tuple(map(int, found[1].split("-"))), int(found[2])


def mlp_vae(
    zdim: int,
    hidden: tuple[int, ...] = (400,),
    image_shape: ImageShape = (28, 28, 1),
    *,
    classes: int = 0,
    condition_encoder: bool = False,
    categories: int = 0,
    projection: int = 0,
    activation: Activation = nn.relu,
    dtype: DTypeLike | None = None,
    param_dtype: DTypeLike = jnp.float32,
) -> VAE:
    """A VAE of dense layers.

    Args:
      zdim: length of the Gaussian latent vector.
      hidden: units of the encoder's layers; the decoder mirrors them.
      image_shape: (height, width, channels) of the images.
      classes: the decoder is conditioned on one of so many classes; 0 for none.
      condition_encoder: the encoder is conditioned on the class, too.
      categories: size of a categorical latent beside the Gaussian one; 0 for none.
      projection: length of a code for `losses.contrastive`; 0 for none.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      dtype: type of the computation; None for that of the parameters.
      param_dtype: type of the stored parameters.
    """
    own = {"activation": activation, "dtype": dtype, "param_dtype": param_dtype}
    return VAE(
        MlpEncoder(tuple(hidden), **own),
        _posterior(zdim, categories, projection, own),
        MlpDecoder(image_shape, tuple(hidden), **own),
        *_conditioning(classes, condition_encoder, own),
    )


def conv_vae(
    zdim: int,
    hidden: int = 400,
    image_shape: ImageShape = (28, 28, 1),
    *,
    width: int = 16,
    depth: int = 3,
    classes: int = 0,
    condition_encoder: bool = False,
    categories: int = 0,
    projection: int = 0,
    activation: Activation = nn.relu,
    dtype: DTypeLike | None = None,
    param_dtype: DTypeLike = jnp.float32,
    method: MethodName = "auto",
) -> VAE:
    """A VAE of convolutions and one dense layer in each half.

    Args:
      zdim: length of the Gaussian latent vector.
      hidden: units of the dense layers before and after the latents.
      image_shape: (height, width, channels) of the images.
      width: channels of the first convolution; each further one doubles them.
      depth: number of convolutions, each halving the image.
      classes: the decoder is conditioned on one of so many classes; 0 for none.
      condition_encoder: the encoder is conditioned on the class, too.
      categories: size of a categorical latent beside the Gaussian one; 0 for none.
      projection: length of a code for `losses.contrastive`; 0 for none.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      dtype: type of the computation; None for that of the parameters.
      param_dtype: type of the stored parameters.
      method: of the convolutions, see `aejax.ops.conv.choose`.
    """
    own = {"activation": activation, "dtype": dtype, "param_dtype": param_dtype}
    conv = {"width": width, "depth": depth, "method": method, **own}
    return VAE(
        ConvEncoder(hidden, **conv),
        _posterior(zdim, categories, projection, own),
        ConvDecoder(image_shape, fc_layers=1, fc_width=hidden, **conv),
        *_conditioning(classes, condition_encoder, own),
    )


def _posterior(
    zdim: int, categories: int, projection: int, own: dict[str, Any]
) -> Gaussian:
    if categories:
        return GaussianCategorical(zdim, projection, categories=categories, **own)
    return Gaussian(zdim, projection, **own)


def _conditioning(
    classes: int, condition_encoder: bool, own: dict[str, Any]
) -> tuple[OneHot | None, AddCondition | None]:
    if condition_encoder and not classes:
        raise ValueError("condition_encoder=True needs classes=...")
    return (
        OneHot(classes) if classes else None,
        AddCondition(**own) if condition_encoder else None,
    )
