"""An image to an image of the same size: convolutions that keep its resolution."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax import images as im
from aejax.models.common import HE, Activation, ImageShape, check_images
from aejax.models.conv import Conv
from aejax.ops.conv import MethodName


class Translator(nn.Module):
    """Convolutions of stride 1, each pixel seen by its neighbourhood alone.

    Attributes:
      image_shape: (height, width, channels) of the images.
      width: channels of each hidden layer.
      depth: number of convolutions (3x3), 2 or more.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
      method: of the convolutions, see `aejax.ops.conv.choose`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)

    image_shape: ImageShape = (28, 28, 1)
    width: int = 16
    depth: int = 3
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None
    method: MethodName = "auto"

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to logits of the same shape.

        Raises:
          ValueError: the images have not the model's `image_shape`.
        """
        check_images(images, self.image_shape)
        x = im.unit(images, self.param_dtype)
        channels = [self.width] * (self.depth - 1) + [self.image_shape[2]]
        for i, features in enumerate(channels):
            conv = Conv(
                features,
                strides=(1, 1),
                kernel_init=HE,
                param_dtype=self.param_dtype,
                dtype=self.dtype,
                method=self.method,
                name=f"conv_{i}",
            )
            x = conv(self.activation(x) if i else x)
        return x


class Translation(nn.Module):
    """Translators between two styles, a and b, and a critic of each of them.

    Both translators are of one kind, and both critics; `aejax.algorithms.translation`
    gives each its parameters. A critic sees an image of its style and, as further
    channels, the image that it was made from, or zeros.

    Example:
      >>> model = Translation(Translator((28, 28, 1)), ConvEncoder(1, width=8, depth=2))
      >>> own = params["translators"]["to_b"]
      >>> images = nn.sigmoid(model.translator.apply(own, images))

    Attributes:
      translator: images to logits of images; has `image_shape`.
      critic: images of twice the channels to scores [n, 1].
    """

    translator: nn.Module
    critic: nn.Module

    @property
    def image_shape(self) -> ImageShape:
        """(height, width, channels) of the images of both styles."""
        return self.translator.image_shape
