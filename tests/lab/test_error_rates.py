"""Without a true difference at most 5 % of verdicts say that there is one.

Each kind of claim is run as reports run it, on synthetic results, many times. A rate
of 5 % passes with a probability of 99.9 %.
"""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from aejax import lab, stats

SEEDS = (2, 3, 5)
SIZES, UNITS = 4, 60
RUNS = {"Trend": 100, "table": 80}
EVERYTHING_ELSE = 250
MEASURE = lab.Measure("error", "error", better="lower")


def models(random, seeds):
    """[conditions, seeds]: seeds scatter, conditions are alike."""
    common = random.normal(size=seeds)
    return common + random.normal(size=(SIZES, seeds))


def on_images(random, seeds):
    """[conditions, seeds, images]: images add little to what seeds scatter."""
    own = 0.3 * random.normal(size=(SIZES, seeds, 1))
    return own + 0.1 * random.normal(size=(SIZES, seeds, UNITS))


def coarse(random, seeds):
    """[conditions, seeds]: how many of 100 images are right, minus what is expected."""
    return random.binomial(100, 0.9, (SIZES, seeds)) / 100 - 0.9


def readings(random, seeds):
    """[readings, seeds, pairs] of the same models; pairs differ alike in all seeds."""
    models = random.normal(size=(1, seeds, UNITS))
    pairs = random.normal(size=(2, 1, UNITS))
    return models + pairs + random.normal(size=(2, seeds, UNITS))


KINDS = {
    "Trend": (models, lambda c: lab.Trend(MEASURE, "size")),
    "Versus": (models, lambda c: lab.Versus(c[1], c[0], MEASURE)),
    "Versus on images": (on_images, lambda c: lab.Versus(c[1], c[0], MEASURE)),
    "Versus, same models": (
        readings,
        lambda c: lab.Versus(c[1], c[0], MEASURE, same_model=True),
    ),
    "Best": (models, lambda c: lab.Best(MEASURE)),
    "Beats": (models, lambda c: lab.Beats(c[2], MEASURE, value=0.0, source="truth")),
    "Change": (models, lambda c: lab.Change(MEASURE, "size")),
}


def directions(results, *blocks):
    """Of each claim of a section, adjusted within it."""
    claims = [claim for block in blocks for claim in block.claims(results)]
    adjusted = stats.holm([claim.contrast.p for claim in claims])
    return [c.contrast.direction(p) for c, p in zip(claims, adjusted, strict=True)]


def assert_at_most_five_percent(false, runs):
    assert false <= scipy_stats.binom.ppf(0.999, runs, stats.LEVEL), (false, runs)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_without_a_difference(make_results, kind, seeds):
    sample, block = KINDS[kind]
    random = np.random.default_rng(seeds)
    runs = RUNS.get(kind, EVERYTHING_ELSE)
    false = 0
    for _ in range(runs):
        results = make_results(sample(random, seeds), measures=[MEASURE])
        (direction,) = directions(results, block(results.conditions))
        false += direction != 0
    assert_at_most_five_percent(false, runs)


@pytest.mark.parametrize("sample", [models, coarse])
@pytest.mark.parametrize("seeds", SEEDS)
def test_a_whole_table_without_a_difference(make_results, seeds, sample):
    """Any false verdict among nine claims of all kinds counts."""
    random = np.random.default_rng(10 + seeds)
    names = [f"m{i}" for i in range(4)]
    measures = [lab.Measure(n, n, better="lower") for n in names]
    false = 0
    for _ in range(RUNS["table"]):
        values = {name: sample(random, seeds) for name in names}
        results = make_results(values, measures=measures)
        first, *_, last = results.conditions
        found = directions(
            results,
            lab.Trend(measures[0], "size"),
            lab.Versus(last, first, measures),
            lab.Best(measures[0]),
            lab.Beats(first, measures[1], value=0.0, source="truth"),
            *(lab.Change(m, "size") for m in measures[2:]),
        )
        assert len(found) == 9
        false += any(found)
    assert_at_most_five_percent(false, RUNS["table"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_clear_difference_is_found(make_results, kind):
    """Five seeds, six standard deviations from size to size."""
    sample, block = KINDS[kind]
    random = np.random.default_rng(0)
    found = []
    for _ in range(20):
        values = sample(random, 5)
        shift = 6 * np.arange(1.0, len(values) + 1)
        values = values + shift.reshape(-1, *[1] * (values.ndim - 1))
        results = make_results(values, measures=[MEASURE])
        found += directions(results, block(results.conditions))
    expected = -1 if kind == "Best" else 1
    assert found.count(expected) >= 19
    assert -expected not in found


def test_a_p_value_without_a_difference_is_uniform():
    """Over seeds, and over units of the same models where signs agree by chance."""
    random = np.random.default_rng(1)
    ps = [stats.contrast(random.normal(size=4)).p for _ in range(300)]
    assert scipy_stats.kstest(ps, "uniform").pvalue > 1e-3
    assert not math.isnan(min(ps))
