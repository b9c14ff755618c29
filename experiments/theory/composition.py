"""What is a stack of linear or affine layers, and what does an activation change?

One layer. A composition of linear maps is linear, its matrix the product of theirs;
one of affine maps is affine, and its bias is each bias carried through the layers
behind it. So depth without activation adds nothing: `fold` finds the single layer,
its rank is at most the narrowest width, and a deep linear autoencoder is a shallow
one. An activation between two layers breaks this. No affine map then fits the
network, wherever the activation stands. What remains is local: a network of ReLUs is
still affine in each region where the same units are on (folding with the units that
are off removed gives that piece exactly), and a smooth activation such as tanh is
almost linear for small inputs, with a defect that falls with the third power of their
size.
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval import linearity
from aejax.eval.linearity import affine_residual, midpoint_defect, relative_error
from aejax.models import folding
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, palette, settle, styled

FORMULAS = (
    (r"(x A + a)\,B + b \;=\; x\,(A B) + (a B + b)", "two affine layers are one"),
    (
        r"W = W_1 W_2 \cdots W_n, \qquad b = \sum_{i=1}^{n} b_i\,W_{i+1} \cdots W_n",
        "n layers are one; without biases, b = 0 and the map is linear",
    ),
    (
        r"\mathrm{rank}\,W \;\leq\; \min_i\, \mathrm{width}_i",
        "a bottleneck stays one after folding",
    ),
    (
        r"f(\lambda x + (1-\lambda)\,y) = \lambda f(x) + (1-\lambda) f(y)",
        "what every affine map does; its violation is the defect that is measured",
    ),
    (
        r"f(x) = x\,W_1 D_1(x)\,W_2 \cdots W_n + b(x), \quad D_i = \mathrm{diag}(0, 1)",
        "a ReLU network is affine where D, the units that are on, does not change",
    ),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    widths: tuple[int, ...] = lab.option(
        (12, 20, 3, 16, 8), "Widths, the input's first; each once.", minimum=2
    )
    examples: int = lab.option(2000, "Inputs.", minimum=200)
    points: int = lab.option(4001, "Points of the line that is drawn.", minimum=101)


def linear(x: jax.Array) -> jax.Array:
    """No activation."""
    return x


KINDS = {"no activation": linear, "ReLU": jax.nn.relu, "tanh": jnp.tanh}


def stack(layers: Any, x: jax.Array, activation: Any, after: Any = None) -> jax.Array:
    """Dense layers on x [n, in], an activation between all, or after one layer only."""
    for i, layer in enumerate(layers):
        x = x @ layer["kernel"]
        x = x + layer["bias"][None] if "bias" in layer else x
        if i < len(layers) - 1 and after in (None, i):
            x = activation(x)
    return x


def piece(layers: Any, x: jax.Array) -> Any:
    """The affine piece of a ReLU network at x [in]: units that are off are removed."""
    kept, h = [], x
    for layer in layers[:-1]:
        h = h @ layer["kernel"] + layer["bias"]
        on = h > 0
        kernel = jnp.where(on[None], layer["kernel"], 0)
        kept.append({"kernel": kernel, "bias": jnp.where(on, layer["bias"], 0)})
        h = jax.nn.relu(h)
    return folding.fold([*kept, layers[-1]])


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
        found = {"narrowest": min(options.widths), "depth": len(layers)}
        found |= without_activation(layers, x, y, fold, between)
        found |= with_activation(layers, x, y, options.points)
        return jax.tree.map(np.asarray, found)


def without_activation(layers: Any, x: Any, y: Any, fold: Any, between: Any) -> Any:
    """What must hold of affine layers (f) and of linear ones (g)."""
    pure = [{"kernel": layer["kernel"]} for layer in layers]
    whole, numbers = jax.tree.map(lambda a: jnp.round(4 * a), (layers, x))
    one, zero = fold(layers), jnp.zeros_like(x[:1])

    def f(z: jax.Array) -> jax.Array:
        return stack(layers, z, between)

    def g(z: jax.Array) -> jax.Array:
        return stack(pure, z, between)

    exact = stack(whole, numbers, between) - stack([fold(whole)], numbers, linear)
    return {
        "exact": jnp.abs(exact).max(),
        "rounding": relative_error(stack([one], x, linear), f(x)),
        "bias": relative_error(one["bias"][None], f(zero)),
        "linear": relative_error(g(2 * x - 3 * y), 2 * g(x) - 3 * g(y)),
        "affine": relative_error(f(0.3 * x + 0.7 * y), 0.3 * f(x) + 0.7 * f(y)),
        "excess": relative_error(
            f(x) + f(y) - f(x + y), f(zero) + jnp.zeros_like(f(x))
        ),
        "rank": jnp.linalg.matrix_rank(one["kernel"]),
    }


def with_activation(layers: Any, x: Any, y: Any, points: int) -> dict[str, Any]:
    """What an activation changes: everywhere, near a point, and for small inputs."""
    pure = [{"kernel": layer["kernel"]} for layer in layers]
    line = x[:1] + jnp.linspace(-3, 3, points)[:, None] * (y[:1] - x[:1])
    on, h = [], line
    for layer in layers[:-1]:
        h = jax.nn.relu(h @ layer["kernel"] + layer["bias"][None])
        on.append(h > 0)
    same = (jnp.concatenate(on, 1)[1:] == jnp.concatenate(on, 1)[:-1]).all(1)
    lines = {name: stack(layers, line, act)[:, 0] for name, act in KINDS.items()}
    bend = jnp.abs(jnp.diff(lines["ReLU"], 2))
    own = jax.vmap(lambda z: stack([piece(layers, z)], z[None], linear)[0])(x)
    sizes = 2.0 ** -np.arange(11)
    return {
        "residual": [
            affine_residual(x, stack(layers, x, jax.nn.relu, i))
            for i in range(len(layers) - 1)
        ],
        "piece": relative_error(own, stack(layers, x, jax.nn.relu)),
        "straight": jnp.where(same[1:] & same[:-1], bend, 0).max() / bend.max(),
        "pieces": 1 + (~same).sum(),
        "t": jnp.linspace(-3, 3, points),
        "lines": lines,
        "sizes": sizes,
        "defects": {
            name: [
                midpoint_defect(partial(stack, pure, activation=act), s * x, s * y)
                for s in sizes.tolist()
            ]
            for name, act in KINDS.items()
        },
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    order = linearity.order(found["sizes"][5:], found["defects"]["tanh"][5:])
    check = lab.Check
    return {
        "exact": check(
            "Layers of whole numbers and the one layer that `fold` finds give the same "
            "numbers: largest difference", found["exact"], most=0,
        ),
        "rounding": check(
            "Layers of any numbers do so up to rounding (float64): relative error",
            found["rounding"], most=1e-13,
        ),
        "bias": check(
            "The bias of the folded layer is the stack's output at 0: relative error",
            found["bias"], most=1e-13,
        ),
        "linear": check(
            "Without biases f(2x − 3y) = 2 f(x) − 3 f(y): relative error",
            found["linear"], most=1e-13,
        ),
        "affine": check(
            "With biases f(0.3x + 0.7y) = 0.3 f(x) + 0.7 f(y): relative error",
            found["affine"], most=1e-13,
        ),
        "excess": check(
            "With biases f is not linear: f(x) + f(y) exceeds f(x + y) by the bias; "
            "relative error of that excess", found["excess"], most=1e-12,
        ),
        "rank": check(
            "Rank of the folded matrix, at most the narrowest width", found["rank"],
            most=found["narrowest"],
        ),
        "residual": check(
            "One ReLU, after any one of the layers, and no affine map fits: fraction "
            "of the variance that the best one leaves, least of all places",
            np.min(found["residual"]), least=0.01,
        ),
        "piece": check(
            "Folding without the units that are off gives the ReLU network at that "
            "point: relative error", found["piece"], most=1e-13,
        ),
        "straight": check(
            f"Along a line the ReLU network has {found['pieces']} pieces, each "
            "straight: bend inside of pieces, as a fraction of that at their ends",
            found["straight"], most=1e-9,
        ),
        "order": check(
            "Of small inputs a tanh network (no biases) departs from linear with the "
            "third power of their size: power", order, least=2.9, most=3.1,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The network along a line, and its defect against the size of the input."""
    figure = new_figure(7.4, 3.1)
    left, right = figure.subplots(1, 2)
    for colour, name in zip(palette(3), KINDS, strict=True):
        left.plot(found["t"], found["lines"][name], color=colour, label=name)
        if name != "no activation":
            right.plot(
                found["sizes"], found["defects"][name], "o-", color=colour, label=name
            )
    left.set(xlabel="position t on the line x + t (y − x)", ylabel="first output")
    right.set(xlabel="size of the input", ylabel="defect at the midpoint")
    right.set(xscale="log", yscale="log")
    left.legend()
    right.legend()
    return [
        DataFigure(
            settle(figure),
            "line",
            "Left: one output of the same layers along a line through two inputs: "
            "straight without activation, piecewise straight with ReLU, curved with "
            "tanh. Right: by how much the output at the midpoint of two inputs misses "
            "the mean of the outputs. The defect of ReLU falls in proportion to the "
            "input, so it stays the same fraction of it; that of tanh falls with the "
            "third power, so small inputs see an almost linear network.",
        )
    ]


QUESTION = lab.Question.of(
    globals(),
    number=14,
    title="Composition of linear and affine maps",
    code=(folding.fold, piece),
    small={"examples": 200, "points": 401},
)
