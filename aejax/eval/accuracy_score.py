"""Classification accuracy score: what a classifier learns from generated images alone.

A generator that leaves out a part of a class, or gives images of a wrong class, teaches
less than real images do (Ravuri & Vinyals, arXiv:1905.10887).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from aejax import algorithms, executors, keys, train
from aejax import images as im
from aejax.algorithm import Algorithm
from aejax.algorithms.classifier import SHIFT
from aejax.data import Images
from aejax.eval.heads import Training


def accuracy_scores(
    model: nn.Module,
    images: jax.Array | np.ndarray,
    labels: ArrayLike,
    tests: Images,
    *,
    training: Training,
    seeds: Sequence[int] = (0,),
    shift: int = SHIFT,
) -> NDArray[np.float64]:
    """Accuracy on real images of classifiers that were trained on other images.

    One classifier for each set of images and each seed, all in one program, which is
    kept for the next call with equal shapes. Trained on real images, it is what
    generated ones are compared with.

    Args:
      model: the classifier, images to logits, such as `models.Classifier`.
      images: [sets, n, h, w, c] training images, uint8 or in [0, 1]; such as one set
        for each generator.
      labels: int [sets, n], their classes: those that the generator was given.
      tests: real images with their classes.
      training: how.
      seeds: of the initial weights and of the order of batches.
      shift: pixels by which training images are moved at most.

    Returns:
      [sets, seeds] fractions of the test images that are classified correctly.

    Raises:
      ValueError: images and labels do not fit, or images are neither uint8 nor in
        [0, 1].
    """
    for given in (images, tests.images):
        im.check(given)
    data = {"image": jnp.asarray(images), "label": jnp.asarray(labels)}
    shape = data["image"].shape[:2]
    if data["image"].ndim != 5 or shape != data["label"].shape:
        raise ValueError(
            f"images {data['image'].shape} with labels {data['label'].shape}, not "
            "[sets, n, h, w, c] and [sets, n]"
        )
    own = _members(shape[0], seeds, training.learning_rate)
    held_out = {name: jnp.asarray(a) for name, a in zip(data, tests, strict=True)}
    count, batch_size = shape[0] * len(seeds), min(training.batch_size, shape[1])
    program = _program(model, training, shift, batch_size, count)
    _, accuracies = program({}, own, data, held_out)
    return np.asarray(accuracies, np.float64).reshape(shape[0], len(seeds))


def _members(sets: int, seeds: Sequence[int], learning_rate: float) -> dict[str, Any]:
    """What each classifier has of its own: its set, and the scalars of its training."""
    numbers = jnp.tile(jnp.asarray(seeds, jnp.uint32), sets)
    rates = jnp.full(len(numbers), learning_rate, jnp.float32)
    return {
        "place": jnp.repeat(jnp.arange(sets, dtype=jnp.int32), len(seeds)),
        "hparams": {"seed": numbers, "data_seed": numbers, "learning_rate": rates},
    }


def _learn(
    nothing: dict[str, Any],
    own: dict[str, Any],
    sets: dict[str, jax.Array],
    tests: dict[str, jax.Array],
    *,
    algorithm: Algorithm,
    steps: int,
    batch_size: int,
) -> tuple[dict[str, Any], jax.Array]:
    """Trains one classifier from its initial weights to its end, then tests it."""
    hparams = own["hparams"]
    data = jax.tree.map(lambda array: array[own["place"]], sets)
    example = jax.tree.map(lambda array: array[:1], data)
    key = keys.stream(hparams["seed"], keys.INIT)
    state = algorithm.init(key, example, hparams)
    state, _ = train.chunk(
        state, hparams, data, 0,
        algorithm=algorithm, steps=steps, batch_size=batch_size,
    )  # fmt: skip
    found = algorithm.evaluate(algorithm.params(state), tests, hparams)
    return nothing, found["test_accuracy"]


@lru_cache(maxsize=8)
def _program(
    model: nn.Module, training: Training, shift: int, batch_size: int, members: int
) -> Callable[..., Any]:
    algorithm = algorithms.classifier(model, steps=training.steps, shift=shift)
    one = partial(
        _learn, algorithm=algorithm, steps=training.steps, batch_size=batch_size
    )
    is_open = training.executor == "auto"
    executor = executors.choose(members) if is_open else training.executor
    return jax.jit(
        executors.over_members(one, executor),
        compiler_options=training.compiler_options,
    )
