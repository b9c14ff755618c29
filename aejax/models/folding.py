"""A stack of dense layers without activation is one dense layer: finds it.

With ReLUs it is one near each point: `relu_piece`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

Layer = Mapping[str, jax.Array]
"""As Flax has it: "kernel" [in, out] and, unless it has none, "bias" [out]."""


def fold(layers: Mapping[str, Layer] | Sequence[Layer]) -> dict[str, jax.Array]:
    """The one dense layer that computes what the layers do one after another.

    y = (x A + a) B + b = x (A B) + (a B + b). Equal up to rounding; exactly where
    products and sums have no rounding, as of small whole numbers.

    Example:
      >>> model = nn.Sequential([nn.Dense(16), nn.Dense(4)])
      >>> params = model.init(key, x)
      >>> nn.Dense(4).apply({"params": fold(params["params"])}, x)

    Args:
      layers: first to last; or a tree of Flax's parameters, whose layers are taken by
        the numbers in their names (layers_2 before layers_10).

    Returns:
      "kernel" [in of the first, out of the last], and "bias" if a layer has one.

    Raises:
      ValueError: there is no layer, one is not dense, or widths do not fit.
    """
    ordered = in_order(layers) if isinstance(layers, Mapping) else list(layers)
    if not ordered:
        raise ValueError("there is no layer to fold")
    folded = dict(_checked(ordered[0], None))
    for layer in ordered[1:]:
        own = _checked(layer, folded["kernel"].shape[1])
        folded["kernel"] = _product(folded["kernel"], own["kernel"])
        if "bias" in folded:
            folded["bias"] = _product(folded["bias"], own["kernel"])
        if "bias" in own:
            folded["bias"] = folded.get("bias", 0) + own["bias"]
    return folded


def stacked(
    layers: Sequence[Layer],
    x: jax.Array,
    activation: Callable[[jax.Array], jax.Array],
    after: int | None = None,
) -> jax.Array:
    """The layers one after another, an activation between them.

    Args:
      layers: first to last.
      x: [n, in of the first].
      activation: on the outputs of every layer but the last.
      after: the only layer, 0 for the first, behind which it stands.
    """
    for i, layer in enumerate(layers):
        x = x @ layer["kernel"]
        x = x + layer["bias"][None] if "bias" in layer else x
        if i < len(layers) - 1 and after in (None, i):
            x = activation(x)
    return x


def relu_piece(layers: Sequence[Layer], x: jax.Array) -> dict[str, jax.Array]:
    """The dense layer that equals a network of ReLUs at x and near it.

    The layers are folded without the units that are off at x.

    Args:
      layers: first to last, each with a bias; a ReLU stands between them.
      x: [in], one point.
    """
    kept, h = [], x
    for layer in layers[:-1]:
        h = h @ layer["kernel"] + layer["bias"]
        on = h > 0
        kernel = jnp.where(on[None], layer["kernel"], 0)
        kept.append({"kernel": kernel, "bias": jnp.where(on, layer["bias"], 0)})
        h = jax.nn.relu(h)
    return fold([*kept, layers[-1]])


def in_order(layers: Mapping[str, Layer]) -> list[Layer]:
    """The layers of a tree of parameters by the numbers in their names."""

    def place(name: str) -> list[Any]:
        # Split by digits: words and numbers alternate, so that like meets like.
        return [int(w) if w.isdigit() else w for w in re.split(r"(\d+)", name)]

    return [layers[name] for name in sorted(layers, key=place)]


def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def _checked(layer: Layer, width: int | None) -> Layer:
    kernel = layer.get("kernel")
    if kernel is None or not set(layer) <= {"kernel", "bias"} or kernel.ndim != 2:
        raise ValueError(
            f"a dense layer has a kernel [in, out], perhaps a bias, not {list(layer)}"
        )
    if width is not None and kernel.shape[0] != width:
        raise ValueError(f"a layer of {kernel.shape[0]} inputs follows one of {width}")
    return layer
