import pytest

from experiments.theory.dilated_convolution import QUESTION, Options

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


# They train networks.
def test_claims_hold(answered, standard_promotion):
    answered(QUESTION)


def test_a_dilation_that_is_none_is_noticed(standard_promotion):
    tiny = Options(seeds=1, steps=1, examples=80, width=2, depth=3)
    failed = QUESTION.failed(tiny, dilation=lambda layer: 1)
    assert {"field", "exponential"} <= failed
