"""The classifier by which studies judge pictures: one model, shared and kept.

It is trained apart from every model that it judges, with labels, on the training
images of the data set. Its features are the space in which distances between
pictures are measured; its accuracy is printed with each result that uses it.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from aejax import pretrained, sweep, train
from aejax.errors import UserError
from aejax.models import Classifier
from aejax.recipes import classifying
from aejax.report import versions
from aejax.run import origin, study
from aejax.run import workdir as folders
from aejax.run.program import Task, light
from aejax.run.settings import chunk_length

_JUDGE = flags.DEFINE_string(
    "judge",
    None,
    "Folder of a saved Classifier that judges pictures; if not given, the shipped "
    "one (digits) or one that is trained beside the workdir and kept.",
)

STEPS = 4_000
BATCH_SIZE = 128
LEARNING_RATE = 2e-3

# Digits of the bundled set are judged by the model of the whole MNIST.
_SHIPPED = {"mnist": "judge_mnist", "mnist_5k": "judge_mnist"}
_SHELF = Path(__file__).parents[2] / "checkpoints" / "pretrained"

log = logging.getLogger("aejax")


class Judge(NamedTuple):
    """A trained classifier and how far it can be trusted.

    Attributes:
      model, params: the classifier.
      accuracy: share of this run's test images that it names rightly.
      examples: number of these images.
      origin: what it was trained on, for reports.
      has_seen: whether these images are known to be among those it was trained on.
    """

    model: Classifier
    params: Any
    accuracy: float
    examples: int
    origin: str
    has_seen: bool = False

    @property
    def statement(self) -> str:
        """One sentence that every result that uses the judge carries."""
        aside = ", which are among those it was trained on" if self.has_seen else ""
        return (
            f"Judge: a convolutional classifier, {self.origin}; it names "
            f"{self.accuracy:.2%} of these {self.examples:,} test images rightly"
            f"{aside}."
        )

    def look(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features [n, features] and class probabilities [n, classes] of pictures.

        Args:
          pictures: [n, h, w, c], uint8 or in [0, 1].
        """
        return _look(self.model, self.params, jnp.asarray(pictures))


def check(described: Mapping[str, Any]) -> None:
    """Refuses a --judge that cannot judge the images of a data set.

    Args:
      described: facts about the data set, as `data.describe` gives them.

    Raises:
      UserError: its folder holds no classifier for these images.
    """
    if _JUDGE.value:
        _loaded(_JUDGE.value, described["image_shape"])


def obtain(run: study.Study) -> Judge:
    """The judge of a study's data set; trained now if there is none yet.

    Raises:
      UserError: the folder of --judge holds no classifier for these images.
      Stopped: a signal came while it was trained; the same command continues.
    """
    folder = _JUDGE.value or _kept(run)
    model, params = _loaded(folder, run.image_shape)
    _, chances = _look(model, params, jnp.asarray(run.test.images))
    accuracy = float(np.mean(chances.argmax(-1) == run.test.labels))
    known = origin.facts(folder)
    judge = Judge(
        model,
        params,
        accuracy=accuracy,
        examples=len(run.test.labels),
        origin=origin.words(known, folder),
        has_seen=origin.has_seen(known, run.dataset["name"]),
    )
    log.info(judge.statement)
    return judge


def _loaded(folder: str | Path, image_shape: Sequence[int]) -> tuple[Classifier, Any]:
    shape = tuple(image_shape)
    model, params = pretrained.load(folder)
    if not isinstance(model, Classifier) or model.image_shape != shape:
        raise UserError(
            f"{folder} holds no Classifier of images {shape}; leave --judge "
            "out to have one trained"
        )
    return model, params


def _kept(run: study.Study) -> Path:
    """The shipped judge, or the one beside the workdir."""
    name = run.dataset["name"]
    shipped = _SHELF / _SHIPPED.get(name, "")
    if name in _SHIPPED and shipped.exists():
        return shipped
    path = run.workdir.path.parent / f"judge_{name}"
    if not (path / "models" / "judge" / origin.FILE).exists():
        log.info("training the judge of %s, to be kept in %s", name, path)
        _train(run, path)
    return path / "models" / "judge"


def _train(run: study.Study, path: Path) -> None:
    settings = run.settings._replace(
        steps=STEPS,
        batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
        chunk=chunk_length(STEPS, 100),
    )
    own = ("steps", "batch_size", "learning_rate")
    config = {
        "experiment": "judge",
        "settings": {name: getattr(settings, name) for name in own},
        "dataset": run.dataset,
        "notes": [],
        "environment": versions.environment(),
    }
    recipe = partial(classifying.recipe, steps=STEPS, batch_size=BATCH_SIZE)
    task = Task(
        recipe, study.arrays(run.train), classifying.evaluate, study.arrays(run.test)
    )
    classes = len(run.dataset["class_names"])
    model = Classifier(classes=classes, image_shape=run.image_shape)
    member = sweep.Member("judge", model, hyper={"learning_rate": LEARNING_RATE})
    # A study with a workdir beside this one may be training the same judge.
    way_out = "wait for it to end: it trains the judge that this run needs, too"
    with folders.opened(path, config, overwrite=False, way_out=way_out) as folder:
        inner = run._replace(settings=settings, workdir=folder)
        [(_, params, _)] = inner.fit([member], task)
        own_params = jax.tree.map(lambda leaf: leaf[0], params)
        _, chances = _look(model, own_params, jnp.asarray(run.test.images))
        facts = {
            "dataset": run.dataset["name"],
            "train_examples": len(run.train.labels),
            "test_examples": len(run.test.labels),
            "test_accuracy": float(np.mean(chances.argmax(-1) == run.test.labels)),
        }
        folders.write_json(path / "models" / "judge" / origin.FILE, facts)


def _look(
    model: Classifier, params: Any, pictures: jax.Array
) -> tuple[np.ndarray, np.ndarray]:
    features, chances = jax.device_get(light(_described, model)(params, pictures))
    return np.asarray(features), np.asarray(chances)


def _described(
    model: Classifier, params: Any, pictures: jax.Array
) -> tuple[jax.Array, jax.Array]:
    def both(batch: jax.Array) -> tuple[jax.Array, jax.Array]:
        features = model.apply(params, batch, method="describe")
        return features, jax.nn.softmax(model.apply(params, batch))

    return train.batched(both, pictures)
