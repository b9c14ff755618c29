"""Where is each derivative of the chain rule evaluated, and what does each mode cost?

The derivative of a composition is a product of derivatives, each evaluated at the value
that its function was given, not at x. If x enters several arguments, each way from x to
the result gives a term and the terms add up. The functions below write this as code and
agree with `jax.grad` to rounding; with all derivatives at x instead they are far off.

`chain` carries the derivative along with the values, from the inside out: forward mode,
one pass for each input. Reverse mode stores all values first, then multiplies from the
outside in: one pass for each output, and memory that grows with the depth. A loss has
many inputs, its parameters, and one output, so training uses reverse mode: its gradient
costs about two evaluations, however many parameters there are.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.compositions import BINARY, UNARY, composed
from aejax.eval.linearity import order, relative_error
from aejax.eval.modes import costs, memory
from aejax.report.figures import Panel, against_panels
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"\dfrac{\partial}{\partial x}\, f(x+y,\, 2x,\, z) \;=\; "
        r"\partial_1 f\,(x+y,\, 2x,\, z) \;+\; 2\,\partial_2 f\,(x+y,\, 2x,\, z)",
        "derivatives by first and second argument; here f(a, b, c) = sin(a) b² + a c",
    ),
    (
        r"\dfrac{d}{dx}\, f_1(f_2(\ldots f_n(x))) \;=\; \prod_{i=1}^{n} "
        r"f_i^{\,\prime}(u_{i+1}), \quad u_i = f_i(u_{i+1}),\; u_{n+1} = x",
        "each factor at the value that its function was given; here the functions are "
        "sin, tanh, exp(−u²), log(1 + exp u), again and again",
    ),
    (
        r"u_i^{\,\prime} \;=\; \partial_1 f_i(x, u_{i+1}) \;+\; "
        r"\partial_2 f_i(x, u_{i+1})\; u_{i+1}^{\,\prime}, \quad u_n = f_n(x)",
        "f₁(x, f₂(x, … fₙ(x))), uᵢ the value of fᵢ: every level adds a term",
    ),
    (
        r"\dfrac{d}{dx}\, f(a) \;=\; f^{\,\prime}(a)\,"
        r"\left(1 + g^{\,\prime}(b)\,(1 + h^{\,\prime}(x))\right)",
        "f(x + g(x + h(x))), a residual network: b = x + h(x), a = x + g(b)",
    ),
)


DEPTHS = (16, 64, 256, 1024)  # Of chains whose memory is measured.


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    depth: int = lab.option(12, "Functions in a chain, at most.", minimum=2)
    sizes: tuple[int, ...] = lab.option(
        (1, 4, 16, 64, 256), "Inputs, or outputs, whose cost is measured.", minimum=1
    )


def arguments(x: jax.Array, y: jax.Array, z: jax.Array) -> jax.Array:
    """d/dx of f(x + y, 2x, z): both slots that x enters, at the same point."""
    a, b, c = x + y, 2 * x, z
    by_first = jnp.cos(a) * b**2 + c
    by_second = jnp.sin(a) * 2 * b
    return by_first * 1 + by_second * 2


def chain(x: jax.Array, n: int) -> jax.Array:
    """d/dx of f1(f2(... fn(x))), values and derivatives together: forward mode."""
    u, derivative = x, jnp.ones_like(x)
    for i in reversed(range(n)):
        f, df = UNARY[i % len(UNARY)]
        derivative = df(u) * derivative
        u = f(u)
    return derivative


def nested(x: jax.Array, n: int) -> jax.Array:
    """d/dx of f1(x, f2(x, ... fn(x))): a term for each level that x enters."""
    innermost, slope = UNARY[0]
    u, derivative = innermost(x), slope(x)
    for i in reversed(range(n - 1)):
        f, by_first, by_second = BINARY[i % len(BINARY)]
        derivative = by_first(x, u) + by_second(x, u) * derivative
        u = f(x, u)
    return derivative


def residual(x: jax.Array) -> jax.Array:
    """d/dx of f(x + g(x + h(x))): f' at a, g' at b, h' at x."""
    (_, df), (g, dg), (h, dh) = UNARY[:3]
    b = x + h(x)
    a = x + g(b)
    return df(a) * (1 + dg(b) * (1 + dh(x)))


