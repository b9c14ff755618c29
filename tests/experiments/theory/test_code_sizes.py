import pytest

from experiments.theory.code_sizes import KINDS, QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_no_noise_and_no_penalty_are_noticed():
    plain = (2, False, False)
    kinds = {n: plain if n.startswith("over") else k for n, k in KINDS.items()}
    tiny = QUESTION.options(steps=5, train=500, test=100)
    failed = QUESTION.failed(tiny, kinds=kinds)
    assert {"sparse", "denoising"} <= failed
    assert not {"identity", "unmixes", "lossless"} & failed
