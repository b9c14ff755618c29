"""How one model is trained: pure functions over any pytree as state.

    Algorithm(init, step, evaluate, params)

as optax and blackjax have it. `gradient` makes one of a loss and an optimizer,
`with_ema` wraps one, `adversarial` trains two networks against each other. The loop
(`aejax.train`), sweeps, executors and checkpoints know nothing but these, and `draw`,
which makes the batch of a step; it is `gather` unless an algorithm has its own.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from aejax.batches import Batch, Draw, gather

Params = Any
State = Any
HParams = Mapping[str, jax.Array]
Metrics = dict[str, jax.Array]

Loss = Callable[[Params, Batch, jax.Array, HParams], tuple[jax.Array, Metrics]]
"""`(params, batch, key, hparams) -> (scalar, metrics)`: the scalar is minimised."""

Optimizer = Callable[[HParams], optax.GradientTransformation]
"""A function of hparams, so that a learning rate can differ between members."""

Evaluate = Callable[[Params, Batch, HParams], Metrics]
"""`(params, held_out, hparams) -> metrics`, scalars or small arrays."""


class Algorithm(NamedTuple):
    """How one model is trained.

    `hparams` are a member's own scalars: `seed`, `data_seed`, its sizes (such as
    `zdim`) and what its configuration adds (such as `learning_rate`). Where a step or
    an evaluation gets them they hold `step`, too, the number of steps done.

    Attributes:
      init: `(key, batch, hparams) -> state`, from a batch of one example [1, ...].
      step: `(state, batch, key, hparams) -> (state, metrics)`; metrics are scalars.
      evaluate: `(params, held_out, hparams) -> metrics`, recorded after each chunk.
      params: `state -> params`, what is saved, evaluated and predicted with.
      keep: name of an evaluated metric: what is saved is not the last parameters, but
        those of its lowest value; "" for the last.
      draw: `(data, rows, key, hparams) -> batch`, see `aejax.batches.Draw`; `gather`
        takes the same rows of every array. Its key follows from a member's `data_seed`
        and the step, so members with equal ones see equal batches.
    """

    init: Callable[[jax.Array, Batch, HParams], State]
    step: Callable[[State, Batch, jax.Array, HParams], tuple[State, Metrics]]
    evaluate: Evaluate
    params: Callable[[State], Params]
    keep: str = ""
    draw: Draw = gather


Maker = Callable[[nn.Module], Algorithm]
"""The algorithm of a model; a sweep asks for that of the padded model."""


def nothing(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
    """The evaluation of who evaluates nothing."""
    del params, held_out, hparams
    return {}


def initial(model: nn.Module) -> Callable[[jax.Array, Batch, HParams], Params]:
    """The initial parameters of a model that takes `batch["image"]`."""

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> Params:
        del hparams
        return model.init(key, batch["image"])

    return init


def gradient(
    model: nn.Module,
    loss: Loss,
    optimizer: Optimizer,
    evaluate: Evaluate = nothing,
    *,
    init: Callable[[jax.Array, Batch, HParams], Params] | None = None,
    draw: Draw = gather,
) -> Algorithm:
    """Gradient descent on one loss.

    Args:
      model: the network.
      loss: what is minimised, and what else is recorded of a batch.
      optimizer: `hparams -> optax.GradientTransformation`.
      evaluate: of the held-out data.
      init: initial parameters; those of `model` for an image if not given.
      draw: makes the batch of a step out of the data.

    Returns:
      An algorithm whose state is {"params", "opt_state"}.
    """
    begin = init or initial(model)

    def start(key: jax.Array, batch: Batch, hparams: HParams) -> State:
        params = begin(key, batch, hparams)
        return {"params": params, "opt_state": optimizer(hparams).init(params)}

    def step(
        state: State, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[State, Metrics]:
        (value, metrics), grads = jax.value_and_grad(loss, has_aux=True)(
            state["params"], batch, key, hparams
        )
        return descend(state, grads, optimizer(hparams)), {"loss": value, **metrics}

    return Algorithm(start, step, evaluate, lambda state: state["params"], draw=draw)


def descend(
    state: State, grads: Params, optimizer: optax.GradientTransformation
) -> State:
    """One update of {"params", "opt_state"} by a gradient."""
    params, opt_state = state["params"], state["opt_state"]
    # Optax promotes types, which a user may have forbidden to JAX.
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        updates, opt_state = optimizer.update(grads, opt_state, params)
        new = optax.apply_updates(params, updates)
    return {"params": new, "opt_state": opt_state}


def with_ema(algorithm: Algorithm, decay: float) -> Algorithm:
    """The same training; its `params` are an exponential moving average.

    After every step ema = d * ema + (1 - d) * params, from the initial parameters on.
    After t steps d is the decay, but (1 + t) / (10 + t) at most: a short training
    averages its last tenth, and soon forgets what it began with.

    Args:
      algorithm: any.
      decay: in [0, 1); 0 gives the parameters themselves.

    Raises:
      ValueError: the decay is not in [0, 1).
    """
    if not 0 <= decay < 1:
        raise ValueError(f"decay={decay} is not in [0, 1)")

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> State:
        inner = algorithm.init(key, batch, hparams)
        return {
            "inner": inner,
            "ema": algorithm.params(inner),
            "steps": jnp.int32(0),
        }

    def step(
        state: State, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[State, Metrics]:
        inner, metrics = algorithm.step(state["inner"], batch, key, hparams)
        t = state["steps"]

        def average(old: jax.Array, new: jax.Array) -> jax.Array:
            done = t.astype(old.dtype)
            d = jnp.minimum(decay, (1 + done) / (10 + done))
            return d * old + (1 - d) * new

        ema = jax.tree.map(average, state["ema"], algorithm.params(inner))
        return {"inner": inner, "ema": ema, "steps": t + 1}, metrics

    return algorithm._replace(init=init, step=step, params=lambda state: state["ema"])


def with_best(algorithm: Algorithm, metric: str) -> Algorithm:
    """The same training; it keeps the parameters of the lowest metric, not the last.

    Args:
      algorithm: any.
      metric: that it evaluates after each chunk, a scalar; of held-out data, so that
        the choice does not favour what was trained on.
    """
    return algorithm._replace(keep=metric)


def adversarial(
    init: Callable[[jax.Array, Batch, HParams], dict[str, Params]],
    losses: Mapping[str, Loss],
    optimizers: Mapping[str, Optimizer],
    evaluate: Evaluate = nothing,
    *,
    rounds: Mapping[str, int] | None = None,
    draw: Draw = gather,
) -> Algorithm:
    """Networks that are trained in turn, each by its own loss and optimizer.

    A step updates the networks in the order of `losses`, each with a key of its own
    and the others as they are then: a critic before its generator (Goodfellow et al.,
    arXiv:1406.2661).

    Args:
      init: initial parameters, a dict with an entry for each network.
      losses: network -> loss of all parameters, differentiated in its own.
      optimizers: network -> optimizer.
      evaluate: of the held-out data, given all parameters.
      rounds: network -> updates per step; 1 if not given (5 critic updates in
        Arjovsky et al., arXiv:1701.07875).
      draw: makes the batch of a step out of the data.
    """
    turns = [name for name in losses for _ in range((rounds or {}).get(name, 1))]

    def start(key: jax.Array, batch: Batch, hparams: HParams) -> State:
        return {
            name: {"params": own, "opt_state": optimizers[name](hparams).init(own)}
            for name, own in init(key, batch, hparams).items()
        }

    def params(state: State) -> dict[str, Params]:
        return {name: own["params"] for name, own in state.items()}

    def update(
        state: State, name: str, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[State, Metrics]:
        def own_loss(own: Params) -> tuple[jax.Array, Metrics]:
            return losses[name]({**params(state), name: own}, batch, key, hparams)

        gradient_of = jax.value_and_grad(own_loss, has_aux=True)
        (value, metrics), grads = gradient_of(state[name]["params"])
        new = descend(state[name], grads, optimizers[name](hparams))
        return {**state, name: new}, {f"{name}_loss": value, **metrics}

    def step(
        state: State, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[State, Metrics]:
        metrics: Metrics = {}
        for turn, own_key in zip(turns, jax.random.split(key, len(turns)), strict=True):
            state, found = update(state, turn, batch, own_key, hparams)
            metrics |= found
        return state, metrics

    return Algorithm(start, step, evaluate, params, draw=draw)
