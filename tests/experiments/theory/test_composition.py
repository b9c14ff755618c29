import jax.numpy as jnp
import pytest

from aejax.models import folding
from experiments.theory.composition import QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_an_activation_where_there_must_be_none_is_noticed():
    failed = QUESTION.failed(between=jnp.tanh)
    assert {"exact", "rounding", "linear", "affine"} <= failed


def test_a_bias_that_is_not_carried_through_is_noticed():
    def wrong(layers):
        right = folding.fold(layers)
        last = folding.fold(layers[-1:])
        return {**right, "bias": last["bias"]} if "bias" in right else right

    assert {"exact", "rounding"} <= QUESTION.failed(fold=wrong)
