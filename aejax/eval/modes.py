"""What derivatives cost, in forward and in reverse mode, measured on small networks."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp


def costs(sizes: tuple[int, ...], width: int = 32) -> dict[str, Any]:
    """Operations of a Jacobian, as multiples of those of the function itself."""

    def network(x: jax.Array, *kernels: jax.Array) -> jax.Array:
        return reduce(lambda h, kernel: jnp.tanh(h @ kernel), kernels, x)

    def operations(f: Callable, n: int, m: int) -> float:
        shapes = [(n,), (n, width), (width, width), (width, m)]
        like = [jax.ShapeDtypeStruct(shape, jnp.float64) for shape in shapes]
        analysis: Any = jax.jit(f).lower(*like).cost_analysis()
        return analysis["flops"]

    def multiples(mode: Callable, n: int, m: int) -> float:
        return operations(mode(network), n, m) / operations(network, n, m)

    modes = {"forward": jax.jacfwd, "reverse": jax.jacrev}
    return {
        "inputs": {k: [multiples(d, n, 1) for n in sizes] for k, d in modes.items()},
        "outputs": {k: [multiples(d, 1, n) for n in sizes] for k, d in modes.items()},
    }


def memory(depths: tuple[int, ...], width: int = 64) -> dict[str, Any]:
    """Bytes that the compiled derivative of a deep chain keeps for itself."""

    def deep(x: jax.Array, kernel: jax.Array, depth: int) -> jax.Array:
        layer = lambda h, _: (jnp.tanh(h @ kernel), None)  # noqa: E731
        return jax.lax.scan(layer, x, None, length=depth)[0].sum()

    def bytes_of(f: Callable) -> int:
        like = [
            jax.ShapeDtypeStruct(s, jnp.float64) for s in ((width,), (width, width))
        ]
        analysis: Any = jax.jit(f).lower(*like).compile().memory_analysis()
        return analysis.temp_size_in_bytes

    def forward(x: jax.Array, kernel: jax.Array, depth: int) -> Any:
        return jax.jvp(lambda x: deep(x, kernel, depth), (x,), (x,))

    kept: dict[str, list[int]] = {"forward": [], "reverse": []}
    for depth in depths:
        kept["forward"].append(bytes_of(lambda x, k, d=depth: forward(x, k, d)))
        kept["reverse"].append(bytes_of(lambda x, k, d=depth: jax.grad(deep)(x, k, d)))
    return {"bytes": kept}
