r"""What are under-, exactly and overcomplete autoencoders good for?

Undercomplete, with fewer numbers in the code than in the input, an autoencoder has to
leave something out, and what it keeps is a summary. If it is linear it keeps the
subspace of PCA: the spanned space is the same, its single axes are not. Such a code
compresses, and it removes noise, of which only the part inside the subspace passes.

With as many numbers, or more, the identity is possible: no error, nothing learned, and
all noise passes. Training from random weights does not reach it: about half of the
noise passes. What is learned can then be chosen by something else. Exactly complete and
linear, every invertible matrix is a perfect autoencoder; a sparsity penalty picks the
one that unmixes as many signals as there were sources (independent component analysis).
Overcomplete, a penalty on activity makes each image use few of many units, and single
units stand for whole digits and strokes (Figure 1.2). It has its price: a clean image
loses nearly as much as in the short linear code, and far more noise passes. A noisy
input with a clean target (denoising) forbids copying, as the identity returns the
noise. Trained so, an overcomplete network passes little noise, and errs as little as
the best linear denoiser with a short code: room does no harm where copying does not
pay. It takes no ReLU, either: the best linear denoiser with room errs less than both.
Clean images are the price again.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import algorithm, lab, models
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data.shrink import halved
from aejax.eval.linear_autoencoder import (
    beside_pca,
    best_denoiser,
    linear,
    matched,
    projection,
    reconstruction_ica,
)
from aejax.eval.noise import through
from aejax.eval.whitening import whitening
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary, by_condition
from aejax.lab.question_claims import Claims, all_minus
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"\min_{A, B}\; E\,||x - x A B||^2 \;=\; \sum_{i > d} \lambda_i",
        "linear: images x (rows of p pixels, without their mean), d units, weights A "
        "to the code and B back; the smaller eigenvalues λ of the covariance are lost, "
        "and the rows of B span the first d eigenvectors",
    ),
    (r"(A M)(M^{-1} B) = A B", "any invertible M: single axes are not determined"),
    (
        r"d \geq p: \quad A B = I \quad \mathrm{is\ possible}",
        "the identity solution; with ReLU, too, as grey levels are not negative",
    ),
    (
        r"E\,||x - f(x)||^2 + w \sum_j |h_j|\,||b_j||",
        "sparsity, of weight w: unit j adds its activity h times its row b of B to the "
        "image, and the lengths of what units add count",
    ),
    (
        r"E\,||x - f(x + \varepsilon)||^2",
        "denoising: the input has normal noise ε, the target has none",
    ),
)

KINDS = {
    "exactly complete": (1, False, False),
    "overcomplete": (2, False, False),
    "overcomplete, sparse": (2, True, False),
    "overcomplete, denoising": (2, False, True),
}
"""Units per pixel; whether there is a penalty; whether inputs are noisy."""

IDENTITY, LINEAR = "identity", "undercomplete, linear"
SHORT, FULL = "undercomplete, best linear denoiser", "best linear denoiser"

NOISE = "% of the noise"
MEASURES = (
    ERROR := Measure("error", "squared error, clean image", "", ".4f", "lower"),
    PASSED := Measure("passed", "noise that passes", "%", ".1f", scale=100),
    LEFT := Measure("left", "error of a noisy image", NOISE, ".1f", "lower", scale=100),
    ACTIVE := Measure("active", "active units", "%", ".1f", scale=100),
)  # fmt: skip

MIXING = (
    MATCH := Measure("match", "correlation with the sources", "", ".3f", "higher"),
    LOST := Measure("lost", "variance lost", "", ".1e", "lower"),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each kind.", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Peak learning rate.", minimum=0)
    few: int = lab.option(16, "Length of the undercomplete code.", minimum=2)
    noise: float = lab.option(0.4, "Standard deviation of the noise.", above=0)
    sparsity: float = lab.option(0.3, "Weight of the penalty.", minimum=0)
    sources: int = lab.option(4, "Signals that are mixed.", minimum=2)


def run(
    options: Options,
    kinds: Mapping[str, tuple[int, bool, bool]] = KINDS,
    centred: bool = True,
) -> dict[str, Any]:
    """A linear autoencoder; unmixing; and four kinds with ReLU in one program.

    Args:
      options: sizes.
      kinds: units per pixel, penalty and noise of each kind.
      centred: whether the linear one gets images without their mean, as PCA does.
    """
    data = lab.small_data(options, "mnist_5k")
    train, test = (halved(lab.unit(part)) for part in (data.train, data.test))
    mean = train.mean(0, dtype=np.float64)
    flat = (train - mean).reshape(len(train), -1)
    with jax.enable_x64(True):
        fitted = linear(flat + mean.ravel() * (not centred), options.few)
    noise = np.random.default_rng(0).normal(0, options.noise, test.shape)
    shown = {"clean": test, "noisy": test + noise.astype(np.float32)}
    maps = {
        IDENTITY: (np.eye(mean.size), mean.size),
        LINEAR: (projection(flat, options.few), options.few),
        SHORT: (best_denoiser(flat, options.noise, options.few), options.few),
        FULL: (best_denoiser(flat, options.noise, mean.size), mean.size),
    }
    known = {
        lab.Condition({"kind": name, "units": units}, label=name, seeds=1): {
            n: ((x - mean).reshape(len(x), -1) @ matrix).reshape(x.shape) + mean
            for n, x in shown.items()
        }
        for name, (matrix, units) in maps.items()
    }
    return {
        "pca": beside_pca(fitted, flat),
        "identity": copies(mean.size),
        "unmixed": unmixed(options),
        "results": trained(options, data, train, shown, kinds, known),
    }


def copies(pixels: int) -> float:
    """Largest error of the identity as ReLU units, of images without any structure."""
    random, unit = np.random.default_rng(0).uniform(size=(100, pixels)), np.eye(pixels)
    return float(np.abs(np.maximum(random @ unit, 0) @ unit - random).max())


def unmixed(options: Options) -> lab.Results:
    """Exactly complete linear autoencoders of mixed signals, with and without sparsity.

    Tied weights: the code is x W, the reconstruction x W W^T.
    """
    conditions = [lab.Condition({"penalty": c}, label=c) for c in ("none", "sparsity")]
    values = np.empty((2, 2, options.seeds))
    for seed in range(options.seeds):
        random = np.random.default_rng(seed)
        sources = random.laplace(size=(2000, options.sources))
        mixed = sources @ random.normal(size=(options.sources,) * 2)
        white = whitening(mixed)
        x = (mixed - white.mean) @ white.matrix
        first = random.normal(size=(options.sources,) * 2) / 2
        for i, weight in enumerate((0.0, 0.1)):
            w = reconstruction_ica(x, first, weight)
            values[0, i, seed] = matched(x @ w, sources)
            values[1, i, seed] = np.square(x - x @ w @ w.T).mean()
    return lab.simulated(conditions, MIXING, {"match": values[0], "lost": values[1]})


def training(steps: int, model: models.MlpAutoencoder) -> algorithm.Algorithm:
    """Squared error of linear outputs; members have noisy inputs, or the penalty."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        clean = batch["image"]
        noisy = clean + hparams["noise"] * jax.random.normal(key, clean.shape)
        codes = model.apply(params, noisy, method="encode")
        rebuilt = model.apply(params, codes, method="logits")
        kernel = params["params"]["decoder"]["pixels"]["kernel"]
        lengths = jnp.sqrt(jnp.square(kernel).sum((1, 2, 3)) + 1e-8)
        error = reconstruction.pixel_sum(jnp.square(rebuilt - clean))
        penalty = jnp.abs(codes) @ lengths
        return (error + hparams["sparsity"] * penalty).mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


