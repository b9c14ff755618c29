"""Training as pure functions: state, step, and a scanned chunk of steps.

A state is one plain pytree, `{"step", "params", "opt_state"}`. What a member of
a sweep has of its own besides its state (seeds, learning rate, loss weights,
sizes) is a dict of scalars, `hyper`, which stays as it is during a run.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

from aejax import keys

Params = Any
State = dict[str, Any]
Data = Mapping[str, jax.Array]
Hyper = Mapping[str, jax.Array]
Metrics = dict[str, jax.Array]


class Recipe(NamedTuple):
    """How one model is trained.

    Attributes:
      loss: `(params, batch, key, hyper) -> (scalar, metrics)`; the gradient of
        the scalar is followed, the metrics (scalars) are recorded. Here hyper also
        holds `step`, the number of steps done, for weights that change.
      optimizer: `hyper -> optax.GradientTransformation`; a function of hyper, so
        that a learning rate can differ between members of one program.
      batch_size: images per step.
    """

    loss: Callable[[Params, Data, jax.Array, Hyper], tuple[jax.Array, Metrics]]
    optimizer: Callable[[Hyper], optax.GradientTransformation]
    batch_size: int


def init_state(params: Params, hyper: Hyper, recipe: Recipe) -> State:
    """The state before the first step."""
    return {
        "step": jnp.zeros((), jnp.int32),
        "params": params,
        "opt_state": recipe.optimizer(hyper).init(params),
    }


def step(
    state: State, batch: Data, hyper: Hyper, recipe: Recipe
) -> tuple[State, Metrics]:
    """One step of gradient descent on one batch."""
    key = jax.random.fold_in(keys.stream(hyper["seed"], keys.NOISE), state["step"])
    gradient = jax.value_and_grad(recipe.loss, has_aux=True)
    known = {**hyper, "step": state["step"]}
    (loss, metrics), grads = gradient(state["params"], batch, key, known)
    updates, opt_state = recipe.optimizer(hyper).update(
        grads, state["opt_state"], state["params"]
    )
    state = {
        "step": state["step"] + 1,
        "params": optax.apply_updates(state["params"], updates),
        "opt_state": opt_state,
    }
    return state, {"loss": loss, **metrics}


def batch_indices(
    key: jax.Array, first: jax.Array, steps: int, examples: int, batch_size: int
) -> jax.Array:
    """Which examples each of `steps` steps from step `first` on sees.

    Each epoch is a fresh permutation of all examples, cut into whole batches;
    the `examples % batch_size` that are left over sit that epoch out.

    Args:
      key: of the batch stream.
      first: int32 scalar, may be traced.
      steps: number of steps.
      examples: size of the data set, at least `batch_size`.
      batch_size: examples per step.

    Returns:
      int32 [steps, batch_size]. It depends on the step numbers alone, so any
      division of a run into chunks gives the same batches.
    """
    per_epoch = examples // batch_size
    everything = jnp.arange(examples, dtype=jnp.int32)
    numbers = first + jnp.arange(steps, dtype=jnp.int32)
    spanned = jnp.arange((steps - 1) // per_epoch + 2, dtype=jnp.int32)
    epochs = first // per_epoch + spanned
    order = jax.vmap(
        lambda epoch: jax.random.permutation(jax.random.fold_in(key, epoch), everything)
    )(epochs)
    starts = numbers % per_epoch * batch_size
    columns = starts[:, None] + everything[None, :batch_size]
    return order[(numbers // per_epoch - epochs[0])[:, None], columns]


def chunk(
    state: State, hyper: Hyper, data: Data, *, recipe: Recipe, steps: int
) -> tuple[State, Metrics]:
    """`steps` steps in one `lax.scan`, batches gathered from data on the device.

    Args:
      state: where to start.
      hyper: the member's scalars; `seed` and `data_seed` among them.
      data: arrays [examples, ...] that are batched together.
      recipe: loss, optimizer and batch size.
      steps: how many.

    Returns:
      The state after them, and each metric as an array [steps].
    """
    examples = len(jax.tree.leaves(data)[0])
    key = keys.stream(hyper["data_seed"], keys.BATCHES)
    indices = batch_indices(key, state["step"], steps, examples, recipe.batch_size)

    def body(state: State, rows: jax.Array) -> tuple[State, Metrics]:
        batch = jax.tree.map(lambda array: array[rows], data)
        return step(state, batch, hyper, recipe)

    return lax.scan(body, state, indices)


def batched(function: Callable[[Any], Any], examples: Any, size: int = 256) -> Any:
    """Applies a function of batches to all examples, about `size` at a time.

    Small in memory, and exact for any number of examples: the last batch is
    filled up with copies of the first examples, whose results are dropped.

    Args:
      function: takes a tree of arrays [m, ...] and returns a tree of arrays
        [m, ...]; what it gives for an example must not depend on the others.
      examples: a tree of arrays [n, ...].
      size: the most examples at a time.
    """
    n = len(jax.tree.leaves(examples)[0])
    blocks = -(-n // size)
    rows = jnp.arange(blocks * -(-n // blocks)) % n
    results = lax.map(
        lambda block: function(jax.tree.map(lambda a: a[block], examples)),
        rows.reshape(blocks, -1),
    )
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:])[:n], results)
