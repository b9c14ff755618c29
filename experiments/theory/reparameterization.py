"""How does a gradient get through a random sample, and what does each way cost?

A sampler returns a number; which of its steps depend on the parameters, and how, is
lost, and code that takes the number as given gets a gradient of exactly 0. Whether a
sample can be differentiated depends on how it is drawn. A coin that falls heads if
u < p, u uniform, is a step in p: its derivative is 0 wherever it exists. What can
always be differentiated is the expectation, and there are two ways. The pathwise
gradient (reparameterization) moves the randomness out of the way: z = μ + σ ε is a
smooth function of μ and σ for a fixed ε, and the chain rule does the rest. The
score-function gradient leaves the sample alone and weights f(z) by the derivative of
the log-density; it needs no derivative of f, and works for coins, too.

Both are unbiased, but the score knows only the value of f, not its slope. For
f = ½‖z‖² its variance in each coordinate grows with the square of the dimension, and in
proportion to it if the mean of f is subtracted as a baseline; that of the pathwise
gradient stays as it is. For the reconstruction term of a small untrained VAE the score
function needs 20,000 times as many samples for the same precision, with a baseline 20
times. But slopes are no help where f is rough: for f = sin wz, the pathwise gradient
varies more than the score function where w is larger than about 1.5 (Figure 5.1).
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.ticker import NullLocator

from aejax import lab, models
from aejax.eval.coins import coins
from aejax.eval.gradients import as_given, bias, pathwise, score, spread, variance
from aejax.eval.linearity import order
from aejax.lab.blocks.views import by_condition
from aejax.lab.question_claims import minus
from aejax.losses import reconstruction
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, new_figure, settle, styled

FORMULAS = (
    (
        r"\nabla_\mu\, \mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^2)}[f(z)] = "
        r"\mathbb{E}_{\varepsilon}\left[\nabla f(\mu + \sigma\varepsilon)\right]",
        "pathwise: the sample is a function of μ for a fixed ε",
    ),
    (
        r"\nabla_\mu\, \mathbb{E}[f(z)] = \mathbb{E}\left[f(z)\, \nabla_\mu "
        r"\log q_\mu(z)\right] = \mathbb{E}\left[f(z)\, \dfrac{z-\mu}{\sigma^2}\right]",
        "score function: the density is a function of μ for a fixed z",
    ),
    (
        r"\mathbb{E}\left[(f(z) - b)\, \nabla_\mu \log q_\mu(z)\right] = "
        r"\nabla_\mu\, \mathbb{E}[f(z)]",
        "any constant b may be subtracted: a baseline; here it is the mean of f",
    ),
    (
        r"v_{path} = \sigma^2, \quad "
        r"v_{score} \approx \dfrac{d^2 (\mu^2 + \sigma^2)^2}{4 \sigma^2}, \quad "
        r"v_{baseline} \approx \dfrac{d\,(2 \mu^2 + \sigma^2)}{2}",
        "variance of one coordinate of the gradient by μ, f = ½‖z‖², for large "
        "dimensions d",
    ),
    (
        r"\dfrac{d}{dp}\, 1[u < p] = 0, \qquad "
        r"\dfrac{d}{dp}\, \mathbb{E}\,f = f(1) - f(0)",
        "a coin: the sample has no gradient, its expectation has one",
    ),
)

MEAN, DEVIATION = 0.5, 0.8
WAYS = ("pathwise", "score function", "score function, baseline")
VARIANCE = lab.Measure("variance", "variance per coordinate", format=".3g", log=True)
DIGITS = lab.Measure("digits", "log10 of the variance per coordinate", format=".2f")
WAVES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""w of sin wz, from smooth to rough."""

TESTS = {"z²": jnp.square, "sin z": jnp.sin, "exp(z / 2)": lambda z: jnp.exp(z / 2)}


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    """Sizes."""

    seeds: int = lab.option(10, "Repetitions.", minimum=1)
    dims: tuple[int, ...] = lab.option(
        (1, 4, 16, 64, 256), "Dimensions of z.", minimum=1
    )
    samples: int = lab.option(4096, "Samples of z for each variance.", minimum=16)
    zdim: int = lab.option(16, "Latent size of the decoder of digits.", minimum=1)


