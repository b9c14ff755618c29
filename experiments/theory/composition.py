"""What is a stack of linear or affine layers, and what does an activation change?

One layer. A composition of linear maps is linear, its matrix the product of theirs;
one of affine maps is affine, and its bias is each bias carried through the layers
behind it. So depth without activation adds no function (it may change how training
goes): `fold` finds the single layer, and a deep linear autoencoder computes what one
of two layers does, with the same code.

An activation between two layers breaks this, wherever it stands: no affine map fits the
network any more. What remains is local. A network of ReLUs is still affine in each
region where the same units are on; folding without the units that are off gives that
piece exactly.
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.linearity import affine_residual, relative_error
from aejax.models import folding
from aejax.models.folding import relu_piece, stacked
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, new_figure, settle, shared_legend, styled

FORMULAS = (
    (
        r"(x A + a)\,B + b \;=\; x\,(A B) + (a B + b)",
        "two affine layers are one; matrices A and B, biases a and b, x a row",
    ),
    (
        r"W = W_1 W_2 \cdots W_n, \qquad b = \sum_{i=1}^{n} b_i\,W_{i+1} \cdots W_n",
        "n layers are one; layer i has the matrix W_i and the bias b_i; without "
        "biases, b = 0 and the map is linear",
    ),
    (
        r"f(x) = x\,W_1 D_1\,W_2 D_2 \cdots W_n + b_D, \quad "
        r"D_i = \mathrm{diag}(0 \,\mathrm{or}\, 1)",
        "a ReLU network: 1 in D is a unit of layer i that is on; affine where no unit "
        "changes",
    ),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    widths: tuple[int, ...] = lab.option(
        (12, 20, 5, 16, 8), "Widths, the input's first; each once.", minimum=2
    )
    examples: int = lab.option(2000, "Inputs.", minimum=200)


def linear(x: jax.Array) -> jax.Array:
    """No activation."""
    return x


def run(options: Options, fold=folding.fold, between=linear) -> dict[str, Any]:
    """Folds stacks of random layers, and lets activations break it.

    Args:
      options: sizes.
      fold: the function under test.
      between: what stands between the layers that are said to be affine.
    """
    with jax.enable_x64(True):
        random = np.random.default_rng(0)
        layers = [
            {
                "kernel": jnp.asarray(random.normal(0, (2 / a) ** 0.5, (a, b))),
                "bias": jnp.asarray(random.normal(0, 0.3, b)),
            }
            for a, b in zip(options.widths, options.widths[1:], strict=False)
        ]
        x, y = jnp.asarray(random.normal(size=(2, options.examples, options.widths[0])))
        found = without_activation(layers, x, y, fold, between)
        found["residual"] = [
            affine_residual(x, stacked(layers, x, activation, i))
            for activation in (jax.nn.relu, jnp.tanh)
            for i in range(len(layers) - 1)
        ]
        return jax.tree.map(np.asarray, found | along(layers, x[0], y[0]))


def without_activation(layers: Any, x: Any, y: Any, fold: Any, between: Any) -> Any:
    """What must hold of affine layers (f) and of linear ones (g)."""
    whole, numbers = jax.tree.map(lambda a: jnp.round(4 * a), (layers, x))
    code = 1 + np.argmin([layer["kernel"].shape[1] for layer in layers[:-1]])
    folded = [fold(layers)], [fold(layers[:code]), fold(layers[code:])]
    f = partial(stacked, layers, activation=between)
    pure = [{"kernel": layer["kernel"]} for layer in layers]
    g = partial(stacked, pure, activation=between)
    exact = stacked(whole, numbers, between) - stacked([fold(whole)], numbers, linear)
    return {
        "exact": jnp.abs(exact).max(),
        "rounding": max(relative_error(stacked(o, x, linear), f(x)) for o in folded),
        "linear": relative_error(g(2 * x - 3 * y), 2 * g(x) - 3 * g(y)),
        "affine": relative_error(f(0.3 * x + 0.7 * y), 0.3 * f(x) + 0.7 * f(y)),
    }


def along(layers: Any, x: Any, y: Any) -> dict[str, Any]:
    """The ReLU network and its pieces, along the line through two inputs."""
    t = jnp.linspace(-1, 1, 2001)
    line = x[None] + t[:, None] * (y - x)[None]
    network = stacked(layers, line, jax.nn.relu)
    pieces = jax.vmap(partial(relu_piece, layers))(line)
    own = jax.vmap(lambda piece, x: stacked([piece], x[None], linear)[0])(pieces, line)
    changes = jnp.abs(jnp.diff(pieces["kernel"], axis=0)).max((1, 2)) > 0
    one = jax.tree.map(lambda leaf: leaf[1400], pieces)
    return {
        "t": t,
        "network": network[:, 0],
        "tangent": stacked([one], line, linear)[:, 0],
        "kinks": jnp.concatenate([changes, jnp.zeros(1, bool)]),
        "piece": relative_error(own, network),
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check = lab.Check
    return {
        "exact": check(
            "Layers of whole numbers and the one layer that `fold` finds give the same "
            "numbers: largest difference", found["exact"], least=0, most=0,
        ),
        "rounding": check(
            "Layers of any numbers do so up to rounding (float64), folded into one or "
            "into two that meet at the code, the narrowest layer: relative error",
            found["rounding"], most=1e-13,
        ),
        "linear": check(
            "Without biases f(2x − 3y) = 2 f(x) − 3 f(y): relative error",
            found["linear"], most=1e-13,
        ),
        "affine": check(
            "With biases f(0.3x + 0.7y) = 0.3 f(x) + 0.7 f(y): relative error",
            found["affine"], most=1e-13,
        ),
        "residual": check(
            "One ReLU or tanh, after any one of the layers, and no affine map fits: "
            "fraction of the variance that the best one leaves, least of all cases",
            np.min(found["residual"]), least=0.01,
        ),
        "piece": check(
            "Folding without the units that are off gives the ReLU network, at each "
            f"point of a line of {1 + found['kinks'].sum()} pieces: relative error",
            found["piece"], most=1e-13,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The network along a line."""
    figure = new_figure(5.2, 3.2)
    axes = figure.add_subplot()
    t, network, kinks = found["t"], found["network"], found["kinks"]
    look: dict[str, Any] = {"color": COLOURS[1]}
    axes.plot(t, network, label="network of ReLUs", **look)
    axes.plot(
        t[kinks], network[kinks], "o", ms=4, label="a unit turns on or off", **look
    )
    axes.plot(t, found["tangent"], "--", color=INK, label="folded piece at t = 0.4")
    margin = 0.15 * np.ptp(network)
    axes.set_ylim(network.min() - margin, network.max() + margin)
    axes.set(xlabel="position t on the line x + t (y − x)", ylabel="first output")
    shared_legend(figure)
    caption = (
        "One output of a network of ReLUs with biases along a line through two inputs "
        "x and y. It is straight between the points where a unit turns on or off, and "
        "equals the folded piece as long as no unit does."
    )
    return [DataFigure(settle(figure), "line", caption)]


QUESTION = lab.Question.of(
    globals(),
    number=14,
    title="Composition of layers",
    code=(folding.fold, relu_piece),
    small={"examples": 200},
)
