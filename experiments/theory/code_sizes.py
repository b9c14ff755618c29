r"""What are under-, exactly and overcomplete autoencoders good for?

Undercomplete, with fewer numbers in the code than in the input, an autoencoder has to
leave something out, and what it keeps is a summary. If it is linear it keeps the
subspace of PCA. Such a code compresses, and it removes noise, of which only the part
inside the subspace passes.

With as many numbers, or more, the identity is possible: no error, nothing learned, and
noise passes. What is learned can then be chosen by something else. Exactly complete
and linear, every invertible matrix is a perfect autoencoder; a sparsity penalty picks
the one that unmixes as many signals as there were sources. Overcomplete, a penalty on
activity makes each image use few of many units, and single units stand for whole digits
and strokes (Figure 1.2). A noisy input with a clean target (denoising) forbids copying:
trained so, an overcomplete network passes little noise. Both have a price: clean images
come back less exact than from the same network without either.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import numpy as np

from aejax import lab, models
from aejax.algorithms.sparse import sparse, strongest
from aejax.data.shrink import halved
from aejax.eval.linear_autoencoder import beside_pca, linear, matched, unmixed
from aejax.eval.noise import through
from aejax.lab import Measure
from aejax.lab.question_claims import Claims, all_minus

FORMULAS = (
    (
        r"\min_{A, B}\; E\,||x - x A B||^2 \;=\; \sum_{i > d} \lambda_i",
        "linear: images x (without their mean), weights A to a code of d units and B "
        "back; lost are the smaller eigenvalues λ of the covariance",
    ),
    (
        r"E\,||x - f(x)||^2 + w \sum_j |h_j|\,||b_j||",
        "sparsity, of weight w: unit j adds its activity h times its row b of B",
    ),
    (
        r"E\,||x - f(x + \varepsilon)||^2",
        "denoising: the input has normal noise ε, the target has none",
    ),
)

FEW, NOISE = 16, 0.4  # Length of the short code; standard deviation of the noise.

KINDS = {
    "exactly complete": (1, False, False),
    "overcomplete": (2, False, False),
    "overcomplete, sparse": (2, True, False),
    "overcomplete, denoising": (2, False, True),
}
"""Units per pixel; whether there is a penalty; whether inputs are noisy."""

IDENTITY, LINEAR = "identity", "undercomplete, linear"

MEASURES = (
    ERROR := Measure("error", "squared error, clean image", "", ".4f", "lower"),
    PASSED := Measure("passed", "noise that passes", "%", ".1f", scale=100),
    ACTIVE := Measure("active", "active units", "%", ".1f", scale=100),
)
MIXING = (
    MATCH := Measure("match", "correlation with the sources", "", ".3f", "higher"),
    LOST := Measure("lost", "variance lost"),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each kind.", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Peak learning rate.", minimum=0)


def run(options: Options, kinds: Any = KINDS) -> dict[str, Any]:
    """A linear autoencoder; unmixing; and `kinds` with ReLU in one program."""
    data = lab.small_data(options, "mnist_5k")
    train, test = (halved(lab.unit(part)) for part in (data.train, data.test))
    mean, pixels = train.mean(0, dtype=np.float64), train[0].size
    flat = (train - mean).reshape(-1, pixels)
    with jax.enable_x64(True):
        fitted = linear(flat, FEW)
    noise = np.random.default_rng(0).normal(0, NOISE, test.shape)
    shown = {"clean": test, "noisy": test + noise.astype(np.float32)}
    squeezed = {
        n: mean + ((x - mean).reshape(-1, pixels) @ fitted.encoder @ fitted.decoder)
        .reshape(x.shape) for n, x in shown.items()
    }  # fmt: skip
    unit, some = np.eye(pixels), test.reshape(-1, pixels)
    return {
        "angle": beside_pca(fitted, flat).angle,
        "identity": np.abs(np.maximum(some @ unit, 0) @ unit - some).max(),
        "unmixing": unmix(options.seeds),
        "results": trained(options, data, train, shown, kinds, squeezed),
    }


def unmix(seeds: int, size: int = 4) -> lab.Results:
    """Exactly complete linear codes of mixed signals, without and with sparsity."""
    conditions = [lab.Condition({"weight": w}) for w in (0.0, 0.1)]
    found = np.empty((2, 2, seeds))
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        sources = random.laplace(size=(2000, size))
        mixed = sources @ random.normal(size=(size, size))
        first = random.normal(size=(size, size)) / 2
        for i, condition in enumerate(conditions):
            codes, lost = unmixed(mixed, first, condition["weight"])
            found[:, i, seed] = matched(codes, sources), lost
    return lab.simulated(conditions, MIXING, {"match": found[0], "lost": found[1]})


def trained(
    options: Options, data: lab.Data, train: Any, shown: Any, kinds: Any, squeezed: Any
) -> lab.Results:
    """Autoencoders of one ReLU layer, beside the images that a linear code gives."""
    laboratory = lab.small_lab(options, data, MEASURES)
    shape, conditions = train.shape[1:], []
    for name, (per_pixel, penalty, noisy) in kinds.items():
        units = per_pixel * int(np.prod(shape))
        model = models.MlpAutoencoder(units, (), shape, code_activation=nn.relu)
        own = {"sparsity": 0.3 * penalty, "noise": NOISE * noisy}
        conditions.append(lab.Condition({"kind": name}, model, own, name))
    make, held_out = partial(sparse, steps=options.steps), {"image": shown["clean"]}
    fitted = laboratory.fit(conditions, make, data={"image": train}, held_out=held_out)

    def look(model: Any, params: Any, batch: Any) -> Any:
        code = model.apply(params, batch, method="encode")
        return code, model.apply(params, code, method="logits")

    def judged(clean: Any, noisy: Any, **further: Any) -> lab.Measured:
        scalars = through(shown["clean"], shown["noisy"], clean, noisy)
        return lab.Measured(scalars, {"noisy": noisy[data.one_per_class], **further})

    clean, noisy = (laboratory.predict(fitted, look, x) for x in shown.values())
    known = [lab.Condition({"kind": n}, label=n, seeds=1) for n in (IDENTITY, LINEAR)]
    measured = {(known[0], 0): judged(**shown), (known[1], 0): judged(**squeezed)}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        model, params = fitted[name]
        codes = clean[name][0][:, : model.zdim]
        units = strongest(codes, params, 10, every=3)
        found = judged(clean[name][1], noisy[name][1], units=units)
        measured[condition, seed] = found.with_scalars(active=(codes > 1e-4).mean())
    return laboratory.results([*known, *conditions], measured, [fitted])


def claims(found: Any) -> Claims:
    """What the run must show."""
    check, results, unmixing = lab.Check, found["results"], found["unmixing"]
    _, linear_code, _, plain, penalised, denoising = results.conditions
    none, sparsity = unmixing.conditions
    compared = {
        "noise": (plain, linear_code, PASSED, "higher"),
        "sparse": (penalised, plain, ACTIVE, "lower"),
        "price": (penalised, plain, ERROR, "higher"),
        "denoising": (denoising, plain, PASSED, "lower"),
        "blurs": (denoising, plain, ERROR, "higher"),
    }
    return {
        "angle": check(
            "Linear autoencoder and PCA: largest principal angle of their subspaces",
            found["angle"], most=0.5, unit="°",
        ),
        "identity": check(
            "ReLU units that are the identity: largest error", found["identity"], most=0
        ),
        **all_minus(results, compared),
        "unmixes": lab.Expecting(unmixing).versus(
            sparsity, none, MATCH, "higher",
            "Exactly complete code: correlation with the sources, by sparsity",
        ),
        "lossless": check(
            "Variance that it loses without", unmixing.mean(LOST, none), most=1e-6
        ),
    }  # fmt: skip


def figures(found: Any) -> list[Any]:
    """What comes out for noisy images; what single units stand for."""
    noisy = "Noisy digits (as they are: identity), as each autoencoder returns them."
    units = "What strong units add (white) or remove (black), each with its own scale."
    blocks = lab.Sheet("noisy", noisy), lab.Sheet("units", units)
    return [view for block in blocks for view in block.views(found["results"])]


QUESTION = lab.Question.of(
    globals(),
    number=1,
    title="Sizes of codes",
    code=(linear, sparse),
    dataset="mnist_5k",
    references=("Le et al., ICA with reconstruction cost, 2011",),
)
