"""What a real program needs, and how a sweep is divided by it."""

import pytest

from aejax import memory, sweep
from aejax.errors import UserError
from aejax.lab.training.programs import Programs, plan


@pytest.fixture
def programs(denoising, digits):
    return Programs(denoising, {"image": digits}, {"image": digits[:4]}, 8, "vmap")


def group_of(programs, members):
    (group,) = sweep.groups(members, programs.algorithm, programs.example)
    return group


def needs(programs, group, counts):
    parts = [
        group._replace(
            members=group.members[:n], positions=group.positions[:n], own=group.own[:n]
        )
        for n in counts
    ]
    return [memory.needed(programs.chunk(part, 2)) for part in parts]


def test_a_batched_program_needs_more_for_more_members(programs, make_dense):
    group = group_of(programs, [make_dense(f"m{i}", 4, i) for i in range(6)])
    one, three, six = needs(programs, group, (1, 3, 6))
    assert one < three < six
    assert six - one > 5 * 8 * 28 * 28 * 4  # each has a batch of its own


def test_a_sweep_is_divided_where_it_does_not_fit(programs, make_dense):
    chosen = [make_dense("large", 64), make_dense("small", 2)]
    one, two = needs(programs, group_of(programs, chosen), (1, 2))
    assert plan(chosen, programs, 2, (one + two) // 2) == [(0,), (1,)]
    assert plan(chosen, programs, 2, two) == [(0, 1)]


@pytest.mark.parametrize("order", [1, pytest.param(-1, marks=pytest.mark.slow)])
def test_no_member_is_let_in_that_does_not_fit_alone(programs, make_dense, order):
    chosen = [make_dense("large", 64), make_dense("small", 2)][::order]
    (one,) = needs(programs, group_of(programs, chosen), (1,))
    with pytest.raises(UserError, match="one member alone needs"):
        plan(chosen, programs, 2, one - 1)


def test_a_program_is_compiled_once(programs, make_dense, compilations):
    group = group_of(programs, [make_dense("a", 2), make_dense("b", 3)])
    first = programs.chunk(group, 2)
    count = len(compilations)
    assert programs.chunk(group, 2) is first
    assert len(compilations) == count
    assert programs.chunk(group, 1) is not first
