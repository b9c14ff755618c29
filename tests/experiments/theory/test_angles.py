import pytest

from aejax.losses import circular
from experiments.theory.angles import QUESTION, Options

# Questions run for seconds to a minute.
pytestmark = pytest.mark.slow


# It trains sixteen networks.
def test_claims_hold(answered, standard_promotion):
    answered(QUESTION)


def test_a_loss_that_does_not_know_the_circle_is_noticed(standard_promotion):
    tiny = Options(seeds=1, steps=1, width=2, train=200, test=200, dataset="mnist_5k")

    def naive(one, other):
        return 1.01 * circular.naive(one, other)

    # Of a single seed nothing else can be tested.
    assert QUESTION.failed(tiny, circular=naive) == {"degrees", "slope"}
