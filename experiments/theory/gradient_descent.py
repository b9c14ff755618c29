"""When should gradient descent stop, and what is the point where it stops?

Near x a smooth loss is its second-order Taylor polynomial, up to a remainder of third
order: gradient and Hessian say all about small steps. Descent stops moving where the
gradient vanishes, so its norm is the honest stopping condition: where the curvature is
at least μ, a norm of ε guarantees a distance of at most ε / μ to the minimum. The
length of a step is no such condition, as it also gets small when the learning rate
does.

Nor does the norm tell what the point is. The Hessian's eigenvalues do: all positive, a
minimum; all negative, a maximum; both signs, a saddle. If some are zero and the others
have one sign, the point is degenerate: the second order does not decide, and only the
function around it tells (x² + y⁴ and x² − y⁴ have the same Hessian at 0). The loss of
an autoencoder with one linear unit, E |x − w wᵀx|², is least at the first principal
direction, has a saddle at the second and a maximum at zero. Descent that starts exactly
on the way to the saddle stops there; a millionth to the side, and it goes on to the
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
from aejax.eval.descent import descend, steps_until, taylor, taylor_errors
from aejax.eval.known_points import POINTS, unit_loss
from aejax.eval.linearity import order
from aejax.eval.stationary import classify, examine
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
        r"\|\nabla f(x)\| \leq \varepsilon \quad \Rightarrow \quad "
        r"\|x - x^{*}\| \leq \varepsilon / \mu",
        "the stopping condition, and what it guarantees where all curvatures are at "
        "least μ; the minimum is at x*",
    ),
)

HERE, STEP, SIZES = (0.5, 0.3), (0.6, -0.8), 2.0 ** -np.arange(7, 14)
"""Where the autoencoder's loss is expanded; direction and sizes of the steps."""

CURVATURES = (0.1, 1.0)
RATES = (1.0, 0.01)
STUCK, PUSHED = "on the axis", "a millionth beside it"
WALKS = {STUCK: (0.0, 0.15), PUSHED: (1e-6, 0.15), "from elsewhere": (-0.5, 1.2)}
"""Where descents on the autoencoder's loss begin."""


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    epsilon: float = lab.option(1e-6, "Of the stopping condition.", above=0)
    limit: int = lab.option(100_000, "Steps, at most.", minimum=20_000)


def run(options: Options, gradient: Callable = jax.grad) -> dict[str, Any]:
    """Expands a loss, descends by two rules, and classifies where it stops.

    Args:
      options: sizes.
      gradient: `f -> its gradient`, under test.
    """
    with jax.enable_x64(True):
        return {
            "errors": taylor_errors(unit_loss, HERE, STEP, SIZES, gradient),
            "ends": stops(options, gradient),
            "points": {point: examine(point.f, point.x) for point in POINTS},
            "walks": {
                name: descend(unit_loss, x, optax.sgd(0.05), 1000, gradient).x
                for name, x in WALKS.items()
            },
            "epsilon": options.epsilon,
        }


