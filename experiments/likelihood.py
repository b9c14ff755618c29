"""How near do a VAE and IWAEs come to the log-likelihoods that are published?

Trained: the network of the IWAE paper (Burda et al., arXiv:1509.00519) on images
that are binarized anew in every step, by the bound with k samples; k = 1 is the
VAE. Measured: the log-likelihood of the test images, binarized once, estimated
with many samples. Held against: the published values, where the data are MNIST,
and with --torch the same training in PyTorch.

The paper's run is --dataset=mnist --schedule=paper --learning_rate=1e-3 --seeds=1
--epochs=3280 --samples=5000: 9.8 million steps for each k. On two CPU cores that
takes five to ten hours for k = 1 and days for k = 50. The default run, 5 epochs
of 4,000 images with two seeds, takes one to three minutes.
"""

import importlib.util
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags

from aejax import data, sweep
from aejax.errors import UserError
from aejax.recipes import schedules, vae
from aejax.run import app, records, settings, study
from aejax.run.lists import define_integers
from aejax.run.program import Task
from experiments._likelihood import network
from experiments._likelihood.conclusion import conclusion
from experiments._likelihood.evidence import OURS, Evidence, Seen, Setting
from experiments._likelihood.sections import headline, row, sections

KS = define_integers("ks", (1, 5, 50), "Samples of the bounds that are trained.")
SAMPLES = flags.DEFINE_integer(
    "samples", 500, "Samples behind each log-likelihood; the paper has 5000.", 1
)
SCHEDULE = flags.DEFINE_enum(
    "schedule",
    "one_cycle",
    ("one_cycle", "paper"),
    "Rise and fall of the learning rate: one cycle, or the paper's eight stages, "
    "stretched over the run.",
)
WITH_TORCH = flags.DEFINE_bool("torch", False, "Train the same in PyTorch, too.")
flags.adopt_module_key_flags(settings)

SCHEDULES = {"one_cycle": schedules.one_cycle, "paper": schedules.staged}

# Adam's in the paper.
EPSILON = 1e-4

# The test images behind the curve of the bound.
CURVE_IMAGES = 1000


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "likelihood",
        "Test log-likelihood of VAE and IWAE",
        experiment,
        own_flags=("ks", "samples", "schedule", "torch"),
        default_steps=1000,
        check=check,
    )


def check(dataset: Mapping[str, Any], split: Mapping[str, data.Images]) -> None:
    """Refuses --torch where there is no PyTorch."""
    del dataset, split
    if WITH_TORCH.value and importlib.util.find_spec("torch") is None:
        raise UserError("--torch needs PyTorch: pip install -e '.[torch]'")


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    test = network.binarized(run.test.images)
    seen = [one for k in sorted(KS.value) for one in ours(run, k, test)]
    if WITH_TORCH.value:
        seen += [one for k in sorted(KS.value) for one in theirs(run, k, test)]
    evidence = Evidence(
        seen=seen,
        samples=SAMPLES.value,
        epochs=run.settings.steps * run.settings.batch_size / len(run.train.labels),
        images=len(run.train.labels),
        batch_size=run.settings.batch_size,
        dataset=run.dataset["name"],
        schedule=SCHEDULE.value,
        device=network.device(),
    )
    return study.Results(
        rows=[row(one) for one in seen],
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def ours(run: study.Study, k: int, test: jax.Array) -> list[Seen]:
    """Trains and judges the members of one k, a seed each."""
    task = task_of(run, k, test)
    seen = []
    members = run.members({f"k={k}": network.network(run.image_shape)})
    for group, params, seconds in run.fit(members, task, stage=f"k{k}"):
        noted = records.read(run.workdir / "metrics.jsonl")
        for i, member in enumerate(group.members):
            own = sweep.take(params, group, i, task.example)
            steps, curve = records.curves(noted, [member.name], "test_bound")
            found = run.workdir.remembered(
                f"estimates/{OURS},{member.name}.json",
                partial(judged, run, own, test, member.seed),
            )
            one = Seen.of(OURS, k, member.seed, found, steps, curve[0], seconds)
            seen.append(one)
    return seen


def task_of(run: study.Study, k: int, test: jax.Array) -> Task:
    """Training by the bound with k samples, from the mean image on."""
    recipe = partial(
        vae.recipe,
        steps=run.settings.steps,
        batch_size=run.settings.batch_size,
        samples=k,
        optimizer=schedules.adam(share(run), EPSILON),
        binarize=True,
    )
    few = {"image": test[:CURVE_IMAGES]}
    start = partial(network.with_bias, jnp.asarray(network.log_odds(run.train.images)))
    return Task(recipe, study.arrays(run.train), network.bound, few, start)


def theirs(run: study.Study, k: int, test: jax.Array) -> list[Seen]:
    """As `ours`, in PyTorch; a model that is cut short begins anew."""
    from experiments._likelihood import beside

    rates = run.settings.learning_rate * jax.vmap(share(run))(
        jnp.arange(run.settings.steps)
    )
    setting = Setting(
        k=k,
        seed=0,
        rates=np.asarray(rates, np.float64),
        epsilon=EPSILON,
        batch_size=run.settings.batch_size,
        chunk=run.settings.chunk,
        bias=network.log_odds(run.train.images),
    )
    few, judge = test[:CURVE_IMAGES], partial(judged, run, test=test)
    return [
        beside.trained(run, setting._replace(seed=seed), few, partial(judge, seed=seed))
        for seed in range(run.settings.seeds)
    ]


def share(run: study.Study) -> optax.Schedule:
    """Of the learning rate, by step."""
    return SCHEDULES[SCHEDULE.value](run.settings.steps)


def judged(run: study.Study, params: Any, test: jax.Array, seed: int) -> dict[str, Any]:
    """Log-likelihoods [n] and active units of one model, as JSON has them."""
    program = network.estimator(network.network(run.image_shape), SAMPLES.value)
    found = jax.device_get(program(params, test, jnp.uint32(seed)))
    return {
        "log_likelihood": found["log_likelihood"].tolist(),
        "active": int(found["active"]),
    }


if __name__ == "__main__":
    # The batches of the paper, and what suits them, where no flag says otherwise.
    flags.FLAGS.set_default("batch_size", 20)
    flags.FLAGS.set_default("learning_rate", 3e-3)
    flags.FLAGS.set_default("seeds", 2)
    app.run(main)
