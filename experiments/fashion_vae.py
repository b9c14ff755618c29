"""Which dense VAE fits best, and what does the variational part buy?

Trained: VAEs of three and of four layers; VAEs of several widths and latent
sizes, all over several seeds as one program; and the best of these as a plain
autoencoder, with cross-entropy and with squared error. Measured: training and
test loss with its two terms, importance-weighted log-likelihood, active units,
and how far samples lie from real images in the features of a classifier. The
choice of the best uses held-out training images, never the test set.

The default flags train 30 models for 700 steps. A full run (--epochs=20 on
60,000 images) takes about 40 seconds of two CPU cores for each model, and with
--samples=200 about 15 for its likelihood.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from absl import flags

from aejax import data, sweep
from aejax.metrics.summary import mean_spread
from aejax.models import VAE
from aejax.objectives import reconstruction
from aejax.recipes import autoencoding, vae
from aejax.run import app, judge, records, settings, study
from aejax.run.program import Task
from experiments._fashion_vae import measure
from experiments._fashion_vae.conclusion import conclusion
from experiments._fashion_vae.configs import equally_deep, parse
from experiments._fashion_vae.evidence import AE_BCE, AE_MSE, Config, Evidence, Seen
from experiments._fashion_vae.sections import headline, row, sections

LAYERS = flags.DEFINE_list(
    "layers", ["400x20", "400-100x20"], "Encoders to be compared: units x latent size."
)
CONFIGS = flags.DEFINE_list(
    "configs",
    ["400x50", "400x10", "400x30", "300x35", "300x5", "300x40"],
    "Configurations from which the best is chosen: units x latent size.",
)
SAMPLES = flags.DEFINE_integer(
    "samples", 200, "Draws per test image behind the log-likelihood.", 1
)
flags.adopt_module_key_flags(settings)
flags.adopt_module_key_flags(judge)
flags.FLAGS.set_default("batch_size", 100)
flags.FLAGS.set_default("learning_rate", 2e-3)

# One training image of so many is held out, to choose the best configuration.
HELD_OUT = 10


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "fashion_vae",
        "Dense variational autoencoders",
        experiment,
        own_flags=("layers", "configs", "samples", "judge"),
        default_steps=700,
        default_dataset="fashion_mnist",
        held_out=HELD_OUT,
        check=check,
    )


def check(dataset: Mapping[str, Any], split: Mapping[str, data.Images]) -> None:
    """Refuses configurations that are none, and a judge that does not suit."""
    del split
    chosen()
    judge.check(dataset)


def chosen() -> tuple[list[Config], list[Config]]:
    """Configurations whose depths are compared, and those of several sizes."""
    return (
        parse("layers", LAYERS.value),
        equally_deep("configs", CONFIGS.value),
    )


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    layers, configs = chosen()
    referee = judge.obtain(run)
    split = divide(run.train)
    tools = measure.Tools.of(run, split, referee, SAMPLES.value)
    every = list(dict.fromkeys([*layers, *configs]))
    seen = [
        measure.vae(tools, member, params)
        for member, params in trained(run, every, vae_task(run, split))
    ]
    best = choose(configs, seen)
    seen += [
        measure.plain(tools, member, params, kind)
        for kind, error in (
            (AE_BCE, reconstruction.bernoulli),
            (AE_MSE, reconstruction.squared_error),
        )
        for member, params in trained(run, [best], ae_task(run, split, error), kind)
    ]
    evidence = Evidence(
        seen=seen,
        layers=layers,
        configs=configs,
        best=best,
        judge=referee.statement,
        samples=SAMPLES.value,
        held_out=len(split["validation"].labels),
        originals=tools.originals,
        labels=run.test.labels,
        class_names=run.dataset["class_names"],
        epochs=run.settings.steps
        * run.settings.batch_size
        / len(split["train"].labels),
        records=records.read(run.workdir / "metrics.jsonl"),
    )
    return study.Results(
        rows=[row(one) for one in seen],
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def divide(split: data.Images) -> dict[str, data.Images]:
    """Training images in two: those trained on, and those that choose."""
    is_held_out = np.arange(len(split.labels)) % HELD_OUT == HELD_OUT - 1
    return {
        "train": data.Images(split.images[~is_held_out], split.labels[~is_held_out]),
        "validation": data.Images(split.images[is_held_out], split.labels[is_held_out]),
    }


def vae_task(run: study.Study, split: dict[str, data.Images]) -> Task:
    """The negative ELBO; on the way the held-out training images are looked at."""
    recipe = partial(
        vae.recipe, steps=run.settings.steps, batch_size=run.settings.batch_size
    )
    arrays = {name: study.arrays(part) for name, part in split.items()}
    return Task(recipe, arrays["train"], vae.evaluate, arrays["validation"])


def ae_task(
    run: study.Study, split: dict[str, data.Images], error: autoencoding.Error
) -> Task:
    """A reconstruction error alone, of the mean codes' pictures."""
    recipe = partial(
        autoencoding.recipe,
        steps=run.settings.steps,
        batch_size=run.settings.batch_size,
        error=error,
    )
    arrays = {name: study.arrays(part) for name, part in split.items()}
    return Task(recipe, arrays["train"], autoencoding.evaluate, arrays["validation"])


def trained(
    run: study.Study, configs: list[Config], task: Task, kind: str = ""
) -> list[tuple[sweep.Member, measure.Params]]:
    """Every configuration with every seed, trained: members and their own trees."""
    members = run.members(
        {
            f"{kind or 'vae'},{c.name}": VAE(c.zdim, c.hidden, run.image_shape)
            for c in configs
        }
    )
    groups = run.fit(members, task, kind)
    return [
        (member, sweep.take(params, group, i, task.example))
        for group, params, _ in groups
        for i, member in enumerate(group.members)
    ]


def choose(configs: list[Config], seen: list[Seen]) -> Config:
    """The configuration of least mean loss on the held-out training images."""

    def loss(config: Config) -> float:
        return mean_spread([s.validation_loss for s in seen if s.config == config]).mean

    return min(configs, key=loss)


if __name__ == "__main__":
    app.run(main)
