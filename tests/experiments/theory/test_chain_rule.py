import jax.numpy as jnp
import pytest

from aejax.eval.compositions import UNARY
from experiments.theory.chain_rule import HAND, QUESTION, all_at_x

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def residual_at_x(x):
    (_, df), (_, dg), (_, dh) = UNARY[:3]
    return df(x) * (1 + dg(x) * (1 + dh(x)))


def one_way(x, y, z):
    """Forgets that x enters the second argument."""
    return jnp.cos(x + y) * (2 * x) ** 2 + z


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("chain", all_at_x),
        ("residual", residual_at_x),
        ("arguments", one_way),
    ],
)
def test_a_wrong_point_or_a_missing_term_is_noticed(kind, wrong):
    failed = QUESTION.failed(hand={**HAND, kind: wrong})
    assert failed == {kind}
