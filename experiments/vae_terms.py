"""What does each term of a VAE's loss do?

Trained: dense VAEs with two latent coordinates, with the reconstruction term only, with
the KL term only, and with both and several weights beta of the KL, several seeds each,
as one program. Measured on the test set: both terms, the posterior variances, the
distance of the codes from the prior, the overlap of the classes, and the fraction of a
grid of prior quantiles without codes, or whose decoded images are encoded elsewhere.
Baseline: samples of the prior, which leave 5 % of the grid empty.

The default run takes one to two minutes on two CPU cores; --dataset=mnist --epochs=20,
25 times as many steps, half an hour to an hour.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from scipy import stats

from aejax import algorithms, images, keys, lab, models, sampling
from aejax.algorithms.vae import held_out_terms
from aejax.eval import prior
from aejax.lab import Beats, Condition, Curves, Measure, Section, Trend, Versus
from aejax.report import figures


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """The design."""

    betas: tuple[float, ...] = lab.option(
        (0.1, 1.0, 4.0, 16.0), "Weights of the KL in the sum; 1 is added.", above=0
    )
    hidden: int = lab.option(200, "Units of each of two dense layers.", minimum=1)
    grid: int = lab.option(20, "Points of the grid along each axis.", minimum=2)
    steps: int = lab.option(1500, "Training steps of each model.", minimum=1)


MEASURES = (
    Measure("reconstruction", "reconstruction", "nats", ".1f", "lower", log=True),
    Measure("kl", "KL", "nats", ".2f"),
    Measure("posterior_variance", "posterior variance", "", ".2g", log=True),
    Measure("mean_variance", "variance of means", "", ".2f"),
    Measure("distance", "distance from prior", "std", ".2f", log=True),
    Measure("overlap", "class overlap", "", ".3f", "lower"),
    Measure("empty", "empty fraction", "", ".3f", "lower"),
    Measure("lost", "lost fraction", "", ".3f", "lower"),
)
RECONSTRUCTION, KL, VARIANCE, MEAN_VARIANCE, _, OVERLAP, EMPTY, LOST = MEASURES

CHANCE = 0.05
"""Fraction of the grid that is empty even where codes are samples of the prior."""

FAR = 0.5
"""A decoded image that is encoded so many prior standard deviations away is lost."""

COLLAPSE = 0.05
"""With a KL below this many nats (0.07 bits), codes contain nothing of the image."""

RING = float(stats.chi2.ppf(0.95, 2) ** 0.5), "95 % of\nthe prior"

CLOUDS = (
    "Codes of the test images, one sample of each posterior, coloured by class, seed "
    "0. Scales differ: the dashed circle contains 95 % of the prior in every panel."
)
GRIDS = (
    "Decoded grid of the prior's quantiles, seed 0. Orange cells are empty: no test "
    "code is as near as a sample of the prior would be."
)
EXPLAINED = (
    "Both terms are unweighted, with one sample of each posterior, in nats per image. "
    "Variances are means over the latent coordinates."
)


def design(options: Options, data: lab.Data) -> list[Condition]:
    """From the reconstruction alone over increasing beta to the KL alone."""
    model = models.mlp_vae(2, (options.hidden, options.hidden), data.image_shape)
    weights = [
        ("reconstruction", 1.0, 0.0, "Reconstruction only"),
        *(("both", 1.0, b, f"β = {b:g}") for b in sorted({1.0, *options.betas})),
        ("KL", 0.0, 1.0, "KL only"),
    ]
    return [
        Condition(
            {"terms": terms, "reconstruction_weight": weight, "beta": beta},
            model,
            {"reconstruction": weight, "beta": beta},
            label,
            f"reconstruction={weight:g},beta={beta:g}",
        )
        for terms, weight, beta, label in weights
    ]


def study(run: lab.Lab) -> lab.Results:
    """All models as one program, evaluated on the test images and on the grid."""
    conditions = design(run.options, run.data)
    trained = run.fit(conditions, partial(algorithms.vae, steps=run.options.steps))
    grid = prior.quantile_grid(run.options.grid)
    given = {"test": lab.arrays(run.data.test), "grid": jnp.asarray(grid, jnp.float32)}
    found = run.evaluate(trained, evaluate, given)
    measured = {
        (condition, seed): measure(found[name], grid, run.data.test.labels)
        for condition, seed, name in run.alive(conditions, trained)
    }
    return run.results(conditions, measured, [trained])


def evaluate(model: nn.Module, params: Any, data: Any, own: Any) -> dict[str, Any]:
    """Of one model: terms, posteriors, one sample of each, and the decoded grid.

    The images of the grid's points are encoded again, to `back`.
    """
    shown = images.unit(data["test"]["image"])
    found = model.apply(params, shown, method="encode")
    key = keys.stream(own["seed"], keys.DRAWS)
    decoded = model.apply(params, data["grid"], method="decode")
    return {
        "terms": held_out_terms(model, params, data["test"], own),
        "mean": found.mean,
        "log_variance": found.log_variance,
        "codes": sampling.reparameterize(key, found.mean, found.log_variance),
        "images": decoded,
        "back": model.apply(params, decoded, method="encode").mean,
    }


def measure(found: Any, grid: np.ndarray, labels: np.ndarray) -> lab.Measured:
    """One model: its line of results.csv, and what the figures show of it."""
    codes = found["codes"].astype(np.float64)
    holes = prior.empty(grid, codes, CHANCE)
    scalars = {
        "reconstruction": found["terms"]["test_reconstruction"],
        "kl": found["terms"]["test_kl"],
        "posterior_variance": np.exp(found["log_variance"].astype(np.float64)).mean(),
        "mean_variance": found["mean"].var(0, dtype=np.float64).mean(),
        "distance": prior.distance_to_prior(codes),
        "overlap": prior.class_overlap(codes, labels),
        "empty": holes.mean(),
        "lost": prior.displaced(grid, found["back"], FAR),
    }
    kept = {"codes": codes, "grid": found["images"], "holes": holes}
    return lab.Measured(scalars, kept)


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown; every number comes from `results`."""
    alone, only_kl = results.find(terms="reconstruction"), results.find(terms="KL")
    both, beta = results.find(terms="both", beta=1), {"terms": "both"}
    labels = results.data.test.labels
    known = partial(Beats, measure=EMPTY, value=CHANCE, source="samples of the prior")
    return [
        Section(
            "The latent plane",
            *map(known, (alone, both, only_kl)),
            lab.Explanation(ends(results, alone, only_kl)),
            lab.Clouds("clouds", CLOUDS, ring=RING),
            lab.Figure("grids", draw_grids, GRIDS),
        ),
        Section(
            "Both terms compared with the reconstruction only",
            Versus(both, alone, (EMPTY, LOST, RECONSTRUCTION, OVERLAP)),
        ),
        Section(
            "Weight of the KL",
            collapse(results),
            Trend(
                (RECONSTRUCTION, KL, VARIANCE, OVERLAP, EMPTY),
                "beta",
                label="weight β",
                headline=(RECONSTRUCTION.name, KL.name, EMPTY.name),
                among=beta,
            ),
            lab.Change(KL, "beta", beta, finding=False),
            lab.Lines(
                MEASURES,
                "beta",
                "weight β of the KL",
                series_label="both terms",
                references=(alone, only_kl),
                among=beta,
                note="Grey lines are the means of models trained with one term only.",
            ),
            lab.Summary(MEASURES[:4], note=EXPLAINED),
            lab.Summary(MEASURES[4:], note=prior.explained(labels, CHANCE, FAR)),
        ),
        Section("Training", *map(training, (RECONSTRUCTION, KL))),
    ]


