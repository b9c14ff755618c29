"""Do VAE and IWAE, trained in PyTorch, reach the same log-likelihood?

Trains the network of the IWAE paper (Burda et al. 2016, arXiv:1509.00519), as
`experiments.likelihood` does, and the same in PyTorch: equal initial distribution,
bound, schedule and batch size, each framework's own random numbers. Measures the
log-likelihood of the test images and the active units, both by the same program. The
default run takes four to eight minutes.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import numpy as np

from aejax import lab, models
from aejax.algorithms import initial
from aejax.eval.likelihood import binarized_once
from aejax.lab import Condition, Curves, Section, Summary, Versus
from aejax.lab.run.records import Record, curves
from aejax.lab.training.fit import Trained

from .. import likelihood as single
from . import sides

THREADS = 1
"""Of PyTorch: batches are small, and more threads would wait for each other."""

MEASURES = (single.LOG_LIKELIHOOD, single.ACTIVE)


@dataclasses.dataclass(frozen=True)
class Options(single.Options):
    """What both train."""

    compare: str = lab.option(
        "likelihood", "The log-likelihood of VAEs.", choices=("likelihood",)
    )


def study(run: lab.Lab) -> lab.Results:
    """For each k both trainings; every model is measured on the same binary images."""
    options, data = run.options, run.data
    test = binarized_once(data.test.images)
    bias = initial.log_odds(data.train.images)
    few = {"image": test[: single.CURVE_IMAGES]}
    settings = sides.settings(
        run,
        single.SCHEDULES[options.schedule](options.steps),
        epsilon=single.EPSILON,
        threads=THREADS,
        bias=bias,
    )
    measured: dict[tuple[lab.Condition, int], lab.Measured] = {}
    pairs, all_trained, others = [], [], {}
    for k in sorted(options.ks):
        ours, theirs = pair(k, data.image_shape)
        trained = run.fit(
            [ours],
            partial(single.algorithm, options, bias, k),
            stage=f"k{k}",
            held_out=few,
        )
        fit_one = partial(fit, data.train.images, k)
        other = sides.train(run, theirs, trained, fit_one, settings, few)
        measured |= measure(run, ours, trained, trained.records, test)
        measured |= measure(run, theirs, other.trained, other.records, test)
        pairs += [ours, theirs]
        all_trained.append(trained)
        others[theirs] = other
    results = run.results(pairs, measured, all_trained, unit="images")
    return sides.joined(results, others)


def pair(k: int, image_shape: tuple[int, int, int]) -> list[Condition]:
    """The network, trained with k samples by both frameworks."""
    model = models.mlp_vae(single.ZDIM, single.HIDDEN, image_shape, activation=nn.tanh)
    return [
        Condition({"k": k, "framework": name}, model, label=f"{name}, k = {k}")
        for name in sides.FRAMEWORKS
    ]


def fit(images: np.ndarray, k: int, setting: Any, look: Any) -> Any:
    """One training in PyTorch."""
    from . import torch_vae

    model = torch_vae.seeded(
        setting,
        images[0].size,
        single.HIDDEN,
        single.ZDIM,
        activation=torch_vae.torch.tanh,
    )
    loss = torch_vae.negative_bound(k)
    return torch_vae.fit(model, images, loss, setting, look)


def measure(
    run: lab.Lab,
    condition: Condition,
    trained: Trained,
    records: Any,
    test: Any,
) -> dict[tuple[Condition, int], lab.Measured]:
    """The log-likelihoods of one side's models, by the program of both sides."""
    estimates = run.cached(
        f"estimates-{condition.name}", partial(single.estimate, run, trained, test)
    )
    found = {}
    for member in trained.members:
        if member.name in trained.diverged:
            continue
        own: list[Record] = [
            r for r in records if r["member"] == condition.member(member.seed)
        ]
        _, (curve,) = curves(own, [condition.member(member.seed)], "test_bound")
        found[condition, member.seed] = single.measure(estimates[member.name], curve)
    return found


def report(results: lab.Results) -> list[Section]:
    """Both frameworks side by side, for each k."""
    options = results.options
    epoch = len(results.data.train.images) / options.batch_size
    both = zip(results.conditions[::2], results.conditions[1::2], strict=True)
    return [
        Section(
            "Log-likelihood",
            *(Versus(ours, theirs, MEASURES) for ours, theirs in both),
            Summary(
                (single.LOG_LIKELIHOOD, single.INTERVAL, single.ACTIVE),
                factors={"k": "k", "framework": "trained by"},
                show_seconds=True,
                note="Log-likelihoods are estimated with "
                f"{options.samples:,} samples. ± over images: half the 95 % interval "
                f"over images, of one model. Training: {options.steps / epoch:.3g} "
                "epochs; its time is that of one model, without compilation, in "
                f"PyTorch with {THREADS} thread.",
            ),
        ),
        Section(
            "Training",
            Curves("test_bound", "bound of test images [nats]", per_epoch=epoch),
        ),
    ]


EXPERIMENT = lab.Experiment(
    name="benchmark",
    title="Test log-likelihood of VAE and IWAE, trained by aejax and by PyTorch",
    question=__doc__,
    options=Options,
    measures=(*MEASURES, single.INTERVAL, single.BOUND, single.LATE),
    study=study,
    check=sides.check,
    report=report,
)
