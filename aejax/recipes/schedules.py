"""Optimizers whose learning rate is a member's own."""

from collections.abc import Callable

import optax

from aejax.train import Hyper


def one_cycle_adam(steps: int) -> Callable[[Hyper], optax.GradientTransformation]:
    """Adam with a one-cycle learning rate that peaks at `hyper["learning_rate"]`.

    The rate rises over the first 30 % of `steps` and falls to zero over the rest
    (Smith & Topin, arXiv:1708.07120).
    """
    cycle = optax.cosine_onecycle_schedule(steps, 1.0)
    return lambda hyper: optax.adam(lambda step: hyper["learning_rate"] * cycle(step))
