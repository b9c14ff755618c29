"""Classifiers from tens of labels: one classifier per labelled split.

Each split of labelled images has a classifier of its own. All that differs between
them (weights, seeds, images) is a member's own, so all splits train as one program.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from aejax import train
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval.batching import batched

Apply = Callable[[Params, jax.Array], jax.Array]


def few_labels(apply: Apply, params: Params, *, steps: int) -> Algorithm:
    """Cross-entropy of `apply(params, batch["input"])`, Adam with one cycle.

    Args:
      apply: `(params, inputs) -> logits [n, classes]`.
      params: before the first step.
      steps: length of the learning rate's cycle; hparams need a `learning_rate`.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        del key, hparams
        logits = apply(params, batch["input"])
        errors = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
        return errors.mean(), {}

    return gradient(
        None, loss, one_cycle_adam(steps), init=lambda key, batch, hparams: params
    )


def learn(
    params: Params,
    own: dict[str, Any],
    tests: jax.Array,
    *,
    apply: Apply,
    steps: int,
    batch_size: int,
) -> tuple[Params, dict[str, Any]]:
    """Trains the classifier of one split to its end, then classifies all test examples.

    Pure, and of the form that `executors.over_members` maps over splits.

    Args:
      params: before the first step.
      own: of this split: "hparams", the scalars of its training; "data", the labelled
        "input" [labels, ...] and "label" [labels]; "place", which of `tests` it
        is evaluated on.
      tests: [places, n, ...] test inputs.
      apply: `(params, inputs) -> logits [n, classes]`.
      steps: of training.
      batch_size: examples per step, no more than there are labels.

    Returns:
      The parameters after training; and "test" int32 [n] and "train" int32 [labels],
      the predicted classes of test examples and of those it was trained on.
    """
    algorithm = few_labels(apply, params, steps=steps)
    key = jax.random.key(0)
    state = algorithm.init(key, own["data"], own["hparams"])
    state, _ = train.chunk(
        state, own["hparams"], own["data"], 0,
        algorithm=algorithm, steps=steps, batch_size=batch_size,
    )  # fmt: skip
    trained = algorithm.params(state)

    def classify(inputs: jax.Array) -> jax.Array:
        return apply(trained, inputs).argmax(-1).astype(jnp.int32)

    return trained, {
        "test": batched(classify, tests[own["place"]]),
        "train": batched(classify, own["data"]["input"]),
    }
