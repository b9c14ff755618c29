import pytest

from experiments.theory.complex_images import KINDS, QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_models_without_free_bits_are_noticed():
    """All have the same variance, too: whatever a model is said to have, it lacks."""
    options = QUESTION.options(seeds=2, steps=5, hidden=8, train=200, test=100)
    same = {
        label: {**own, "deviation": own["deviation"] and 0.25, "free_bits": 0.0}
        for label, own in KINDS.items()
    }
    failed = QUESTION.failed(options, kinds=same)
    assert {"free", "price"} <= failed
