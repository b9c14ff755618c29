import numpy as np
import pytest

from experiments.theory.translation import QUESTION


@pytest.mark.skip(reason="not yet seen to pass since all questions were merged")
@pytest.mark.slow
def test_claims_hold(answered):
    answered(QUESTION)


@pytest.mark.skip(reason="not yet seen to pass since all questions were merged")
@pytest.mark.slow
def test_pairs_that_all_fit_are_noticed():
    def exact(key, outline, strength):
        del key, strength
        return np.stack([outline] * 3)

    failed = QUESTION.failed(paired=exact)
    assert {"loose", "none"} <= failed
    assert not {"pairs", "judge"} & failed
