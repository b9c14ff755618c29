"""A U-Net that separates the two images of a mixture.

Skips are added after a layer of their own: the first convolution of a decoder's level
is W1 up + W2 skip. That is the convolution of the concatenation [up, skip] whose
kernel is W1 above W2, but a U-Net of smaller width is then the same tree with smaller
leaves, and zero-padding it changes nothing that it computes (`aejax.padding`).
"""

from typing import Any, ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax import images as im
from aejax.models.common import Activation, ImageShape, check_images, computation_dtype
from aejax.models.conv import Conv, ConvTranspose
from aejax.models.separation import separated
from aejax.ops.conv import MethodName

# Variances as He's (arXiv:1502.01852), times the inputs that Flax counts: 2 where an
# activation follows; half of that for each of W1 and W2, which share a layer; 1 where
# none follows, and a 2x2 transposed convolution reads one tap of four. The last layer
# starts small: parts begin near the mixture, or near 0.5.
ACTIVATED, SHARED, UP, LAST = 2.0, 1.0, 4.0, 0.01


class UNet(nn.Module):
    """One encoder, and a decoder for each part (Ronneberger et al., arXiv:1505.04597).

    Each level has two 3x3 convolutions, padded so that they keep its size. Down goes
    2x2 max pooling: it has no parameters, works on each channel by itself, so padding
    stays zero, and takes less time than noise. Up goes a 2x2 transposed convolution,
    which is one matrix product. There are no norm layers.

    Example:
      >>> model = UNet(width=8)
      >>> params = model.init(jax.random.key(0), mixtures)
      >>> parts = model.apply(params, mixtures)
      >>> first, second = parts[:, 0], parts[:, 1]

    Attributes:
      image_shape: (height, width, channels) of the images; inside they are zero-padded
        to a multiple of 16 pixels, or of 2**depth where that is more.
      width: channels of the finest level; each coarser one doubles them.
      depth: number of levels above the bottleneck, each halving the image.
      skips: whether the encoder's levels reach the decoders beside the bottleneck.
      consistent: one decoder, of the difference; see `aejax.models.separation`.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters, and of the parts.
      dtype: type of the computation; None for that of the parameters.
      method: of the convolutions, see `aejax.ops.conv.choose`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)
    variational: ClassVar[bool] = False

    image_shape: ImageShape = (32, 32, 3)
    width: int = 32
    depth: int = 4
    skips: bool = True
    consistent: bool = False
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None
    method: MethodName = "auto"

    @nn.compact
    def __call__(self, mixtures: jax.Array) -> jax.Array:
        """Mixtures [n, h, w, c], uint8 or in [0, 1], to parts [n, 2, h, w, c].

        Parts are in [0, 1].

        Raises:
          ValueError: the mixtures have not the model's `image_shape`.
        """
        check_images(mixtures, self.image_shape)
        size = self.image_shape[:2]
        x = im.unit(mixtures, computation_dtype(self))
        levels = self._encode(im.pad(x, *(im.padded_size(s, self.depth) for s in size)))
        names = ("first",) if self.consistent else ("first", "second")
        outputs = [im.crop(self._decode(name, levels), *size) for name in names]
        return separated(outputs, im.unit(mixtures, self.param_dtype))

    def _encode(self, x: jax.Array) -> list[jax.Array]:
        """Padded images to the features of all levels, the bottleneck last."""
        levels: list[jax.Array] = []
        for i in range(self.depth + 1):
            x = nn.max_pool(x, (2, 2), (2, 2)) if i else x
            x = self._level(f"encoder_{i}", i, x)
            levels.append(x)
        return levels

    def _decode(self, name: str, levels: list[jax.Array]) -> jax.Array:
        """Features of all levels to the output of one decoder, of the padded size."""
        x = levels[-1]
        for i in reversed(range(self.depth)):
            up = ConvTranspose(
                self.width * 2**i,
                (2, 2),
                kernel_init=_variance(UP),
                name=f"{name}_{i}_up",
                **self._own(),
            )
            x = self._level(f"{name}_{i}", i, up(x), levels[i] if self.skips else None)
        return self._conv(f"{name}_pixels", self.image_shape[2], LAST, (1, 1))(x)

    def _level(
        self, name: str, i: int, x: jax.Array, skip: jax.Array | None = None
    ) -> jax.Array:
        features = self.width * 2**i
        scale = ACTIVATED if skip is None else SHARED
        total = self._conv(f"{name}_conv_0", features, scale)(x)
        if skip is not None:
            own = self._conv(f"{name}_skip", features, scale, use_bias=False)
            total += own(skip)
        last = self._conv(f"{name}_conv_1", features, ACTIVATED)
        return self.activation(last(self.activation(total)))

    def _conv(
        self,
        name: str,
        features: int,
        scale: float,
        kernel_size: tuple[int, int] = (3, 3),
        use_bias: bool = True,
    ) -> Conv:
        return Conv(
            features,
            kernel_size,
            strides=(1, 1),
            use_bias=use_bias,
            kernel_init=_variance(scale),
            name=name,
            **self._own(),
        )

    def _own(self) -> dict[str, Any]:
        return {
            "param_dtype": self.param_dtype,
            "dtype": self.dtype,
            "method": self.method,
        }


def _variance(scale: float) -> nn.initializers.Initializer:
    return nn.initializers.variance_scaling(scale, "fan_in", "truncated_normal")
