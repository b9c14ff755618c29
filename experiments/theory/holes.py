r"""Why do autoencoders not generate images, while variational ones do?

An autoencoder's loss asks for good reconstructions only. Where in the space of codes
the images lie it leaves open, so who samples N(0, I) samples a region that the decoder
never saw. A variational autoencoder (VAE) adds two things. Its penalty, the KL
divergence, brings codes to N(0, I): that gives the samples their place, and alone it
already makes the decoder less steep. Its noise shows the decoder a neighbourhood of
every code: images change more gradually still, and more of what lies between codes is
like a digit. Noise alone does nothing: the encoder moves codes apart until the noise
has no effect.

The textbook's sentence needs care on both sides. An autoencoder does generate once a
density is fitted to its codes: a single Gaussian brings its Fréchet distance below that
of the VAE's own samples. (It is measured in principal components of pixels; of the
single images more lie off the digits than with a VAE.) And a VAE is not free of holes:
half of N(0, I) has no code near it in these small models, whose codes are not yet
distributed as the prior; the penalty without noise gives as good a Fréchet distance.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.decomposition import PCA

from aejax import algorithm, lab, models, sampling
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval import prior
from aejax.eval.frechet import frechet_distance
from aejax.eval.precision_recall import precision_recall
from aejax.eval.whitening import unwhiten, whitening
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question import Claims
from aejax.losses import reconstruction, variational
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"L = E_{z \sim q(z|x)} [-\log p(x|z)] + \mathrm{KL}(q(z|x)\,||\,N(0, I))",
        "a VAE's loss; an autoencoder has the first term alone, and no noise in z",
    ),
    (
        r"z = \mu(x) + \sigma(x)\,\varepsilon, \qquad \varepsilon \sim N(0, I)",
        "the noise; without a penalty the encoder can make σ small and μ large",
    ),
    (
        r"\frac{1}{2} \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)",
        "the penalty of one image: least where μ is 0 and σ is 1",
    ),
    (
        r"E_x\, q(z|x) \approx N(0, I)",
        "what samples of N(0, I) need: all codes together look like it",
    ),
)

TERMS = {
    "autoencoder": (False, False),
    "noise alone": (True, False),
    "penalty alone": (False, True),
    "VAE": (True, True),
}
"""Noise in the code, and the penalty."""

MEASURES = (
    PLACE := Measure("place", "distance of codes to N(0, I)", "σ", ".2f", "lower"),
    EMPTY := Measure("empty", "N(0, I) without a code near", "%", ".1f", scale=100),
    SPREAD := Measure("spread", "noise relative to codes' spread", "", ".3f"),
    STEEP := Measure("steep", "steepness of the decoder", "", ".2f", "lower"),
    PRIOR := Measure("prior", "Fréchet, N(0, I)", "", ".2f", "lower"),
    FITTED := Measure("fitted", "Fréchet, fitted Gaussian", "", ".2f", "lower"),
    REAL := Measure(
        "real", "precision, fitted Gaussian", "%", ".1f", "higher", scale=100
    ),
    REBUILT := Measure("rebuilt", "Fréchet, reconstructions", "", ".2f", "lower"),
)

STEP = 0.05
"""Length of the steps whose effect is measured, in standard deviations of codes."""


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each kind.", minimum=1)
    steps: int = lab.option(800, "Training steps of each model.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=2)
    zdim: int = lab.option(8, "Length of the code.", minimum=3)
    samples: int = lab.option(1000, "Images sampled from each model.", minimum=50)


def training(steps: int, model: models.VAE) -> algorithm.Algorithm:
    """Reconstruction, with noise in the code and the penalty as members have them."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        shown = im.unit(batch["image"])
        found = model.apply(params, shown, method="encode")
        own = sampling.mask(model.zdim, hparams["zdim"])
        noisy = sampling.reparameterize(key, found.mean, found.log_variance, own)
        code = jnp.where(hparams["noise"] > 0, noisy, found.mean)
        logits = model.apply(params, code, method="logits")
        kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
        error = reconstruction.bernoulli(logits, shown)
        return (error + hparams["penalty"] * kl).mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


