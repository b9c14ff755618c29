"""Are the coordinates of a latent code less correlated in a longer code?

Trained: convolutional autoencoders of several latent sizes, each over several
seeds, all as one program. Measured, on the test set: the Pearson correlations of
the latent coordinates, and the reconstruction error. Held against: PCA of the
same dimension, and the level that independent samples show by chance.
"""

from functools import partial
from typing import Any

import jax
import numpy as np
from absl import flags

from aejax import images, sweep
from aejax.metrics.correlation import correlation
from aejax.metrics.pca import pca_reference
from aejax.models import Autoencoder
from aejax.recipes import autoencoding
from aejax.run import app, predict, records, settings, study
from aejax.run.lists import define_integers
from aejax.run.program import Task
from experiments._decorrelation.conclusion import conclusion
from experiments._decorrelation.evidence import Evidence, Seen
from experiments._decorrelation.sections import headline, row, sections

ZDIMS = define_integers("zdims", (4, 8, 16, 32), "Latent sizes.")
WIDTH = flags.DEFINE_integer("width", 16, "Channels of the first layer.", 1)
DEPTH = flags.DEFINE_integer("depth", 3, "Convolutions in each half.", 1, 5)
FC_LAYERS = flags.DEFINE_integer("fc_layers", 0, "Dense layers in each half.", 0)
flags.adopt_module_key_flags(settings)


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "decorrelation",
        "Correlation of the latent code against its length",
        experiment,
        own_flags=("zdims", "width", "depth", "fc_layers"),
        default_steps=1000,
    )


def members(run: study.Study) -> list[sweep.Member]:
    """Every latent size with every seed."""
    sizes = {"width": WIDTH.value, "depth": DEPTH.value, "fc_layers": FC_LAYERS.value}
    return run.members(
        {f"zdim={d}": Autoencoder(d, run.image_shape, **sizes) for d in ZDIMS.value}
    )


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    recipe = partial(
        autoencoding.recipe,
        steps=run.settings.steps,
        batch_size=run.settings.batch_size,
    )
    held_out = study.arrays(run.test)
    task = Task(recipe, study.arrays(run.train), autoencoding.evaluate, held_out)
    trained = run.fit(members(run), task)
    found = predict.for_members(look, trained, held_out["image"], run.settings.executor)
    seen = [
        measure(member, found[member.name], run.test.labels, seconds)
        for group, _, seconds in trained
        for member in group.members
    ]
    train, test = (np.asarray(images.unit(s.images)) for s in (run.train, run.test))
    evidence = Evidence(
        seen=seen,
        pca=pca_reference(train, test, ZDIMS.value),
        codes=len(test),
        features=encoder_features(run),
        originals=test[study.one_per_class(run.test.labels)],
        records=records.read(run.workdir / "metrics.jsonl"),
    )
    return study.Results(
        rows=[row(one) for one in seen],
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def look(model: Autoencoder, params: Any, pictures: jax.Array) -> dict[str, jax.Array]:
    """Codes, reconstructions and squared errors of a batch of images."""
    return {
        "codes": model.apply(params, pictures, method="encode"),
        "pictures": model.apply(params, pictures, method="reconstruct"),
        "errors": autoencoding.squared_errors(model, params, pictures),
    }


def measure(
    member: sweep.Member, found: dict, labels: np.ndarray, seconds: float
) -> Seen:
    """The measures of one member from what `look` gave."""
    zdim = member.model.zdim
    return Seen(
        name=member.name,
        zdim=zdim,
        seed=member.seed,
        mse=float(found["errors"].mean(dtype=np.float64)),
        correlation=correlation(found["codes"][:, :zdim]),
        seconds=seconds,
        pictures=found["pictures"][study.one_per_class(labels)],
    )


def encoder_features(run: study.Study) -> int:
    """Numbers at the coarsest level, from which the code is computed."""
    height, width = (images.padded_size(s, DEPTH.value) for s in run.image_shape[:2])
    return height * width * WIDTH.value // 2 ** (DEPTH.value + 1)


if __name__ == "__main__":
    app.run(main)
