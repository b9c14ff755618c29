"""Members are divided into as few runs as fit."""

import jax
import jax.numpy as jnp
import pytest

from aejax import memory
from aejax.errors import UserError


def affine(fixed, each):
    return lambda members: fixed + each * members


@pytest.mark.parametrize("members", [1, 2, 7, 12])
@pytest.mark.parametrize("limit", [13, 20, 35, 60, 1000])
def test_runs_fit_and_are_as_few_as_possible(members, limit):
    need = affine(3, 10)
    sizes = memory.fitting(members, need, limit)
    assert sum(sizes) == members
    assert max(need(size) for size in sizes) <= limit
    most = (limit - 3) // 10
    assert len(sizes) == -(-members // most)
    assert max(sizes) - min(sizes) <= 1


def test_a_member_that_does_not_fit_alone_is_the_users_problem():
    with pytest.raises(UserError, match="one member alone needs"):
        memory.fitting(3, affine(0, 100), 99)


def test_a_program_needs_its_arguments_results_and_temporaries():
    def compiled(n):
        x = jax.ShapeDtypeStruct((n, 1000), jnp.float32)
        return jax.jit(lambda x: jnp.sort(x, axis=1) + 1).lower(x).compile()

    small, large = memory.needed(compiled(1)), memory.needed(compiled(10))
    assert small >= 2 * 4 * 1000
    assert large >= 10 * 2 * 4 * 1000
    assert memory.available() > large
