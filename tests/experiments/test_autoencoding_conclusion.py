"""What the reconstruction study says of figures that are known."""

import numpy as np
import pytest

from aejax.metrics.pca import PcaReference
from aejax.report.tables import MINUS, MISSING
from experiments._autoencoding.conclusion import conclusion
from experiments._autoencoding.evidence import Config, Evidence, Seen, plan
from experiments._autoencoding.sections import sections, varied

BASE = Config(zdim=10, width=8, depth=3, fc_layers=0)
PATHS = plan(BASE, {"zdim": (2, 5, 10), "width": (4, 8, 16)})
# Halved from one size to the next; narrow is worse, wide is better.
ERRORS = {
    BASE._replace(zdim=2): 0.04,
    BASE._replace(zdim=5): 0.02,
    BASE: 0.01,
    BASE._replace(width=4): 0.03,
    BASE._replace(width=16): 0.004,
}


def evidence(seeds=3, errors=ERRORS, paths=PATHS, train=0.5):
    """Members whose error is known, up to a hundredth from seed to seed."""
    noise = np.random.default_rng(0).normal(1, 0.01, (seeds, len(errors)))
    seen = [
        Seen(
            config=config,
            seed=seed,
            mse=error * noise[seed, place],
            train_mse=train * error * noise[seed, place],
            psnr=20.0,
            ssim=0.5,
            parameters=100 * config.width,
            flops=100,
            seconds=1.0,
            pictures=np.zeros((1, 8, 8, 1), np.float32),
        )
        for place, (config, error) in enumerate(errors.items())
        for seed in range(seeds)
    ]
    return Evidence(
        seen=seen,
        paths=paths,
        base=BASE,
        pca={d: PcaReference(0.05, np.zeros((1, d)), d) for d in (2, 5, 10)},
        originals=np.zeros((1, 8, 8, 1), np.float32),
        train_images=700,
        ssim_images=9,
        epochs=1.0,
        records=[
            {"member": one.config.member(one.seed), "step": step, "test_mse": one.mse}
            for one in seen
            for step in (1, 2)
        ],
    )


def shape(found):
    """The paragraph about the width."""
    return next(p for p in conclusion(found).split("\n\n") if "channels" in p)


def test_a_larger_error_is_worse_and_a_smaller_one_better():
    narrow, wide = shape(evidence()).split(", with 16 ")
    assert "with 4 by +0.0" in narrow
    assert "(worse)" in narrow
    assert wide.startswith(f"by {MINUS}0.0")
    assert "(better)" in wide
    assert "95 % intervals, paired by seed" in wide


def test_equal_errors_are_not_told_apart():
    same = shape(evidence(errors={**ERRORS, BASE._replace(width=4): ERRORS[BASE]}))
    assert same.split(", with 16 ")[0].endswith("(not told apart)")


def test_one_seed_has_no_interval_and_no_verdict():
    said = shape(evidence(seeds=1))
    assert "with 4 by +0.0" in said
    assert "one seed" in said
    for word in ("interval", "[", MISSING, "better", "worse", "nan"):
        assert word not in said


def test_the_effect_of_a_doubling_is_an_average_over_the_sizes():
    said = next(p for p in conclusion(evidence()).split("\n\n") if "doubling" in p)
    # From 2 to 10 are log2(5) = 2.32 doublings, and the error falls to a quarter.
    factor = float(said.split("multiplied by ")[1].split()[0])
    assert factor == pytest.approx(0.25 ** (1 / np.log2(5)), abs=0.03)
    assert "on average over these sizes" in said


@pytest.mark.parametrize(("train", "ratio"), [(0.5, "2.00"), (1.25, "0.80")])
def test_test_error_is_held_against_training_error(train, ratio):
    last = conclusion(evidence(train=train)).split("\n\n")[-1]
    assert f"is {ratio} times that" in last
    assert "700 training images" in last


def test_a_section_is_named_after_what_is_varied():
    assert varied(["depth", "width", "fc_layers"]) == "depth, width and dense layers"
    assert varied(["zdim", "width"]) == "latent size and width"
    only = {"width": PATHS["width"]}
    titles = [s.title for s in sections(evidence(paths=only))]
    assert titles == ["Width", "All configurations"]
