"""aejax and the bare matrix product, ready to be timed."""

from functools import partial

import jax
import jax.numpy as jnp

from aejax import sweep
from aejax.models import Autoencoder
from aejax.recipes import autoencoding
from aejax.run.program import Programs, Task, initialise
from experiments._benchmark import flops, vae
from experiments._benchmark.cases import BATCH, IMAGE_SHAPE, Case
from experiments._benchmark.contender import Contender, pictures, timed


def start_aejax(case: Case) -> Contender:
    """The program that a study runs for a group of equal members, per chunk."""
    task = _task(case.model, {"image": jnp.asarray(pictures())})
    group = sweep.make_group(_members(case), range(case.members))
    executor = case.contender.removeprefix("aejax-")
    state, hyper = jax.jit(partial(initialise, group, task))()
    jax.block_until_ready(state)
    seconds, program = timed(lambda: Programs(task, executor).get(group, case.steps))

    def call() -> None:
        nonlocal state
        state, metrics = program(state, hyper, (task.data, task.held_out))
        jax.block_until_ready(metrics)

    return Contender(
        call, flops.STEP[case.model], seconds, device_memory, device_name()
    )


def _members(case: Case) -> list[sweep.Member]:
    model = Autoencoder(10, IMAGE_SHAPE) if case.model == "conv" else vae.MlpVae()
    return [
        sweep.Member(f"seed={seed}", model, seed, seed, {"learning_rate": 1e-3})
        for seed in range(case.members)
    ]


def _task(model: str, data: dict[str, jax.Array]) -> Task:
    """The training of a model, without looks at held-out pictures."""
    recipes = {
        "conv": partial(autoencoding.recipe, steps=10_000, batch_size=BATCH),
        "mlp": partial(vae.recipe, batch_size=BATCH),
    }
    return Task(recipes[model], data, lambda *_: {}, {})


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

    return Contender(call, 2 * size**3, seconds, device_memory, device_name())


def device_memory() -> int | None:
    """Bytes that were taken at most on the first device, if it counts them."""
    stats = jax.devices()[0].memory_stats()
    return stats["peak_bytes_in_use"] if stats else None


def device_name() -> str:
    """The devices of this process."""
    return f"{jax.device_count()} x {jax.devices()[0].device_kind}"
