import pytest

from aejax.losses.reconstruction import squared
from experiments.theory.pixel_losses import LOSSES, QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_squared_error_in_the_place_of_bce_is_noticed():
    failed = QUESTION.failed(losses={**LOSSES, "BCE": squared})
    assert {"bernoulli", "kl_gradient", "plateau", "mse"} <= failed
    assert not {"gaussian", "best"} & failed
