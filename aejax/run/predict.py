"""Applies every trained member of a sweep to the same examples."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import numpy as np

from aejax import executors, sweep, train
from aejax.run.fit import Trained
from aejax.run.program import compiler_options

Predict = Callable[[nn.Module, Any, Any], Any]


def for_members(
    function: Predict, trained: Sequence[Trained], examples: Any, executor: str
) -> dict[str, Any]:
    """`function(model, params, batch)` of all members, in batches.

    Args:
      function: maps a batch of examples to arrays of one entry per example. It is
        given the padded model: coordinates beyond a member's own size are zero.
      trained: groups of members.
      examples: a tree of arrays [n, ...].
      executor: one of `executors.NAMES`.

    Returns:
      Member name to the tree of NumPy arrays [n, ...].
    """
    results = {}
    for group, params, _ in trained:

        def predict(params, hyper, examples, model: nn.Module = group.model):
            del hyper
            return train.batched(partial(function, model, params), examples)

        # It runs once: compiling it well would take longer than running it.
        program = jax.jit(
            executors.over_members(predict, executor),
            compiler_options=compiler_options(1),
        )
        stacked = jax.device_get(program(params, sweep.hypers(group), examples))
        for i, member in enumerate(group.members):
            results[member.name] = jax.tree.map(
                lambda a, i=i: np.asarray(a[i]), stacked
            )
    return results
