"""Classifiers from tens of labels: balanced draws, and one classifier per draw.

Each draw of labelled images has a classifier of its own. All that differs between
them (weights, seeds, images) is a member's own, so all draws train as one program.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from aejax import train
from aejax.recipes.schedules import one_cycle_adam

Apply = Callable[[train.Params, jax.Array], jax.Array]


def balanced(key: jax.Array, labels: jax.Array, classes: int, each: int) -> jax.Array:
    """Draws equally many examples of every class, none twice.

    With the same key a smaller draw is part of every larger one.

    Args:
      key: of the draw.
      labels: int [n], each in 0 ... classes - 1.
      classes: number of classes.
      each: examples of each class; no more than the rarest class has.

    Returns:
      int32 [classes * each] places in `labels`, class after class.
    """
    order = jax.random.permutation(key, jnp.arange(len(labels), dtype=jnp.int32))
    by_class = order[jnp.argsort(labels[order], stable=True)]
    kinds = jnp.arange(classes, dtype=labels.dtype)
    first = jnp.searchsorted(jnp.sort(labels), kinds).astype(jnp.int32)
    places = first[:, None] + jnp.arange(each, dtype=jnp.int32)[None, :]
    return by_class[places].reshape(-1)


def recipe(apply: Apply, *, steps: int, batch_size: int) -> train.Recipe:
    """Cross-entropy and Adam with one cycle; hyper needs a `learning_rate`."""
    return train.Recipe(partial(loss, apply), one_cycle_adam(steps), batch_size)


def loss(
    apply: Apply,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
) -> tuple[jax.Array, train.Metrics]:
    """Cross-entropy in nats per example of `apply(params, batch["input"])`."""
    del key, hyper
    logits = apply(params, batch["input"])
    errors = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
    return errors.mean(), {}


def learn(
    params: train.Params,
    own: dict[str, Any],
    tests: jax.Array,
    *,
    apply: Apply,
    steps: int,
    batch_size: int,
) -> dict[str, Any]:
    """Trains the classifier of one draw to its end, then names all test examples.

    Pure, and of the form that `executors.over_members` maps over draws.

    Args:
      params: before the first step.
      own: of this draw: "hyper", the scalars of its training; "data", the labelled
        "input" [labels, ...] and "label" [labels]; "place", which of `tests` it
        is judged on.
      tests: [places, n, ...] test inputs.
      apply: `(params, inputs) -> logits [n, classes]`.
      steps: of training.
      batch_size: examples per step, no more than there are labels.

    Returns:
      "params" after training; "test" int32 [n] and "train" int32 [labels], the
      classes that it gives to test examples and to those it was trained on.
    """
    how = recipe(apply, steps=steps, batch_size=batch_size)
    state = train.init_state(params, own["hyper"], how)
    state, _ = train.chunk(state, own["hyper"], own["data"], recipe=how, steps=steps)

    def names(inputs: jax.Array) -> jax.Array:
        return apply(state["params"], inputs).argmax(-1).astype(jnp.int32)

    return {
        "params": state["params"],
        "test": train.batched(names, tests[own["place"]]),
        "train": train.batched(names, own["data"]["input"]),
    }
