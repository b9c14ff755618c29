import pytest

from experiments.theory.disentanglement import FAMILIES, QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_weights_that_do_nothing_are_noticed():
    """All of them train the ELBO."""
    elbo = {family: {w: {} for w in weights} for family, weights in FAMILIES.items()}
    tiny = QUESTION.options(seeds=2, steps=10, hidden=8, size=8)
    failed = QUESTION.failed(tiny, chosen=elbo)
    assert {"tc", "capacity"} <= failed
    assert not {"factors", "rotation"} & failed
