"""Training as pure functions: a scanned chunk of steps.

Nothing that can be derived is stored: the key of a step and its batch follow from
the step's number, so the number alone resumes a run.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from aejax import keys
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, State
from aejax.batches import batch_indices, examples

FINE = -1
"""In `Progress.diverged`: the member has not diverged."""


def chunk(
    state: State,
    hparams: HParams,
    data: Batch,
    first: jax.Array | int,
    *,
    algorithm: Algorithm,
    steps: int,
    batch_size: int,
) -> tuple[State, Metrics]:
    """`steps` steps in one `lax.scan`, batches drawn from data on the device.

    Args:
      state: where to start.
      hparams: the member's scalars; `seed` and `data_seed` among them.
      data: arrays [examples, ...] that are batched together, or what
        `algorithm.draw` takes.
      first: number of steps done before; an int32 scalar, may be traced.
      algorithm: what a step is.
      steps: how many.
      batch_size: examples per step.

    Returns:
      The state after them, and each metric as an array [steps].
    """
    begin = jnp.asarray(first, jnp.int32)
    batches = keys.stream(hparams["data_seed"], keys.BATCHES)
    pairs = keys.stream(hparams["data_seed"], keys.PAIRS)
    noise = keys.stream(hparams["seed"], keys.NOISE)
    indices = batch_indices(batches, begin, steps, examples(data), batch_size)
    numbers = begin + jnp.arange(steps, dtype=jnp.int32)

    def body(state: State, now: tuple[jax.Array, jax.Array]) -> tuple[State, Metrics]:
        number, rows = now
        own = jax.random.fold_in(pairs, number)
        batch = algorithm.draw(data, rows, own, hparams)
        key = jax.random.fold_in(noise, number)
        return algorithm.step(state, batch, key, {**hparams, "step": number})

    return lax.scan(body, state, (numbers, indices))


class Kept(NamedTuple):
    """The best parameters so far, where an algorithm keeps them.

    Attributes:
      params: as `algorithm.params` gives them.
      value: float32, of the metric that decides; infinite before the first evaluation.
      step: int32, number of steps after which they were taken.
    """

    params: Params
    value: jax.Array
    step: jax.Array


class Progress(NamedTuple):
    """Where the training of a member stands.

    Attributes:
      state: the algorithm's; of a member that diverged the last finite one that a
        chunk began with.
      diverged: int32, `FINE`, or the number of the step whose metrics or parameters
        were not finite.
      kept: the best parameters, None where the last ones count.
    """

    state: State
    diverged: jax.Array
    kept: Kept | None = None


def start(
    key: jax.Array, example: Batch, hparams: HParams, algorithm: Algorithm
) -> Progress:
    """A member before its first step."""
    state = algorithm.init(key, example, hparams)
    kept = None
    if algorithm.keep:
        kept = Kept(algorithm.params(state), jnp.float32(jnp.inf), jnp.int32(0))
    return Progress(state, jnp.int32(FINE), kept)


def params(progress: Progress, algorithm: Algorithm) -> Params:
    """What a training gives: the best parameters, or else the last."""
    if progress.kept is not None:
        return progress.kept.params
    return algorithm.params(progress.state)


def advance(
    progress: Progress,
    hparams: HParams,
    data: Batch,
    held_out: Batch,
    first: jax.Array,
    *,
    algorithm: Algorithm,
    steps: int,
    batch_size: int,
) -> tuple[Progress, Metrics]:
    """A chunk of steps and an evaluation, unless the member has diverged.

    A member whose metrics or parameters are no longer finite is frozen: it keeps the
    state that the chunk began with, and later chunks pass it over.

    Returns:
      The progress, the mean of each training metric over the chunk, and what
      `algorithm.evaluate` gives after it (nan, or 0, of a frozen member).
    """

    def run(progress: Progress) -> tuple[Progress, Metrics]:
        state, curves = chunk(
            progress.state, hparams, data, first,
            algorithm=algorithm, steps=steps, batch_size=batch_size,
        )  # fmt: skip
        means = jax.tree.map(lambda values: values.mean(), curves)
        now = {**hparams, "step": first + steps}
        last = algorithm.params(state)
        found = algorithm.evaluate(last, held_out, now)
        # Losses and weights decide: a measure may be infinite for good reasons.
        diverged = _divergence(curves, last, first)
        kept = progress.kept
        if kept is not None:
            value = found[algorithm.keep].astype(jnp.float32)
            kept = _where(value < kept.value, Kept(last, value, now["step"]), kept)
        new = Progress(state, diverged, kept)
        old = progress._replace(diverged=diverged)
        return _where(diverged == FINE, new, old), {**means, **found}

    def frozen(progress: Progress) -> tuple[Progress, Metrics]:
        _, like = jax.eval_shape(run, progress)
        return progress, jax.tree.map(_missing, like)

    return lax.cond(progress.diverged == FINE, run, frozen, progress)


def _where(condition: jax.Array, first: Any, second: Any) -> Any:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), first, second)


def _divergence(curves: Metrics, params: Any, first: jax.Array) -> jax.Array:
    """The number of the first step that is not finite, counted from 1, or `FINE`."""
    finite = jnp.stack([jnp.isfinite(values) for values in curves.values()]).all(0)
    weights = jnp.stack([jnp.isfinite(a).all() for a in jax.tree.leaves(params)]).all()
    steps = len(finite)
    place = jnp.where(finite.all(), steps, finite.argmin() + 1).astype(jnp.int32)
    return jnp.where(finite.all() & weights, jnp.int32(FINE), first + place)


def _missing(like: jax.ShapeDtypeStruct) -> jax.Array:
    is_float = jnp.issubdtype(like.dtype, jnp.floating)
    return jnp.full(like.shape, jnp.nan if is_float else 0, like.dtype)
