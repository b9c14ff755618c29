"""How does a gradient get through a random sample, and what does each way cost?

Sampling is no function of its parameters, so there is nothing to differentiate: a coin
that falls heads if u < p, u uniform, has derivative 0 by p wherever it has one, and
code that treats a sample as given gets a gradient of exactly 0. What can be
differentiated is the expectation. The pathwise gradient (reparameterization) moves the
randomness out of the way: z = μ + σ ε is a smooth function of μ and σ for a fixed ε,
and the chain rule does the rest. The score-function gradient leaves the sample alone
and weights f(z) by the derivative of the log-density; it needs no derivative of f, and
works for coins, too. Both are unbiased. But the score knows only the value of f, not
its slope: its variance in each coordinate grows with the square of the dimension, here,
and in proportion to it if a good baseline is subtracted; that of the pathwise gradient
stays as it is. A VAE with the score-function gradient would need many thousand times as
many samples.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab, models
from aejax.eval.gradients import as_given, bias, pathwise, score
from aejax.eval.linearity import order
from aejax.losses import reconstruction
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, QUIET, new_figure, settle, styled

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
        r"\mathbb{E}\left[\nabla_\mu \log q_\mu(z)\right] = 0",
        "so any constant b may be subtracted from f: a baseline",
    ),
    (
        r"f(z) = \frac{1}{2}\|z\|^2: \quad \mathrm{var}_{path} = \sigma^2, \quad "
        r"\mathrm{var}_{score} \sim \dfrac{d^2 (\mu^2 + \sigma^2)^2}{4 \sigma^2}",
        "variance of one coordinate in d dimensions",
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
DIGITS = lab.Measure("digits", "log10 of the variance on digits", format=".2f")
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
    with jax.enable_x64(True):
        found = {
            "bias": {
                way: bias(estimator, list(TESTS.values()), MEAN, DEVIATION)
                for way, estimator in zip(WAYS, (pathwise, score), strict=False)
            },
            "given": [float(g) for g in as_given(jnp.square, *map(jnp.asarray, (
                MEAN, DEVIATION, 0.3
            )))],
            **coin(),
        }  # fmt: skip
    conditions = [
        lab.Condition({"way": way, "dimension": d}, label=f"{way}, d = {d}")
        for way in WAYS
        for d in options.dims
    ]
    estimators = (pathwise, score, score)
    values = [
        variances(options, d, estimator, "baseline" in way)
        for way, estimator in zip(WAYS, estimators, strict=True)
        for d in options.dims
    ]
    found["results"] = lab.simulated(
        conditions, (VARIANCE,), {"variance": np.array(values)}, options
    )
    ways = [lab.Condition({"way": way}) for way in WAYS[:2]]
    with np.errstate(divide="ignore"):  # An estimator may be 0 throughout.
        logs = [np.log10(on_digits(options, e)) for e in (pathwise, score)]
    found["digits"] = lab.simulated(
        ways, (DIGITS,), {"digits": np.array(logs)}, options
    )
    return found | {"dims": options.dims}


def coin(p: float = 0.4, samples: int = 200) -> dict[str, Any]:
    """f(1) = 3, f(0) = 1: the mean over samples for fixed u, and its gradients."""
    u = jnp.asarray(np.random.default_rng(0).uniform(size=samples))

    def heads(p: jax.Array) -> jax.Array:
        return jnp.where(u < p, 1.0, 0.0)

    def mean(p: jax.Array) -> jax.Array:
        return (1 + 2 * heads(p)).mean()

    h = heads(jnp.float64(p))
    weighted = (1 + 2 * h) * (h / p - (1 - h) / (1 - p))
    places = np.linspace(0.3, 0.5, 401)
    return {
        "coin": float(jax.grad(mean)(jnp.float64(p))),
        "coin_score": float(weighted.mean()),
        "coin_error": float(weighted.std() / np.sqrt(samples)),
        "coin_exact": float((1 + 2) * p / p - 1 * (1 - p) / (1 - p)),
        "places": places,
        "steps": np.asarray(jax.vmap(mean)(jnp.asarray(places))),
    }


def variances(
    options: Options, d: int, estimator: Callable, baseline: bool
) -> list[float]:
    """Variance per coordinate of the gradient by mu of |z|^2 / 2, for each seed."""

    def half_square(z: jax.Array) -> jax.Array:
        return z @ z / 2

    mu, sigma = jnp.full(d, MEAN), jnp.full(d, DEVIATION)
    known = {"baseline": d * (MEAN**2 + DEVIATION**2) / 2} if baseline else {}

    @jax.jit
    def one(seed: jax.Array) -> jax.Array:
        noise = jax.random.normal(jax.random.key(seed), (options.samples, d))
        each = jax.vmap(lambda e: estimator(half_square, mu, sigma, e, **known)[0])
        return each(noise).var(0, ddof=1).mean()

    return [float(one(seed)) for seed in range(options.seeds)]


def on_digits(options: Options, estimator: Callable) -> list[float]:
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

        noise = jax.random.normal(noisy, (256, options.zdim))
        each = jax.vmap(lambda e: estimator(nats, mu, sigma, e)[0])(noise)
        return each.var(0, ddof=1).mean()

    return [float(one(seed)) for seed in range(options.seeds)]


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results, dims = lab.Check, found["results"], np.array(found["dims"])
    mean = {
        way: np.array([results.mean(VARIANCE, results.find(way=way, dimension=d))
                       for d in dims])
        for way in WAYS
    }  # fmt: skip
    path, plain, based = (mean[way] for way in WAYS)
    large = [results.find(way=way, dimension=dims[-1]) for way in WAYS]
    two = found["digits"].conditions
    off = abs(found["coin_score"] - found["coin_exact"]) / found["coin_error"]
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
            np.abs(found["given"]).max(), least=0, most=0,
        ),
        "coin": check(
            "Derivative of the mean of 200 coins by p, for fixed u (exact gradient of "
            "the expectation: 2)", found["coin"], least=0, most=0,
        ),
        "coin_score": check(
            "Score-function gradient of these coins: distance to 2, in standard errors",
            off, most=3,
        ),
        "path": check(
            "Variance of the pathwise gradient, over its formula σ², all dimensions: "
            "largest", (path / DEVIATION**2).max(), most=1.1,
        ),
        "score": check(
            "Power of the dimension with which that of the score function grows, from "
            f"d = {dims[-3]} on", order(dims[-3:], plain[-3:]), least=1.8, most=2.2,
        ),
        "baseline": check(
            "The same with the best constant as baseline",
            order(dims[-3:], based[-3:]), least=0.8, most=1.2,
        ),
        "formula": check(
            f"Variance of the score function at d = {dims[-1]}, over its formula",
            plain[-1] / (dims[-1] * (MEAN**2 + DEVIATION**2) / 2 / DEVIATION) ** 2,
            least=0.8, most=1.25,
        ),
        "worse": lab.Expect(
            results, lab.Versus(large[2], large[0], VARIANCE), "higher",
            f"d = {dims[-1]}: variance of the score function with baseline minus "
            "pathwise",
        ),
        "digits": lab.Expect(
            found["digits"], lab.Versus(two[1], two[0], DIGITS), "higher",
            "Reconstruction term of a VAE on a digit: log10 of the variance, score "
            "function minus pathwise",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Variance against dimension, and a coin's mean against its probability."""
    figure = new_figure(7.6, 3.3)
    left, right = figure.subplots(1, 2)
    results, dims = found["results"], found["dims"]
    for colour, marker, way in zip(COLOURS, "os^", WAYS, strict=False):
        own = [results.of(VARIANCE, results.find(way=way, dimension=d)) for d in dims]
        mean, spread = np.mean(own, 1), np.std(own, 1)
        left.errorbar(dims, mean, spread, marker=marker, color=colour, label=way)
    left.set(xscale="log", yscale="log", xlabel="dimension d")
    left.set_ylabel("variance of the gradient, per coordinate")
    left.legend()
    places, steps = found["places"], found["steps"]
    exact = 1 + 2 * places
    right.plot(places, steps, color=COLOURS[1], label="mean of 200 samples, fixed u")
    right.plot(places, exact, "--", color=QUIET, label="expectation")
    right.set(xlabel="probability p of heads", ylabel="mean of f")
    right.legend()
    return [
        DataFigure(
            settle(figure),
            "variance",
            "Left: variance of one sample's gradient of ½|z|² by the mean, against the "
            "dimension; bars are standard deviations over seeds. Right: the mean of "
            "200 coins with f(heads) = 3 and f(tails) = 1 is a staircase in p: flat "
            "wherever it has a derivative, although its expectation rises by 2 p.",
        )
    ]


QUESTION = lab.Question.of(
    globals(),
    number=5,
    title="Reparameterization: gradients through samples",
    code=(pathwise, score, as_given),
    small={"seeds": 4, "dims": (1, 8, 32, 128), "samples": 1024, "zdim": 4},
    references=(
        "Kingma & Welling, arXiv:1312.6114 (reparameterization)",
        "Williams, Machine Learning 8, 1992 (score function, REINFORCE)",
    ),
)
