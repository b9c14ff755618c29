"""What the study of few labels says of figures that are known."""

import numpy as np
import pytest

from aejax.report.tables import MINUS, MISSING
from experiments._transfer import conclusion, tables
from experiments._transfer.evidence import Evidence, Outcome
from experiments._transfer.regimes import (
    FROZEN,
    PIXELS,
    PROPAGATED,
    REGIMES,
    SCRATCH,
    TUNED,
)

DRAWS = 4
LABELS = (10, 100)
# Test accuracy of every regime; (1) is better than (2), (3) and (4).
BASE = dict(zip(REGIMES, (0.90, 0.85, 0.80, 0.70, 0.91, 0.88, 0.92, 0.97), strict=True))


def evidence(shift=None, train=None, seeds=2, draws=DRAWS, base=BASE):
    """Figures with a spread of a tenth of a point over draws.

    Args:
      shift: regime -> what each seed's accuracy lies above the base.
      train: (regime, labels) -> accuracy on labelled images, 1 if not given.
      seeds: of encoders.
      draws: of labels, for each seed.
      base: regime -> mean test accuracy.
    """

    def outcome(place, regime, labels):
        noise = np.random.default_rng(place).normal(0, 1e-3, (seeds, draws))
        noise -= noise.mean(1, keepdims=True)
        own = np.reshape((shift or {}).get(regime, [0] * seeds), (seeds, 1))
        test = (base[regime] + own + noise).ravel().tolist()
        known = [(train or {}).get((regime, labels), 1.0)] * (seeds * draws)
        return Outcome(test, known, np.eye(10).tolist(), 1.0)

    return Evidence(
        outcomes={
            (r, n): outcome(place, r, n)
            for place, r in enumerate(REGIMES)
            for n in LABELS
        },
        regimes=REGIMES,
        labels=LABELS,
        draws=draws,
        seeds=seeds,
        steps={"head": 30, "network": 20},
        classes=[str(c) for c in range(10)],
        tests=1000,
        train=4000,
        choices={},
    )


def paragraph(found, beginning):
    """The paragraph of a conclusion that begins so; "" if none does."""
    parts = conclusion.conclusion(found).split("\n\n")
    return next((part for part in parts if part.startswith(beginning)), "")


def test_a_frozen_encoder_that_is_better_is_called_better():
    said = paragraph(evidence(), "An MLP on the frozen code")
    random, pixels = said.split("Against logistic regression")
    for part, points in ((random, "+10.0"), (pixels, "+20.0")):
        assert part.count("better") == 2
        assert points in part
        assert "worse" not in part


def test_fine_tuning_that_is_worse_is_called_worse():
    assert f"with 10, 100 labels worse ({MINUS}5" in paragraph(
        evidence(), "Fine-tuning"
    )
    better = evidence(base={**BASE, TUNED: 0.95})
    assert "with 10, 100 labels better (+5" in paragraph(better, "Fine-tuning")


def test_seeds_that_disagree_tell_nothing_apart():
    """Each seed is certain of its own encoder, and the interval excludes zero."""
    found = evidence({TUNED: (0.08, 0.045)}, draws=20)
    difference = found.difference(100)
    assert difference.spread.mean > difference.spread.half_width
    assert np.sign(difference.by_seed).tolist() == [1, -1]
    assert "with 10, 100 labels not told apart" in paragraph(found, "Fine-tuning")


def test_means_by_seed_are_those_of_its_own_draws():
    found = evidence({TUNED: (0.01, -0.03)}).difference(10, TUNED, FROZEN)
    np.testing.assert_allclose(found.by_seed, (-4, -8))
    np.testing.assert_allclose(found.spread.mean, np.mean(found.by_seed))


@pytest.mark.parametrize(
    ("accuracy", "word"),
    [(0.97, "reached"), (0.90, "missed"), (0.93, "not told apart")],
)
def test_the_goal_is_judged_by_the_interval(accuracy, word):
    last = paragraph(evidence(base={**BASE, PROPAGATED: accuracy}), "With 100 labels")
    goal = last.split("The goal of 93 %")[1].split(". ")[0]
    by_word = {part.split(": ")[-1]: part for part in goal.split("; ")}
    assert "(7) propagation" in by_word[word]
    for frozen in ("(1) frozen", "(5) logistic", "(5) k-NN", "(6) denoising"):
        assert frozen in by_word["missed"]
    for other in ("(2)", "(3)", "(4)"):
        assert other not in goal


def test_training_that_was_too_short_is_no_over_fitting():
    found = evidence(train={(TUNED, 100): 0.96, (SCRATCH, 10): 0.985})
    tuned = paragraph(found, "Fine-tuning")
    assert "with 10 labels worse;" in tuned
    assert (
        "with 100 labels worse, though (2) fine-tuned is not trained to the end in 20 "
        "steps" in tuned
    )
    random = paragraph(found, "An MLP on the frozen code").split(". Against")[0]
    assert random.count("(3) random is not trained to the end in 20 steps") == 1
    gaps = paragraph(found, "Over-fitting")
    assert gaps.endswith("(2) fine-tuned: 15.0 with 10.")
    short = paragraph(found, "Not trained to the end")
    assert "(2) fine-tuned, 20 steps: 96.0 % with 100" in short
    assert "(3) from random weights, 20 steps: 98.5 % with 10" in short
    assert "(1)" not in short


def test_trained_to_the_end_there_is_no_caution():
    said = conclusion.conclusion(evidence())
    assert "trained to the end" not in said
    # What needs no steps is not judged by them.
    said = conclusion.conclusion(evidence(train={(PIXELS, 10): 0.9}))
    assert "trained to the end" not in said


def test_intervals_are_said_to_be_over_draws():
    for seeds, which in ((1, "this encoder"), (2, "these encoders")):
        found = evidence(seeds=seeds)
        assert f"over draws, for {which}" in conclusion.conclusion(found)
        assert f"over draws, for {which}" in tables.headline(found).caption


def test_a_single_run_cannot_tell():
    said = conclusion.conclusion(evidence(seeds=1, draws=1))
    assert "cannot tell" in said
    for word in ("better", "worse", "reached", "missed", "[", MISSING, "nan"):
        assert word not in said
