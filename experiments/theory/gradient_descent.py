"""When should gradient descent stop, and what is the point where it stops?

Near x a smooth loss is its second-order Taylor polynomial, up to a remainder of third
order: gradient and Hessian say all about small steps. Descent stops moving where the
gradient vanishes, so its norm is the honest stopping condition: where the curvature is
at least μ, a norm of ε guarantees a distance of at most ε / μ to the minimum. The
length of a step is no such condition, as it also gets small when the learning rate
does. Where μ is unknown or the gradient noisy, as in training with minibatches, a small
norm guarantees nothing.

Nor does it tell what the point is. The Hessian's eigenvalues do: all positive, a
minimum; all negative, a maximum; both signs, a saddle, whatever others are zero. If one
is zero and all others have one sign, the second order does not decide (x² + y⁴ and
x² − y⁴ have the same Hessian at 0), and only the function around the point tells. The
loss of an autoencoder with one linear unit shows them all: the first principal
direction is the minimum, the second one a saddle, zero a maximum, and with equal
variances the minima form a circle. Descent that starts exactly on the way to the saddle
stops there, with a gradient of zero; a millionth to the side, and it goes on to the
minimum.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.colors import LogNorm

from aejax import lab
from aejax.eval.descent import Path, descend, taylor
from aejax.eval.known_points import POINTS, VARIANCES, equal_loss, unit_loss
from aejax.eval.linearity import order
from aejax.eval.stationary import classify, seen
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, new_figure, settle, shared_legend, styled
from aejax.report.tables import Cell, Column, Table, number

FORMULAS = (
    (
        r"f(x + h) = f(x) + \nabla f(x)^{\top} h + \frac{1}{2}\, h^{\top} H(x)\, h "
        r"+ O(\|h\|^3)",
        "Taylor's polynomial of second order for a step h; H is the Hessian",
    ),
    (
        r"x_{k+1} = x_k - \eta\, \nabla f(x_k) \quad \mathrm{until} \quad "
        r"\|\nabla f(x_k)\| \leq \varepsilon",
        "gradient descent with learning rate η, and its stopping condition",
    ),
    (
        r"\|x - x^{*}\| \leq \dfrac{\|\nabla f(x)\|}{\mu}, \qquad "
        r"f(x) - f^{*} \leq \dfrac{\|\nabla f(x)\|^2}{2 \mu}",
        "what the condition guarantees where all curvatures are at least μ; the "
        "minimum is f* at x*",
    ),
    (
        r"\|x_{k+1} - x^{*}\| \leq \rho\, \|x_k - x^{*}\|, \qquad "
        r"\rho = \max_i |1 - \eta \lambda_i|",
        "of a quadratic with curvatures λ, in the run 0.1 (which is μ) and 1, from "
        "(1, 1): converges if η < 2 / λ_max",
    ),
    (
        r"L(w) = \mathbb{E}\,\|x - w\, w^{\top} x\|^2",
        "an autoencoder with one linear unit; encoder and decoder share w; x has "
        "variances 2 and 1 along its two directions",
    ),
)

CURVATURES = (0.1, 1.0)
RATES = (1.0, 0.01)
STUCK, PUSHED = "on the axis", "a millionth beside it"
WALKS = {STUCK: (0.0, 0.15), PUSHED: (1e-6, 0.15), "from elsewhere": (-0.5, 1.2)}
"""Where descents on the autoencoder's loss begin."""


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    epsilon: float = lab.option(1e-6, "Of the stopping condition.", above=0)
    limit: int = lab.option(5000, "Steps, at most.", minimum=1000)
    units: int = lab.option(6, "Of the network whose loss is expanded.", minimum=2)


def quadratic(x: jax.Array) -> jax.Array:
    """Least at 0, with the curvatures of `CURVATURES`."""
    return (jnp.asarray(CURVATURES, x.dtype) * x**2).sum() / 2


def run(options: Options, gradient: Callable = jax.grad) -> dict[str, Any]:
    """Expands a loss, descends by several rules, and classifies where it stops.

    Args:
      options: sizes.
      gradient: `f -> its gradient`, under test.
    """
    with jax.enable_x64(True):
        return {
            **remainders(options.units, gradient),
            **stops(options, gradient),
            **kinds(options, gradient),
            "epsilon": options.epsilon,
        }


