"""`nn.Conv` and `nn.ConvTranspose` for images, fast where XLA's own are not.

On a CPU, XLA's gradients of a convolution are 13 to 60 times slower inside a scan
than outside, and kernels under vmap become grouped convolutions. These modules
compute the same by matrix products (`aejax.ops`) with the same parameters:
"kernel" [rows, cols, in, out] and "bias" [out], the same initial values for the
same key, "SAME" padding. Checkpoints of one fit the other.

Images are [n, h, w, c] outside and [c, h, w, n] inside; keep to elementwise
operations between layers and the conversion costs nothing.

They work under jit, grad, vmap (of inputs, kernels or both), lax.map and scan, and
gradients can be differentiated again. Forward mode (`jax.jvp`, `jax.jacfwd`,
`jax.hessian`) needs method="native" or "gemm_autodiff".
"""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax.linen.dtypes import promote_dtype
from flax.linen.linear import default_kernel_init
from jax.nn.initializers import Initializer
from jax.typing import DTypeLike

from aejax.ops.conv import MethodName, conv, conv_transpose


class _Convolution(nn.Module):
    features: int
    kernel_size: tuple[int, int] = (3, 3)
    strides: tuple[int, int] = (2, 2)
    use_bias: bool = True
    kernel_init: Initializer = default_kernel_init
    bias_init: Initializer = nn.initializers.zeros_init()
    param_dtype: DTypeLike = jnp.float32
    method: MethodName = "auto"
    dtype: DTypeLike | None = None

    def _apply(
        self, operation: Callable[..., jax.Array], image: jax.Array
    ) -> jax.Array:
        _check(self, image)
        shape = (*self.kernel_size, image.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape, self.param_dtype)
        bias = None
        if self.use_bias:
            bias = self.param("bias", self.bias_init, shape[-1:], self.param_dtype)
        image, kernel, bias = promote_dtype(image, kernel, bias, dtype=self.dtype)
        return operation(image, kernel, bias, self.strides, self.method)


class Conv(_Convolution):
    """`nn.Conv` with "SAME" padding for [n, h, w, c] images.

    Attributes:
        features: Channels of the result.
        kernel_size: Taps along height and width.
        strides: Steps along height and width.
        use_bias: Whether a bias is added.
        kernel_init: Initializer of the kernel.
        bias_init: Initializer of the bias.
        param_dtype: Type of the stored parameters.
        method: "auto", "gemm", "gemm_autodiff", "winograd" or "native"; see
            `aejax.ops.conv.choose`.
        dtype: Type of the computation; None for that of image and parameters.

    Raises:
        ValueError: for an input that is not [n, h, w, c], a kernel or stride that
            is not two positive numbers, or a method that is unknown or does not fit.
    """

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        """[n, h, w, c] to [n, ceil(h / stride), ceil(w / stride), features]."""
        return self._apply(conv, image)


class ConvTranspose(_Convolution):
    """`nn.ConvTranspose` with "SAME" padding for [n, h, w, c] images.

    Attributes and errors as in `Conv`, strides being factors.
    """

    kernel_size: tuple[int, int] = (4, 4)

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        """[n, h, w, c] to [n, stride * h, stride * w, features]."""
        return self._apply(conv_transpose, image)


def _check(module: _Convolution, image: jax.Array) -> None:
    name = type(module).__name__
    if image.ndim != 4:
        raise ValueError(
            f"{name} takes images [n, h, w, c], not an array of shape {image.shape}; "
            "add the missing axes, or map over the extra ones with jax.vmap"
        )
    for field in ("kernel_size", "strides"):
        value = getattr(module, field)
        if not isinstance(value, tuple) or len(value) != 2 or min(value) < 1:
            raise ValueError(
                f"{name}.{field}={value!r} is not a pair of positive numbers "
                "such as (3, 3)"
            )
