import pytest

from experiments.theory.reparameterization import (
    QUESTION,
    Options,
    as_given,
    pathwise,
    score,
)

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow

TINY = Options(seeds=1, dims=(1, 2, 4), samples=16)


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_sample_without_its_path_is_noticed():
    assert "unbiased_0" in QUESTION.failed(TINY, pathwise=as_given)


def test_a_score_of_the_wrong_density_is_noticed():
    """Of twice the variance."""

    def wrong(f, mu, sigma, noise, baseline=0.0):
        return [g / 2 for g in score(f, mu, sigma, noise, baseline)]

    failed = QUESTION.failed(TINY, score=wrong)
    assert "unbiased_1" in failed and "unbiased_0" not in failed


def test_one_estimator_in_place_of_the_other_keeps_the_mean():
    failed = QUESTION.failed(TINY, pathwise=score)
    assert "unbiased_0" not in failed and "path" in failed
    assert pathwise is not score
