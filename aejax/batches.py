"""Which examples a step sees, and how they become its batch.

Nothing that can be derived is stored: rows follow from the epoch, and what else is
random about a batch from the number of its step.
"""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

Batch = Mapping[str, jax.Array]

Draw = Callable[[Batch, jax.Array, jax.Array, Mapping[str, jax.Array]], Batch]
"""`(data, rows, key, hparams) -> batch`: pure, and traced into the training program.

`data` are the training arrays, `rows` int32 [batch size], which rows of the first of
them (in the order of names) the step sees: `examples` says how many there are. What
`rows` does not say, such as a partner for each, is drawn with the key; `hparams` are a
member's own scalars. It has to work for any number of rows, without hparams, and also
where every array is cut down to its first row.
"""


def gather(
    data: Batch, rows: jax.Array, key: jax.Array, hparams: Mapping[str, jax.Array]
) -> Batch:
    """The same rows of every array: arrays have to be of equal lengths."""
    del key, hparams
    return jax.tree.map(lambda array: array[rows], data)


def examples(data: Batch) -> int:
    """How many rows an epoch goes through: as many as the first array by name has."""
    return len(jax.tree.leaves(data)[0])


def beginning(draw: Draw, data: Batch, count: int) -> Batch:
    """What `draw` gives for the first `count` rows, always the same."""
    arrays = jax.tree.map(jnp.asarray, data)
    return draw(arrays, jnp.arange(count, dtype=jnp.int32), jax.random.key(0), {})


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
