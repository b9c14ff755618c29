"""A model trained in PyTorch, judged like ours and remembered in the workdir."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from aejax.run import study
from experiments._likelihood import network, torch_side
from experiments._likelihood.evidence import TORCH, Seen, Setting

log = logging.getLogger("aejax")

Judge = Callable[[Any], dict[str, Any]]


def trained(run: study.Study, setting: Setting, few: jax.Array, judge: Judge) -> Seen:
    """Trains one model, or reads what is remembered of it.

    Args:
      run: the study.
      setting: what is trained, and how.
      few: binary test images behind the curve.
      judge: parameters to what is recorded of the final model.
    """
    name = f"k={setting.k},seed={setting.seed}"
    found = run.workdir.remembered(
        f"estimates/{TORCH},{name}.json", lambda: _trained(run, setting, few, judge)
    )
    return Seen.of(TORCH, setting.k, setting.seed, found, **found["training"])


def _trained(
    run: study.Study, setting: Setting, few: jax.Array, judge: Judge
) -> dict[str, Any]:
    log.info("training k=%d,seed=%d in PyTorch", setting.k, setting.seed)
    model = network.network(run.image_shape)
    bound = jax.jit(partial(network.bound, model))
    hyper = {"seed": jnp.uint32(setting.seed)}
    steps: list[int] = []
    curve: list[float] = []
    looking = 0.0

    def look(step: int, params: Any) -> None:
        nonlocal looking
        began = time.monotonic()
        found = bound(params, hyper, {"image": few})["test_bound"]
        steps.append(step)
        curve.append(float(found))
        looking += time.monotonic() - began

    began = time.monotonic()
    params = torch_side.fit(run.train.images, setting, look)
    seconds = time.monotonic() - began - looking
    training = {"steps": steps, "curve": curve, "seconds": seconds}
    return {**judge(params), "training": training}
