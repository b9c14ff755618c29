"""The compiled program of a group: a chunk of steps, then a look at the result."""

from collections.abc import Callable, Hashable
from functools import cache, partial
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import executors, sweep, train

Evaluate = Callable[[nn.Module, Any, train.Hyper, train.Data], train.Metrics]
Program = Callable[..., tuple[train.State, train.Metrics]]


class Task(NamedTuple):
    """What is trained, on what, and what is looked at on the way.

    Attributes:
      recipe: `model -> Recipe`, for the padded model of a group.
      data: training arrays [examples, ...], "image" among them.
      evaluate: `(model, params, hyper, held_out) -> metrics`; scalars, or small
        arrays, that are recorded at the end of every chunk.
      held_out: arrays for `evaluate`.
      adapt: what is done to the initial parameters of each member; a function of
        `(params, hyper)` that keeps what is padded zero.
    """

    recipe: Callable[[nn.Module], train.Recipe]
    data: train.Data
    evaluate: Evaluate
    held_out: train.Data
    adapt: Callable[[Any, train.Hyper], Any] = lambda params, hyper: params

    @property
    def example(self) -> jax.Array:
        """One image [1, h, w, c], to initialise models with."""
        return self.data["image"][:1]


def initialise(group: sweep.Group, task: Task) -> tuple[train.State, train.Hyper]:
    """Stacked states and hypers of a group before its first step; pure."""
    hyper = sweep.hypers(group)
    recipe = task.recipe(group.model)
    begin = partial(train.init_state, recipe=recipe)
    start = jax.vmap(lambda params, own: begin(task.adapt(params, own), own))
    return start(sweep.stack(group, task.example), hyper), hyper


def compiler_options(level: int) -> dict[str, str | bool] | None:
    """How hard XLA is to optimise on a CPU, from 0 to 3 (its default).

    Most of the time from start to first step is LLVM's. Measured once, on a busy
    machine, with 12 members of the decorrelation study, in CPU seconds:
    initialisation compiles in 2.6 at level 1 and 10.9 at level 3, a chunk in 12
    at level 2 and 19 at level 3 (which came first and so paid for warming up);
    the chunk's speed differed by less than the noise. Other backends have no
    such trade.
    """
    if jax.default_backend() != "cpu":
        return None
    return {"xla_backend_optimization_level": str(level)}


@cache
def light(function: Callable[..., Any], *known: Hashable) -> Callable[..., Any]:
    """`function(*known, ...)`, compiled once for all calls, and not very hard.

    For looking at trained models: a program that runs a few times would take longer
    to compile well than to run.

    Args:
      function: pure, defined once: not a lambda or a partial of the moment.
      known: its first arguments; a module, numbers. Equal ones share a program.
    """
    return jax.jit(partial(function, *known), compiler_options=compiler_options(1))


def chunk_program(group: sweep.Group, task: Task, executor: str, steps: int) -> Program:
    """`(states, hypers, (data, held_out)) -> states, metrics` for all members.

    Metrics are the mean of each training metric over the chunk, what `evaluate`
    gives after it, and `finite`, whether every parameter is.
    """
    recipe = task.recipe(group.model)

    def run(state, hyper, arrays):
        data, held_out = arrays
        state, curves = train.chunk(state, hyper, data, recipe=recipe, steps=steps)
        means = jax.tree.map(lambda values: values.mean(), curves)
        seen = task.evaluate(group.model, state["params"], hyper, held_out)
        leaves = [jnp.isfinite(a).all() for a in jax.tree.leaves(state["params"])]
        return state, {**means, **seen, "finite": jnp.stack(leaves).all()}

    return executors.over_members(run, executor)


class Programs:
    """Compiles the programs of a task, each once.

    Args:
      task: what they train.
      executor: how they run their members.
    """

    def __init__(self, task: Task, executor: str):
        self._task, self._executor = task, executor
        self._compiled: dict[tuple, jax.stages.Compiled] = {}

    def get(self, group: sweep.Group, steps: int) -> jax.stages.Compiled:
        """The compiled `chunk_program` of a group."""
        key = (group.model, group.positions, steps)
        if key not in self._compiled:
            program = chunk_program(group, self._task, self._executor, steps)
            state, hyper = jax.eval_shape(partial(initialise, group, self._task))
            arrays = (self._task.data, self._task.held_out)
            lowered = jax.jit(program).lower(state, hyper, arrays)
            self._compiled[key] = lowered.compile(compiler_options(2))
        return self._compiled[key]
