"""What does each term of a VAE's loss do?

Trained: dense VAEs with two latent coordinates, by the reconstruction term only,
by the KL term only, by both, and by both with other weights beta of the KL, each
over several seeds, all as one program. Drawn: the codes of the test images by
class, and the pictures on a grid of the prior's quantiles. Measured: both terms,
the variances, how far the codes as a whole are from the prior, how much the
classes overlap, and where the prior has holes: points of the grid that lie far
from any code, or whose picture the encoder puts elsewhere.

The default run takes one to three minutes on two CPU cores; --dataset=mnist
--epochs=20, 25 times as many steps, about half an hour to an hour.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from aejax import data, keys, sampling, sweep
from aejax.errors import UserError
from aejax.metrics import prior
from aejax.models import VAE
from aejax.recipes import vae
from aejax.run import app, predict, records, settings, study
from aejax.run.lists import define_numbers
from aejax.run.program import Task
from experiments._vae_terms.conclusion import conclusion
from experiments._vae_terms.evidence import (
    BOTH,
    CHANCE,
    KL,
    RECONSTRUCTION,
    Evidence,
    Seen,
    Weights,
)
from experiments._vae_terms.sections import headline, row, sections

BETAS = define_numbers(
    "betas", (0.1, 1, 4, 16), "Weights of the KL beside the reconstruction; 1 is added."
)
HIDDEN = flags.DEFINE_integer("hidden", 200, "Units of each of two dense layers.", 1)
GRID = flags.DEFINE_integer("grid", 20, "Points of the grid along each axis.", 2)
flags.adopt_module_key_flags(settings)

# A picture is lost if it is encoded so many prior standard deviations away.
FAR = 0.5


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "vae_terms",
        "What each term of a VAE's loss does",
        experiment,
        own_flags=("betas", "hidden", "grid"),
        default_steps=1500,
        check=check,
    )


def check(dataset: Mapping[str, Any], split: Mapping[str, data.Images]) -> None:
    """Refuses data whose classes cannot overlap."""
    del dataset
    if len(np.unique(split["train"].labels)) < 2:
        raise UserError("all images are of one class; use another --dataset")


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    recipe = partial(
        vae.recipe, steps=run.settings.steps, batch_size=run.settings.batch_size
    )
    held_out = study.arrays(run.test)
    task = Task(recipe, study.arrays(run.train), vae.evaluate, held_out)
    trained = run.fit(members(run), task)
    executor, points = run.settings.executor, jnp.asarray(grid(), jnp.float32)
    posteriors = predict.for_members(encode, trained, held_out["image"], executor)
    returned = predict.for_members(go_and_return, trained, points, executor)
    seconds = {m.name: spent for group, _, spent in trained for m in group.members}
    noted = records.read(run.workdir / "metrics.jsonl")
    last = {record["member"]: record for record in noted}
    seen = [
        measure(weights, seed, run.test.labels, last[name], seconds[name], *found)
        for weights in chosen()
        for seed in range(run.settings.seeds)
        for name in [weights.name(seed)]
        for found in [(posteriors[name], returned[name])]
    ]
    evidence = Evidence(
        seen=seen,
        labels=run.test.labels,
        classes=run.dataset["class_names"],
        epochs=run.settings.steps * run.settings.batch_size / len(run.train.labels),
        far=FAR,
        records=noted,
    )
    return study.Results(
        rows=[row(one) for one in seen],
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def chosen() -> list[Weights]:
    """From the reconstruction alone over rising beta to the KL alone."""
    path = sorted({BOTH, *(Weights(1, beta) for beta in BETAS.value)})
    return [RECONSTRUCTION, *path, KL]


def members(run: study.Study) -> list[sweep.Member]:
    """All weights with every seed."""
    model = VAE(2, (HIDDEN.value, HIDDEN.value), run.image_shape)
    return run.members(
        {weights.key: model for weights in chosen()},
        {weights.key: weights._asdict() for weights in chosen()},
    )


def grid() -> np.ndarray:
    """Points of equal share of the prior, [side * side, 2]."""
    return prior.quantile_grid(GRID.value)


def encode(model: VAE, params: Any, pictures: jax.Array) -> dict[str, jax.Array]:
    """Moments of the posteriors of a batch of images."""
    found = model.apply(params, pictures, method="encode")
    return {"mean": found.mean, "log_variance": found.log_variance}


def go_and_return(model: VAE, params: Any, points: jax.Array) -> dict[str, jax.Array]:
    """The pictures of codes, and where the encoder puts these."""
    pictures = model.apply(params, points, method="decode")
    return {
        "pictures": pictures,
        "back": model.apply(params, pictures, method="encode").mean,
    }


def measure(
    weights: Weights,
    seed: int,
    labels: np.ndarray,
    last: records.Record,
    seconds: float,
    posterior: dict[str, np.ndarray],
    returned: dict[str, np.ndarray],
) -> Seen:
    """The measures of one member from its last record and what it predicts."""
    mean, log_variance = posterior["mean"], posterior["log_variance"]
    key = keys.stream(seed, keys.DRAWS)
    codes = np.asarray(
        sampling.reparameterize(key, jnp.asarray(mean), jnp.asarray(log_variance)),
        np.float64,
    )
    holes = prior.empty(grid(), codes, CHANCE)
    moved = np.linalg.norm(returned["back"] - grid(), axis=-1)
    return Seen(
        weights=weights,
        seed=seed,
        reconstruction=last["test_reconstruction"],
        kl=last["test_kl"],
        posterior_variance=float(np.exp(log_variance.astype(np.float64)).mean()),
        mean_variance=float(mean.var(0, dtype=np.float64).mean()),
        distance=prior.distance_to_prior(codes),
        overlap=prior.class_overlap(codes, labels),
        empty=float(holes.mean()),
        lost=float((moved > FAR).mean()),
        codes=codes,
        pictures=returned["pictures"],
        holes=holes,
        seconds=seconds,
    )


if __name__ == "__main__":
    app.run(main)