HAND: Mapping[str, Callable] = {
    "arguments": arguments, "chain": chain, "nested": nested, "residual": residual,
}  # fmt: skip


def all_at_x(x: jax.Array, n: int) -> jax.Array:
    """The mistake: the factors of `chain`, each evaluated at x."""
    return jnp.stack([UNARY[i % len(UNARY)][1](x) for i in range(n)]).prod(0)


def run(options: Options, hand: Mapping[str, Callable] = HAND) -> dict[str, Any]:
    """Compares derivatives by hand with `jax.grad`, and measures both modes.

    Args:
      options: sizes.
      hand: the derivatives under test.
    """
    with jax.enable_x64(True):
        x, y, z = jnp.asarray(np.random.default_rng(0).uniform(-2, 2, (3, 200)))
        depths = range(2, options.depth + 1)

        def error(form: Any, by_hand: Callable, *n: int) -> float:
            inputs = (x, y, z) if form == "arguments" else (x,)
            exact = jax.vmap(jax.grad(composed(form, *n)))(*inputs)
            return float(relative_error(by_hand(*inputs, *n), exact))

        errors = {k: error(k, hand[k]) for k in ("arguments", "residual")}
        for k in ("chain", "nested"):
            errors[k] = max(error(k, hand[k], n) for n in depths)
        at_x = min(error("chain", all_at_x, n) for n in depths)
        measured = costs(options.sizes) | memory(DEPTHS)
        return {"options": options, "errors": errors, "at_x": at_x, **measured}


CASES = {
    "arguments": "∂/∂x f(x+y, 2x, z)",
    "chain": "f₁(f₂(… fₙ(x))), every n up to {n}",
    "nested": "f₁(x, f₂(x, … fₙ(x))), every n up to {n}",
    "residual": "f(x + g(x + h(x)))",
}


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, options = lab.Check, found["options"]
    words = {kind: text.format(n=options.depth) for kind, text in CASES.items()}
    by_hand = "by hand and by `jax.grad`: largest relative error"
    errors = {
        kind: check(f"{words[kind]}, {by_hand}", found["errors"][kind], most=1e-12)
        for kind in CASES
    }
    return errors | {
        "chain_at_x": check(
            f"{words['chain']}, all derivatives at x instead: smallest relative error",
            found["at_x"], least=0.01,
        ),
        "gradient": check(
            f"Gradient of one output by reverse mode, up to {max(options.sizes)} "
            "inputs: operations, in evaluations of the function",
            max(found["inputs"]["reverse"]), most=4,
        ),
        "memory": check(
            "Memory of reverse mode grows with the depth: power",
            order(DEPTHS, found["bytes"]["reverse"]), least=0.8, most=1.1,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Cost against inputs and outputs."""
    cost = "cost [evaluations]"
    panels = [
        Panel(cost, found["inputs"], title="gradient: one output", log_y=True),
        Panel(cost, found["outputs"], title="one input", log_y=True),
    ]
    drawn = against_panels(found["options"].sizes, panels, xlabel="inputs, or outputs")
    caption = (
        "Operations of the derivative, counted by the compiler, in evaluations of the "
        "function, a dense tanh network with two hidden layers of 32 units. Forward "
        "mode pays for each input, reverse mode for each output."
    )
    return [DataFigure(drawn, "modes", caption)]


QUESTION = lab.Question.of(
    globals(),
    number=17,
    title="Chain rule",
    code=(arguments, chain, nested, residual),
    small={"depth": 5, "sizes": (1, 8, 32)},
    references=(
        "Griewank & Walther, Evaluating Derivatives, 2nd ed., SIAM 2008 (a gradient "
        "costs a small constant times the function)",
    ),
)
