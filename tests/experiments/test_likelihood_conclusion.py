"""The words and tables of the likelihood study follow from its figures."""

import numpy as np
import pytest

from aejax.report.tables import MINUS
from experiments._likelihood.conclusion import conclusion
from experiments._likelihood.evidence import OURS, TORCH, Evidence, Seen
from experiments._likelihood.sections import headline

IMAGES = np.random.default_rng(0).normal(0, 3, 30)
CURVE = {100: -120.0, 400: -100.0, 1000: -97.0}


def seen(side, k, seed, level, curve):
    # Images differ much, models on the same image little.
    values = level + IMAGES - IMAGES.mean() + 0.1 * np.cos(np.arange(30) + seed + k)
    steps, bounds = (np.array(list(a)) for a in (curve, curve.values()))
    return Seen(side, k, seed, values, 20, steps, bounds, 1.0)


def evidence(levels, dataset="mnist", curve=CURVE):
    """Of levels {(side, k): one log-likelihood per seed}; 1,000 steps are 10 epochs."""
    models = [
        seen(side, k, seed, level, curve)
        for (side, k), own in levels.items()
        for seed, level in enumerate(own)
    ]
    return Evidence(models, 500, 10.0, 2000, 20, dataset, "paper", "a device")


def words(levels, **fields):
    return conclusion(evidence(levels, **fields))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((-85, -86), ("+4.", "higher.")),
        ((-95, -94), (f"{MINUS}4.", "lower.")),
        ((-89, -91), ("", "not told apart.")),
        ((-85,), ("+5.", "higher, one seed.")),
    ],
)
def test_more_samples_are_held_against_the_fewest(more, said):
    text = words({(OURS, 1): (-90,) * len(more), (OURS, 5): more})
    (line,) = [part for part in text.split("\n\n") if part.startswith("Held against")]
    assert f"IWAE, k = 5: {said[0]}" in line
    assert line.endswith(said[1])


@pytest.mark.parametrize(("theirs", "sign"), [(-89, "+1."), (-91, MINUS)])
def test_pytorch_is_held_against_aejax(theirs, sign):
    text = words({(OURS, 1): (-90, -90), (TORCH, 1): (theirs, theirs)})
    assert f"less aejax: VAE, k = 1: {sign}" in text
    assert "PyTorch" not in words({(OURS, 1): (-90, -90)})


@pytest.mark.parametrize(
    ("theirs", "said"), [(-90.2, "not of the program"), (-93, "may come from the prog")]
)
def test_a_distance_is_the_program_s_where_pytorch_is_nearer(theirs, said):
    text = words({(OURS, 1): (-90, -90), (TORCH, 1): (theirs, theirs)})
    assert said in text


@pytest.mark.parametrize(("level", "sign"), [(-90.0, f"{MINUS}3.2"), (-86.0, "+0.7")])
def test_the_distance_to_what_is_published_has_its_sign(level, sign):
    text = words({(OURS, 1): (level, level)})
    assert f"The distance to them, in nats: {sign}" in text
    assert "10 of the 3,280 epochs behind the published values, 0.30%" in text


def test_what_the_latter_part_gave_names_its_epochs():
    levels = {(OURS, 1): (-90, -90)}
    rising = words(levels)
    said = "From epoch 4 to 10 the test bound changed by {}3.00 (VAE, k = 1) nats."
    assert said.format("+") in rising
    falling = words(levels, curve={400: -94.0, 1000: -97.0})
    assert said.format(MINUS) in falling
    assert "changed" not in words(levels, curve={1000: -97.0})


def test_the_latter_part_begins_at_the_look_nearest_to_the_middle():
    levels = {(OURS, 1): (-90, -90)}
    late = words(levels, curve={100: -120.0, 900: -100.0, 1000: -97.0})
    assert "From epoch 1 to 10 the test bound changed by +23.00" in late
    only = words(levels, curve={900: -100.0, 1000: -97.0})
    assert "From epoch 9 to 10 the test bound changed by +3.00" in only


THREE = {(OURS, k): (-90, -91) for k in (1, 5, 50)}


def test_published_values_stand_beside_mnist_only():
    table = headline(evidence(THREE)).text()
    for value in ("86.76", "85.54", "84.78"):
        assert value in table
    other = headline(evidence(THREE, dataset="mnist_5k")).text()
    assert "86.76" not in other
    assert "published" not in other
    assert "not held against mnist_5k" in words(THREE, dataset="mnist_5k")


def test_both_sides_stand_below_each_other_with_what_they_ran_on():
    both = {**THREE, **{(TORCH, k): own for (_, k), own in THREE.items()}}
    table = headline(evidence(both))
    assert [row[1] for row in table.rows] == [OURS, TORCH] * 3
    assert "aejax on a device, PyTorch on 1 thread" in table.caption
    assert "PyTorch" not in headline(evidence(THREE)).caption