def stops(options: Options, gradient: Callable) -> dict[tuple[str, float], float]:
    """Distance to the minimum where two rules stop, at a good rate and a small one."""
    curvatures, ends = jnp.array(CURVATURES), {}

    def quadratic(x: jax.Array) -> jax.Array:
        return (curvatures * x**2).sum() / 2

    for rate in RATES:
        path = descend(quadratic, (1.0, 1.0), optax.sgd(rate), options.limit, gradient)
        away = np.append(np.linalg.norm(path.x, axis=1), np.nan)  # If it never stops.
        for rule, size in (("gradient", path.norm), ("step", rate * path.norm)):
            ends[rule, rate] = away[steps_until(-size, -options.epsilon)]
    return ends


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, ends, walks = lab.Check, found["ends"], found["walks"]
    unit, points = found["epsilon"] / min(CURVATURES), found["points"].values()
    decided = [point for point in points if point.by_hessian != "degenerate"]
    wrong = [point for point in decided if point.by_hessian != point.around]
    open_kinds = {p.around for p in points if p.by_hessian == "degenerate"}
    return {
        f"order_{k}": check(
            f"Taylor polynomial of order {k}, loss of the autoencoder: power of the "
            "step with which its error falls", order(SIZES, found["errors"][:, k]),
            least=k + 0.9, most=k + 1.1,
        )
        for k in (1, 2)
    } | {
        "distance": check(
            "Stopped by the gradient's norm: distance to the minimum, in ε / μ, the "
            "larger of two rates", max(ends["gradient", r] for r in RATES) / unit,
            most=1,
        ),
        "small_step": check(
            f"The same where the length of the step stops at ε, for η = {RATES[1]:g}",
            ends["step", RATES[1]] / unit, least=50,
        ),
        "classified": check(
            f"Of {len(decided)} points with a kind by the eigenvalues, those of "
            "another kind by values around them", len(wrong), least=0, most=0,
        ),
        "undecided": check(
            f"Of the {len(points) - len(decided)} degenerate ones: different kinds by "
            "values around them", len(open_kinds), least=2,
        ),
        "stopped": check(
            "Descent that starts on the way to the saddle: distance of its end to it",
            np.abs(walks[STUCK][-1] - [0, 1]).max(), most=1e-12,
        ),
        "escaped": check(
            "Started a millionth beside it: distance of its end to the minimum",
            np.abs(walks[PUSHED][-1] - [1, 0]).max(), most=1e-6,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Contours of the autoencoder's loss with its stationary points and walks."""
    figure = new_figure(7.4, 3.7)
    axes = figure.add_subplot()
    plane = np.meshgrid(np.linspace(-1.5, 1.5, 121), np.linspace(-1.3, 1.3, 121))
    each = jax.vmap(unit_loss)(jnp.asarray(np.stack(plane, -1).reshape(-1, 2)))
    axes.contourf(
        *plane, np.asarray(each).reshape(plane[0].shape), np.geomspace(1.02, 12, 16),
        norm=LogNorm(0.9, 60), cmap="Greys", extend="both",
    )  # fmt: skip
    for colour, (name, walk) in zip(COLOURS, found["walks"].items(), strict=False):
        wide = 4 if name == STUCK else 1.6
        axes.plot(*walk.T, color=colour, label=f"descent {name}", lw=wide)
        axes.plot(*walk[0], "s", color=colour)
    for point, (_, kind, _) in found["points"].items():
        if point.f is unit_loss:
            axes.plot(*point.x, "o", color=INK, zorder=4)
            axes.text(point.x[0], point.x[1] - 0.2, kind, ha="center")
    shared_legend(figure)
    axes.set(xlabel="w, first direction", ylabel="w, second direction", aspect="equal")
    caption = (
        "Loss of an autoencoder with one linear unit (darker is higher), for data with "
        "variances 2 and 1 along two directions, and gradient descent (η = 0.05) from "
        "the squares. Exactly on the second direction it stops at the saddle; a "
        "millionth beside it, it passes the saddle and ends in a minimum."
    )
    return [DataFigure(settle(figure), "landscape", caption)]


def tables(found: Any) -> list[Table]:
    """The points with their Hessian's eigenvalues."""
    heads = ("function", "eigenvalues", "by eigenvalues", "by values around")
    rows: list[list[Cell]] = []
    for point, (eigenvalues, *both) in found["points"].items():
        values = ", ".join(number(v + 0.0, ".3g") for v in eigenvalues)
        rows.append([point.name, values, *both])
    caption = (
        "Stationary points (the simple functions: at 0), and their kind by both ways."
    )
    return [Table([Column(head) for head in heads], rows, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=15,
    title="Gradient descent",
    code=(taylor, descend, classify, unit_loss),
    references=(
        "Baldi & Hornik, Neural networks and principal component analysis, 1989",
    ),
)
