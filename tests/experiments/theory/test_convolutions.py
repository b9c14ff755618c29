import dataclasses

import pytest

from experiments.theory.convolutions import QUESTION, module

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_layer_that_ignores_its_dilation_and_groups_is_noticed():
    def wrong(layer, channels):
        return module(dataclasses.replace(layer, dilation=1), channels)

    failed = QUESTION.failed(module=wrong)
    assert {"output", "multiplications", "field"} == failed
