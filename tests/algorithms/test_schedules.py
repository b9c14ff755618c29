"""Learning rates as fractions of their peak, at steps where they are known."""

import jax
import numpy as np
import pytest

from aejax.algorithms import schedules


def test_the_stages_of_burda_et_al_at_known_epochs():
    fraction = schedules.staged(schedules.PASSES)
    assert schedules.PASSES == 3280
    # Stage i takes 3^i epochs: 1, 3, 9, 27 ... and 2187.
    first = {0: 0, 1: 1, 4: 2, 13: 3, 40: 4, 121: 5, 364: 6, 1093: 7}
    for epoch, stage in first.items():
        assert float(fraction(epoch)) == pytest.approx(10 ** (-stage / 7)), epoch
        if epoch:
            before = float(fraction(epoch - 1))
            assert before == pytest.approx(10 ** (-(stage - 1) / 7)), epoch


def test_a_shorter_run_has_the_same_stages_in_proportion():
    whole, part = (schedules.staged(n) for n in (3280, 328))
    for epoch in (20, 60, 400, 2000):
        assert float(whole(epoch)) == pytest.approx(float(part(epoch // 10)))


def test_one_cycle_increases_over_30_percent_and_ends_at_zero():
    fraction = schedules.one_cycle(100)
    # Optax promotes implicitly.
    with jax.numpy_dtype_promotion("standard"):
        values = [float(fraction(step)) for step in range(101)]
    assert max(range(101), key=values.__getitem__) == 30
    assert values[30] == pytest.approx(1)
    assert values[100] == pytest.approx(0, abs=1e-4)


def test_cosine_increases_over_2_percent_and_ends_at_zero():
    fraction = schedules.cosine(100)
    with jax.numpy_dtype_promotion("standard"):
        values = [float(fraction(step)) for step in (0, 1, 2, 51, 100)]
    assert values == pytest.approx([0, 0.5, 1, 0.5, 0], abs=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 50, 1000])
def test_the_cosine_has_any_length_and_its_peak_after_the_warm_up(steps):
    rates = np.array([schedules.cosine(steps)(step) for step in range(steps + 1)])
    assert rates.argmax() == max(1, steps // 50)
    np.testing.assert_allclose(rates.max(), 1)
    assert rates[-1] < 1e-6 or steps == 1


def test_constant_is_1_at_every_step():
    assert [float(schedules.constant(5)(step)) for step in (0, 4, 99)] == [1, 1, 1]


@pytest.mark.parametrize("steps", [1, 2, 7, 100])
def test_the_late_cosine_is_constant_for_half_of_the_way(steps):
    rates = np.array([schedules.late_cosine(steps)(step) for step in range(steps + 1)])
    np.testing.assert_allclose(rates[: steps - steps // 2], 1)
    assert (np.diff(rates) <= 0).all()
    assert rates[-1] < 1e-6