@partial(jax.jit, static_argnums=0)
def encode(model: models.VAE, params: Any, images: Any) -> Any:
    """Means and standard deviations of the codes."""
    mean, log_variance, *_ = model.apply(params, images, method="encode")
    return mean, jnp.exp(log_variance / 2)


@partial(jax.jit, static_argnums=0)
def decode(model: models.VAE, params: Any, codes: Any) -> Any:
    """Images of codes."""
    return model.apply(params, codes, method="decode")


def run(options: Options, terms: Mapping[str, tuple[bool, bool]] = TERMS) -> Any:
    """Trains all in one program, and samples each with and without looking at codes.

    Args:
      options: sizes.
      terms: noise and penalty of each kind of model.
    """
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, MEASURES)

    def condition(name: str, zdim: int, seeds: int | None = None) -> lab.Condition:
        model = models.mlp_vae(zdim, (options.hidden,), data.image_shape)
        noise, penalty = map(float, terms[name])
        hparams = {"noise": noise, "penalty": penalty}
        factors = {"model": name, "zdim": zdim}
        return lab.Condition(factors, model, hparams, name, seeds=seeds)

    conditions = [condition(name, options.zdim) for name in terms]
    planes = [condition(name, 2, 1) for name in ("autoencoder", "VAE")]
    trained = laboratory.fit([*conditions, *planes], partial(training, options.steps))
    train, test = lab.unit(data.train), lab.unit(data.test)[: options.samples]
    axes = PCA(min(32, len(test) - 1), svd_solver="covariance_eigh")
    axes.fit(train.reshape(len(train), -1))
    measured = {
        (c, seed): measure(trained[name], c, seed, (train, test), axes)
        for c, seed, name in laboratory.alive(conditions, trained)
    }
    clouds = {
        c["model"]: np.asarray(encode(*trained[name], test)[0])
        for c, _, name in laboratory.alive(planes, trained)
    }
    results = laboratory.results(conditions, measured, [trained])
    return {"results": results, "clouds": clouds, "labels": data.test.labels}


def measure(model: Any, condition: Any, seed: int, images: Any, axes: PCA) -> Any:
    """All measures of one model, as `MEASURES` has them."""
    random, (train, test) = np.random.default_rng(seed), images
    mean, deviation = map(np.asarray, encode(*model, train))
    noise = random.normal(size=mean.shape) * condition.hparams["noise"]
    codes = (mean + deviation * noise).astype(np.float32)
    z = random.normal(size=(len(test), mean.shape[1])).astype(np.float32)
    way = random.normal(size=z.shape).astype(np.float32)
    way *= STEP / np.linalg.norm(way, axis=1, keepdims=True)
    fit = whitening(codes)
    own, beside = (np.asarray(unwhiten(fit, points)) for points in (z, z + way))
    shown = {
        "prior": decode(*model, z),
        "fitted": decode(*model, own),
        "rebuilt": decode(*model, encode(*model, test)[0]),
    }
    shown = {name: np.asarray(found) for name, found in shown.items()}
    moved = np.asarray(decode(*model, beside)) - shown["fitted"]
    real, *features = (
        axes.transform(x.reshape(len(x), -1)) for x in (test, *shown.values())
    )
    distances = (frechet_distance(f, real) for f in features)
    lengths = np.linalg.norm(moved.reshape(len(moved), -1), axis=1) / STEP
    scalars = {
        "place": prior.distance_to_prior(codes),
        "empty": prior.empty(z, codes).mean(),
        "spread": (deviation.mean(0) / mean.std(0)).mean() * condition.hparams["noise"],
        "steep": np.quantile(lengths, 0.95),
        "real": precision_recall(features[1], real).precision,
        **dict(zip(shown, distances, strict=True)),
    }
    return lab.Measured(scalars, {name: x[:10] for name, x in shown.items()})


