"""What does the reconstruction error of an autoencoder depend on?

Trains convolutional autoencoders of several latent sizes and, at one latent size, of
several depths, widths and numbers of dense layers: one factor at a time, several seeds
each; models of one tree structure train as one program. Measures, on the test set,
squared error per pixel, PSNR and SSIM, on training images squared error, and what a
model costs: parameters and operations. Baseline: PCA with as many components.

The default run trains 33 models for 700 steps, four minutes of two CPU cores. On
the whole of MNIST (--dataset=mnist --batch_size=128 --epochs=12) one model of width 16
takes about two minutes.
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from aejax import algorithms, images, lab, models
from aejax.data import splits
from aejax.eval import cost, generation, pca
from aejax.eval.image import SSIM_SIDE, ssim
from aejax.lab import Beats, Curves, Measure, Section, Trend, Versus
from aejax.lab.blocks.phrases import listed

FACTORS = {
    "zdim": "latent size",
    "depth": "depth",
    "width": "width",
    "fc_layers": "dense layers",
}
HEADS = {"zdim": "d", "depth": "depth", "width": "width", "fc_layers": "fc"}


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """The design: what is varied, over which values, and the base."""

    studies: tuple[str, ...] = lab.option(
        tuple(FACTORS), "What is varied.", choices=tuple(FACTORS)
    )
    zdims: tuple[int, ...] = lab.option((2, 5, 10, 20, 50), "Latent sizes.", minimum=1)
    depths: tuple[int, ...] = lab.option((2, 3, 4), "Depths.", minimum=1, maximum=5)
    widths: tuple[int, ...] = lab.option((4, 8, 12), "Widths.", minimum=1)
    fcs: tuple[int, ...] = lab.option((0, 1, 2), "Dense layers in a half.", minimum=0)
    zdim: int = lab.option(10, "Latent size while another is varied.", minimum=1)
    depth: int = lab.option(3, "Convolutions in a half.", minimum=1, maximum=5)
    width: int = lab.option(12, "Channels of the first convolution.", minimum=1)
    fc_layers: int = lab.option(0, "Dense layers while another is varied.", minimum=0)
    shift: int = lab.option(0, "Largest random shift, pixels.", minimum=0, maximum=8)
    steps: int = lab.option(700, "Training steps of each model.", minimum=1)
    learning_rate: float = lab.option(8e-3, "Peak learning rate.", above=0)

    @property
    def base(self) -> dict[str, int]:
        """The values of all factors while another one is varied."""
        return {n: getattr(self, n) for n in ("zdim", "width", "depth", "fc_layers")}

    @property
    def values(self) -> dict[str, list[int]]:
        """Each factor that is varied with its values, increasing."""
        known = zip(
            FACTORS, (self.zdims, self.depths, self.widths, self.fcs), strict=True
        )
        chosen = {name: sorted(values) for name, values in known}
        return {name: chosen[name] for name in self.studies}


MSE = Measure("test_mse", "test MSE", "per pixel", ".5f", better="lower", log=True)
TRAIN = Measure("train_mse", "training MSE", "per pixel", ".5f", log=True)
GAP = Measure("mse_gap", "test minus training MSE", "per pixel", ".5f")
RATIO = Measure("mse_to_pca", "test MSE relative to PCA", "", ".3f", better="lower")
LOG = Measure("log2_test_mse", "log2 of test MSE", "", ".2f", better="lower")
PSNR = Measure("psnr", "PSNR", "dB", ".2f", better="higher")
SSIM = Measure("ssim", "SSIM", "", ".3f", better="higher")
PARAMETERS = Measure("parameters", "parameters", "thousands", ".1f", scale=1e-3)
FLOPS = Measure("flops", "operations", "MFLOP", ".2f", scale=1e-6)

SSIM_IMAGES = 250
"""SSIM takes more than a millisecond an image."""


def design(options: Options, data: lab.Data) -> list[lab.Condition]:
    """Every configuration once: one factor of the base is replaced at a time."""
    base, found = options.base, {}
    words = {"zdim": "d = {}", "fc_layers": "dense layers: {}"}
    for varied, values in options.values.items():
        for value in values:
            shape = {**base, varied: value}
            label = words.get(varied, f"{varied} {{}}").format(value)
            name = "zdim={zdim},width={width},depth={depth},fc={fc_layers}"
            found[tuple(shape.values())] = lab.Condition(
                shape,
                models.Autoencoder(image_shape=data.image_shape, **shape),
                label=f"base (d = {options.zdim})" if shape == base else label,
                name=name.format(**shape),
            )
    return list(found.values())


def study(room: lab.Lab) -> lab.Results:
    """Trains all models; keeps the errors of all images, reconstructions of a few."""
    options, data = room.options, room.data
    conditions = design(options, data)
    how = {"steps": options.steps, "shift": options.shift}
    trained = room.fit(conditions, partial(algorithms.autoencoder, **how))
    test, train = data.test.images, data.train.images
    some = train[splits.some(len(train), len(test))]
    few = [test[data.one_per_class], test[splits.some(len(test), SSIM_IMAGES)]]
    errors = room.predict(
        trained, generation.pixel_errors, np.concatenate([test, some])
    )
    drawn = room.predict(trained, generation.reconstruct, np.concatenate(few))
    sizes = sorted({c["zdim"] for c in conditions})
    linear = pca.pca_reference(lab.unit(data.train), lab.unit(data.test), sizes)
    measured = {
        (c, seed): measure(c, data, errors[name], drawn[name], linear[c["zdim"]].mse)
        for c, seed, name in room.alive(conditions, trained)
    }
    levels = [linear[c["zdim"]].mse for c in conditions]
    baseline = {MSE.name: levels, RATIO.name: 1.0}
    return room.results(conditions, measured, [trained], baselines={"PCA": baseline})


def measure(
    condition: lab.Condition, data: lab.Data, found: Any, drawn: Any, linear: float
) -> lab.Measured:
    """One model: its line of results.csv, and its reconstructions of a few images.

    `found` are the errors of all test images, then of as many training images; `drawn`
    reconstructions of one image of each class, then of those for SSIM.
    """
    tests = data.test.images
    model, example = condition.model, jnp.asarray(tests[:1])
    test, train = np.split(found.astype(np.float64), [len(tests)])
    shown, judged = np.split(drawn, [len(data.one_per_class)])
    originals = np.asarray(images.unit(tests[splits.some(len(tests), SSIM_IMAGES)]))
    scalars = {
        MSE: test.mean(),
        TRAIN: train.mean(),
        GAP: test.mean() - train.mean(),
        RATIO: test.mean() / linear,
        LOG: np.log2(test.mean()),
        # The PSNR of an image is its error in decibels.
        PSNR: -10 * np.log10(test).mean(),
        SSIM: ssim(originals, judged).mean(),
        PARAMETERS: cost.parameters(model, example),
        FLOPS: cost.flops(model, example),
    }
    named = {m.name: value for m, value in scalars.items()}
    return lab.Measured(named, {"reconstructions": shown})


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown; every number comes from `results`."""
    parts = [
        latent(results) if name == "zdim" else shape(results, name)
        for name in results.options.values
    ]
    return [overview(results), *parts]


