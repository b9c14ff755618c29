import pytest

from experiments.theory.complex_images import QUESTION, all_kinds

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_likelihood_of_one_variance_is_noticed():
    """Whatever σ a model is said to have, it has another one."""
    options = QUESTION.options(seeds=2, steps=5, hidden=8, train=200, test=100)
    same = {
        label: {**own, "deviation": own["deviation"] and 0.25, "free_bits": 0.0}
        for label, own in all_kinds(options).items()
    }
    failed = QUESTION.failed(options, kinds=same)
    assert {"collapse", "blur", "free", "price"} <= failed