def claims(found: Any) -> Claims:
    """What the run must show."""
    results = found["results"]
    plain, noise, penalty, vae = (results.find(model=name) for name in TERMS)
    versus = lab.Expecting(results).versus
    fitted = lab.Versus(plain, plain, FITTED, against_measure=PRIOR)
    return {
        "place": versus(
            vae, plain, PLACE, "lower",
            "Codes of a VAE lie nearer to N(0, I) than those of an autoencoder: "
            "distance (sliced Wasserstein)",
        ),
        "empty": versus(
            vae, plain, EMPTY, "lower",
            "Holes: the part of N(0, I) without a code near it is smaller with a VAE",
        ),
        "prior": versus(
            vae, plain, PRIOR, "lower",
            "Samples of N(0, I) give images nearer to digits with a VAE: Fréchet "
            "distance",
        ),
        "steep": versus(
            vae, plain, STEEP, "lower",
            "Continuity: an image changes less per standard deviation of the codes "
            "with a VAE (95th percentile)",
        ),
        "real": versus(
            vae, plain, REAL, "higher",
            "Completeness: of codes sampled where the model's codes lie, more give "
            "an image among digits with a VAE",
        ),
        "escape": versus(
            noise, vae, SPREAD, "lower",
            "Noise without a penalty loses its effect: noise relative to the spread "
            "of codes, compared with a VAE",
        ),
        "penalty": versus(
            penalty, plain, PLACE, "lower",
            "The penalty alone puts codes in place: distance to N(0, I), compared "
            "with an autoencoder",
        ),
        "smooth": versus(
            vae, penalty, STEEP, "lower",
            "Noise makes images change more gradually still: steepness of a VAE, "
            "compared with the penalty alone",
        ),
        "fitted": lab.Expect(
            results, fitted, "lower",
            "An autoencoder generates better from a Gaussian fitted to its codes "
            "than from N(0, I): Fréchet distance",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Codes in a plane; samples of each model."""
    results, labels = found["results"], found["labels"]
    names = list(map(str, range(labels.max() + 1)))
    clouds, ring = found["clouds"], (2.45, "95 % of N(0, I)")
    shown = labels[: len(next(iter(clouds.values())))]
    ways = {
        "rebuilt": "reconstructions",
        "prior": "N(0, I)",
        "fitted": "fitted Gaussian",
    }
    rows = [
        (f"{name}, {how}", results.array(array, results.find(model=name)))
        for name in clouds
        for array, how in ways.items()
    ]
    return [
        DataFigure(
            drawn.scatters(clouds, shown, names, ring),
            "codes",
            "Codes of test images, of models with two-dimensional codes. The "
            "autoencoder's reach far beyond the circle that holds 95 % of N(0, I), and "
            "leave most of it empty; the VAE's are near it, though not as N(0, I) is.",
        ),
        DataFigure(
            drawn.sheet(rows, block=3),
            "samples",
            f"Models with codes of length {results.conditions[0]['zdim']}: images "
            "decoded from the codes of digits, from samples of N(0, I), and from "
            "samples of a Gaussian that was fitted to the model's codes.",
        ),
    ]


def tables(found: Any) -> list[Any]:
    """Every measure of every kind of model."""
    note = (
        "Steepness: change of the image (Euclidean, grey levels) per standard "
        "deviation of the codes, 95th percentile. Fréchet distance and precision in "
        "32 principal components of pixels."
    )
    heads = {"model": "model"}
    return [*Summary(MEASURES, factors=heads, note=note).views(found["results"])]


QUESTION = lab.Question.of(
    globals(),
    number=11,
    title="Why autoencoders do not generate and VAEs do",
    code=(training,),
    small={"steps": 400, "hidden": 64, "samples": 400},
    dataset="mnist_5k",
    references=(
        "Kingma & Welling, Auto-encoding variational Bayes, arXiv:1312.6114",
        "Ghosh et al., From variational to deterministic autoencoders, "
        "arXiv:1903.12436 (an autoencoder with a penalty and a fitted density "
        "generates as well as a VAE)",
    ),
)
