"""Each kind of claim with each outcome; sentence and table are one figure."""

import dataclasses
import math

import numpy as np
import pytest

from aejax import lab, stats
from aejax.lab.blocks import phrases
from aejax.lab.blocks.sections import render
from aejax.report.tables import MINUS, MISSING, interval, number

LOWER = lab.Measure("error", "error", "px", ".3f", better="lower")
HIGHER = lab.Measure("error", "accuracy", "%", ".1f", better="higher", scale=100)
NEITHER = lab.Measure("error", "extent", format=".2f")

NOISE = np.array(
    [[0.1, -0.2, 0.15], [-0.1, 0.1, 0.05], [0.2, -0.1, 0.0], [0.0, 0.1, 0.1]]
)
"""[conditions, seeds] of four conditions that do not differ."""

RISING = 3.0 * np.arange(4)[:, None] + NOISE
CLAIM, MEASURE, DIFFERENCE, INTERVAL, P, N, OUTCOME = range(7)


def rendered(results, *blocks):
    return render(lab.Section("title", *blocks), results)


def checked(results, *blocks):
    """(claims, rows of their table, findings), after comparing all three."""
    claims = [c for block in blocks for c in block.claims(results)]
    found = rendered(results, *blocks)
    (table,) = found.part.tables
    adjusted = stats.holm([c.contrast.p for c in claims])
    assert len(table.rows) == len(claims)
    for claim, p, row in zip(claims, adjusted, table.rows, strict=True):
        spec = phrases.signed(claim.measure.format)
        estimate = claim.contrast.estimate
        assert row[DIFFERENCE] == number(estimate.mean, spec)
        assert row[INTERVAL] == interval(estimate.interval, spec)
        assert row[OUTCOME] == claim.outcome(p)
        assert row[P] == shown(p)
    sentences = iter(found.findings)
    for claim, row in zip(claims, table.rows, strict=True):
        if claim.finding:
            agrees(next(sentences), row)
    assert next(sentences, None) is None
    return claims, table.rows, found.findings


def shown(p):
    return MISSING if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def agrees(sentence, row):
    """The finding has the row's figure, interval, n and outcome."""
    assert row[DIFFERENCE] in sentence
    assert row[N] in sentence
    if row[INTERVAL] != MISSING:
        assert f"95 % CI {row[INTERVAL]}" in sentence
        assert ("p < 0.001" in sentence) == (row[P] == "< 0.001")
    verbs = {
        "increasing": "increases with",
        "decreasing": "decreases with",
        phrases.NO_DIFFERENCE: "not differ significantly",
    }
    outcome = row[OUTCOME]
    assert outcome in sentence or verbs.get(outcome, outcome) in sentence


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (RISING, "increasing"),
        (-RISING, "decreasing"),
        (NOISE, phrases.NO_TREND),
        (RISING[:, :1], phrases.ONE_SEED),
        (RISING[:2], phrases.UNTESTABLE),
    ],
)
def test_trend(make_results, values, outcome):
    results = make_results(values, measures=[LOWER])
    claims, (row,), _ = checked(results, lab.Trend(LOWER, "size", label="the size"))
    assert row[OUTCOME] == outcome
    slopes = np.polyfit(np.log2([1, 2, 4, 8])[: len(values)], values, 1)[0]
    assert claims[0].contrast.estimate.mean == pytest.approx(slopes.mean())
    assert "per doubling" in row[CLAIM]


def test_a_linear_trend_is_per_unit(make_results):
    results = make_results(RISING, measures=[LOWER])
    claims, _, _ = checked(results, lab.Trend(LOWER, "size", scale="linear"))
    slopes = np.polyfit([1, 2, 4, 8], RISING, 1)[0]
    assert claims[0].contrast.estimate.mean == pytest.approx(slopes.mean())


SIDES = {
    LOWER: ("lower (better)", "higher (worse)"),
    HIGHER: ("lower (worse)", "higher (better)"),
    NEITHER: ("lower", "higher"),
}


@pytest.mark.parametrize("measure", SIDES)
@pytest.mark.parametrize(
    ("order", "side"), [((0, 3), 0), ((3, 0), 1)], ids=["lower", "higher"]
)
def test_versus(make_results, measure, order, side):
    results = make_results(RISING, measures=[measure])
    of, against = (results.conditions[i] for i in order)
    claims, (row,), _ = checked(results, lab.Versus(of, against, measure))
    assert row[OUTCOME] == SIDES[measure][side]
    assert row[N] == "3 seeds"
    expected = measure.scale * (RISING[order[0]] - RISING[order[1]]).mean()
    assert claims[0].contrast.estimate.mean == pytest.approx(expected)
    assert row[MEASURE] == measure.head


@pytest.mark.parametrize(
    ("values", "outcome"),
    [(NOISE, phrases.NO_DIFFERENCE), (RISING[:, :1], phrases.ONE_SEED)],
)
def test_versus_without_a_verdict(make_results, values, outcome):
    results = make_results(values, measures=[LOWER])
    first, *_, last = results.conditions
    _, (row,), _ = checked(results, lab.Versus(first, last, LOWER))
    assert row[OUTCOME] == outcome


