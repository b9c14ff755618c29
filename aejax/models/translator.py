"""An image to an image of the same size, pixel by pixel from its neighbourhood."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax import images as im
from aejax.models.common import (
    HE,
    Activation,
    ImageShape,
    check_images,
    computation_dtype,
)
from aejax.models.conv import Conv
from aejax.ops.conv import MethodName


class Translator(nn.Module):
    """One convolution of stride 1, then layers for each pixel by itself.

    A pixel of the result depends on its neighbourhood alone, so shapes stay in their
    place; most of the time is that of the one convolution.

    Attributes:
      image_shape: (height, width, channels) of the images.
      width: channels of each hidden layer.
      depth: hidden layers, 1 or more.
      kernel: side of the neighbourhood, in pixels.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
      method: of the convolution, see `aejax.ops.conv.choose`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)

    image_shape: ImageShape = (28, 28, 1)
    width: int = 16
    depth: int = 2
    kernel: int = 5
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
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        own = {"kernel_init": HE, **types}
        side, strides = (self.kernel, self.kernel), (1, 1)
        look = Conv(self.width, side, strides, method=self.method, name="look", **own)
        x = look(im.unit(images, computation_dtype(self)))
        for i in range(self.depth - 1):
            layer = nn.Dense(self.width, name=f"hidden_{i}", **own)
            x = layer(self.activation(x))
        last = nn.Dense(self.image_shape[2], name="pixels", **types)
        return last(self.activation(x))


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
