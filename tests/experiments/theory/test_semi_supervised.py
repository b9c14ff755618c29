import numpy as np
import pytest

from experiments.theory.semi_supervised import QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_labels_that_say_nothing_are_noticed():
    def shuffled(labels):
        return np.random.default_rng(0).permutation(labels)

    assert "obeyed" in QUESTION.failed(given=shuffled)