def path(results: lab.Results, name: str) -> tuple[list[lab.Condition], dict[str, int]]:
    """The conditions along which one factor is varied, and the factors that are not."""
    base, values = results.options.base, results.options.values[name]
    conditions = [results.find(**{**base, name: value}) for value in values]
    return conditions, {n: v for n, v in base.items() if n != name}


def overview(results: lab.Results) -> Section:
    """The best, and a line for each configuration."""
    options, data = results.options, results.data
    epochs = options.steps * options.batch_size / len(data.train.images)
    tests = len(data.test.images)
    base = ", ".join(f"{FACTORS[name]} {value}" for name, value in options.base.items())
    return Section(
        "All configurations",
        f"One factor is varied at a time; the base is {base}.",
        lab.Best(MSE),
        Beats(results.best(MSE), GAP, value=0.0, source="no gap"),
        lab.Summary(
            (MSE, PSNR, SSIM, PARAMETERS, FLOPS),
            factors=HEADS,
            beside={MSE.name: "PCA"},
            exact=(PARAMETERS.name, FLOPS.name),
            note=f"After {epochs:.3g} epochs. SSIM over {min(SSIM_IMAGES, tests):,} of "
            "the test images, the same for all. Parameters, and operations per image, "
            "are of both halves; training time is a model's share of its program's.",
            show_seconds=True,
        ),
        lab.Tradeoff(
            PARAMETERS,
            MSE,
            {n: path(results, n)[0] for n in options.values if n != "zdim"},
            FACTORS,
            "shapes",
            "Test error against the number of parameters; beside each point the value "
            "that is varied. Bars are standard deviations over seeds.",
        ),
    )


def latent(results: lab.Results) -> Section:
    """Latent size, compared with PCA."""
    conditions, fixed = path(results, "zdim")
    ratios = [f"{results.mean(RATIO, c):.2f} at {c['zdim']}" for c in conditions]
    return Section(
        "Latent size",
        "A slope of \N{MINUS SIGN}1 is an error that halves with each doubling of d.",
        Trend(LOG, "zdim", label="latent size d", among=fixed),
        *(
            Beats(c, MSE, baseline="PCA", finding=c in (conditions[0], conditions[-1]))
            for c in conditions
        ),
        lab.Explanation(
            "The mean test error relative to that of PCA with as many components is, "
            f"by latent size, {listed(ratios)}."
        ),
        lab.Lines(
            (MSE, RATIO), "zdim", "d", references=("PCA",), among=fixed, name="latent"
        ),
        lab.Images(among=conditions),
        training(conditions, "zdim"),
    )


def shape(results: lab.Results, name: str) -> Section:
    """Depth, width or dense layers, compared with the base."""
    conditions, fixed = path(results, name)
    label, per, scale = {
        "depth": ("depth", "convolution", "linear"),
        "width": ("width", "width", "log2"),
        "fc_layers": ("the number of dense layers", "layer", "linear"),
    }[name]
    middle = [c for c in conditions if c.factors == results.options.base]
    others = [c for c in conditions if c not in middle]
    return Section(
        FACTORS[name].capitalize(),
        f"All at d = {fixed['zdim']}.",
        *([Trend(MSE, name, scale, label, per=per, among=fixed)] if others else []),
        *(Versus(c, base, MSE, headline=()) for base in middle for c in others),
        training(conditions, name),
    )


def training(conditions: Sequence[lab.Condition], name: str) -> Curves:
    """Test error during training."""
    return Curves(MSE.name, MSE.head, True, conditions, name=f"training_{name}")


EXPERIMENT = lab.Experiment(
    name="autoencoding",
    title="Reconstruction error against latent size and network shape",
    question=__doc__,
    options=Options,
    measures=(MSE, TRAIN, PSNR, SSIM, PARAMETERS, FLOPS, RATIO, LOG, GAP),
    study=study,
    report=report,
    needs=lab.Needs(images=2, side=SSIM_SIDE),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
