import numpy as np
import pytest

from experiments.theory.translation import QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_pairs_that_all_fit_are_noticed():
    def exact(key, outline, strength):
        del key, strength
        return np.stack([outline] * 3)

    tiny = QUESTION.options(seeds=2, steps=2, test=100)
    failed = QUESTION.failed(tiny, paired=exact)
    assert {"loose", "none"} <= failed and "judge" not in failed
