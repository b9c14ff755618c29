import pytest

from experiments.theory.supervision import CLASSES, IMAGES, QUESTION, WEIGHTS

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_objectives_that_are_swapped_are_noticed():
    swapped = {**WEIGHTS, IMAGES: WEIGHTS[CLASSES], CLASSES: WEIGHTS[IMAGES]}
    failed = QUESTION.failed(weights=swapped)
    assert {"class", "position", "slant", "cost"} <= failed
