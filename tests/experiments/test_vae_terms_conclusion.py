"""What the study of a VAE's two terms says of figures whose signs are known."""

import numpy as np
import pytest

from aejax.report.tables import MINUS
from experiments._vae_terms.conclusion import conclusion
from experiments._vae_terms.evidence import (
    BOTH,
    CHANCE,
    KL,
    RECONSTRUCTION,
    Evidence,
    Seen,
    Weights,
)

PATH = (Weights(1, 0.1), BOTH, Weights(1, 4), Weights(1, 16))
SIDE = 20
NOISE = (0.002, -0.001, 0.0)
SINGLE = "a single run cannot tell"


def seen(weights, seed, **figures):
    """A model; its seed moves every figure, in its own way for each loss."""
    noise = NOISE[(seed + int(weights.beta)) % 3] if seed else 0.0
    usual = {
        "reconstruction": 150.0,
        "kl": 3.0,
        "posterior_variance": 0.1,
        "mean_variance": 0.9,
        "distance": 0.2,
        "overlap": 0.3,
        "empty": 0.1,
        "lost": 0.2,
    }
    values = {name: v + noise for name, v in {**usual, **figures}.items()}
    blank, holes = np.zeros((2, 2)), np.zeros(SIDE**2, bool)
    return Seen(weights, seed, **values, codes=blank, pictures=blank, holes=holes,
                seconds=1.0)  # fmt: skip


def evidence(seeds=3, path=PATH, **of):
    """`of`: figures of the models of one loss, or for each beta of the path."""
    figures = {RECONSTRUCTION: of.get("alone", {}), KL: of.get("kl", {})}
    for i, weights in enumerate(path):
        rising = {name: values[i] for name, values in of.get("along", {}).items()}
        figures[weights] = {**rising, **(of.get("both", {}) if weights == BOTH else {})}
    order = [RECONSTRUCTION, *path, KL]
    return Evidence(
        seen=[seen(w, seed, **figures[w]) for w in order for seed in range(seeds)],
        labels=np.array([0, 1]),
        classes=["a", "b"],
        epochs=1.0,
        far=0.5,
        records=[],
    )


def said(*arguments, **keywords):
    return conclusion(evidence(*arguments, **keywords))


def paragraph(words, start):
    (found,) = [p for p in words.split("\n\n") if p.startswith(start)]
    return found


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.2, "empty, more than the 5% that draws from the prior would leave: holes"),
        # Twice the share of chance, and told apart from it.
        (0.09, "empty, more than the 5%"),
        (0.01, "empty, less than the 5%"),
        (CHANCE, "empty, not told apart from the 5%"),
    ],
)
def test_holes_are_what_chance_does_not_leave(share, words):
    assert words in paragraph(said(kl={"empty": share}), "The KL term alone")


@pytest.mark.parametrize(
    ("share", "word"), [(0.3, "more"), (0.05, "less"), (0.1, "not told apart")]
)
def test_what_the_kl_term_changes(share, word):
    words = paragraph(said(both={"empty": share}), "Both")
    change = words[words.index("the empty share ") :].split("; ")[0]
    assert change.endswith(f"], {word}")


def test_a_silent_encoder_loses_what_lies_far_from_zero():
    """P(|z| > 0.5) = exp(-1/8) in the plane; of this grid 87 %."""
    found = evidence()
    assert found.lost_to_zero == pytest.approx(np.exp(-0.125), abs=0.02)
    words = paragraph(conclusion(found), "The KL term alone")
    assert "puts every picture at 0 would lose 87%" in words


def test_trends_are_those_of_the_figures():
    along = {
        "reconstruction": [100, 120, 140, 160],
        "kl": [9, 6, 3, 1],
        "posterior_variance": [0.1, 0.2, 0.3, 0.4],
        "overlap": [0.3, 0.5, 0.5, 0.3],
    }
    words = paragraph(said(along=along), "Between the ends")
    assert "Rising: the reconstruction error and the posterior variance;" in words
    assert "falling: the KL;" in words
    assert "without a trend: the overlap of the classes" in words
    turned = {name: values[::-1] for name, values in along.items()}
    words = paragraph(said(along=turned), "Between the ends")
    assert "Falling: the reconstruction error and the posterior variance;" in words
    assert "rising: the KL;" in words


def test_a_measure_that_never_changes_has_no_trend_to_be_told():
    found = evidence(along={"empty": [0.0] * 4})
    still = found._replace(seen=[s._replace(empty=0.0) for s in found.seen])
    assert still.trend("empty") == "constant"


def test_few_models_cannot_show_a_trend_at_all():
    """Four points in perfect order; six would do."""
    along = {"kl": [9, 6, 3, 1]}
    found = evidence(seeds=1, along=along)
    assert found.trend("kl") == "too few models"
    words = paragraph(conclusion(found), "Between the ends")
    assert "Too few models to tell a trend: the reconstruction error, the KL," in words
    assert "without a trend" not in words
    path = [Weights(1, beta) for beta in (0.1, 0.5, 1, 2, 4, 16)]
    many = evidence(seeds=1, path=path, along={"kl": [9, 8, 7, 5, 3, 1]})
    assert many.trend("kl") == "falls"


def test_which_betas_silence_the_code():
    silent = {"kl": [3, 1, 0.01, 0.001]}
    assert "With β = 4 and 16 it is below 0.05 nats" in said(along=silent)
    assert "is silent" not in said()


def test_a_single_run_tells_nothing():
    words = said(seeds=1, alone={"empty": 0.5}, both={"empty": 0.2})
    assert words.count(f"leave 5%; {SINGLE} these apart") == 3
    both = paragraph(words, "Both")
    assert f"({SINGLE} these from chance): the empty share {MINUS}0.300; " in both
    for claim in ("more than the", "less than the", "not told apart", "Rising", "["):
        assert claim not in words.replace("error [nats]", "")
