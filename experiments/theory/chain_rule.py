"""Where is each derivative of the chain rule evaluated, and what does each mode cost?

The derivative of a composition is a product of derivatives, each evaluated at the value
that its function was given, not at x. If x enters several arguments, each way from x to
the result gives a term and the terms add up. The four functions below write this as
code: values forwards, then derivatives at these values. They agree with `jax.grad` to
rounding, for any depth, and the same formulas with a derivative evaluated at x instead
do not. Automatic differentiation is this code, written by a program. Forward mode
carries derivatives along with the values: one pass for each input, and no memory for
the past. Reverse mode goes back through the stored values: one pass for each output,
and memory that grows with the depth. A loss has many inputs and one output, so training
uses reverse mode: its gradient costs about two evaluations, however many parameters.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.linearity import order
from aejax.eval.modes import costs, memory
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, palette, settle, styled

FORMULAS = (
    (
        r"\dfrac{\partial}{\partial x}\, f(x+y,\, 2x,\, z) \;=\; "
        r"f_1(x+y,\, 2x,\, z) \;+\; 2\, f_2(x+y,\, 2x,\, z)",
        "f₁ and f₂ are derivatives by the first and second argument",
    ),
    (
        r"\dfrac{d}{dx}\, f_1(f_2(\ldots f_n(x))) \;=\; \prod_{i=1}^{n} "
        r"f_i^{\,\prime}(u_{i+1}), \quad u_i = f_i(u_{i+1}),\; u_{n+1} = x",
        "each factor at the value that its function was given",
    ),
    (
        r"u_i^{\,\prime} \;=\; \partial_1 f_i(x, u_{i+1}) \;+\; "
        r"\partial_2 f_i(x, u_{i+1})\; u_{i+1}^{\,\prime}",
        "f₁(x, f₂(x, … fₙ(x))): x enters every level, so every level adds a term",
    ),
    (
        r"\dfrac{d}{dx}\, f(a) \;=\; f^{\,\prime}(a)\,"
        r"\left(1 + g^{\,\prime}(b)\,(1 + h^{\,\prime}(x))\right)",
        "f(x + g(x + h(x))) with b = x + h(x), a = x + g(b): a residual network",
    ),
)

UNARY: tuple[tuple[Callable, Callable], ...] = (
    (jnp.sin, jnp.cos),
    (jnp.tanh, lambda u: 1 - jnp.tanh(u) ** 2),
    (lambda u: jnp.exp(-u * u), lambda u: -2 * u * jnp.exp(-u * u)),
    (jax.nn.softplus, jax.nn.sigmoid),
)
"""(f, its derivative)."""

BINARY: tuple[tuple[Callable, Callable, Callable], ...] = (
    (lambda x, u: x * u, lambda x, u: u, lambda x, u: x),
    (
        lambda x, u: jnp.sin(x + 2 * u),
        lambda x, u: jnp.cos(x + 2 * u),
        lambda x, u: 2 * jnp.cos(x + 2 * u),
    ),
    (
        lambda x, u: x * jnp.tanh(u),
        lambda x, u: jnp.tanh(u),
        lambda x, u: x * (1 - jnp.tanh(u) ** 2),
    ),
)
"""(f, its derivative by the first argument, by the second)."""


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    depth: int = lab.option(12, "Functions in a chain, at most.", minimum=2)
    points: int = lab.option(200, "Points x at which all is compared.", minimum=2)
    sizes: tuple[int, ...] = lab.option(
        (1, 4, 16, 64, 256), "Inputs, or outputs, whose cost is measured.", minimum=1
    )
    depths: tuple[int, ...] = lab.option(
        (16, 64, 256, 1024), "Depths whose memory is measured.", minimum=1
    )


def three(a: jax.Array, b: jax.Array, c: jax.Array) -> jax.Array:
    """The f(a, b, c) of the first case."""
    return jnp.sin(a) * b**2 + c * a


def arguments(x: jax.Array, y: jax.Array, z: jax.Array) -> jax.Array:
    """d/dx of f(x + y, 2x, z): both slots that x enters, at the same point."""
    a, b, c = x + y, 2 * x, z
    by_first = jnp.cos(a) * b**2 + c
    by_second = jnp.sin(a) * 2 * b
    return by_first * 1 + by_second * 2


def chain(x: jax.Array, n: int) -> jax.Array:
    """d/dx of f1(f2(... fn(x))): values forwards, one factor for each."""
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
    "arguments": arguments, "chain": chain, "nested": nested, "residual": residual
}  # fmt: skip


def function(kind: str, n: int) -> Callable:
    """The function that a derivative is of."""
    if kind == "arguments":
        return lambda x, y, z: three(x + y, 2 * x, z)
    if kind == "chain":
        order = [UNARY[i % len(UNARY)][0] for i in reversed(range(n))]
        return lambda x: reduce(lambda u, f: f(u), order, x)
    if kind == "nested":
        levels = [BINARY[i % len(BINARY)][0] for i in reversed(range(n - 1))]
        return lambda x: reduce(lambda u, f: f(x, u), levels, UNARY[0][0](x))
    (f, _), (g, _), (h, _) = UNARY[:3]
    return lambda x: f(x + g(x + h(x)))


def run(options: Options, hand: Mapping[str, Callable] = HAND) -> dict[str, Any]:
    """Compares derivatives by hand with `jax.grad`, and measures both modes.

    Args:
      options: sizes.
      hand: the derivatives under test.
    """
    with jax.enable_x64(True):
        random = np.random.default_rng(0)
        x, y, z = jnp.asarray(random.uniform(-2, 2, (3, options.points)))
        depths = range(2, options.depth + 1)
        found: dict[str, Any] = {"errors": {}}
        for kind, others in (("arguments", (y, z)), ("residual", ())):
            exact = jax.vmap(jax.grad(function(kind, 0)))(x, *others)
            error = jnp.abs(hand[kind](x, *others) - exact).max() / jnp.abs(exact).max()
            found["errors"][kind] = [error]
        for kind in ("chain", "nested"):
            exact = {n: jax.vmap(jax.grad(function(kind, n)))(x) for n in depths}
            found["errors"][kind] = [
                jnp.abs(hand[kind](x, n) - exact[n]).max() / jnp.abs(exact[n]).max()
                for n in depths
            ]
        steps = 2.0 ** -np.arange(4, 12)
        f = function("residual", 0)
        found["steps"] = steps
        found["differences"] = [
            jnp.abs((f(x + h) - f(x - h)) / (2 * h) - hand["residual"](x)).max()
            for h in steps.tolist()
        ]
        found |= {"depths": list(options.depths), "sizes": list(options.sizes)}
        found |= costs(options.sizes) | memory(options.depths)
        return found


CASES = {
    "arguments": "∂/∂x f(x+y, 2x, z) by hand and by `jax.grad`: relative error",
    "chain": "f₁(f₂(… fₙ(x))), every n up to {n}: largest relative error",
    "nested": "f₁(x, f₂(x, … fₙ(x))), every n up to {n}: largest relative error",
    "residual": "f(x + g(x + h(x))): relative error",
}


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, sizes = lab.Check, np.array(found["sizes"])
    depth = 1 + len(found["errors"]["chain"])
    by_input, by_output = found["inputs"], found["outputs"]
    growth = order(found["depths"], found["bytes"]["reverse"])
    flat = max(found["bytes"]["forward"]) / min(found["bytes"]["forward"])
    errors = {
        kind: check(text.format(n=depth), np.max(found["errors"][kind]), most=1e-12)
        for kind, text in CASES.items()
    }
    return errors | {
        "differences": check(
            "Central differences approach the derivative of f(x + g(x + h(x))) with "
            "the second power of the step: power",
            order(found["steps"], found["differences"]), least=1.9, most=2.1,
        ),
        "gradient": check(
            f"Gradient of one output by reverse mode, up to {sizes.max()} inputs: cost "
            "in evaluations of the function", max(by_input["reverse"]), most=4,
        ),
        "forward": check(
            "The same by forward mode: cost per input, least over numbers of inputs",
            np.min(by_input["forward"] / sizes), least=1,
        ),
        "outputs": check(
            "One input and many outputs: cost of reverse mode per output, least",
            np.min(by_output["reverse"] / sizes), least=1,
        ),
        "one_input": check(
            "The same by forward mode: cost in evaluations of the function",
            max(by_output["forward"]), most=4,
        ),
        "memory": check(
            "Memory of reverse mode grows with the depth: power", growth, least=0.8,
            most=1.1,
        ),
        "flat": check(
            "Memory of forward mode does not: largest over smallest", flat, most=1.5
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Cost against inputs and outputs, memory against depth."""
    figure = new_figure(8.6, 3.0)
    panels = (
        (found["sizes"], found["inputs"], "inputs (one output)", "cost"),
        (found["sizes"], found["outputs"], "outputs (one input)", "cost"),
        (found["depths"], found["bytes"], "depth", "memory [bytes]"),
    )
    for axes, (x, series, xlabel, ylabel) in zip(
        figure.subplots(1, 3), panels, strict=True
    ):
        for colour, marker, name in zip(palette(2), "os", series, strict=False):
            axes.plot(x, series[name], marker=marker, color=colour, label=name)
        axes.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
        axes.set_xticks(x, list(map(str, x)))
        axes.set_xticks([], minor=True)
        axes.legend(title="mode")
    return [
        DataFigure(
            settle(figure),
            "modes",
            "Left and middle: operations of the derivative, in evaluations of the "
            "function, of a dense network. Forward mode pays for each input, reverse "
            "mode for each output. Right: what the derivative keeps in memory while it "
            "runs: reverse mode every value on the way, forward mode the current one.",
        )
    ]


QUESTION = lab.Question.of(
    globals(),
    number=17,
    title="The chain rule, by hand and by machine",
    code=(arguments, chain, nested, residual),
    small={"depth": 5, "points": 20, "sizes": (1, 8, 32), "depths": (16, 64)},
    references=(
        "Griewank & Walther, Evaluating Derivatives, 2nd ed., SIAM 2008 (a gradient "
        "costs a small constant times the function)",
    ),
)
