"""Where a study's evaluation classifier comes from: given, shipped, or trained once."""

import dataclasses
import json
import logging
from functools import partial
from pathlib import Path
from typing import Any

from aejax import algorithms, pretrained, shelf, sweep
from aejax.data import splits
from aejax.errors import UserError
from aejax.eval import classifier
from aejax.eval.classifier import EvaluationClassifier
from aejax.lab.checked import option
from aejax.lab.data import Data, arrays
from aejax.lab.laboratory import Lab
from aejax.lab.options import Options
from aejax.lab.training.programs import compiler_options
from aejax.models import Classifier

STEPS, BATCH_SIZE, LEARNING_RATE = 4_000, 128, 2e-3
"""Of one that is trained."""

# Digits of the bundled set are evaluated by the model of the whole MNIST.
_SHIPPED = {"mnist": "judge_mnist", "mnist_5k": "judge_mnist"}
_FACTS = "facts.json"

log = logging.getLogger("aejax")


@dataclasses.dataclass(frozen=True)
class ClassifierOptions(Options):
    """Options of a study that uses an evaluation classifier."""

    judge: str | None = option(
        None,
        "Folder of a saved Classifier as evaluation classifier; if not given, the "
        "shipped one (digits) or one that is trained once (see --cache_dir).",
        path="read",
        is_model=True,
    )


def check(options: ClassifierOptions, data: Data) -> None:
    """Rejects a classifier that does not fit the images of a data set.

    Raises:
      UserError: its folder holds no classifier for these images.
    """
    if options.judge:
        _load(options.judge, data)


def obtain(lab: Lab) -> EvaluationClassifier:
    """The evaluation classifier of a study's data set; trained if there is none yet.

    Raises:
      UserError: the given folder holds no classifier for these images.
      Stopped: a signal came while it was trained.
    """
    given = lab.options.judge
    # Not of digits that were resized, or of some classes alone.
    fits = (lab.data.image_shape, lab.data.classes) == ((28, 28, 1), 10)
    name = given or (_SHIPPED.get(lab.data.name) if fits else None)
    if name is not None:
        folder = shelf.find(name)
        model, params = _load(folder, lab.data)
        facts = _facts(folder)
        origin = _words(facts) or f"from {folder}"
        has_seen = splits.contains(str(facts.get("dataset")), lab.data.name)
    else:
        model, params = _trained(lab)
        origin = f"trained on {len(lab.data.train.images):,} images of {lab.data.name}"
        has_seen = False
    test = lab.data.test
    found = classifier.make(
        model,
        params,
        test.images,
        test.labels,
        origin,
        has_seen=has_seen,
        compiler_options=compiler_options(1),
    )
    log.info(found.statement)
    return found


def _load(folder: str | Path, data: Data) -> tuple[Classifier, Any]:
    model, params = pretrained.load(folder)
    if not isinstance(model, Classifier) or model.image_shape != data.image_shape:
        raise UserError(
            f"{folder} holds no Classifier of images {data.image_shape}; without it "
            "one is trained"
        )
    if model.classes != data.classes:
        raise UserError(
            f"{folder} holds a Classifier of {model.classes} classes, and {data.name} "
            f"has {data.classes}; without it one is trained"
        )
    return model, params


def _facts(folder: Path) -> dict[str, Any]:
    """What is known of its training; nothing of a foreign one."""
    try:
        found = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(facts: dict[str, Any]) -> str:
    try:
        return (
            f"trained on {facts['train_examples']:,} images of {facts['dataset']} "
            f"({facts['test_accuracy']:.2%} of its {facts['test_examples']:,} test "
            "images correct)"
        )
    except (LookupError, TypeError, ValueError):
        return ""


def _trained(lab: Lab) -> tuple[Classifier, Any]:
    log.info("training the evaluation classifier of %s", lab.data.name)
    model = Classifier(classes=lab.data.classes, image_shape=lab.data.image_shape)
    name = "classifier"
    trained = lab.kept(
        "evaluation_classifier",
        [sweep.Member(name, model, hparams={"learning_rate": LEARNING_RATE})],
        partial(algorithms.classifier, steps=STEPS),
        arrays(lab.data.train),
        arrays(lab.data.test),
        steps=STEPS,
        batch_size=min(BATCH_SIZE, len(lab.data.train.images)),
    )
    return trained[name]
