"""How does a gradient get through a random sample, and what does each way cost?

A sampler returns a number; how it depends on the parameters is lost, and code that
takes it as given gets a gradient of 0. Nor is the number always a smooth function of
them: a coin that falls heads if u < p, u uniform, is a step in p, whose derivative is 0
wherever it exists. What can be differentiated is the expectation, in two ways. The
pathwise gradient (reparameterization) moves the randomness out of the way: z = μ + σ ε
is a smooth function of μ and σ for a fixed ε, and the chain rule does the rest. The
score-function gradient leaves the sample alone and weights f(z) by the derivative of
the log-density; it needs no derivative of f, and works for coins, too.

Both are unbiased, but the score knows only the value of f, not its slope. For
f = ½‖z‖² its variance in each coordinate grows with the square of the dimension, and in
proportion to it if the mean of f is subtracted as a baseline; that of the pathwise
gradient stays as it is.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.coins import coins
from aejax.eval.gradients import as_given, bias, pathwise, score, spread
from aejax.eval.linearity import order
from aejax.report.figures import against
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, new_figure, settle, styled

FORMULAS = (
    (
        r"\nabla_\mu\, \mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^2)}[f(z)] = "
        r"\mathbb{E}_{\varepsilon}\left[\nabla f(\mu + \sigma\varepsilon)\right]",
        "pathwise: the sample is a function of μ for a fixed ε",
    ),
    (
        r"\nabla_\mu\, \mathbb{E}[f(z)] = \mathbb{E}\left[(f(z) - b)\, \nabla_\mu "
        r"\log q_\mu(z)\right] = \mathbb{E}\left[(f(z) - b)\, "
        r"\dfrac{z-\mu}{\sigma^2}\right]",
        "score function: the density is a function of μ for a fixed z; the baseline b "
        "is any constant: 0, or the mean of f",
    ),
    (
        r"\dfrac{d}{dp}\, 1[u < p] = 0, \qquad "
        r"\dfrac{d}{dp}\, \mathbb{E}\,f = f(1) - f(0)",
        "a coin: the sample has no gradient, its expectation has one",
    ),
)

MEAN, DEVIATION = 0.5, 0.8
WAYS = ("pathwise", "score function", "score function, baseline")
TESTS = {"z²": jnp.square, "sin z": jnp.sin, "exp(z / 2)": lambda z: jnp.exp(z / 2)}


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    """Sizes."""

    seeds: int = lab.option(10, "Repetitions.", minimum=1)
    dims: tuple[int, ...] = lab.option(
        (1, 4, 16, 64, 256), "Dimensions of z.", minimum=1
    )
    samples: int = lab.option(4096, "Samples of z for each variance.", minimum=16)


def run(
    options: Options, pathwise: Callable = pathwise, score: Callable = score
) -> dict[str, Any]:
    """Means and variances of the estimators.

    Args:
      options: sizes.
      pathwise: an estimator under test.
      score: the other one.
    """
    with jax.enable_x64(True):
        found = {
            "bias": [
                bias(way, list(TESTS.values()), MEAN, DEVIATION)
                for way in (pathwise, score)
            ],
            "given": as_given(jnp.square, *jnp.array([MEAN, DEVIATION, 0.3])),
            "coins": coins(3.0, 1.0, 0.4, np.linspace(0.3, 0.5, 401)),
        }
    each = [on_square(options, d, pathwise, score) for d in options.dims]
    by_way = dict(zip(WAYS, np.transpose(each, (1, 2, 0)), strict=True))
    return found | {"variance": by_way, "dims": options.dims}


def on_square(options: Options, d: int, pathwise: Callable, score: Callable) -> Any:
    """Variance per coordinate of the gradient by mu of |z|^2 / 2: [ways, seeds]."""
    mu, sigma = jnp.full(d, MEAN), jnp.full(d, DEVIATION)
    based = partial(score, baseline=d * (MEAN**2 + DEVIATION**2) / 2)

    @partial(jax.jit, static_argnums=0)
    def one(way: Callable, seed: int) -> jax.Array:
        noise = jax.random.normal(jax.random.key(seed), (options.samples, d))
        return spread(way, lambda z: z @ z / 2, mu, sigma, noise)

    seeds = range(options.seeds)
    return [[float(one(w, s)) for s in seeds] for w in (pathwise, score, based)]


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, coin, dims = lab.Check, found["coins"], np.array(found["dims"])
    path, plain, based = (found["variance"][way].mean(0) for way in WAYS)
    errors = {
        f"unbiased_{i}": check(
            f"The mean of the {WAYS[i]} gradient (by quadrature; by μ and by σ; "
            f"{', '.join(TESTS)}) is the gradient of the mean: largest error",
            error, most=1e-10,
        )
        for i, error in enumerate(found["bias"])
    }  # fmt: skip
    return errors | {
        "given": check(
            "Gradient through a sample that is treated as given",
            np.abs(found["given"]).max(), most=0,
        ),
        "coin": check(
            "Derivative of the mean of 200 coins with respect to p, for fixed u, "
            "largest of 8 draws (of the expectation: 2)", coin.slope, most=0,
        ),
        "coin_score": check(
            "Score-function gradient of these coins: distance to 2, in standard errors",
            abs(coin.score - 2) / coin.error, most=3,
        ),
        "path": check(
            "Variance of the pathwise gradient, over its formula σ², all dimensions: "
            "largest", (path / DEVIATION**2).max(), most=1.1,
        ),
        "score": check(
            f"Exponent of d in the score function's variance (d ≥ {dims[-3]})",
            order(dims[-3:], plain[-3:]), least=1.8, most=2.2,
        ),
        "baseline": check(
            "The same with the mean of f as baseline", order(dims[-3:], based[-3:]),
            least=0.8, most=1.2,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Variance against dimension, and a coin's mean."""
    return [
        DataFigure(
            against(found["dims"], found["variance"], xlabel="dimension d of z",
                    ylabel="variance per coordinate", title="f = ½‖z‖²", log_y=True),
            "variance",
            "Variance of one sample's gradient by μ, means over seeds, for "
            f"μ = {MEAN:g} and σ = {DEVIATION:g} everywhere.",
        ),
        DataFigure(
            stairs(found["coins"]),
            "coins",
            "Each line is the mean of 200 coins of fixed u, f(heads) = 3, f(tails) = "
            "1: flat wherever it has a derivative. Its expectation (dashed) is 1 + 2p.",
        ),
    ]  # fmt: skip


@styled()
def stairs(coin: Any) -> Any:
    """The means of coins for fixed u, and their expectation."""
    figure = new_figure(5.2, 3.0)
    axes = figure.add_subplot()
    axes.plot(coin.places, coin.means, color=COLOURS[3], lw=1)
    axes.plot(coin.places, 1 + 2 * coin.places, "--", color=INK)
    axes.set(xlabel="probability p of heads", ylabel="mean of f")
    return settle(figure)


QUESTION = lab.Question.of(
    globals(),
    number=5,
    title="Reparameterization",
    code=(pathwise, score, as_given),
    small={"seeds": 4, "dims": (1, 8, 32, 128), "samples": 1024},
    references=(
        "Kingma & Welling, arXiv:1312.6114 (reparameterization)",
        "Williams, Machine Learning 8, 1992 (score function, REINFORCE)",
    ),
)
