"""Are the coordinates of a latent code less correlated in a longer code?

Trains convolutional autoencoders of several latent sizes, several seeds each, as one
program. Measures the Pearson correlations of the latent coordinates and the
reconstruction error on the test set. Baselines: PCA with as many components, and the
correlation that independent samples show by chance.
"""

import dataclasses
from typing import Any

import flax.linen as nn
import jax

from aejax import algorithms, images, lab, models
from aejax.algorithm import Algorithm
from aejax.eval import correlation, pca
from aejax.lab import Caution, Change, Curves, Lines, Measure, Section, Summary, Trend
from aejax.losses.reconstruction import pixel_mse
from aejax.report import figures


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """The design."""

    seeds: int = lab.option(5, "Seeds 0, 1 ... of each latent size.", minimum=1)
    steps: int = lab.option(800, "Training steps of each model.", minimum=1)
    zdims: tuple[int, ...] = lab.option((4, 8, 16, 32), "Latent sizes.", minimum=1)
    width: int = lab.option(16, "Channels of the first convolution.", minimum=1)
    depth: int = lab.option(3, "Convolutions in each half.", minimum=1, maximum=5)
    fc_layers: int = lab.option(0, "Dense layers in each half.", minimum=0)


CORRELATION = (
    Measure("mean_abs_r", "mean |r|", format=".3f"),
    Measure("rms_r", "rms r", format=".3f"),
    Measure("max_abs_r", "max |r|", format=".3f"),
    Measure("total_correlation", "total correlation", "nats", ".3f"),
    Measure("effective_rank_fraction", "effective rank / d", format=".3f"),
)
TOTAL, RANK_FRACTION = CORRELATION[3:]
MSE = Measure("test_mse", "test MSE", "per pixel", ".5f", better="lower", log=True)
OTHERS = (
    Measure("effective_rank", "effective rank", format=".1f"),
    Measure("inactive", "inactive units", format=".1f"),
)

ENOUGH_CODES = 5000
"""With fewer test codes, small correlations drown in chance."""


def design(options: Options, data: lab.Data) -> list[lab.Condition]:
    """One model per latent size; the laboratory adds the seeds."""
    shape = {n: getattr(options, n) for n in ("width", "depth", "fc_layers")}
    return [
        lab.Condition(
            {"zdim": d},
            models.Autoencoder(d, data.image_shape, **shape),
            label=f"d = {d}",
        )
        for d in options.zdims
    ]


def algorithm(options: Options, model: nn.Module) -> Algorithm:
    """Squared error, Adam with a one-cycle learning rate."""
    return algorithms.autoencoder(model, steps=options.steps)


def predict(model: nn.Module, params: Any, batch: Any) -> dict[str, jax.Array]:
    """On the device, for all models at once, batch by batch."""
    codes = model.apply(params, batch["image"], method="encode")
    shown = model.apply(params, codes, method="decode")
    return {"codes": codes, "images": shown, "mse": pixel_mse(shown, batch["image"])}


def measure(condition: lab.Condition, found: Any, data: lab.Data) -> lab.Measured:
    """One model: its line of results.csv, and what the figures show of it."""
    r = correlation.correlation(found["codes"][:, : condition["zdim"]])
    return lab.Measured(
        scalars={"test_mse": found["mse"].mean(dtype="float64"), **r.scalars()},
        arrays={
            "matrix": r.matrix,
            "reconstructions": found["images"][data.one_per_class],
        },
    )


def baselines(options: Options, data: lab.Data) -> lab.Baselines:
    """PCA of every latent size, and the level of chance."""
    found = pca.pca_reference(lab.unit(data.train), lab.unit(data.test), options.zdims)
    each = [found[d] for d in options.zdims]
    codes = [correlation.correlation(one.codes).scalars() for one in each]
    return {
        "PCA": {
            "test_mse": [one.mse for one in each],
            **{m.name: [r[m.name] for r in codes] for m in CORRELATION},
        },
        "chance": {"mean_abs_r": correlation.chance_level(len(data.test.images))},
    }


# For a correlation matrix with eigenvalues l the mean square of r off the
# diagonal is exactly (sum(l^2) / d - 1) / (d - 1).
INVARIANCE = (
    "A reconstruction loss does not ask for uncorrelated coordinates: the decoder can "
    "undo any invertible linear map of the code. rms r depends on the eigenvalues of "
    "the correlation matrix alone: on how many directions the codes fill, and how "
    "evenly."
)
WHY = {
    "decreasing": f"{INVARIANCE} Here the variance spreads over more directions as the "
    "code grows, so any two coordinates share less.",
    "increasing": f"{INVARIANCE} Here added coordinates repeat what others carry, so "
    "pairs share more.",
}


def features(options: Options, data: lab.Data) -> int:
    """Numbers at the coarsest level of the encoder, from which the code is computed."""
    height, width = (images.padded_size(s, options.depth) for s in data.image_shape[:2])
    return height * width * options.width // 2 ** (options.depth + 1)


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown; every number comes from `results`."""
    options, tests = results.options, len(results.data.test.images)
    known = features(options, results.data)
    large = [d for d in options.zdims if d > known]
    chance = correlation.chance_level(tests)
    return [
        Section(
            "Correlation of the latent coordinates",
            "Pearson correlations of the test codes. Inactive units, which do not "
            "vary, are counted and left out of every measure.",
            Trend(CORRELATION, "zdim", label="latent size d", because=WHY),
            Change(RANK_FRACTION, "zdim"),
            Change(TOTAL, "zdim"),
            Caution(
                tests < ENOUGH_CODES,
                f"Measured on {tests:,} test codes: independent coordinates show mean "
                f"|r| = {chance:.3f} by chance. A data set with {ENOUGH_CODES:,} test "
                "images or more gives a finer figure.",
            ),
            Caution(
                bool(large),
                f"Overcomplete: d = {', '.join(map(str, large))} is more than the "
                f"{known:,} encoder features, so some coordinates depend on others "
                "linearly.",
            ),
            Lines(
                (*CORRELATION, MSE),
                "zdim",
                label="latent size d",
                references=("PCA", "chance"),
                note="PCA's codes are uncorrelated on the training set by construction;"
                f" chance is mean |r| of {tests:,} independent samples.",
            ),
            lab.Figure(
                "matrices",
                draw_matrices,
                "Correlation matrices of the test codes, seed 0; inactive units are "
                "grey.",
            ),
            Summary(
                (MSE, *CORRELATION, OTHERS[1]),
                factors={"zdim": "d"},
                beside={"test_mse": "PCA"},
            ),
        ),
        Section("Reconstruction", lab.Images()),
        Section("Training", Curves("test_mse", "test MSE per pixel", log=True)),
    ]


def draw_matrices(results: lab.Results) -> Any:
    """The correlation matrices of the first seed."""
    shown = [c for c in results.conditions if results.array("matrix", c) is not None]
    return figures.correlation_matrices(
        results.first("matrix"), [c.label for c in shown]
    )


EXPERIMENT = lab.Experiment(
    name="decorrelation",
    title="Correlation of the latent code against its length",
    question=__doc__,
    options=Options,
    measures=(MSE, *CORRELATION, *OTHERS),
    design=design,
    algorithm=algorithm,
    predict=predict,
    measure=measure,
    baselines=baselines,
    report=report,
    needs=lab.Needs(images=3),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
