import pytest

from experiments.theory.holes import QUESTION, TERMS

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_vae_without_its_noise_and_penalty_is_noticed():
    plain = {**TERMS, "VAE": TERMS["autoencoder"]}
    failed = QUESTION.failed(terms=plain)
    assert {"empty", "steep", "clear", "smooth"} <= failed
    assert "fitted" not in failed