def remainders(units: int, gradient: Callable) -> dict[str, Any]:
    """By how much each polynomial misses the loss of a small autoencoder."""
    random = np.random.default_rng(0)
    images = jnp.asarray(random.normal(size=(50, 4)))
    x, h = jnp.asarray(random.normal(size=(2, 8 * units))) / 2

    def loss(w: jax.Array) -> jax.Array:
        encoder, decoder = w.reshape(2, 4, units)
        return jnp.square(jnp.tanh(images @ encoder) @ decoder.T - images).mean()

    def errors(s: jax.Array) -> jax.Array:
        found = jnp.stack(taylor(loss, x, s * h, gradient))
        return jnp.abs(loss(x + s * h) - found)

    sizes = 2.0 ** -np.arange(7, 14)
    return {
        "sizes": sizes,
        "errors": np.asarray(jax.lax.map(errors, jnp.asarray(sizes))),
    }


def stops(options: Options, gradient: Callable) -> dict[str, Any]:
    """Where two rules stop, at a good rate, a small one and one that is too large."""
    epsilon, ends = options.epsilon, {}

    def walk(rate: float, steps: int) -> Path:
        return descend(quadratic, (1.0, 1.0), optax.sgd(rate), steps, gradient)

    paths = {rate: walk(rate, options.limit * 20) for rate in RATES}
    away = {rate: np.linalg.norm(path.x, axis=1) for rate, path in paths.items()}
    for rate, path in paths.items():
        for rule, size in (("gradient", path.norm), ("step", rate * path.norm)):
            done = size <= epsilon
            ends[rule, rate] = away[rate][done.argmax()] if done.any() else np.nan
    last = paths[1.0].x[(paths[1.0].norm <= epsilon).argmax()]
    far = np.linalg.norm(walk(2.1 / max(CURVATURES), 200).x, axis=1)
    return {
        "ends": ends,
        "excess": float(quadratic(jnp.asarray(last))),
        "rate": (away[1.0][60] / away[1.0][30]) ** (1 / 30),
        "far": far[-1] / far[0],
        "paths": {rate: (away[rate], path.norm) for rate, path in paths.items()},
    }


