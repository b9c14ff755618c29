"""Dilated convolutions of series and images, and stacks of them at full resolution.

As a product of gathered taps and the kernel: on a CPU that trains fast inside a scan,
and it has derivatives of every order in both modes.
"""

from itertools import product
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import HE, Activation


class DilatedConv(nn.Module):
    """`nn.Conv` with `kernel_dilation` and "SAME" or "CAUSAL" padding.

    Attributes:
      features: channels of the result.
      kernel_size: taps along each axis.
      dilation: distance of neighbouring taps.
      causal: an output depends on no later position; otherwise taps lie around it.
      kernel_init: initializer of the kernel.
      param_dtype: type of the stored parameters.
    """

    features: int
    kernel_size: int = 3
    dilation: int = 1
    causal: bool = False
    kernel_init: nn.initializers.Initializer = HE
    param_dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Series [n, t, c] or images [n, h, w, c] to the same with `features`."""
        axes, k, d = x.ndim - 2, self.kernel_size, self.dilation
        shape = (*[k] * axes, x.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape, self.param_dtype)
        zeros = nn.initializers.zeros
        bias = self.param("bias", zeros, (self.features,), self.param_dtype)
        span = d * (k - 1)
        before = span if self.causal else span // 2
        # Channels first: a step on a CPU takes a fifth of the time. Between layers that
        # are elementwise the conversions there and back vanish.
        first = jnp.moveaxis(x, -1, 0)
        around = [(0, 0), (0, 0), *[(before, span - before)] * axes]
        padded = jnp.pad(first, around)
        taps = [
            padded[(slice(None), slice(None), *map(slice, begin, end))]
            for begin, end in _windows(x.shape[1:-1], k, d)
        ]
        columns = jnp.concatenate(taps).reshape(kernel.size // self.features, -1)
        result = kernel.reshape(-1, self.features).T @ columns + bias[:, None]
        return jnp.moveaxis(result.reshape(-1, *x.shape[:-1]), 0, -1)


def _windows(
    positions: tuple[int, ...], k: int, d: int
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Where each tap's view of a padded input begins and ends, along all axes."""
    begins = [
        tuple(d * i for i in tap) for tap in product(range(k), repeat=len(positions))
    ]
    return [
        (begin, tuple(b + n for b, n in zip(begin, positions, strict=True)))
        for begin in begins
    ]


class DilatedStack(nn.Module):
    """Residual dilated convolutions between two layers of single positions.

    h = W x; then h = h + activation(conv(h)) for each dilation; the result is V h.
    At first V is 0, and n convolutions together no larger than one.

    Attributes:
      features: channels of the result.
      dilations: of each convolution.
      width: channels between them.
      kernel_size, causal, param_dtype: as in `DilatedConv`.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)

    features: int
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    width: int = 16
    kernel_size: int = 3
    causal: bool = False
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Series [n, t, c] or images [n, h, w, c] to the same with `features`."""
        types = {"param_dtype": self.param_dtype}
        h = nn.Dense(self.width, name="into", **types)(x)
        scale = 2.0 / max(1, len(self.dilations))
        init = nn.initializers.variance_scaling(scale, "fan_in", "truncated_normal")
        for i, dilation in enumerate(self.dilations):
            conv = DilatedConv(
                self.width,
                self.kernel_size,
                dilation,
                self.causal,
                init,
                name=f"conv_{i}",
                **types,
            )
            h = h + self.activation(conv(h))
        zeros = nn.initializers.zeros
        return nn.Dense(self.features, kernel_init=zeros, name="out_of", **types)(h)
