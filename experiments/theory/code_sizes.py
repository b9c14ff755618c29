r"""What are under-, exactly and overcomplete autoencoders good for?

Undercomplete, with fewer numbers in the code than in the input, an autoencoder has to
leave something out, and what it keeps is a summary. If it is linear it keeps the
subspace of PCA: the spanned space is the same, its single axes are not. Such a code
compresses, and it removes noise, of which only the part inside the subspace passes.

With as many numbers, or more, the identity is a solution: no error, nothing learned,
and noise passes like everything else. Then something else has to decide. Exactly
complete and linear, every invertible matrix is a perfect autoencoder; a wish for sparse
codes picks the one that unmixes as many signals as there were sources (independent
component analysis). Overcomplete, a penalty on activity makes each image use few of
many units, and a noisy input with a clean target (denoising) forbids copying: the
identity returns the noise and is wrong. Trained so, the network that has most room to
copy removes most of the noise, more than the best linear summary.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from scipy import linalg

from aejax import algorithm, lab, models
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data.shrink import halved
from aejax.eval.linear_autoencoder import linear, matched, reconstruction_ica
from aejax.eval.whitening import whitening
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question import Claims
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"\min_{A, B}\; E\,||x - x A B||^2 \;=\; \sum_{i > d} \lambda_i",
        "a linear autoencoder of d units: what is lost are the smaller eigenvalues of "
        "the covariance; the rows of B span the first d eigenvectors",
    ),
    (r"(A M)(M^{-1} B) = A B", "any invertible M: single axes are not determined"),
    (
        r"d \geq p: \quad A B = I \quad \mathrm{is\ possible}",
        "the identity solution; with ReLU, too, as grey levels are not negative",
    ),
    (
        r"E\,||x - f(x)||^2 + \lambda \sum_j |h_j|\,||b_j||",
        "sparsity: what each unit adds to the image, in length",
    ),
    (r"E\,||x - f(x + \varepsilon)||^2", "denoising: a noisy input, a clean target"),
)

KINDS = {
    "exactly complete": (1, False, False),
    "overcomplete": (2, False, False),
    "overcomplete, sparse": (2, True, False),
    "overcomplete, denoising": (2, False, True),
}
"""Units per pixel; whether there is a penalty; whether inputs are noisy."""

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
    noise = np.random.default_rng(0).normal(0, options.noise, test.shape)
    shown = {"clean": test, "noisy": test + noise.astype(np.float32)}
    place = data.one_per_class
    found: dict[str, Any] = {"originals": {name: x[place] for name, x in shown.items()}}
    found |= undercomplete(train, shown, options.few, centred)
    found["unmixed"] = unmixed(options)
    return found | trained(options, data, train, shown, kinds)


def undercomplete(
    train: np.ndarray, shown: Mapping[str, np.ndarray], size: int, centred: bool
) -> dict[str, Any]:
    """The linear autoencoder beside PCA; the identity, with ReLU."""
    flat = train.reshape(len(train), -1).astype(np.float64)
    mean = flat.mean(0)
    values, vectors = np.linalg.eigh(np.cov(flat, rowvar=False, bias=True))
    axes = vectors[:, ::-1][:, :size]
    with jax.enable_x64(True):
        _, decoder, loss = linear(flat - mean * centred, size)
    lengths = np.linalg.norm(decoder, axis=1, keepdims=True)
    clean, noisy = (x.reshape(len(x), -1) - mean for x in shown.values())
    rebuilt = [x @ axes @ axes.T for x in (clean, noisy)]
    random = np.random.default_rng(0).uniform(size=clean.shape)
    unit = np.eye(len(mean))
    return {
        "angle": np.degrees(linalg.subspace_angles(decoder.T, axes)).max(),
        "excess": loss / values[:-size].sum() - 1,
        "axis": np.abs(decoder / lengths @ axes).max(1).mean(),
        "identity": np.abs(np.maximum(random @ unit, 0) @ unit - random).max(),
        "linear": copied(clean, noisy, *rebuilt),
        "summary": (rebuilt[1] + mean).reshape(shown["noisy"].shape),
    }


def copied(clean: Any, noisy: Any, of_clean: Any, of_noisy: Any) -> dict[str, float]:
    """What an autoencoder makes of clean and of noisy images."""
    power = np.square(noisy - clean).mean()
    return {
        "error": np.square(of_clean - clean).mean(),
        "passed": np.square(of_noisy - of_clean).mean() / power,
        "left": np.square(of_noisy - clean).mean() / power,
    }


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
    options: Options, data: lab.Data, train: Any, shown: Any, kinds: Any
) -> dict[str, Any]:
    """Autoencoders of one ReLU layer that have room for the identity."""
    laboratory = lab.small_lab(options, data, MEASURES)
    shape = train.shape[1:]
    conditions = [
        lab.Condition(
            {"kind": name},
            models.MlpAutoencoder(
                units * int(np.prod(shape)), (), shape, code_activation=nn.relu
            ),
            {"sparsity": options.sparsity * sparse, "noise": options.noise * noisy},
            name,
        )
        for name, (units, sparse, noisy) in kinds.items()
    ]
    make = partial(training, options.steps)
    held_out = {"image": shown["clean"]}
    fitted = laboratory.fit(conditions, make, data={"image": train}, held_out=held_out)

    def look(model: Any, params: Any, batch: Any) -> Any:
        codes = {n: model.apply(params, x, method="encode") for n, x in batch.items()}
        images = {n: model.apply(params, z, method="logits") for n, z in codes.items()}
        return {"codes": codes["clean"], **images}

    seen = laboratory.predict(fitted, look, shown)
    place, measured = data.one_per_class, {}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        (model, params), own = fitted[name], seen[name]
        codes = own["codes"][:, : model.zdim]
        scalars = copied(shown["clean"], shown["noisy"], own["clean"], own["noisy"])
        scalars["active"] = (codes > 1e-4).mean()
        units = features(codes, params["params"]["decoder"]["pixels"]["kernel"])
        arrays = {"noisy": own["noisy"][place], "units": units}
        measured[condition, seed] = lab.Measured(scalars, arrays)
    facts = {"place": place}
    return {"results": laboratory.results(conditions, measured, [fitted], facts=facts)}


def features(codes: np.ndarray, kernel: Any, count: int = 10) -> np.ndarray:
    """What single units add to an image, of those that add most; grey is nothing."""
    found = np.asarray(kernel)
    lengths = np.sqrt(np.square(found).sum((1, 2, 3)))
    chosen = found[np.argsort(-codes.mean(0) * lengths)[: 3 * count : 3]]
    return 0.5 + chosen / (2 * np.abs(chosen).max((1, 2, 3), keepdims=True))


def claims(found: Any) -> Claims:
    """What the run must show."""
    check, results, unmixing = lab.Check, found["results"], found["unmixed"]
    exact, plain, sparse, denoising = (results.find(kind=name) for name in KINDS)
    none, sparsity = unmixing.conditions
    versus, known = lab.Expecting(results).versus, found["linear"]

    def beats(of: Any, measure: Any, outcome: str, words: str) -> Any:
        expecting, value = lab.Expecting(results), known[measure.name]
        return expecting.beats(of, measure, value, outcome, words, "undercomplete")

    return {
        "angle": check(
            "Largest principal angle between a linear autoencoder's decoder and the "
            "subspace of PCA", found["angle"], most=0.5, unit="°",
        ),
        "excess": check(
            "Its loss, relative to the sum of the eigenvalues left out: excess",
            found["excess"], least=-1e-6, most=1e-5,
        ),
        "axis": check(
            "Its single axes are not those of PCA: cosine with the nearest one, mean",
            found["axis"], most=0.9,
        ),
        "identity": check(
            "As many ReLU units as pixels, weights of the identity: largest error, "
            "even of images without any structure", found["identity"], most=0,
        ),
        "exact": beats(
            exact, PASSED, "higher",
            "Noise that passes an exactly complete autoencoder, compared with the "
            "undercomplete one",
        ),
        "copies": beats(
            plain, ERROR, "lower",
            "Error of clean images of an overcomplete one, compared with the "
            "undercomplete one",
        ),
        "noise": beats(
            plain, LEFT, "higher",
            "Error of noisy images of an overcomplete one, compared with the "
            "undercomplete one",
        ),
        "sparse": versus(
            sparse, plain, ACTIVE, "lower",
            "Active units with the sparsity penalty, compared with none",
        ),
        "shrinks": versus(
            sparse, plain, LEFT, "lower",
            "Error of noisy images with the penalty (trained without noise)",
        ),
        "denoising": versus(
            denoising, plain, PASSED, "lower", "Noise that passes, trained to denoise"
        ),
        "removes": beats(
            denoising, LEFT, "lower",
            "Error of noisy images, trained to denoise, compared with the "
            "undercomplete one",
        ),
        "unmixes": lab.Expecting(unmixing).versus(
            sparsity, none, MATCH, "higher",
            "Exactly complete and linear: correlation of the code with the sources, "
            "with sparsity compared with none",
        ),
        "lossless": check(
            "Without sparsity it is a perfect autoencoder all the same: variance that "
            "is lost, largest", unmixing.values["lost"][0].max(), most=1e-6,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """What comes out for noisy images; what single units stand for."""
    results, place = found["results"], found["results"].facts["place"]
    rows = {
        "clean": found["originals"]["clean"],
        "noisy input": found["originals"]["noisy"],
        "undercomplete (linear)": found["summary"][place],
        **results.labelled("noisy"),
    }
    units = results.labelled("units", list(results.conditions)[1:])
    return [
        DataFigure(
            drawn.sheet(list(rows.items())),
            "noise",
            "Noisy digits as each autoencoder returns them. The undercomplete one "
            "passes what its few directions can show; with room for the identity most "
            "of the noise comes back, unless the training forbids it.",
        ),
        DataFigure(
            drawn.sheet(list(units.items())),
            "units",
            "What single units of overcomplete autoencoders add to an image (white "
            "adds, black removes, grey does nothing): every third of those that add "
            "most to test images, each with a scale of its own.",
        ),
    ]


def tables(found: Any) -> list[Any]:
    """Every kind with every measure."""
    known = found["linear"]
    note = (
        f"The undercomplete linear one: error {known['error']:.4f}, of the noise "
        f"{known['passed']:.1%} passes, error of a noisy image {known['left']:.1%} of "
        "the noise. Active: units above 0, mean over images."
    )
    return [*Summary(MEASURES, note=note).views(found["results"])]


QUESTION = lab.Question.of(
    globals(),
    number=1,
    title="Under-, exactly and overcomplete autoencoders",
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