def trained(
    options: Options, data: lab.Data, train: Any, shown: Any, kinds: Any, known: Any
) -> lab.Results:
    """Autoencoders of one ReLU layer, beside images that are known."""
    laboratory = lab.small_lab(options, data, MEASURES)
    shape, place = train.shape[1:], data.one_per_class
    conditions = []
    for name, (per_pixel, sparse, noisy) in kinds.items():
        units = per_pixel * int(np.prod(shape))
        model = models.MlpAutoencoder(units, (), shape, code_activation=nn.relu)
        own = {"sparsity": options.sparsity * sparse, "noise": options.noise * noisy}
        factors = {"kind": name, "units": units}
        conditions.append(lab.Condition(factors, model, own, name))
    make = partial(training, options.steps)
    held_out = {"image": shown["clean"]}
    fitted = laboratory.fit(conditions, make, data={"image": train}, held_out=held_out)

    def look(model: Any, params: Any, batch: Any) -> Any:
        codes = {n: model.apply(params, x, method="encode") for n, x in batch.items()}
        images = {n: model.apply(params, z, method="logits") for n, z in codes.items()}
        return {"codes": codes["clean"], **images}

    def judged(own: Any, **further: Any) -> lab.Measured:
        scalars = through(shown["clean"], shown["noisy"], own["clean"], own["noisy"])
        return lab.Measured(scalars, {"noisy": own["noisy"][place], **further})

    seen = laboratory.predict(fitted, look, shown)
    measured = {(condition, 0): judged(own) for condition, own in known.items()}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        (model, params), own = fitted[name], seen[name]
        codes = own["codes"][:, : model.zdim]
        units = features(codes, params["params"]["decoder"]["pixels"]["kernel"])
        found = judged(own, units=units)
        measured[condition, seed] = found.with_scalars(active=(codes > 1e-4).mean())
    facts = {"clean": shown["clean"][place], "noise": options.noise}
    every = [*known, *conditions]
    return laboratory.results(every, measured, [fitted], facts=facts)


