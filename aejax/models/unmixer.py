"""Unmixing through a code: all that is known of both images is a short vector."""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax import images as im
from aejax.models.common import Activation, ImageShape, check_images
from aejax.models.decoders import ConvDecoder
from aejax.models.encoders import ConvEncoder
from aejax.models.posteriors import Gaussian, Posterior
from aejax.models.separation import separated
from aejax.ops.conv import MethodName


class CodeUnmixer(nn.Module):
    """An encoder of mixtures and a decoder of each part, put together.

    `code_unmixer` puts the usual ones together.

    Example:
      >>> model = code_unmixer(64, variational=True)
      >>> params = model.init(jax.random.key(0), mixtures)
      >>> parts = model.apply(params, mixtures)
      >>> mean, log_variance, *_ = model.apply(params, mixtures, method="encode")
      >>> latents = sampling.reparameterize(key, mean, log_variance)
      >>> parts = model.apply(params, latents, mixtures, method="separate")

    Attributes:
      encoder: mixtures [n, h, w, c] to latents [n, zdim], or to features [n, any
        length] where there is a posterior; such as `ConvEncoder`.
      first: latents to the output of the first part [n, h, w, c], or to that of the
        difference where it is the only one; has `image_shape`; such as `ConvDecoder`.
      second: latents to the output of the second part; None for consistent parts,
        see `aejax.models.separation`.
      posterior: features to a `Posterior`, of a variational model; such as `Gaussian`.
    """

    encoder: nn.Module
    first: nn.Module
    second: nn.Module | None = None
    posterior: nn.Module | None = None

    @property
    def zdim(self) -> int:
        """Length of the code."""
        return self.encoder.features if self.posterior is None else self.posterior.zdim

    @property
    def image_shape(self) -> ImageShape:
        """(height, width, channels) of the images."""
        return self.first.image_shape

    @property
    def consistent(self) -> bool:
        """Whether the mean of both parts is the mixture, whatever the code is."""
        return self.second is None

    @property
    def variational(self) -> bool:
        """Whether `encode` gives a posterior."""
        return self.posterior is not None

    @property
    def param_dtype(self) -> DTypeLike:
        """Type of the encoder's parameters, and of the parts."""
        return getattr(self.encoder, "param_dtype", jnp.float32)

    @property
    def dtype(self) -> DTypeLike | None:
        """Type of the encoder's computation; None for that of the parameters."""
        return getattr(self.encoder, "dtype", None)

    def __call__(self, mixtures: jax.Array) -> jax.Array:
        """Mixtures [n, h, w, c], uint8 or in [0, 1], to parts [n, 2, h, w, c].

        Parts are in [0, 1]; a variational model gives those of its mean code.
        """
        found = self.encode(mixtures)
        latents = found.mean if isinstance(found, Posterior) else found
        return self.separate(latents, mixtures)

    def encode(self, mixtures: jax.Array) -> jax.Array | Posterior:
        """Mixtures to latents [n, zdim], or to their posterior.

        Raises:
          ValueError: the mixtures have not the model's `image_shape`.
        """
        check_images(mixtures, self.image_shape)
        features = self.encoder(mixtures)
        return features if self.posterior is None else self.posterior(features)

    def separate(self, latents: jax.Array, mixtures: jax.Array) -> jax.Array:
        """Latents [n, zdim] of mixtures [n, h, w, c] to parts [n, 2, h, w, c].

        Parts are in [0, 1]; those that are not consistent depend on latents alone.
        """
        decoders = [d for d in (self.first, self.second) if d is not None]
        outputs = [decoder(latents) for decoder in decoders]
        return separated(outputs, im.unit(mixtures, self.param_dtype))


def code_unmixer(
    zdim: int,
    hidden: int = 512,
    image_shape: ImageShape = (32, 32, 3),
    *,
    width: int = 32,
    depth: int = 3,
    variational: bool = False,
    consistent: bool = False,
    activation: Activation = nn.relu,
    param_dtype: DTypeLike = jnp.float32,
    dtype: DTypeLike | None = None,
    method: MethodName = "auto",
) -> CodeUnmixer:
    """Convolutions and one dense layer in each half; with a Gaussian posterior or not.

    Args:
      zdim: length of the code.
      hidden: units of the dense layers before and after the code.
      image_shape: (height, width, channels) of the images.
      width: channels of the first convolution; each further one doubles them.
      depth: number of convolutions, each halving the image.
      variational: the code has a Gaussian posterior.
      consistent: one decoder, of the difference; see `aejax.models.separation`.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters, and of the parts.
      dtype: type of the computation; None for that of the parameters.
      method: of the convolutions, see `aejax.ops.conv.choose`.
    """
    own = {"activation": activation, "param_dtype": param_dtype, "dtype": dtype}
    conv = {"width": width, "depth": depth, "method": method, **own}
    if variational:
        encoder = ConvEncoder(hidden, **conv)
    else:
        encoder = ConvEncoder(zdim, fc_layers=1, fc_width=hidden, **conv)
    decoder = partial(ConvDecoder, image_shape, fc_layers=1, fc_width=hidden, **conv)
    return CodeUnmixer(
        encoder,
        first=decoder(),
        second=None if consistent else decoder(),
        posterior=Gaussian(zdim, **own) if variational else None,
    )
