"""What a real program needs, and how a sweep is divided by it."""

import jax.numpy as jnp
import pytest

from aejax import memory, sweep
from aejax.errors import UserError
from aejax.run import plan
from aejax.run.program import Programs, Task
from aejax.run.settings import Settings

SETTINGS = Settings(2, 8, 1e-3, 1, False, "vmap", 2, 0.0, None)


@pytest.fixture
def task(denoising, digits):
    def nothing(model, params, hyper, held_out):
        del model, params, hyper
        return {"mean": jnp.float32(len(held_out["image"]))}

    return Task(denoising, {"image": digits}, nothing, {"image": digits[:4]})


def needs(task, group, counts):
    programs = Programs(task, "vmap")
    parts = [
        sweep.Group(group.model, group.members[:n], group.positions[:n]) for n in counts
    ]
    return [memory.needed(programs.get(part, 2)) for part in parts]


def test_a_batched_program_needs_more_for_more_members(task, make_dense):
    chosen = [make_dense(f"m{i}", 4, i) for i in range(6)]
    (group,) = sweep.groups(chosen, task.example)
    one, three, six = needs(task, group, (1, 3, 6))
    assert one < three < six
    assert six - one > 5 * 8 * 28 * 28 * 4  # each has a batch of its own


def test_a_sweep_is_divided_where_it_does_not_fit(task, make_dense):
    chosen = [make_dense("large", 64), make_dense("small", 2)]
    (group,) = sweep.groups(chosen, task.example)
    one, two = needs(task, group, (1, 2))
    between = SETTINGS._replace(memory=(one + two) // 2)
    assert plan.make(chosen, task, between, Programs(task, "vmap")) == [(0,), (1,)]
    ample = SETTINGS._replace(memory=two)
    assert plan.make(chosen, task, ample, Programs(task, "vmap")) == [(0, 1)]


@pytest.mark.parametrize("order", [1, -1])
def test_no_member_is_let_in_that_does_not_fit_alone(task, make_dense, order):
    chosen = [make_dense("large", 64), make_dense("small", 2)][::order]
    (group,) = sweep.groups(chosen, task.example)
    (one,) = needs(task, group, (1,))
    short = SETTINGS._replace(memory=one - 1)
    with pytest.raises(UserError, match="--memory_gb"):
        plan.make(chosen, task, short, Programs(task, "vmap"))
