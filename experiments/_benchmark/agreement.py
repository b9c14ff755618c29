"""Does the same VAE, trained in PyTorch, end with the same loss?

Trains the VAE 784-400-20 by aejax and, written anew, by PyTorch: equal data, batch
size, steps, optimizer, schedule and distribution of initial weights (with PyTorch's
own, of a third of the variance, it learns more slowly), each framework's own random
numbers. Measures the test loss and its terms, both by the same program. The default
run takes one to two minutes.
"""

import dataclasses
from functools import partial
from typing import Any

from aejax import algorithms, lab, models
from aejax.algorithms import schedules
from aejax.lab import Condition, Curves, Measure, Section, Summary, Versus

from . import sides

HIDDEN, ZDIM = 400, 20

TERMS = (
    Measure("test_loss", "test loss", "nats", ".2f", better="lower"),
    Measure("test_reconstruction", "reconstruction", "nats", ".2f"),
    Measure("test_kl", "KL divergence", "nats", ".2f"),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """What both train."""

    compare: str = lab.option("vae", "The loss of a VAE.", choices=("vae",))
    steps: int = lab.option(1500, "Training steps of each model.", minimum=1)
    batch_size: int = lab.option(100, "Examples per step.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Peak of the one cycle.", above=0)


def study(run: lab.Lab) -> lab.Results:
    """Trains both and reads the last terms of each model."""
    options, data = run.options, run.data
    model = models.mlp_vae(ZDIM, (HIDDEN,), data.image_shape)
    ours, theirs = (
        Condition({"framework": name}, model, label=name) for name in sides.FRAMEWORKS
    )
    trained = run.fit([ours], partial(algorithms.vae, steps=options.steps))
    other = sides.train(
        run,
        theirs,
        trained,
        partial(fit, data.train.images),
        sides.settings(run, schedules.one_cycle(options.steps)),
        lab.arrays(data.test),
    )
    records = [*trained.records, *other.records]
    last = {r["member"]: r for r in sorted(records, key=lambda r: r["step"])}
    measured = {
        (condition, seed): measured_of(last[condition.member(seed)])
        for condition in (ours, theirs)
        for seed in range(options.seeds)
        if condition.member(seed) not in trained.diverged
    }
    results = run.results([ours, theirs], measured, [trained])
    return sides.joined(results, {theirs: other})


def fit(images: Any, setting: Any, look: Any) -> Any:
    """One training in PyTorch."""
    from . import torch_vae

    model = torch_vae.seeded(setting, images[0].size, (HIDDEN,), ZDIM)
    return torch_vae.fit(model, images, torch_vae.negative_elbo, setting, look)


def measured_of(record: Any) -> lab.Measured:
    """The terms of one model."""
    return lab.Measured({term.name: record[term.name] for term in TERMS})


def report(results: lab.Results) -> list[Section]:
    """Both frameworks side by side."""
    ours, theirs = results.conditions
    names = [term.name for term in TERMS]
    return [
        Section(
            "Loss on the test images",
            "Equal networks, initial distributions, batches per epoch, optimizer and "
            "schedule; seeds draw other numbers in each framework.",
            Versus(ours, theirs, TERMS, headline=names),
            Summary(TERMS, show_seconds=True),
        ),
        Section("Training", Curves("test_loss", "test loss [nats]")),
    ]


EXPERIMENT = lab.Experiment(
    name="benchmark",
    title="The loss of a VAE, trained by aejax and by PyTorch",
    question=__doc__,
    options=Options,
    measures=TERMS,
    study=study,
    check=sides.check,
    report=report,
)