def run(
    options: Options, pathwise: Callable = pathwise, score: Callable = score
) -> dict[str, Any]:
    """Means and variances of the estimators.

    Args:
      options: sizes.
      pathwise: an estimator under test.
      score: the other one.
    """
    estimators = dict(zip(WAYS, (pathwise, score, score), strict=True))
    with jax.enable_x64(True):
        found = {
            "bias": {way: bias(estimators[way], list(TESTS.values()), MEAN, DEVIATION)
                     for way in WAYS[:2]},
            "given": as_given(jnp.square, *jnp.array([MEAN, DEVIATION, 0.3])),
            "rough": {way: [variance(estimators[way], lambda z, w=w: jnp.sin(w * z),
                                     MEAN, DEVIATION) for w in WAVES]
                      for way in WAYS[:2]},
            "coins": coins(3.0, 1.0, 0.4, np.linspace(0.3, 0.5, 401)),
        }  # fmt: skip
    conditions = [
        lab.Condition({"way": way, "dimension": d}, label=f"{way}, d = {d}")
        for way in WAYS
        for d in options.dims
    ]
    values = [
        variances(options, d, estimators[way], "baseline" in way)
        for way in WAYS
        for d in options.dims
    ]
    measured = {"variance": values}
    found["results"] = lab.simulated(conditions, (VARIANCE,), measured, options)
    ways = [lab.Condition({"way": way}, label=way) for way in WAYS]
    with np.errstate(divide="ignore"):  # An estimator may be 0 throughout.
        logs = [
            np.log10(on_digits(options, estimators[way], "baseline" in way))
            for way in WAYS
        ]
    found["digits"] = lab.simulated(ways, (DIGITS,), {"digits": logs}, options)
    return found | {"dims": options.dims, "zdim": options.zdim}


def variances(
    options: Options, d: int, estimator: Callable, baseline: bool
) -> list[float]:
    """Variance per coordinate of the gradient by mu of |z|^2 / 2, for each seed."""
    mu, sigma = jnp.full(d, MEAN), jnp.full(d, DEVIATION)
    known = {"baseline": d * (MEAN**2 + DEVIATION**2) / 2} if baseline else {}

    @jax.jit
    def one(seed: jax.Array) -> jax.Array:
        noise = jax.random.normal(jax.random.key(seed), (options.samples, d))
        return spread(estimator, lambda z: z @ z / 2, mu, sigma, noise, **known)

    return [float(one(seed)) for seed in range(options.seeds)]


