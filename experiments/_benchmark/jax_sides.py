"""aejax and the bare matrix product, ready to be timed."""

from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import algorithms, sweep
from aejax import images as im
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, gradient, nothing
from aejax.algorithms.schedules import one_cycle_adam
from aejax.lab.training.programs import Programs
from aejax.models import Autoencoder, UNet, mlp_vae

from . import flops
from .cases import MODELS, ZDIM, Case
from .contender import Contender, images, timed

STEPS = 10_000
"""Length of the learning rate's cycle."""


def start_aejax(case: Case) -> Contender:
    """The program that a study runs for a group of equal members, per chunk."""
    executor = case.contender.removeprefix("aejax-")
    data = {"image": jnp.asarray(images(case.model))}
    programs = Programs(
        partial(algorithm, case.model), data, {}, MODELS[case.model].batch, executor
    )
    members = [
        sweep.Member(f"seed={i}", network(case.model), i, i, {"learning_rate": 1e-3})
        for i in range(case.members)
    ]
    group = sweep.make_group(
        members, range(case.members), programs.algorithm, programs.example
    )
    own, progress = sweep.hparams(members), programs.start(group)
    jax.block_until_ready(progress)
    seconds, program = timed(lambda: programs.chunk(group, case.steps))

    def call() -> None:
        nonlocal progress
        # As `aejax.fit` does: a sharded program wants its inputs on all devices.
        inputs = jax.device_put(
            (progress, own, *programs.arrays, jnp.int32(0)), program.input_shardings[0]
        )
        progress, _ = jax.block_until_ready(program(*inputs))

    return Contender(call, flops.step(case.model), seconds, device_memory, devices())


def network(name: str) -> nn.Module:
    """The library's model of a name in `MODELS`."""
    model = MODELS[name]
    if model.kind == "mlp":
        return mlp_vae(20, (400,), model.image_shape)
    if model.kind == "unet":
        return UNet(model.image_shape, model.width)
    return Autoencoder(ZDIM, model.image_shape, width=model.width, depth=3)


def algorithm(name: str, model: nn.Module) -> Algorithm:
    """The library's training of it, without evaluations of held-out images."""
    if MODELS[name].kind == "unet":
        return unmixing(model)
    if MODELS[name].kind == "mlp":
        found = algorithms.vae(model, steps=STEPS)
    else:
        found = algorithms.autoencoder(model, steps=STEPS)
    return found._replace(evaluate=nothing)


def unmixing(model: nn.Module) -> Algorithm:
    """Adam on `squared_errors`; examples are pairs of images."""

    def loss(
        params: Any, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        del key, hparams
        return squared_errors(model, params, batch["image"]), {}

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> Any:
        del hparams
        return model.init(key, batch["image"][:, 0])

    return gradient(model, loss, one_cycle_adam(STEPS), init=init)


def squared_errors(model: nn.Module, params: Any, pairs: jax.Array) -> jax.Array:
    """Sum of both parts' mean squared errors; pairs are uint8 [n, 2, h, w, c]."""
    target = im.unit(pairs)
    return 2 * jnp.square(model.apply(params, target.mean(1)) - target).mean()


def start_gemm(case: Case) -> Contender:
    """Square float32 matrix products, one after another, as fast as XLA has them."""
    size = 2048 if jax.default_backend() == "cpu" else 8192
    matrix = jax.random.normal(jax.random.key(0), (size, size))
    seconds, product = timed(
        lambda: jax.jit(jnp.matmul).lower(matrix, matrix).compile()
    )

    def call() -> None:
        for _ in range(case.steps):
            jax.block_until_ready(product(matrix, matrix))

    return Contender(call, 2 * size**3, seconds, device_memory, devices())


def device_memory() -> int | None:
    """Bytes that were taken at most on the first device, if it counts them."""
    stats = jax.devices()[0].memory_stats()
    return stats["peak_bytes_in_use"] if stats else None


def devices() -> str:
    """The devices of this process."""
    return f"{jax.device_count()} x {jax.devices()[0].device_kind}"
