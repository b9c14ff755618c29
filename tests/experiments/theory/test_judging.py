import pytest

from experiments.theory.judging import QUESTION


@pytest.mark.slow
def test_claims_hold(answered):
    answered(QUESTION)
