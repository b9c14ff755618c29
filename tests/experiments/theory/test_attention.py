import pytest

from aejax.models.attention import from_convolution
from experiments.theory.attention import QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_heads_at_mirrored_offsets_are_noticed():
    """A convolution is no correlation: the order of the taps matters."""

    def mirrored(kernel, sharpness):
        return from_convolution(kernel[::-1, ::-1], sharpness)

    failed = QUESTION.failed(build=mirrored)
    assert failed == {"convolution"}
