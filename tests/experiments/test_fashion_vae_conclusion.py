"""What the study of dense VAEs says of figures whose signs are known."""

import numpy as np
import pytest

from experiments._fashion_vae.conclusion import conclusion
from experiments._fashion_vae.evidence import (
    AE_BCE,
    AE_MSE,
    GAUSSIAN,
    MIXTURE,
    PRIOR,
    Config,
    Evidence,
    Seen,
    Terms,
)
from experiments._fashion_vae.sections import layers_title

SHALLOW, DEEP, SMALL = Config((40,), 5), Config((40, 20), 5), Config((20,), 5)
# Seeds differ by these; two models never in the same way.
NOISE = {SHALLOW: (0.02, -0.01, 0.0), DEEP: (-0.01, 0.0, 0.02), SMALL: (0.0, 0.02, 0)}
SINGLE = "a single run cannot tell"


def seen(config, seed, kind="vae", train=100.0, gap=2.0, mse=0.02, frechet=None):
    # Plain autoencoders differ from the VAE of their seed, too.
    noise = NOISE[config][seed] + {"vae": 0, AE_BCE: 0.01, AE_MSE: -0.01}[kind] * seed
    blank = np.zeros((1, 2))
    return Seen(
        kind=kind,
        config=config,
        seed=seed,
        train=Terms(train - 10 - noise, 10.0),
        test=Terms(train + gap - 10 + noise, 10.0),
        validation_loss=train + gap,
        mse=mse + noise / 100,
        log_likelihood=-train,
        active=5,
        frechet={way: v + noise for way, v in (frechet or {PRIOR: 50.0}).items()},
        codes=blank,
        pictures=blank,
        samples={},
    )


def said(
    seeds=3, layers=(SHALLOW, DEEP), mse=(0.01, 0.01), fitted=(40.0, 20.0), **other
):
    """The report; `other` says what the model is like that is not the first one."""
    fits = dict(zip((GAUSSIAN, MIXTURE), fitted, strict=True))
    models = [
        *((SHALLOW, "vae", {}), (DEEP, "vae", other), (SMALL, "vae", other)),
        (SHALLOW, AE_BCE, {"mse": mse[0], "frechet": fits}),
        (SHALLOW, AE_MSE, {"mse": mse[1], "frechet": fits}),
    ]
    return conclusion(
        Evidence(
            seen=[
                seen(config, seed, kind, **figures)
                for config, kind, figures in models
                for seed in range(seeds)
            ],
            layers=layers,
            configs=[SHALLOW, SMALL],
            best=SHALLOW,
            judge="The judge.",
            samples=2,
            held_out=4,
            originals=np.zeros(1),
            labels=np.zeros(1),
            class_names=["one"],
            epochs=1.0,
            records=[],
        )
    )


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (101.0, "40-20-5 is worse than 40-5 in test loss"),
        (99.0, "40-20-5 is better than 40-5 in test loss"),
        (100.0, "40-20-5 and 40-5 are not told apart in test loss"),
    ],
)
def test_depth_is_judged_by_the_paired_difference(train, words):
    assert f"Deeper or not: {words}." in said(train=train)


@pytest.mark.parametrize(
    ("train", "gap", "words"),
    [
        (101.0, 2.0, "fits worse and is not told apart in over-fitting"),
        (99.0, 2.0, "fits better and is not told apart in over-fitting"),
        (100.0, 3.0, "is not told apart in fit and over-fits more"),
        (101.0, 3.0, "fits worse and over-fits more"),
        (99.0, 3.0, "fits better and over-fits more"),
        (101.0, 1.0, "fits worse and over-fits less"),
        (100.0, 2.0, "is told apart neither in fit nor in over-fitting"),
    ],
)
def test_fit_and_over_fitting_are_told_apart(train, gap, words):
    assert f": 40-20-5 {words}." in said(train=train, gap=gap)


def test_a_better_fit_may_over_fit_away():
    """What is gained on the training images is lost on the way to the test images."""
    words = said(train=99.0, gap=3.0)
    assert "are not told apart in test loss" in words
    assert "fits better and over-fits more" in words


def test_the_order_of_the_flag_does_not_matter():
    one, other = (said(layers=order) for order in ([SHALLOW, DEEP], [DEEP, SHALLOW]))
    assert one == other


def test_equal_depths_are_no_question_of_depth():
    words = said(layers=[SHALLOW, SMALL], train=101.0)
    assert "Of equal depth: 40-5 is better than 20-5" in words
    assert "Deeper" not in words


def test_sections_name_the_depths_that_are_there():
    assert layers_title([DEEP, SHALLOW]) == "Encoders of 3 and 4 layers"
    assert layers_title([SHALLOW, SMALL]) == "Encoders of 3 layers"


@pytest.mark.parametrize(
    ("train", "word"), [(101.0, "worse"), (99.0, "better"), (100.0, "not told apart")]
)
def test_other_sizes_are_held_against_the_chosen_one(train, word):
    assert f"Held against it by their test loss: 20-5 ({word})." in said(train=train)


@pytest.mark.parametrize(
    ("mse", "words"),
    [
        (0.01, "without it the code keeps more of the image"),
        (0.03, "without it the code keeps less of the image"),
        (0.02, "what the code keeps of the image is not told apart"),
    ],
)
def test_what_the_variational_part_costs(mse, words):
    """It is told by the autoencoder that differs in nothing else."""
    assert f"nothing but the variational part: {words}." in said(mse=(mse, 0.01))


def test_samples_are_held_against_those_of_the_vae():
    words = said(fitted=(60.0, 20.0))
    assert "60.0 with a Gaussian fitted to them and 20.0 with a mixture" in words
    gaussian, mixture = distances(words)
    assert gaussian.endswith("], further")
    assert mixture.endswith("], nearer")
    assert distances(said(fitted=(50.0, 20.0)))[0].endswith("], not told apart")


def distances(words):
    """What is said of the Gaussian and of the mixture."""
    text = words[words.index("with a mixture. These two less") :].split("\n")[0]
    return text.rstrip(".").split(": ")[1].split("; ")


def test_a_single_run_tells_nothing():
    words = said(seeds=1, train=101.0, gap=3.0)
    assert f"40-20-5 is better than 40-5 in test loss, {SINGLE}." in words
    assert f"{SINGLE} fit from over-fitting" in words
    assert f"20-5 ({SINGLE})" in words
    assert f"{SINGLE} whether the code keeps more" in words
    assert words.count("of a single run, which cannot tell them from chance") == 4
    for claim in ("worse", "over-fits", "nearer", "further", "not told apart", "["):
        assert claim not in words