def readings(*shifts, units=40):
    """[2, seeds, units]: two readings of models, the second one shifted."""
    random = np.random.default_rng(0)
    first = random.normal(size=(len(shifts), units))
    noise = 0.1 * random.normal(size=first.shape)
    return np.stack([first, first + np.array(shifts)[:, None] + noise])


@pytest.mark.parametrize(
    ("shifts", "outcome"),
    [
        ((1, 1.5, 1), "lower (better)"),
        ((-1, -1.5, -1), "higher (worse)"),
        ((3, 3, -0.2), phrases.NO_DIFFERENCE),
        ((1,), phrases.ONE_SEED),
    ],
)
def test_versus_of_readings_of_the_same_models(make_results, shifts, outcome):
    results = make_results(readings(*shifts), measures=[LOWER], unit="pairs")
    first, second = results.conditions
    claim = lab.Versus(first, second, LOWER, same_model=True)
    claims, (row,), _ = checked(results, claim)
    assert row[OUTCOME] == outcome
    assert row[N] == "40 pairs"
    assert claims[0].contrast.over == "units"
    caption = rendered(results, claim).part.tables[0].caption
    assert "pairs" in caption


def test_images_are_no_sample_of_different_models(make_results):
    """Two seeds that agree on a thousand images each are still two."""
    shifted = readings(1.0, 2.0, units=1000)
    results = make_results(shifted, measures=[LOWER], unit="images")
    _, (row,), _ = checked(results, lab.Versus(*results.conditions, LOWER))
    assert row[N] == "2 seeds"
    assert row[OUTCOME] == phrases.NO_DIFFERENCE


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (RISING, "lower (better)"),
        (NOISE, phrases.NO_DIFFERENCE),
        (RISING[:, :1], phrases.ONE_SEED),
    ],
)
def test_best(make_results, values, outcome):
    results = make_results(values, measures=[LOWER])
    claims, (row,), _ = checked(results, lab.Best(LOWER))
    assert row[OUTCOME] == outcome
    means = values.mean(1)
    first, second = np.argsort(means)[:2]
    expected = means[first] - means[second]
    assert claims[0].contrast.estimate.mean == pytest.approx(expected)
    assert results.conditions[first].label in row[CLAIM]
    plain = stats.contrast(values[first], values[second]).p
    if values.shape[1] > 1:
        assert claims[0].contrast.p == pytest.approx(min(1, 6 * plain))


def test_the_best_may_be_chosen_on_held_out_data(make_results):
    held_out = lab.Measure("held_out", "held-out error", better="lower")
    values = {"error": RISING, "held_out": RISING[[2, 0, 1, 3]]}
    results = make_results(values, measures=[LOWER, held_out])
    (claim,) = lab.Best(LOWER, on=held_out, chosen_by="held-out images").claims(results)
    assert claim.subject.startswith(f"size 2 (best) {MINUS} size 4")
    _, _, (sentence,) = checked(
        results, lab.Best(LOWER, on=held_out, chosen_by="held-out images")
    )
    assert "held-out images" in sentence


def test_the_best_of_one_or_of_survivors(make_results):
    results = make_results(RISING, measures=[LOWER])
    assert lab.Best(LOWER, among=results.conditions[:1]).claims(results) == []
    lost = RISING.copy()
    lost[1:] = np.nan
    results = make_results(lost, measures=[LOWER])
    assert lab.Best(LOWER).claims(results) == []
    lost[2] = RISING[2]
    _, (row,), _ = checked(make_results(lost, measures=[LOWER]), lab.Best(LOWER))
    assert row[CLAIM] == f"size 1 (best) {MINUS} size 4 (second)"


@pytest.mark.parametrize(
    ("level", "outcome"),
    [(5.0, "lower (better)"), (-5.0, "higher (worse)"), (0.0, phrases.NO_DIFFERENCE)],
)
@pytest.mark.parametrize("is_published", [True, False])
def test_beats(make_results, level, outcome, is_published):
    results = make_results(
        NOISE, measures=[LOWER], baselines={"PCA": {"error": [level, 1, 2, 3]}}
    )
    how = {"value": level, "source": "A paper"} if is_published else {"baseline": "PCA"}
    claim = lab.Beats(results.conditions[0], LOWER, **how)
    claims, (row,), (sentence,) = checked(results, claim)
    assert row[OUTCOME] == outcome
    assert claims[0].contrast.estimate.mean == pytest.approx(NOISE[0].mean() - level)
    assert ("A paper" if is_published else "PCA") in row[CLAIM]
    assert number(level, ".3f") in sentence