def on_digits(options: Options, estimator: Callable, baseline: bool) -> list[float]:
    """Variance of the gradient of a VAE's reconstruction term, a decoder per seed."""
    from aejax.data.tfds import bundled

    model = models.MlpDecoder(hidden=(64,))
    digit = jnp.asarray(bundled.digits("test")[0][:1, :, :, None]) / jnp.float32(255)
    mu, sigma = jnp.full(options.zdim, MEAN), jnp.full(options.zdim, DEVIATION)

    @jax.jit
    def one(seed: jax.Array) -> jax.Array:
        own, noisy = jax.random.split(jax.random.key(seed))
        params = model.init(own, mu[None])

        def nats(z: jax.Array) -> jax.Array:
            return reconstruction.bernoulli(model.apply(params, z[None]), digit)[0]

        noise, others = jax.random.normal(noisy, (2, 256, options.zdim))
        level = jax.vmap(lambda e: nats(mu + sigma * e))(others).mean()
        known = {"baseline": level} if baseline else {}
        return spread(estimator, nats, mu, sigma, noise, **known)

    return [float(one(seed)) for seed in range(options.seeds)]


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results, dims = lab.Check, found["results"], np.array(found["dims"])
    path, plain, based = (
        results.by_seed(VARIANCE, results.where(way=way)).mean(1) for way in WAYS
    )
    digits, rough = found["digits"], found["rough"]
    ways = digits.conditions
    ratio = np.divide(rough[WAYS[0]], rough[WAYS[1]])
    coin, square = found["coins"], MEAN**2 + DEVIATION**2
    leading = (
        (dims[-1] * square / 2 / DEVIATION) ** 2,
        dims[-1] * (square + MEAN**2) / 2,
    )
    excess = np.abs(np.divide((plain[-1], based[-1]), leading) - 1).max()
    errors = {
        f"unbiased_{i}": check(
            f"The mean of the {way} gradient (by quadrature; by μ and by σ; "
            f"{', '.join(TESTS)}) is the gradient of the mean: largest error",
            found["bias"][way], most=1e-10,
        )
        for i, way in enumerate(WAYS[:2])
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
        "formula": check(
            f"Both variances at d = {dims[-1]}, relative to their formulas: largest "
            "deviation", excess, most=0.2,
        ),
        "rough": check(
            f"sin wz, w = {WAVES[-1]:g}: variance of the pathwise gradient over "
            "that of the score function", ratio[-1], least=2,
        ),
        "digits": minus(digits, ways[1], ways[0], DIGITS, "higher"),
        "digits_baseline": minus(digits, ways[2], ways[0], DIGITS, "higher"),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Variance against dimension and roughness, and a coin's mean."""
    figure = new_figure(9.6, 3.5)
    left, middle, right = figure.subplots(1, 3)
    results, dims, coin = found["results"], found["dims"], found["coins"]
    for colour, marker, way in zip(COLOURS, "os^", WAYS, strict=False):
        mean = results.by_seed(VARIANCE, results.where(way=way)).mean(1)
        left.plot(dims, mean, marker=marker, color=colour, label=way)
        if way in found["rough"]:
            middle.plot(WAVES, found["rough"][way], marker=marker, color=colour)
    left.set(xscale="log", yscale="log", xlabel="dimension d", title="f = ½‖z‖²")
    left.set_ylabel("variance of the gradient,\nper coordinate")
    middle.set(xscale="log", yscale="log", xlabel="w", title="f = sin wz, d = 1")
    middle.set_xticks(WAVES, [f"{w:g}" for w in WAVES])
    middle.xaxis.set_minor_locator(NullLocator())
    right.plot(coin.places, coin.means, color=COLOURS[3], lw=1)
    right.plot(coin.places, 1 + 2 * coin.places, "--", color=INK)
    right.set(xlabel="probability p of heads", ylabel="mean of f", title="coins")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3)
    return [
        DataFigure(
            settle(figure),
            "variance",
            "Left and middle: variance of one sample's gradient by μ, for "
            f"μ = {MEAN:g} and σ = {DEVIATION:g} everywhere (left: means over seeds; "
            "their spread is smaller than the marks). Right: each line is the mean of "
            "200 coins of fixed u, f(heads) = 3, f(tails) = 1: flat wherever it has a "
            "derivative. Its expectation (dashed) is 1 + 2p.",
        )
    ]


def tables(found: Any) -> list[Any]:
    """What the estimators are worth for a VAE."""
    caption = (
        "Reconstruction term of a VAE, gradient by μ of one sample: an untrained "
        "decoder for each seed (one hidden layer of 64 units), one test digit, "
        f"μ = {MEAN:g}, σ = {DEVIATION:g} in {found['zdim']} latents."
    )
    return [by_condition(found["digits"], (DIGITS,), caption, head="gradient")]


QUESTION = lab.Question.of(
    globals(),
    number=5,
    title="Reparameterization",
    code=(pathwise, score, as_given),
    small={"seeds": 4, "dims": (1, 8, 32, 128), "samples": 1024, "zdim": 4},
    references=(
        "Kingma & Welling, arXiv:1312.6114 (reparameterization)",
        "Williams, Machine Learning 8, 1992 (score function, REINFORCE)",
    ),
)
