"""Optimizers whose learning rate is a member's own."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from aejax.algorithm import HParams, Optimizer

STAGES = 8
PASSES = sum(3**i for i in range(STAGES))
"""Epochs of the whole schedule of `staged`: 3,280."""


def adam(
    schedule: optax.Schedule,
    epsilon: float = 1e-8,
    b1: float = 0.9,
    b2: float = 0.999,
) -> Optimizer:
    """Adam at the rate `hparams["learning_rate"]` times a schedule that peaks at 1."""

    def optimizer(hparams: HParams) -> optax.GradientTransformation:
        peak = hparams["learning_rate"]
        return optax.adam(lambda step: peak * schedule(step), b1, b2, epsilon)

    return optimizer


def one_cycle_adam(steps: int) -> Optimizer:
    """Adam with a one-cycle learning rate that peaks at `hparams["learning_rate"]`."""
    return adam(one_cycle(steps))


def one_cycle_adamw(steps: int) -> Optimizer:
    """`one_cycle_adam` with decoupled weight decay, `hparams["weight_decay"]`.

    Loshchilov & Hutter, arXiv:1711.05101.
    """
    schedule = one_cycle(steps)

    def optimizer(hparams: HParams) -> optax.GradientTransformation:
        peak, decay = hparams["learning_rate"], hparams["weight_decay"]
        return optax.adamw(lambda step: peak * schedule(step), weight_decay=decay)

    return optimizer


def one_cycle(steps: int) -> optax.Schedule:
    """Fractions of the peak: up over the first 30 % of `steps`, then down to 0.

    Smith & Topin, arXiv:1708.07120.
    """
    return optax.cosine_onecycle_schedule(steps, 1.0)


def constant(steps: int) -> optax.Schedule:
    """1 at every step."""
    del steps
    return optax.constant_schedule(1.0)


def cosine(steps: int) -> optax.Schedule:
    """Fractions of the peak: up over the first 2 % of `steps`, then down to 0.

    Loshchilov & Hutter, arXiv:1608.03983, without restarts.
    """
    warm = max(1, steps // 50)
    return optax.warmup_cosine_decay_schedule(0.0, 1.0, warm, max(steps, warm + 1))


def late_cosine(steps: int) -> optax.Schedule:
    """1 for the first half of `steps`, then down to 0 by a cosine."""
    half = max(1, steps // 2)
    parts = optax.constant_schedule(1.0), optax.cosine_decay_schedule(1.0, half)
    return optax.join_schedules(parts, [steps - half])


def staged(steps: int) -> optax.Schedule:
    """Rates of Burda et al. (arXiv:1509.00519) as fractions of the first one.

    Eight stages: stage i takes 3^i of 3,280 parts of `steps` at the rate 10^(-i/7),
    so it falls to a tenth. With `steps` of 3,280 epochs it is the paper's.
    """
    ends = np.cumsum([3**i for i in range(STAGES - 1)]) / PASSES * steps
    boundaries = jnp.asarray(np.round(ends), jnp.int32)

    def fraction(step: jax.typing.ArrayLike) -> jax.Array:
        stage = (jnp.asarray(step, jnp.int32) >= boundaries).sum()
        return 10 ** (-stage.astype(jnp.float32) / (STAGES - 1))

    return fraction
