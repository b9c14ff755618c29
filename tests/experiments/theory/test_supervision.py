import pytest

from experiments.theory.supervision import CLASSES, IMAGES, QUESTION, WEIGHTS


@pytest.mark.slow
def test_claims_hold(answered):
    answered(QUESTION)


@pytest.mark.slow
def test_objectives_that_are_swapped_are_noticed():
    swapped = {**WEIGHTS, IMAGES: WEIGHTS[CLASSES], CLASSES: WEIGHTS[IMAGES]}
    assert {"class", "position", "slant", "enough"} <= QUESTION.failed(weights=swapped)
