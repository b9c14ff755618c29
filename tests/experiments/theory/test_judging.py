import numpy as np
import pytest

from experiments.theory.judging import QUESTION

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


def test_claims_hold(answered):
    answered(QUESTION)


def test_a_criterion_that_is_chance_is_noticed():
    random = np.random.default_rng(0)

    def judge(codes, images, seed):
        names = ("rank", "trust", "silhouette", "davies", "calinski")
        return dict(zip(names, random.normal(size=5), strict=True))

    tiny = QUESTION.options(steps=5, train=500, test=200, images=100, labels=100)
    failed = QUESTION.failed(tiny, judge=judge)
    assert {"rank_all", "trust_all", "silhouette_all", "beyond_rank"} <= failed
    assert {"davies_all", "rank_within", "trust_within"} <= failed
