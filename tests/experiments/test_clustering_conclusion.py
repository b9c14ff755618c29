"""The words of the clustering study follow from its figures, sign by sign."""

import numpy as np
import pytest

from aejax.report.tables import MINUS
from experiments._clustering.conclusion import conclusion
from experiments._clustering.evidence import Evidence, Found, Seen, Told, Variant
from experiments._clustering.legend import legend

FREE = Variant(10, None, 1.0)
HELD = Variant(10, 10.0, None)
AGREED = Variant(10, 10.0, None, 100.0)
LOW, HIGH = (0.60, 0.61, 0.62), (0.80, 0.83, 0.81)


def groups(seed, accuracy):
    """1,000 images of two classes, so many of them matched."""
    right = round(500 * accuracy)
    return Found(seed, np.array([[right, 500 - right], [500 - right, right]]))


def seen(variant, seed, accuracy):
    found, one = groups(seed, accuracy), np.array([1.0])
    return Seen(variant, found, one, accuracy * one, one, {}, 1.0)


def evidence(accuracies, dataset="mnist_5k", gamma_c=0.3):
    pictures = np.zeros((2, 3, 4, 4, 1))
    return Evidence(
        seen=[
            seen(v, i, a) for v, own in accuracies.items() for i, a in enumerate(own)
        ],
        references={
            "k-means on pixels": [groups(0, 0.55), groups(1, 0.57)],
            "k-means on VAE codes": [groups(0, 0.81), groups(1, 0.82)],
        },
        told=Told(pictures, 0.97, 1000, "A judge.", 10),
        samples=pictures,
        dataset=dataset,
        classes=("one", "two"),
        test_images=1000,
        convolutional=False,
        gamma=30.0,
        gamma_c=gamma_c,
    )


def words(accuracies, **fields):
    return conclusion(evidence(accuracies, **fields))


@pytest.mark.parametrize(
    ("held", "free", "said", "difference"),
    [
        (HIGH, LOW, "Capacity terms raise the accuracy: 81.3%", "+0.203"),
        (LOW, HIGH, "Capacity terms lower the accuracy: 61.0%", f"{MINUS}0.203"),
        (
            (0.6, 0.8, 0.7),
            (0.7, 0.6, 0.79),
            "Capacity terms: these seeds do not",
            "+0.003",
        ),
        ((0.8,), (0.6,), "Capacity terms: one seed cannot tell", "+0.200"),
    ],
)
def test_capacities_are_held_against_none(held, free, said, difference):
    text = words({FREE: free, HELD: held})
    assert text.startswith(said)
    assert f"accuracy {difference}" in text


@pytest.mark.parametrize(
    ("agreed", "held", "verb"), [(HIGH, LOW, "raise"), (LOW, HIGH, "lower")]
)
def test_agreement_is_held_against_none_and_says_what_else_differs(agreed, held, verb):
    text = words({HELD: held, AGREED: agreed})
    changed = "the category's capacity weighs 0.3 instead of 30"
    assert f"(weight 100; also, {changed}) {verb} the accuracy" in text
    assert "each of the two changes does alone" in text
    assert changed in legend(evidence({HELD: held, AGREED: agreed}))
    alike = words({HELD: held, AGREED: agreed}, gamma_c=30.0)
    assert f"Agreement terms (weight 100) {verb} the accuracy" in alike
    assert "weighs" not in alike
    assert "changes" not in alike


@pytest.mark.parametrize("dataset", ["mnist", "mnist_5k"])
def test_agreement_is_not_mentioned_where_there_is_none(dataset):
    found = evidence({FREE: LOW, HELD: HIGH}, dataset=dataset)
    assert "greement" not in conclusion(found) + legend(found)
    with_it = evidence({FREE: LOW, HELD: LOW, AGREED: HIGH}, dataset=dataset)
    assert "greement" in conclusion(with_it)
    assert "; agreement:" in legend(with_it)


def test_a_range_is_of_several_seeds():
    several, single = (
        words({FREE: LOW, HELD: HIGH}),
        words({FREE: (0.6,), HELD: (0.8,)}),
    )
    assert "d = 10, C = 10: 80.0% to 83.0%" in several
    assert "The best model is d = 10, C = 10, seed 1, with 83.0%" in several
    assert "over the seeds" not in single
    assert "interval" in several
    assert "interval" not in single
    assert " to " not in single.partition("The best model is")[0]
    assert "The best model is d = 10, C = 10, seed 0, with 80.0%" in single


def test_references_are_beaten_by_those_above_the_better_one():
    text = words({FREE: LOW, HELD: HIGH})
    assert "k-means on pixels 56.0%, k-means on VAE codes 81.5%" in text
    assert "0 of 3 seeds (d = 10, β = 1); 1 of 3 seeds (d = 10, C = 10)" in text


def test_the_paper_is_held_against_the_whole_mnist_only():
    reached = {FREE: LOW, HELD: HIGH, AGREED: (0.85, 0.9, 0.95)}
    text = words(reached, dataset="mnist")
    assert "best model of all is above the 88.7%" in text
    assert "with 95.0%; 2 of 9 models are above it" in text
    assert "with the capacities alone has 83.0%" in text
    missed = words({FREE: LOW, HELD: HIGH}, dataset="mnist")
    assert "stays below the 88.7%" in missed
    assert "0 of 6 models" in missed
    assert "not held against" in words(reached)


def test_the_judge_s_share_is_told():
    assert "1,000 samples of the conditional VAE the judge names 97.0%" in words(
        {FREE: LOW, HELD: HIGH}
    )