def collapse(results: lab.Results) -> lab.Caution:
    """Models whose codes contain nothing of the image."""
    found = [c.label for c in results.conditions if results.mean(KL, c) < COLLAPSE]
    lead = f"Posterior collapse, a mean KL below {COLLAPSE:g} nats"
    return lab.Caution(bool(found), f"{lead}: {'; '.join(found)}.")


def training(term: Measure) -> Curves:
    """A term of the test images during training."""
    name, head = f"test_{term.name}", f"test {term.head}"
    return Curves(name, head, term.log, name=f"training_{term.name}")


def ends(results: lab.Results, alone: Condition, only_kl: Condition) -> str:
    """What remains of the code where one term is missing."""
    (noise, signal), (posterior, means) = (
        (results.mean(VARIANCE, c), results.mean(MEAN_VARIANCE, c))
        for c in (alone, only_kl)
    )
    grid = prior.quantile_grid(results.options.grid)
    by_chance = prior.overlap_by_chance(results.data.test.labels)
    return (
        "With the reconstruction term only, nothing ties the posteriors to the prior: "
        "their standard deviation, the noise of the code, is "
        f"{np.sqrt(noise / signal):.2%} of that of their means, at a KL of "
        f"{results.mean(KL, alone):.3g} nats. With the KL term only the KL is "
        f"{results.mean(KL, only_kl):.2g} nats, the posterior variance {posterior:.2f} "
        f"and the variance of the means {means:.2g}; "
        f"{results.mean(OVERLAP, only_kl):.0%} of the codes are misclassified by their "
        f"neighbours ({by_chance:.0%} by chance), and "
        f"{results.mean(LOST, only_kl):.0%} of the decoded grid is lost "
        f"({prior.displaced(grid, 0 * grid, FAR):.0%} if all of it is encoded at 0)."
    )


def draw_grids(results: lab.Results) -> Any:
    """The decoded grids of the first seed, with their holes."""
    return figures.decoded_planes(results.labelled("grid"), results.labelled("holes"))


EXPERIMENT = lab.Experiment(
    name="vae_terms",
    title="What each term of a VAE's loss does",
    question=__doc__,
    options=Options,
    measures=MEASURES,
    study=study,
    report=report,
    needs=lab.Needs(classes=2, images=prior.NEIGHBOURS + 1),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