def kinds(options: Options, gradient: Callable) -> dict[str, Any]:
    """The kind of each point, by its Hessian and by looking around it."""
    table = []
    for point in POINTS:
        x = jnp.asarray(point.x, jnp.float64)
        hessian = np.asarray(jax.hessian(point.f)(x))
        table.append(
            {
                "point": point,
                "norm": float(jnp.linalg.norm(gradient(point.f)(x))),
                "eigenvalues": np.linalg.eigvalsh(hessian),
                "found": classify(hessian),
                "seen": seen(point.f, x),
            }
        )
    walks = {
        name: descend(unit_loss, begin, optax.sgd(0.05), options.limit // 5, gradient)
        for name, begin in WALKS.items()
    }
    hessian = np.asarray(jax.hessian(unit_loss)(jnp.asarray(walks[STUCK].x[-1])))
    turns = np.linspace(0, 2 * np.pi, 100)
    circle = jnp.asarray(np.stack([np.cos(turns), np.sin(turns)], 1))
    return {
        "table": table,
        "walks": {name: path.x for name, path in walks.items()},
        "stopped": walks[STUCK].norm[-1],
        "saddle": float(np.linalg.eigvalsh(hessian)[0]),
        "escaped": np.abs(walks[PUSHED].x[-1] - [1, 0]).max(),
        "circle": np.ptp(jax.vmap(equal_loss)(circle)),
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, ends, table = lab.Check, found["ends"], found["table"]
    epsilon, (least, most) = found["epsilon"], (min(CURVATURES), max(CURVATURES))
    wrong = [row for row in table if row["found"] != row["point"].kind]
    unlike = [row for row in table if row["seen"] != row["point"].truth]
    values = {row["point"].name: row["eigenvalues"] for row in table}
    same = np.abs(values["x² + y⁴"] - values["x² − y⁴"]).max()
    orders = {
        f"order_{k}": check(
            f"Taylor polynomial of order {k}, loss of a tanh autoencoder (4 inputs, "
            "random weights): power of the step with which its error falls",
            order(found["sizes"], found["errors"][:, k]),
            least=k + 0.9,
            most=k + 1.1,
        )
        for k in range(3)
    }
    return orders | {
        "distance": check(
            f"Stopped by the gradient's norm, ε = {number(epsilon)}, η = 1: distance "
            "to the minimum, in ε / μ",
            ends["gradient", 1.0] * least / epsilon, most=1,
        ),
        "excess": check(
            "Loss above the minimum there, in ε² / 2μ",
            found["excess"] * 2 * least / epsilon**2, most=1,
        ),
        "small_rate": check(
            "η = 0.01: distance at which the gradient's norm stops, over that with "
            "η = 1",
            ends["gradient", 0.01] / ends["gradient", 1.0],
            most=1.2,
        ),
        "small_step": check(
            "The same where the length of the step stops (at ε, too)",
            ends["step", 0.01] / ends["step", 1.0], least=50,
        ),
        "factor": check(
            "Distance after a step, as a fraction of that before: measured over ρ",
            found["rate"] / max(abs(1 - v) for v in CURVATURES),
            least=0.999, most=1.001, format=".4f",
        ),
        "far": check(
            f"η = 2.1 / λ_max (λ_max = {most:g}): distance after 200 steps, over that "
            "at the start", found["far"], least=1e3,
        ),
        "stationary": check(
            f"Norm of the gradient at {len(table)} stationary points: largest",
            max(row["norm"] for row in table), most=1e-12,
        ),
        "classified": check(
            "Points whose kind is not found by the eigenvalues", len(wrong),
            least=0, most=0
        ),
        "seen": check(
            "Points whose kind is not what the function shows when it is evaluated "
            "around them", len(unlike), least=0, most=0,
        ),
        "undecided": check(
            "x² + y⁴ (a minimum) and x² − y⁴ (a saddle) at 0: difference of their "
            "Hessians' eigenvalues", same, least=0, most=0,
        ),
        "circle": check(
            "Equal variances: loss at 100 points of the circle |w| = 1, largest minus "
            "smallest", found["circle"], most=1e-12,
        ),
        "stopped": check(
            "Descent that starts on the axis of the second direction: norm of the "
            "gradient where it stops", found["stopped"], most=1e-12,
        ),
        "stuck": check(
            "Smallest eigenvalue of the Hessian there", found["saddle"], most=-0.1
        ),
        "escaped": check(
            "Started a millionth beside the axis: distance of its end to the minimum",
            found["escaped"], most=1e-6,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The landscape of the autoencoder; remainders, and where rules stop."""
    return [landscape(found), curves(found)]


SYMBOLS = {"minimum": "o", "maximum": "^", "saddle": "X"}


def landscape(found: Any) -> DataFigure:
    """Contours of the autoencoder's loss with its stationary points and walks."""
    figure = new_figure(7.4, 3.7)
    axes = figure.add_subplot()
    a, b = np.meshgrid(np.linspace(-1.5, 1.5, 121), np.linspace(-1.3, 1.3, 121))
    v, square = VARIANCES, a**2 + b**2
    loss = sum(v) + (v[0] * a**2 + v[1] * b**2) * (square - 2)
    levels = np.geomspace(1.02, 12, 16)
    norm = LogNorm(0.9, 60)
    filled = axes.contourf(a, b, loss, levels, norm=norm, cmap="Greys", extend="both")
    axes.contour(a, b, loss, levels, colors="#909090", linewidths=0.6)
    bar = figure.colorbar(filled, label="loss", shrink=0.8, format="%.1f")
    bar.set_ticks(levels[::5].tolist())
    bar.minorticks_off()
    for colour, (name, walk) in zip(COLOURS, found["walks"].items(), strict=False):
        wide = 4 if name == STUCK else 1.6
        axes.plot(*walk.T, color=colour, label=f"descent {name}", linewidth=wide)
        axes.plot(*walk[0], "s", color=colour, ms=5)
    for row in found["table"]:
        point = row["point"]
        if point.f is unit_loss:
            symbol = SYMBOLS[row["found"]]
            axes.plot(*point.x, symbol, color=INK, ms=9, label=row["found"], zorder=4)
    shared_legend(figure)
    axes.set(
        xlabel="w along the first direction", ylabel="w along the second direction"
    )
    axes.set_aspect("equal")
    return DataFigure(
        settle(figure),
        "landscape",
        "Loss of an autoencoder with one linear unit (darker is higher), for data with "
        f"variances {v[0]:g} and {v[1]:g} along two directions, and gradient descent "
        "(η = 0.05) from the small squares. Exactly on the second direction it stops "
        "at the saddle; a millionth beside it, it passes the saddle and ends in a "
        "minimum.",
    )


def curves(found: Any) -> DataFigure:
    """The error of each polynomial; distance and gradient while descending."""
    figure = new_figure(7.6, 3.2)
    left, right = figure.subplots(1, 2)
    for k, (colour, marker) in enumerate(zip(COLOURS, "os^", strict=False)):
        error, name = found["errors"][:, k], f"order {k}"
        left.plot(found["sizes"], error, marker=marker, color=colour, label=name)
    left.set(xscale="log", yscale="log", xlabel="s, of a step s h")
    left.set_ylabel("error of the polynomial")
    left.legend()
    fast, slow = RATES
    lines = (
        (fast, 1, "-", 3.5, f"norm of the gradient, η = {fast:g}"),
        (slow, 1, "-", 1.4, f"norm of the gradient, η = {slow:g}"),
        (slow, slow, "--", 1.4, f"length of the step, η = {slow:g}"),
    )
    for rate, factor, style, wide, name in lines:
        away, norm = found["paths"][rate]
        keep = np.flatnonzero(away > 1e-7)[:: max(1, round(0.1 / rate))]
        colour = COLOURS[RATES.index(rate)]
        right.plot(
            away[keep], factor * norm[keep], style, color=colour, lw=wide, label=name
        )
    right.axhline(found["epsilon"], color=INK, linewidth=0.8, linestyle=":")
    right.set(xscale="log", yscale="log", xlabel="distance to the minimum (descent →)")
    right.set_ylabel("what the rule looks at")
    right.invert_xaxis()
    right.minorticks_off()
    right.legend(fontsize=8)
    return DataFigure(
        settle(figure),
        "curves",
        "Left: error of Taylor's polynomials of the loss of a tanh autoencoder, for a "
        "step s h in a random direction h; slopes 1, 2 and 3. Right: what a stopping "
        "rule looks at, against the true distance to the minimum of the quadratic; "
        "the dotted line is ε. The gradient's norm crosses it at the same distance "
        "whatever the learning rate η; the step's length, equal to the norm if η = 1, "
        "is below it far too early where η is small.",
    )


def tables(found: Any) -> list[Table]:
    """The points with their Hessian's eigenvalues."""
    heads = ("function", "at", "eigenvalues", "by eigenvalues", "around the point")
    rows: list[list[Cell]] = []
    for row in found["table"]:
        values = ", ".join(number(v + 0.0, ".3g") for v in row["eigenvalues"])
        at = f"({', '.join(number(v, 'g') for v in row['point'].x)})"
        rows.append([row["point"].name, at, values, row["found"], row["seen"]])
    caption = (
        "Stationary points: eigenvalues of the Hessian, the kind that follows, and the "
        "kind that the function shows on a small circle (or sphere) around the point. "
        "A minimum that is not strict is one, too; all that is neither minimum nor "
        "maximum is a saddle."
    )
    return [Table([Column(head) for head in heads], rows, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=15,
    title="Gradient descent",
    code=(taylor, descend, classify),
    small={"limit": 4000, "units": 2},
    references=(
        "Baldi & Hornik, Neural networks and principal component analysis, 1989 (the "
        "loss of a linear autoencoder has saddles, but no further minima)",
    ),
)
