"""Where is each derivative of the chain rule evaluated, and what does each mode cost?

The derivative of a composition is a product of derivatives, each evaluated at the value
that its function was given, not at x. If x enters several arguments, each way from x to
the result gives a term and the terms add up. The functions below write this as code and
agree with `jax.grad` to rounding; with all derivatives at x instead they are far off.

`chain` carries the derivative along with the values, from the inside out: this is
forward mode, one pass for each input, and no memory for the past. `chain_reverse` first
stores all values, then multiplies from the outside in: this is reverse mode, one pass
for each output, and memory that grows with the depth. Automatic differentiation writes
such code for any program. A loss has many inputs, its parameters, and one output, so
training uses reverse mode: its gradient costs about two evaluations, however many there
are.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.compositions import BINARY, NAMES, UNARY, Form, composed
from aejax.eval.linearity import order, relative_error
from aejax.eval.modes import costs, memory
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, palette, settle, styled
from aejax.report.tables import Cell, Column, Table

FORMULAS = (
    (
        r"\dfrac{\partial}{\partial x}\, f(x+y,\, 2x,\, z) \;=\; "
        r"\partial_1 f\,(x+y,\, 2x,\, z) \;+\; 2\,\partial_2 f\,(x+y,\, 2x,\, z)",
        "∂₁ and ∂₂ are derivatives by the first and second argument; in the run "
        "f(a, b, c) = sin(a) b² + a c",
    ),
    (
        r"\dfrac{d}{dx}\, f_1(f_2(\ldots f_n(x))) \;=\; \prod_{i=1}^{n} "
        r"f_i^{\,\prime}(u_{i+1}), \quad u_i = f_i(u_{i+1}),\; u_{n+1} = x",
        "each factor at the value that its function was given; f′ is the derivative, "
        "and the functions are sin, tanh, exp(−u²), log(1 + exp u), again and again",
    ),
    (
        r"u_i^{\,\prime} \;=\; \partial_1 f_i(x, u_{i+1}) \;+\; "
        r"\partial_2 f_i(x, u_{i+1})\; u_{i+1}^{\,\prime}, \quad u_n = f_n(x)",
        "f₁(x, f₂(x, … fₙ(x))), uᵢ the value of fᵢ: x enters every level, so every "
        "level adds a term; x u, sin(x + 2u), x tanh(u), and fₙ = sin",
    ),
    (
        r"\dfrac{d}{dx}\, f(a) \;=\; f^{\,\prime}(a)\,"
        r"\left(1 + g^{\,\prime}(b)\,(1 + h^{\,\prime}(x))\right)",
        "f(x + g(x + h(x))) with b = x + h(x), a = x + g(b), a residual network; f, g "
        "and h are sin, tanh and exp(−u²)",
    ),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    depth: int = lab.option(12, "Functions in a chain, at most.", minimum=2)
    sizes: tuple[int, ...] = lab.option(
        (1, 4, 16, 64, 256), "Inputs, or outputs, whose cost is measured.", minimum=1
    )
    depths: tuple[int, ...] = lab.option(
        (16, 64, 256, 1024), "Depths whose memory is measured.", minimum=1
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


def chain_reverse(x: jax.Array, n: int) -> jax.Array:
    """The same, all values first, then one factor after the other: reverse mode."""
    given = [x]
    for i in reversed(range(1, n)):
        given.append(UNARY[i % len(UNARY)][0](given[-1]))
    derivative = jnp.ones_like(x)
    for i, u in enumerate(reversed(given)):
        derivative = derivative * UNARY[i % len(UNARY)][1](u)
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
    "arguments": arguments, "chain": chain, "reverse": chain_reverse, "nested": nested,
    "residual": residual,
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
        random = np.random.default_rng(0)
        x, y, z = jnp.asarray(random.uniform(-2, 2, (3, 200)))
        depths = range(2, options.depth + 1)

        def error(form: Form, by_hand: Callable, *n: int) -> float:
            inputs = (x, y, z) if form == "arguments" else (x,)
            exact = jax.vmap(jax.grad(composed(form, *n)))(*inputs)
            return float(relative_error(by_hand(*inputs, *n), exact))

        found: dict[str, Any] = {
            "errors": {
                "arguments": error("arguments", hand["arguments"]),
                "chain": [error("chain", hand["chain"], n) for n in depths],
                "reverse": [error("chain", hand["reverse"], n) for n in depths],
                "nested": [error("nested", hand["nested"], n) for n in depths],
                "residual": error("residual", hand["residual"]),
            },
            "chain_at_x": [error("chain", all_at_x, n) for n in depths],
        }
        sizes = {"depths": list(options.depths), "sizes": list(options.sizes)}
        return found | sizes | costs(options.sizes) | memory(options.depths)


CASES = {
    "arguments": "∂/∂x f(x+y, 2x, z) by hand and by `jax.grad`: relative error",
    "chain": "f₁(f₂(… fₙ(x))), every n up to {n}: largest relative error",
    "reverse": "The same with `chain_reverse`",
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
        "chain_at_x": check(
            f"f₁(f₂(… fₙ(x))), every n up to {depth}, all derivatives at x instead: "
            "smallest relative error", np.min(found["chain_at_x"]), least=0.01,
        ),
        "gradient": check(
            f"Gradient of one output by reverse mode, up to {sizes.max()} inputs: "
            "operations, in evaluations of the function",
            max(by_input["reverse"]), most=4,
        ),
        "forward": check(
            "Gradient of one output by forward mode: operations per input, least",
            np.min(by_input["forward"] / sizes), least=1,
        ),
        "outputs": check(
            "One input, many outputs, by reverse mode: operations per output, least",
            np.min(by_output["reverse"] / sizes), least=1,
        ),
        "one_input": check(
            "One input, many outputs, by forward mode: operations",
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
    cost = "operations [evaluations]"
    panels = (
        (found["sizes"], found["inputs"], "inputs (one output)", cost),
        (found["sizes"], found["outputs"], "outputs (one input)", cost),
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
            "function, a dense tanh network with two hidden layers of 32 units. "
            "Forward mode pays for each input, reverse mode for each output. Right: "
            "memory that the derivative of a chain of tanh layers of 64 units needs "
            "beside its input and output: reverse mode keeps every value on the way, "
            "forward mode the current one. (The compiler counts both.)",
        )
    ]


def tables(found: Any) -> list[Table]:
    """A chain of four functions with its numbers."""
    del found
    rows: list[list[Cell]] = []
    u, product = 1.0, 1.0
    for i in reversed(range(len(UNARY))):
        f, df = UNARY[i]
        product *= float(df(u))
        rows.append([f"f{'₁₂₃₄'[i]}", NAMES[i], u, float(df(u)), product, float(f(u))])
        u = float(f(u))
    heads = ("function", "is", "given", "derivative there", "product so far", "value")
    caption = (
        "f₁(f₂(f₃(f₄(x)))) at x = 1, from the inside out: each derivative is that at "
        "the value given, and the last product is the derivative of the whole."
    )
    return [Table([Column(head) for head in heads], rows, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=17,
    title="Chain rule",
    code=(arguments, chain, chain_reverse, nested, residual),
    small={"depth": 5, "sizes": (1, 8, 32), "depths": (16, 64)},
    references=(
        "Griewank & Walther, Evaluating Derivatives, 2nd ed., SIAM 2008 (a gradient "
        "costs a small constant times the function)",
    ),
)
