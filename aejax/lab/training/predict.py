"""Applies every trained member of a sweep to the same examples."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import numpy as np

from aejax import executors, memory, sweep
from aejax.errors import UserError
from aejax.eval.batching import batched
from aejax.lab.training import given
from aejax.lab.training.fit import Trained
from aejax.lab.training.programs import run_once

log = logging.getLogger("aejax")

Predict = Callable[[nn.Module, Any, Any], Any]
Evaluate = Callable[[nn.Module, Any, Any, Any], Any]


def predict(
    function: Predict, trained: Trained, examples: Any, *, executor: str = "auto"
) -> dict[str, Any]:
    """`function(model, params, batch)` of all members at once, in batches.

    Args:
      function: maps a batch of examples to arrays of one entry per example. It is
        given the padded model: coordinates beyond a member's own size are zero.
      trained: the sweep.
      examples: a tree of arrays [n, ...].
      executor: one of `executors.NAMES`, or "auto".

    Returns:
      Member name to the tree of NumPy arrays [n, ...].
    """

    def each(model: nn.Module, params: Any, examples: Any, hparams: Any) -> Any:
        del hparams
        return batched(partial(function, model, params), examples)

    return evaluate(each, trained, examples, executor=executor)


@jax.disable_jit(False)
def evaluate(
    function: Evaluate, trained: Trained, data: Any, *, executor: str = "auto"
) -> dict[str, Any]:
    """`function(model, params, data, hparams)` of all members at once.

    Args:
      function: pure; given all data, it goes through them in batches itself, and
        gives any tree of arrays. `hparams` are a member's own scalars, such as `seed`
        and `zdim`; the model is the padded one.
      trained: the sweep.
      data: a tree of arrays that all members share.
      executor: one of `executors.NAMES`, or "auto".

    Returns:
      Member name to the tree of NumPy arrays.
    """
    given.check_all(data)
    results = {}
    for part in trained.groups:
        group = part.group

        def apply(params: Any, own: Any, data: Any, model=group.model) -> Any:
            return params, function(model, params, data, own)

        own = sweep.hparams(group.members)
        host = _of_all(apply, executor, part.params, own, data)
        for i, member in enumerate(group.members):
            results[member.name] = jax.tree.map(lambda a, i=i: np.asarray(a[i]), host)
    return results


def _of_all(
    function: executors.MemberFunction, executor: str, params: Any, own: Any, data: Any
) -> Any:
    """What a function gives of all members, on the host; in halves if memory lacks."""
    count = len(jax.tree.leaves(own)[0])
    chosen = executors.choose(count) if executor == "auto" else executor
    try:
        _, found = run_once(executors.over_members(function, chosen), params, own, data)
        return jax.device_get(found)
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if not memory.is_lacking(error):
            raise
        if count == 1:
            raise UserError(memory.lacking(error)) from error
    log.warning("memory did not suffice for %d models; going on with halves", count)
    halves = []
    for rows in (slice(count // 2), slice(count // 2, None)):
        some, few = jax.tree.map(lambda a, rows=rows: a[rows], (params, own))
        halves.append(_of_all(function, executor, some, few, data))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *halves)
