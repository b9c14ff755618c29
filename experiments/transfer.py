"""How good a classifier do tens of labels give, on an encoder that saw none?

Pre-trained: autoencoders, without labels, or a checkpoint that the user has.
Trained on class-balanced draws of labelled images: an MLP on the frozen encoder's
code; the same with the encoder fine-tuned; the same network from random weights;
logistic regression on pixels; logistic regression and k-NN on the code. Beyond
these, the encoder of an autoencoder that undoes random distortions, with an MLP
on its code, and with labels propagated along the codes of unlabelled training
images. Measured: the accuracy on all test images, and on the labelled ones.

The default run takes four to five minutes on two CPU cores. The whole of MNIST
with --labels=100 --seeds=1 --width=16 --steps=2000 --batch_size=64 took 3.4.
"""

import itertools
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from absl import flags

from aejax import data
from aejax.models import Autoencoder, Head
from aejax.run import app, settings, study
from aejax.run.lists import define_integers
from experiments._transfer import autoencoders, checks, choices
from experiments._transfer.conclusion import conclusion
from experiments._transfer.contest import Contest
from experiments._transfer.encoders import Encoders, encoders
from experiments._transfer.evidence import Evidence, Outcome, judged
from experiments._transfer.regimes import REGIMES, Regime
from experiments._transfer.sections import sections
from experiments._transfer.setting import Setting, drawn
from experiments._transfer.tables import headline, rows

LABELS = define_integers("labels", (10, 20, 50, 100, 500), "Numbers of labels.")
DRAWS = flags.DEFINE_integer("draws", 20, "Label draws of each seed.", 1)
CHECKPOINT = flags.DEFINE_string(
    "checkpoint",
    None,
    "Folder of a saved Autoencoder to start from; if not given, one is trained for "
    "each seed, and kept beside the workdir for later runs.",
)
ZDIM = flags.DEFINE_integer("zdim", 32, "Latent size of what is trained here.", 1)
WIDTH = flags.DEFINE_integer("width", 8, "Channels of the first layer.", 1)
DEPTH = flags.DEFINE_integer("depth", 3, "Convolutions in each half.", 1, 5)
FC_LAYERS = flags.DEFINE_integer("fc_layers", 0, "Dense layers in each half.", 0)
DISTORTION = flags.DEFINE_float(
    "distortion", 1.0, "Strength of the distortion that is undone; 0: none is.", 0, 2
)
HEAD_WIDTH = flags.DEFINE_integer("head_width", 64, "Hidden units of the MLP.", 1)
HEAD_STEPS = flags.DEFINE_integer(
    "head_steps", 300, "Steps on labelled codes, of the MLP alone.", 1
)
NETWORK_STEPS = flags.DEFINE_integer(
    "network_steps", 100, "Steps on labelled images, of encoder and MLP.", 1
)
flags.adopt_module_key_flags(settings)
flags.FLAGS.set_default("seeds", 2)


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "transfer",
        "Accuracy of a classifier against its number of labels",
        experiment,
        own_flags=(
            *("labels", "draws", "checkpoint", "zdim", "width", "depth"),
            *("fc_layers", "distortion", "head_width", "head_steps", "network_steps"),
        ),
        default_steps=1000,
        check=check,
    )


def check(dataset: Mapping[str, Any], split: Mapping[str, data.Images]) -> None:
    """Refuses numbers of labels, or a checkpoint, that do not suit the data."""
    checks.labels(LABELS.value, split["train"].labels, len(dataset["class_names"]))
    if CHECKPOINT.value:
        autoencoders.given(CHECKPOINT.value, tuple(dataset["image_shape"]))


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    names = run.dataset["class_names"]
    labels = sorted(LABELS.value)
    setting = Setting(
        run=run,
        encoders=starting_points(run),
        draws=DRAWS.value,
        classes=len(names),
        head=Head(len(names), HEAD_WIDTH.value),
        steps={"head": HEAD_STEPS.value, "network": NETWORK_STEPS.value},
    )
    regimes = [r for r in REGIMES if r.encoders in ("", *setting.encoders)]
    evidence = Evidence(
        outcomes=outcomes(setting, regimes, labels),
        regimes=regimes,
        labels=labels,
        draws=DRAWS.value,
        seeds=run.settings.seeds,
        steps=setting.steps,
        classes=names,
        tests=len(run.test.labels),
        train=len(run.train.labels),
        choices=choices.listed(setting, CHECKPOINT.value, DISTORTION.value),
    )
    return study.Results(
        rows=rows(evidence),
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def starting_points(run: study.Study) -> Mapping[str, Encoders]:
    """The encoders that saw no labels, and those of random weights."""
    shape = {"width": WIDTH.value, "depth": DEPTH.value, "fc_layers": FC_LAYERS.value}
    model = Autoencoder(ZDIM.value, run.image_shape, **shape)
    found = autoencoders.obtain(model, CHECKPOINT.value, DISTORTION.value, run)
    return {name: encoders(*own, run) for name, own in found.items()}


def outcomes(
    setting: Setting, regimes: list[Regime], labels: list[int]
) -> dict[tuple[Regime, int], Outcome]:
    """What every regime reaches; each is remembered as soon as it is known."""
    contest, run = Contest(setting), setting.run

    def measure(regime: Regime, count: int) -> dict[str, Any]:
        began = time.monotonic()
        named = contest.names(regime, count)
        seconds = time.monotonic() - began
        right = run.train.labels[drawn(setting, count)]
        return judged(named, run.test.labels, right, setting.classes, seconds)

    found = {}
    for regime, count in itertools.product(regimes, labels):
        file = f"few_labels/{regime.name},labels={count}.json"
        kept = run.workdir.remembered(file, partial(measure, regime, count))
        found[regime, count] = Outcome(**kept)
    return found


if __name__ == "__main__":
    app.run(main)
