"""Optimizers whose learning rate is a member's own."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax

from aejax.train import Hyper

STAGES = 8
PASSES = sum(3**i for i in range(STAGES))
"""Epochs of the whole schedule of `staged`: 3,280."""


def adam(
    share: optax.Schedule, epsilon: float = 1e-8
) -> Callable[[Hyper], optax.GradientTransformation]:
    """Adam whose rate is `hyper["learning_rate"]` times a schedule's share of it."""
    return lambda hyper: optax.adam(
        lambda step: hyper["learning_rate"] * share(step), eps=epsilon
    )


def one_cycle_adam(steps: int) -> Callable[[Hyper], optax.GradientTransformation]:
    """Adam with a one-cycle learning rate that peaks at `hyper["learning_rate"]`."""
    return adam(one_cycle(steps))


def one_cycle(steps: int) -> optax.Schedule:
    """Shares of the peak: up over the first 30 % of `steps`, down to 0 over the rest.

    Smith & Topin, arXiv:1708.07120.
    """
    return optax.cosine_onecycle_schedule(steps, 1.0)


def staged(steps: int) -> optax.Schedule:
    """Rates of Burda et al. (arXiv:1509.00519) as shares of the first one.

    Eight stages: stage i takes 3^i of 3,280 parts of `steps` at the rate 10^(-i/7),
    so it falls to a tenth. With `steps` of 3,280 epochs it is the paper's.
    """
    ends = np.cumsum([3**i for i in range(STAGES - 1)]) / PASSES * steps
    boundaries = jnp.asarray(np.round(ends), jnp.int32)

    def share(step: jax.typing.ArrayLike) -> jax.Array:
        stage = (jnp.asarray(step, jnp.int32) >= boundaries).sum()
        return 10 ** (-stage.astype(jnp.float32) / (STAGES - 1))

    return share
