"""What does the reconstruction error of an autoencoder depend on?

Trained: convolutional autoencoders of several latent sizes and, at one latent
size, of several depths, widths and numbers of dense layers, each over several
seeds; models of one tree structure train as one program. Measured, on the test
set: squared error per pixel, PSNR, SSIM, parameters and operations. Held
against: PCA of the same dimension.

The default flags train 33 models for 500 steps. On the whole of MNIST (--dataset=mnist
--batch_size=128 --epochs=12) one model of width 16 takes about two minutes of two
CPU cores, one of width 32 four; on a GPU or TPU all train at once.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from aejax import images
from aejax.metrics import cost
from aejax.metrics.image import psnr, ssim
from aejax.metrics.pca import pca_reference
from aejax.models import Autoencoder
from aejax.recipes import autoencoding
from aejax.run import app, predict, records, settings, study
from aejax.run.lists import define_integers, define_words
from aejax.run.program import Task
from experiments._autoencoding.conclusion import conclusion
from experiments._autoencoding.evidence import STUDIES, Config, Evidence, Seen, plan
from experiments._autoencoding.sections import headline, row, sections

CHOSEN = define_words("studies", STUDIES, "What is varied.")
ZDIMS = define_integers("zdims", (2, 5, 10, 20, 50), "Latent sizes.")
DEPTHS = define_integers("depths", (2, 3, 4), "Convolutions in each half.")
WIDTHS = define_integers("widths", (4, 8, 16), "Channels of the first layer.")
FC = define_integers("fcs", (0, 1, 2), "Dense layers in each half.", least=0)
ZDIM = flags.DEFINE_integer("zdim", 10, "Latent size while another is varied.", 1)
DEPTH = flags.DEFINE_integer("depth", 3, "Depth while another is varied.", 1, 5)
WIDTH = flags.DEFINE_integer("width", 16, "Width while another is varied.", 1)
FC_LAYERS = flags.DEFINE_integer(
    "fc_layers", 0, "Dense layers while another is varied.", 0
)
SHIFT = flags.DEFINE_integer(
    "shift", 0, "Training images are shifted by up to so many pixels.", 0, 8
)
flags.adopt_module_key_flags(settings)

# SSIM takes about a millisecond an image on the host.
SSIM_IMAGES = 1000


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "autoencoding",
        "Reconstruction error against latent size, depth, width and dense layers",
        experiment,
        own_flags=(
            *("studies", "zdims", "depths", "widths", "fcs"),
            *("zdim", "depth", "width", "fc_layers", "shift"),
        ),
        default_steps=500,
    )


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    base = Config(ZDIM.value, WIDTH.value, DEPTH.value, FC_LAYERS.value)
    values = {
        "zdim": ZDIMS.value,
        "depth": DEPTHS.value,
        "width": WIDTHS.value,
        "fc_layers": FC.value,
    }
    paths = plan(base, {name: values[name] for name in CHOSEN.value})
    configs = list(dict.fromkeys(c for path in paths.values() for c in path))
    recipe = partial(
        autoencoding.recipe,
        steps=run.settings.steps,
        batch_size=run.settings.batch_size,
        shift=SHIFT.value,
    )
    held_out = study.arrays(run.test)
    task = Task(recipe, study.arrays(run.train), autoencoding.evaluate, held_out)
    trained = run.fit(run.members({c.name: model_of(run, c) for c in configs}), task)
    found = predict.for_members(look, trained, held_out["image"], run.settings.executor)
    train, test = (np.asarray(images.unit(s.images)) for s in (run.train, run.test))
    seconds = {m.name: spent for group, _, spent in trained for m in group.members}
    seen = [
        measure(run, config, seed, test, found[config.member(seed)], seconds)
        for config in configs
        for seed in range(run.settings.seeds)
    ]
    evidence = Evidence(
        seen=seen,
        paths=paths,
        base=base,
        pca=pca_reference(train, test, sorted({c.zdim for c in configs})),
        originals=test[study.one_per_class(run.test.labels)],
        ssim_images=min(SSIM_IMAGES, len(test)),
        epochs=run.settings.steps * run.settings.batch_size / len(train),
        records=records.read(run.workdir / "metrics.jsonl"),
    )
    return study.Results(
        rows=[row(one) for one in seen],
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def model_of(run: study.Study, config: Config) -> Autoencoder:
    """The autoencoder of a configuration."""
    return Autoencoder(
        config.zdim,
        run.image_shape,
        width=config.width,
        depth=config.depth,
        fc_layers=config.fc_layers,
    )


def look(model: Autoencoder, params: Any, pictures: jax.Array) -> dict[str, jax.Array]:
    """Reconstructions and squared errors of a batch of images."""
    return {
        "pictures": model.apply(params, pictures, method="reconstruct"),
        "errors": autoencoding.squared_errors(model, params, pictures),
    }


def measure(
    run: study.Study,
    config: Config,
    seed: int,
    test: np.ndarray,
    found: dict[str, np.ndarray],
    seconds: dict[str, float],
) -> Seen:
    """The measures of one member from what `look` gave."""
    model, few = model_of(run, config), slice(SSIM_IMAGES)
    example = jnp.asarray(run.test.images[:1])
    return Seen(
        config=config,
        seed=seed,
        mse=float(found["errors"].mean(dtype=np.float64)),
        psnr=float(psnr(test, found["pictures"]).mean()),
        ssim=float(ssim(test[few], found["pictures"][few]).mean()),
        parameters=cost.parameters(model, example),
        flops=cost.flops(model, example),
        seconds=seconds[config.member(seed)],
        pictures=found["pictures"][study.one_per_class(run.test.labels)],
    )


if __name__ == "__main__":
    app.run(main)
