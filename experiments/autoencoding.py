"""What does the reconstruction error of an autoencoder depend on?

Trained: convolutional autoencoders of several latent sizes and, at one latent
size, of several depths, widths and numbers of dense layers, each over several
seeds; models of one tree structure train as one program. Measured, on the test
set: squared error per pixel, PSNR, SSIM, parameters and operations; on training
images: squared error. Held against: PCA of the same dimension.

The default flags train 33 models for 500 steps. On the whole of MNIST (--dataset=mnist
--batch_size=128 --epochs=12) one model of width 16 takes about two minutes of two
CPU cores, one of width 32 four; on a GPU or TPU all train at once.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from absl import flags

from aejax import images
from aejax.metrics.pca import PcaReference, pca_reference
from aejax.recipes import autoencoding
from aejax.run import app, records, settings, study
from aejax.run.lists import define_integers, define_words
from aejax.run.program import Task
from experiments._autoencoding.conclusion import conclusion
from experiments._autoencoding.evidence import STUDIES, Config, Evidence, plan
from experiments._autoencoding.measure import Chosen, measured, model_of
from experiments._autoencoding.sections import headline, row, sections, varied

CHOSEN = define_words("studies", STUDIES, "What is varied.")
ZDIMS = define_integers("zdims", (2, 5, 10, 20, 50), "Latent sizes.")
DEPTHS = define_integers("depths", (2, 3, 4), "Convolutions in each half.", most=5)
WIDTHS = define_integers("widths", (4, 8, 12), "Channels of the first layer.")
FC = define_integers("fcs", (0, 1, 2), "Dense layers in each half.", least=0)
ZDIM = flags.DEFINE_integer("zdim", 10, "Latent size while another is varied.", 1)
DEPTH = flags.DEFINE_integer("depth", 3, "Depth while another is varied.", 1, 5)
WIDTH = flags.DEFINE_integer("width", 12, "Width while another is varied.", 1)
FC_LAYERS = flags.DEFINE_integer(
    "fc_layers", 0, "Dense layers while another is varied.", 0
)
SHIFT = flags.DEFINE_integer(
    "shift", 0, "Training images are shifted by up to so many pixels.", 0, 8
)
flags.adopt_module_key_flags(settings)


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "autoencoding",
        f"Reconstruction error against {varied(CHOSEN.value)}",
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
    chosen = Chosen.of(run)
    evidence = Evidence(
        seen=measured(run, configs, trained, chosen),
        paths=paths,
        base=base,
        pca=pca_of(run, configs),
        originals=np.asarray(images.unit(chosen.shown)),
        train_images=len(chosen.train),
        ssim_images=len(chosen.ssim),
        epochs=run.settings.steps * run.settings.batch_size / len(run.train.images),
        records=records.read(run.workdir / "metrics.jsonl"),
    )
    return study.Results(
        rows=[row(one) for one in evidence.seen],
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def pca_of(run: study.Study, configs: Sequence[Config]) -> dict[int, PcaReference]:
    """PCA of every latent size, fitted to the training images."""
    train, test = (np.asarray(images.unit(s.images)) for s in (run.train, run.test))
    return pca_reference(train, test, sorted({c.zdim for c in configs}))


if __name__ == "__main__":
    app.run(main)
