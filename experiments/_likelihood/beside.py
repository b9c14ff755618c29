"""A model trained in PyTorch, judged like ours and remembered in the workdir."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from aejax.models.autoencoder import ImageShape
from aejax.run import study
from aejax.run.program import compiler_options
from experiments._likelihood import network, torch_side
from experiments._likelihood.evidence import TORCH, Seen, Setting

log = logging.getLogger("aejax")

# Steps that are done and forgotten before the clock starts.
WARM_UP = 2

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
    bound = bound_program(run.image_shape, few)
    hyper = {"seed": jnp.uint32(setting.seed)}
    steps: list[int] = []
    curve: list[float] = []

    def look(step: int, params: Any) -> None:
        found = bound(params, hyper, {"image": few})["test_bound"]
        steps.append(step)
        curve.append(float(found))

    # The first steps of a process are slow: ours are compiled before the clock starts.
    few_steps = setting._replace(rates=setting.rates[:WARM_UP])
    torch_side.fit(run.train.images, few_steps, lambda step, params: None)
    # As of ours, the time contains the looks and not their compilation.
    began = time.monotonic()
    params = torch_side.fit(run.train.images, setting, look)
    seconds = time.monotonic() - began
    training = {"steps": steps, "curve": curve, "seconds": seconds}
    return {**judge(params), "training": training}


def bound_program(image_shape: ImageShape, few: jax.Array) -> jax.stages.Compiled:
    """The look at a model: `network.bound` of some images, compiled."""
    model = network.network(image_shape)
    program = jax.jit(partial(network.bound, model))
    params = jax.eval_shape(model.init, jax.random.key(0), few[:1])
    hyper = {"seed": jax.ShapeDtypeStruct((), jnp.uint32)}
    lowered = program.lower(params, hyper, {"image": few})
    # As hard as the program of our chunks, which contains the same look.
    return lowered.compile(compiler_options(2))