def features(codes: np.ndarray, kernel: Any, count: int = 10) -> np.ndarray:
    """What single units add to an image, of those that add most; grey is nothing."""
    found = np.asarray(kernel)
    lengths = np.sqrt(np.square(found).sum((1, 2, 3)))
    chosen = found[np.argsort(-codes.mean(0) * lengths)[: 3 * count : 3]]
    return 0.5 + chosen / (2 * np.abs(chosen).max((1, 2, 3), keepdims=True))


def claims(found: Any) -> Claims:
    """What the run must show."""
    check, results, unmixing = lab.Check, found["results"], found["unmixed"]
    _, plain, sparse, denoising = (results.find(kind=name) for name in KINDS)
    identity, projected, short, full = (
        results.find(kind=name) for name in (IDENTITY, LINEAR, SHORT, FULL)
    )
    none, sparsity = unmixing.conditions
    compared = {
        "unreached": (plain, identity, PASSED, "lower"),
        "noise": (plain, projected, PASSED, "higher"),
        "copies": (plain, projected, ERROR, "lower"),
        "sparse": (sparse, plain, ACTIVE, "lower"),
        "price": (sparse, projected, PASSED, "higher"),
        "denoising": (denoising, plain, PASSED, "lower"),
        "linear": (denoising, full, LEFT, "higher"),
        "blurs": (denoising, projected, ERROR, "higher"),
    }
    ends = results.estimate(LEFT, denoising).interval
    apart = np.abs(np.subtract(ends, results.mean(LEFT, short))).max()
    return {
        "angle": check(
            "Largest principal angle between a linear autoencoder's decoder and the "
            "subspace of PCA", found["pca"].angle, most=0.5, unit="°",
        ),
        "excess": check(
            "Its loss, relative to the sum of the eigenvalues left out: excess",
            found["pca"].excess, least=-1e-6, most=1e-5,
        ),
        "axis": check(
            "Its single axes are not those of PCA: cosine with the nearest one, mean",
            found["pca"].axis, most=0.9,
        ),
        "identity": check(
            "As many ReLU units as pixels, weights of the identity: largest error, "
            "even of images without any structure", found["identity"], most=0,
        ),
        **all_minus(results, compared),
        "near": check(
            f"Error of a noisy image: {denoising.label}, minus {SHORT}, farther end of "
            "the 95 % interval", 100 * apart, most=1.5, unit=NOISE,
        ),
        "unmixes": lab.Expecting(unmixing).versus(
            sparsity, none, MATCH, "higher",
            "Correlation of an exactly complete linear code with the sources: with "
            "sparsity minus without",
        ),
        "lossless": check(
            "Without sparsity it is a perfect autoencoder all the same: variance that "
            "is lost, largest", unmixing.values["lost"][0].max(), most=1e-6,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """What comes out for noisy images; what single units stand for."""
    results = found["results"]
    names = {IDENTITY: "noisy input"}
    noisy = {names.get(n, n): x for n, x in results.labelled("noisy").items()}
    over = [c for c in results.conditions if c.label.startswith("over")]
    return [
        DataFigure(
            drawn.sheet([("clean", results.facts["clean"]), *noisy.items()]),
            "noise",
            "Noisy digits as each autoencoder returns them. The undercomplete one "
            "passes what its few directions can show; with room for the identity much "
            "of the noise comes back, unless the training forbids it.",
        ),
        DataFigure(
            drawn.sheet(list(results.labelled("units", over).items())),
            "units",
            "What single units of overcomplete autoencoders add to an image (white "
            "adds, black removes, grey does nothing): every third of those that add "
            "most to test images, each with a scale of its own.",
        ),
    ]


def tables(found: Any) -> list[Any]:
    """Every kind with every measure; how well the sources are found."""
    results = found["results"]
    note = (
        "Noise that passes: squared difference of what comes out for a noisy and for "
        "the clean image; error of a noisy image: squared distance of what comes out "
        "from the clean one; both relative to the square of the noise, of deviation "
        f"{results.facts['noise']:g}. Active: units above 0, mean over images. The "
        "first four are linear maps that are computed, the others ReLU layers that "
        "are trained."
    )
    units = f"units (p = {results.find(kind=IDENTITY)['units']})"
    factors = {"kind": "model", "units": units}
    mixed = "Linear autoencoders with a unit per mixed signal (others with each seed)."
    return [
        *Summary(MEASURES, factors=factors, note=note).views(results),
        by_condition(found["unmixed"], MIXING, mixed, head="penalty"),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=1,
    title="Sizes of codes",
    code=(linear, training),
    dataset="mnist_5k",
    references=(
        "Baldi & Hornik, Neural networks and principal component analysis, 1989",
        "Vincent et al., Extracting and composing robust features with denoising "
        "autoencoders, 2008",
        "Le et al., ICA with reconstruction cost for efficient overcomplete feature "
        "learning, 2011",
    ),
)
