"""What the interpolation study says of figures that are known."""

import numpy as np
import pytest

from experiments._interpolation.conclusion import conclusion
from experiments._interpolation.evidence import (
    ARC,
    DEPARTURE,
    FADE,
    LINE,
    MEASURES,
    NEAREST,
    Evidence,
    Method,
    Seen,
)
from experiments._interpolation.sections import sections

PAIRS, FRAMES = 40, 5
SHORT, LONG = Method(LINE, 2), Method(LINE, 8)
NOISE = np.random.default_rng(0).normal(size=(4, PAIRS)) * 0.01


def seen(level, seed=0):
    """A model of which every measure is near a level: measure -> [pairs]."""
    own = {m.column: level[m.column] + NOISE[seed] for m in MEASURES}
    along = np.zeros(FRAMES)
    return Seen(**own, nearest_along=along, confidence_along=along)


def evidence(seeds=4, wobble=0.0, **lift):
    """Two sizes; the longer code's line lies higher by `lift`, or 0.

    `wobble`: by so much more with even seeds, and by so much less with odd ones.
    """
    columns = [m.column for m in MEASURES]
    places = np.zeros((PAIRS, 2), int)
    made = Evidence("The judge.", places, places[:1], np.zeros(2, int))
    made.add(FADE, 0, seen(dict.fromkeys(columns, 0.5)))
    for seed in range(seeds):
        own = (1, -1)[seed % 2] * wobble
        for zdim in (2, 8):
            level = {c: 1 + (lift.get(c, 0) + own) * (zdim == 8) for c in columns}
            made.add(Method(LINE, zdim), seed, seen(level, seed))
            bent = {c: level[c] + 0.3 for c in columns}
            # Other noise than the line's, or their difference would have no spread.
            made.add(Method(ARC, zdim), seed, seen(bent, (seed + 1) % 4))
    for method in made.methods:
        made.show(method, np.zeros((1, FRAMES, 4, 4, 1)))
    return made


def verdicts(made, one, other):
    return {m.column: made.difference(one, other, m).verdict for m in MEASURES}


def test_more_is_better_or_worse_by_the_measure():
    made = evidence()
    higher = {
        "nearest": "worse",
        "confidence": "better",
        "direct": "better",
        "changes": "more",
        "unevenness": "worse",
        "departure": "more",
    }
    lower = {"worse": "better", "better": "worse", "more": "less"}
    assert verdicts(made, SHORT, FADE) == higher
    assert verdicts(made, FADE, SHORT) == {c: lower[v] for c, v in higher.items()}
    assert verdicts(made, Method(ARC, 2), SHORT) == higher
    assert set(verdicts(made, LONG, SHORT).values()) == {"not told apart"}


def test_of_two_sizes_a_single_seed_tells_nothing():
    lift = {m.column: 0.2 for m in MEASURES}
    one, two = evidence(seeds=1, **lift), evidence(seeds=2, **lift)
    assert set(verdicts(one, LONG, SHORT).values()) == {"a single run cannot tell"}
    assert "not told apart" not in verdicts(two, LONG, SHORT).values()
    # Ways through one model are told apart by the pairs alone.
    assert verdicts(one, Method(ARC, 8), LONG)["nearest"] == "worse"
    said = conclusion(one)
    assert "held against that at d = 2: a single run cannot tell." in said
    assert "a single run cannot tell whether it is due to the size." in said
    assert "With the longer code" not in said
    assert "With the longer code" in conclusion(two)
    for section in sections(one):  # They can be drawn, too.
        assert section.title


def test_of_two_sizes_the_seeds_have_to_agree_beyond_their_signs():
    """Differences 0.05 and 0.35: over pairs all but certain, over seeds not."""
    steady = evidence(wobble=0.01, nearest=0.2)
    unsteady = evidence(seeds=2, wobble=0.15, nearest=0.2)
    assert steady.difference(LONG, SHORT, NEAREST).verdict == "worse"
    found = unsteady.difference(LONG, SHORT, NEAREST)
    assert found.verdict == "not told apart"
    assert found.spread.n == 2
    assert found.spread.mean == pytest.approx(0.2)


def test_seeds_of_opposite_signs_are_not_told_apart():
    """The arc is better with one seed and worse with the other, by unequal amounts."""
    made = evidence(seeds=2)
    columns = [m.column for m in MEASURES]
    for seed, level in enumerate((1.3, 0.9)):
        made.add(Method(ARC, 2), seed, seen(dict.fromkeys(columns, level), 2))
    found = made.difference(Method(ARC, 2), SHORT, NEAREST)
    assert found.spread.interval[0] > 0
    assert found.verdict == "not told apart"


@pytest.mark.parametrize(
    ("departure", "nearest", "said"),
    [
        (-0.2, 0.2, "depart less from that cross-fade; with the longer code they lie "
                    "further from real pictures."),
        (0.2, -0.2, "depart more from that cross-fade; with the longer code they lie "
                    "nearer to real pictures."),
        (0, 0, "In their departure from that cross-fade the two sizes are not told "
               "apart; in their distance to real pictures the two sizes are not told "
               "apart."),
    ],
)  # fmt: skip
def test_departure_and_distance_are_said_as_they_were_measured(
    departure, nearest, said
):
    made = evidence(wobble=0.01, departure=departure, nearest=nearest)
    assert said in conclusion(made)
    size = made.difference(LONG, SHORT, DEPARTURE).spread
    assert size.mean == pytest.approx(departure, abs=1e-12)
    assert f"is {1 + NOISE.mean():.3f} at d = 2" in conclusion(made)