def test_beats_without_a_verdict_or_a_baseline(make_results):
    results = make_results(NOISE[:, :1], measures=[LOWER])
    first = results.conditions[0]
    _, (row,), _ = checked(results, lab.Beats(first, LOWER, value=9.0, source="x"))
    assert row[OUTCOME] == phrases.ONE_SEED
    assert lab.Beats(first, LOWER, baseline="none").claims(results) == []


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (RISING, "higher"),
        (-RISING, "lower"),
        (NOISE, phrases.NO_DIFFERENCE),
        (RISING[:, :1], phrases.ONE_SEED),
    ],
)
def test_change(make_results, values, outcome):
    results = make_results(values, measures=[NEITHER])
    claims, (row,), (sentence,) = checked(results, lab.Change(NEITHER, "size"))
    assert row[OUTCOME] == outcome
    assert row[CLAIM] == f"size 8 {MINUS} size 1"
    expected = (values[-1] - values[0]).mean()
    assert claims[0].contrast.estimate.mean == pytest.approx(expected)
    assert number(values[0].mean(), ".2f") in sentence


def test_change_passes_over_what_has_no_value(make_results):
    lost = RISING.copy()
    lost[0] = np.nan
    results = make_results(lost, measures=[NEITHER])
    _, (row,), _ = checked(results, lab.Change(NEITHER, "size"))
    assert row[CLAIM] == f"size 8 {MINUS} size 2"
    lost[:3] = np.nan
    results = make_results(lost, measures=[NEITHER])
    assert lab.Change(NEITHER, "size").claims(results) == []


def test_claims_of_a_section_are_one_family(make_results):
    """The p of each is adjusted for all of its section, and for no other one."""
    results = make_results(RISING + 3 * NOISE, measures=[LOWER])
    a, b, c, d = results.conditions
    blocks = [lab.Versus(a, x, LOWER) for x in (b, c, d)]
    claims, rows, _ = checked(results, *blocks)
    plain = [claim.contrast.p for claim in claims]
    assert [row[P] for row in rows] == [shown(p) for p in stats.holm(plain)]
    assert [row[P] for row in rows] != [shown(p) for p in plain]
    alone = [checked(results, block)[1][0][P] for block in blocks]
    assert alone == [shown(p) for p in plain]
    intervals = [checked(results, block)[1][0][INTERVAL] for block in blocks]
    assert [row[INTERVAL] for row in rows] == intervals


def test_a_verdict_may_be_lost_to_the_family(make_results):
    values = np.stack([*NOISE, NOISE[0] + np.array([0.3, 0.35, 0.2])])
    results = make_results(values, measures=[LOWER])
    last, others = results.conditions[-1], results.conditions[:-1]
    main = lab.Versus(last, others[0], LOWER)
    assert checked(results, main)[1][0][OUTCOME] == "higher (worse)"
    rest = [lab.Versus(others[0], x, LOWER) for x in others[1:]]
    _, rows, findings = checked(results, main, *rest)
    assert rows[0][OUTCOME] == phrases.NO_DIFFERENCE
    assert phrases.NO_DIFFERENCE in findings[0]


def test_only_headlines_are_findings_and_explained(make_results):
    other = dataclasses.replace(LOWER, name="other", label="other")
    values = {"error": RISING, "other": -RISING}
    results = make_results(values, measures=[LOWER, other])
    why = {"increasing": "It grows.", "decreasing": "It shrinks."}
    trend = lab.Trend((LOWER, other), "size", because=why)
    found = rendered(results, trend)
    assert len(found.findings) == 1
    assert found.explanations == ("It grows.",)
    trend = dataclasses.replace(trend, headline=("other",))
    found = rendered(results, trend)
    assert len(found.part.tables[0].rows) == 2
    assert found.explanations == ("It shrinks.",)
    quiet = lab.Change(LOWER, "size", finding=False)
    assert rendered(results, quiet).findings == ()
    versus = lab.Versus(*results.conditions[:2], (LOWER, other), headline=())
    assert rendered(results, versus).findings == ()


def test_blocks_stand_where_they_belong(make_results):
    results = make_results(RISING, measures=[LOWER])
    found = rendered(
        results,
        "A paragraph.",
        lab.Caution(True, "Care."),
        lab.Caution(False, "No care."),
        lab.Explanation("Because."),
        lab.Summary([LOWER]),
    )
    assert found.part.text == "A paragraph."
    assert list(found.part.notes) == ["Care."]
    assert found.explanations == ("Because.",)
    assert len(found.headlines) == 1
    with pytest.raises(TypeError, match="is no block"):
        rendered(results, 3)


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("accuracy is higher", "Accuracy is higher"),
        ("two-stage VAE, recall", "Two-stage VAE, recall"),
        ("d = 4 and d = 8", "d = 4 and d = 8"),
        ("β = 3, recall", "β = 3, recall"),
        ("mean |r| decreases", "Mean |r| decreases"),
        ("GAN and VAE", "GAN and VAE"),
    ],
)
def test_a_sentence_begins_with_a_capital_but_not_a_symbol(text, begun):
    assert phrases.sentence(text) == begun
