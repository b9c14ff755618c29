import jax
import pytest

from experiments.theory.gradient_descent import QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_wrong_gradient_is_noticed():
    def wrong(f):
        return lambda x: 0.9 * jax.grad(f)(x)

    failed = QUESTION.failed(gradient=wrong)
    assert {"order_1", "order_2"} <= failed
    assert not {"classified", "seen", "undecided"} & failed
