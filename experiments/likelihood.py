"""How close do a VAE and IWAEs come to the published log-likelihoods?

Trained: the network of the IWAE paper (Burda et al. 2016, arXiv:1509.00519; 50 latent
units, two tanh layers of 200 in each half) on images that are binarized anew in every
step, by the bound with k samples; k = 1 is the VAE. Measured: the log-likelihood of the
test images, binarized once, estimated with many samples, and the active units.
Baselines: the published values, where the data are MNIST.

The paper's run is --dataset=mnist --schedule=paper --learning_rate=1e-3 --seeds=1
--epochs=3280 --samples=5000: 9.8 million steps for each k, on two CPU cores five to ten
hours for k = 1 and days for k = 50. The default run, 5 epochs of 4,000 images with
four seeds, takes two to four minutes.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import numpy as np

from aejax import algorithms, lab, models, stats
from aejax.algorithm import Algorithm
from aejax.algorithms import initial, schedules
from aejax.eval import likelihood
from aejax.lab import Caution, Measure, Section, Trend, Versus
from aejax.lab.run.records import curves


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """The design."""

    ks: tuple[int, ...] = lab.option(
        (1, 5, 50), "Samples of the bounds that are trained.", minimum=1
    )
    samples: int = lab.option(
        500, "Samples of each estimated log-likelihood; the paper's is 5000.", minimum=1
    )
    schedule: str = lab.option(
        "one_cycle",
        "Of the learning rate: one cycle, or the paper's eight stages, stretched over "
        "the run.",
        choices=("one_cycle", "paper"),
    )
    seeds: int = lab.option(4, "Runs of each k, with seeds 0, 1 ...", minimum=1)
    batch_size: int = lab.option(20, "Examples per step.", minimum=1)
    learning_rate: float = lab.option(3e-3, "Peak learning rate.", above=0)


LOG_LIKELIHOOD = Measure(
    "log_likelihood", "test log-likelihood", "nats", ".2f", better="higher"
)
INTERVAL = Measure("image_interval", "± over images", "nats", ".2f")
ACTIVE = Measure("active_units", "active units", format=".1f")
BOUND = Measure("test_bound", "test bound", "nats", ".2f", better="higher")
LATE = Measure("late_change", "its change, second half", "nats", ".2f")

HIDDEN, ZDIM, EPSILON = (200, 200), 50, 1e-4
"""Units of the layers, of the latent, and Adam's epsilon: the paper's."""

SCHEDULES = {"one_cycle": schedules.one_cycle, "paper": schedules.staged}
CURVE_IMAGES, CURVE_SAMPLES = 1000, 5
"""Test images and samples of the bound that is recorded during training."""

PUBLISHED = {1: (-86.76, 19), 5: (-85.54, 22), 50: (-84.78, 25)}
"""k -> log-likelihood and active units: Burda et al., table 1, one stochastic layer."""

PUBLISHED_EPOCHS, PUBLISHED_SAMPLES, PUBLISHED_ON = 3280, 5000, "mnist"
SOURCE = "Burda et al. (2016)"


def algorithm(
    options: Options, bias: np.ndarray, k: int, model: models.VAE
) -> Algorithm:
    """The bound with k samples, from a decoder that starts at the mean image."""
    adam = schedules.adam(SCHEDULES[options.schedule](options.steps), EPSILON)
    made = algorithms.vae(
        model, steps=options.steps, samples=k, optimizer=adam, binarize=True
    )
    bound = partial(likelihood.mean_bound, model, samples=CURVE_SAMPLES)
    return initial.from_bias(made, bias)._replace(evaluate=bound)


def study(run: lab.Lab) -> lab.Results:
    """A training for each k; every model is measured on the same binary images."""
    options, data = run.options, run.data
    test = likelihood.binarized_once(data.test.images)
    bias = initial.log_odds(data.train.images)
    model = models.mlp_vae(ZDIM, HIDDEN, data.image_shape, activation=nn.tanh)
    conditions, all_trained, measured = [], [], {}
    for k in sorted(options.ks):
        label = f"VAE (k = {k})" if k == 1 else f"IWAE (k = {k})"
        condition = lab.Condition({"k": k}, model, label=label)
        trained = run.fit(
            [condition],
            partial(algorithm, options, bias, k),
            stage=f"k{k}",
            held_out={"image": test[:CURVE_IMAGES]},
        )
        estimates = run.cached(f"estimates_k{k}", partial(estimate, run, trained, test))
        for _, seed, name in run.alive([condition], trained):
            _, curve = curves(trained.records, [name], "test_bound")
            measured[condition, seed] = measure(estimates[name], curve[0])
        conditions.append(condition)
        all_trained.append(trained)
    return run.results(
        conditions, measured, all_trained, baselines=published(run), unit="images"
    )


def estimate(run: lab.Lab, trained: Any, test: jax.Array) -> dict[str, Any]:
    """Log-likelihoods [images] and active units of every seed, as JSON has them."""

    def each(model: Any, params: Any, images: Any, hparams: Any) -> Any:
        return likelihood.estimate(
            model, params, images, hparams["seed"], samples=run.options.samples
        )

    return jax.tree.map(lambda a: a.tolist(), run.evaluate(trained, each, test))


def measure(found: Any, curve: np.ndarray) -> lab.Measured:
    """One model: what was estimated, and its bound during training."""
    values = np.array(found["log_likelihood"])
    late = curve[-1] - curve[(len(curve) - 1) // 2] if len(curve) > 1 else None
    return lab.Measured(
        {
            "log_likelihood": values,
            "image_interval": stats.estimate(values).half_width,
            "active_units": found["active_units"],
            "test_bound": curve[-1],
            "late_change": late,
        }
    )


def published(run: lab.Lab) -> lab.Baselines:
    """Of each k, on MNIST alone; nan where there is none."""
    if run.data.name != PUBLISHED_ON:
        return {}
    known = [PUBLISHED.get(k, (np.nan, np.nan)) for k in sorted(run.options.ks)]
    values, active = zip(*known, strict=True)
    return {"published": {"log_likelihood": values, "active_units": active}}


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown."""
    options, epoch = results.options, results.steps_per_epoch
    first, *others = results.conditions
    label = "the number of samples k"
    claims: list[Any] = [Trend(LOG_LIKELIHOOD, "k", label=label, per="k")]
    claims += [Versus(c, first, (LOG_LIKELIHOOD, ACTIVE)) for c in others]
    values = {
        c: PUBLISHED[c["k"]][0] for c in results.conditions if c["k"] in PUBLISHED
    }
    claims.append(lab.Published(LOG_LIKELIHOOD, values, SOURCE, PUBLISHED_ON))
    beside = {m.name: "published" for m in (LOG_LIKELIHOOD, ACTIVE)}
    lines = lab.Lines(
        (LOG_LIKELIHOOD,),
        "k",
        "samples k of the bound in training",
        references=("published",),
        series_label="aejax",
        name="likelihood",
    )
    return [
        Section(
            "Log-likelihood",
            *cautions(results, options.steps / epoch),
            *claims,
            *([lines] if others else []),
            lab.Summary(
                (LOG_LIKELIHOOD, INTERVAL, ACTIVE, BOUND, LATE),
                beside=beside if results.baselines else {},
                show_seconds=True,
                note="Images are binarized once; log-likelihoods are estimated with "
                f"{options.samples:,} samples. ± over images: half the 95 % interval "
                f"over images, of one model. Active units: of {ZDIM} coordinates, "
                "those whose posterior mean has a variance above 0.01. Training: "
                f"{options.steps / epoch:.3g} epochs, schedule {options.schedule}; its "
                "time is that of one model, without compilation.",
            ),
        ),
        Section(
            "Training",
            lab.Curves(
                "test_bound",
                "bound of test images [nats]",
                per_epoch=epoch,
                note=f"The bound has {CURVE_SAMPLES} samples and is of the first "
                f"{CURVE_IMAGES:,} test images: it lies below the log-likelihood, and "
                "favours models that are trained with few samples.",
            ),
        ),
    ]


def cautions(results: lab.Results, epochs: float) -> list[Caution]:
    """What a reader must know of this run."""
    name, samples = results.data.name, results.options.samples
    return [
        Caution(
            samples < PUBLISHED_SAMPLES,
            f"Log-likelihoods are estimated with {samples:,} samples; "
            f"{PUBLISHED_SAMPLES:,}, as in the paper, would give higher values.",
        ),
        Caution(
            name == PUBLISHED_ON and epochs < PUBLISHED_EPOCHS,
            f"This run did {epochs:.3g} of the {PUBLISHED_EPOCHS:,} epochs of the "
            f"published values ({epochs / PUBLISHED_EPOCHS:.2%}).",
        ),
    ]


EXPERIMENT = lab.Experiment(
    name="likelihood",
    title="Test log-likelihood of VAE and IWAE",
    question=__doc__,
    options=Options,
    measures=(LOG_LIKELIHOOD, INTERVAL, ACTIVE, BOUND, LATE),
    study=study,
    report=report,
    needs=lab.Needs(images=2),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
