"""Do β, a weight on the total correlation or a capacity make a VAE disentangle?

A code is disentangled if each coordinate stands for one factor of the data. Nothing in
the ELBO asks for that: turn the latent space by any rotation and the prior, the
posterior's KL and every image stay the same, but the axes no longer fit the factors,
and MIG, SAP and DCI, which compare axes with factors, fall. What the three weights ask
for is less information (β), coordinates that are independent of each other in the
aggregate (total correlation), or information that is let in little by little
(capacity). Each does what it says, at the price of the reconstruction. Whether axes and
factors then agree is left to the asymmetries of posterior, network and data, and so to
chance: the same weight with another seed gives another score, and this spread is as
large as the differences between weights, or larger (Locatello et al. 2019). Report
several seeds, and choose with at least a few labels. (The sprites here move twice as
far to the side as up and down; with equal ranges little would tell these two axes from
a rotation of them.)
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.fft import dct

from aejax import images, lab, models, sampling, stats
from aejax.algorithms.disentangling import WEIGHTS, disentangling
from aejax.data import Images, sprites
from aejax.eval import disentanglement as scores
from aejax.eval.traversal import traversals
from aejax.lab.blocks.views import by_condition
from aejax.losses import reconstruction, variational
from aejax.report.figures import walks as walks_of
from aejax.report.lessons import DataFigure
from aejax.report.style import (
    QUIET,
    new_figure,
    palette,
    settle,
    styled,
)
from aejax.report.tables import Table

FORMULAS = (
    (
        r"\mathbb{E}\,\log p(x|z) \;-\; \beta\, \mathrm{KL}(q(z|x)\,\|\,p(z)) \;-\; "
        r"w\, \mathrm{TC}(z) \;-\; \gamma\, |\mathrm{KL} - C(t)|",
        "what is maximised; β-VAE (β), β-TCVAE (β = 1, w), capacity (β = 0, γ and C)",
    ),
    (
        r"\mathrm{TC}(z) = \mathrm{KL}(q(z)\,\|\,\prod_j q(z_j)), \quad q(z) \approx "
        r"\frac{1}{M} \sum_{m=1}^{M} q(z|x_m)",
        "total correlation, by minibatch-weighted sampling (up to a constant)",
    ),
    (
        r"\mathrm{MIG} = \frac{1}{K} \sum_k \frac{1}{H(v_k)} \left( I(z_{j(k)}; v_k) - "
        r"\max_{j \neq j(k)} I(z_j; v_k) \right)",
        "mutual information gap: j(k) knows most of the factor v, over its entropy",
    ),
    (
        r"p(Rz) = p(z) \;\Rightarrow\; q(Rz|x)\ \mathrm{and}\ g(R^{\top} z)\ "
        r"\mathrm{have\ the\ same\ ELBO}",
        "no rotation R of the latent space is preferred",
    ),
)

COUNTS = (3, 4, 4, 8, 8)
RANGES = ((0, 2), (0.5, 1.0), (0, np.pi / 2), (0, 1), (0.25, 0.75))
GAMMA = 20.0
ZDIM = 6
FAMILIES = {
    "β": {w: {"beta": w} for w in (1.0, 2.0, 4.0)},
    "TC weight": {w: {"total_correlation": w - 1} for w in (2.0, 4.0, 8.0)},
    "capacity": {
        c: {"beta": 0.0, "gamma": GAMMA, "capacity": c} for c in (3.0, 5.0, 7.0)
    },
}
"""Family -> weight -> hparams; a β and a TC weight of 1 are the ELBO."""

MIG = lab.Measure("mig", "MIG", "", ".3f", "higher")
SAP = lab.Measure("sap", "SAP", "", ".3f", "higher")
DCI = lab.Measure("dci", "DCI disentanglement", "", ".3f", "higher")
COMPLETE = lab.Measure("completeness", "DCI completeness", "", ".3f", "higher")
ERROR = lab.Measure("error", "reconstruction", "nats", ".1f", "lower")
KL = lab.Measure("kl", "KL", "nats", ".2f")
TC = lab.Measure("tc", "total correlation", "nats", ".2f", "lower")
TURNED = lab.Measure("turned", "MIG of the rotated code", "", ".3f", "higher")
MEASURES = (MIG, SAP, DCI, COMPLETE, ERROR, KL, TC, TURNED)


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    """Sizes."""

    seeds: int = lab.option(5, "Of each weight, seeds 0, 1 ...", minimum=1)
    steps: int = lab.option(1200, "Training steps of each model.", minimum=1)
    batch_size: int = lab.option(64, "Images per step.", minimum=2)
    learning_rate: float = lab.option(3e-3, "Peak learning rate.", minimum=0)
    hidden: int = lab.option(128, "Units of the first hidden layer.", minimum=1)
    size: int = lab.option(16, "Pixels along each side.", minimum=8)
    executor: str = lab.option("auto", "How members share one program.")


def run(options: Options, chosen: Any = None) -> lab.Results:
    """Trains all weights with all seeds as one program, and measures their codes.

    Args:
      options: sizes.
      chosen: `{family: {weight: hparams}}`, under test.
    """
    places = sprites.grid(COUNTS)
    values = sprites.factors(places, COUNTS, RANGES)
    drawn = jax.jit(partial(sprites.render, size=options.size))(values)
    known = Images(np.asarray(jnp.round(255 * drawn), np.uint8), places[:, 0])
    few = np.random.default_rng(0).permutation(len(places))[:1500]
    held = Images(known.images[few], known.labels[few])
    sizes: Any = options
    facts = {"name": "sprites", "class_names": sprites.SHAPES}
    run = lab.small_lab(sizes, lab.Data(facts, known, held), MEASURES)
    shape = (options.size, options.size, 1)
    model = models.mlp_vae(ZDIM, (options.hidden, options.hidden // 2), shape)
    conditions = [
        lab.Condition(
            {"family": family, "weight": weight},
            model,
            {**WEIGHTS, **hparams},
            f"{family} = {weight:g}",
        )
        for family, weights in (chosen or FAMILIES).items()
        for weight, hparams in weights.items()
    ]
    make = partial(disentangling, steps=options.steps)
    trained = run.fit(conditions, make)
    found = run.evaluate(trained, describe, {"image": jnp.asarray(held.images)})
    measured = {
        (condition, seed): measure(found[name], places[few])
        for condition, seed, name in run.alive(conditions, trained)
    }
    results = run.results(conditions, measured, [trained])
    ends = best_and_worst(results)
    walks = {
        word: traversals(*trained[condition.member(seed)], held.images[:500])
        for word, (condition, seed) in ends.items()
    }
    shown: Any = {"ends": ends, "walks": walks, **rotated(places)}
    return dataclasses.replace(results, facts=shown)


def describe(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, jax.Array]:
    """Codes of some images, the two terms, and the total correlation."""
    mean, log_variance, *_ = model.apply(params, data["image"], method="encode")
    drawn = sampling.reparameterize(jax.random.key(1), mean, log_variance)
    logits = model.apply(params, drawn, method="logits")
    error = reconstruction.bernoulli(logits, images.unit(data["image"]))
    return {
        "mean": mean,
        "error": error.mean(),
        "kl": variational.gaussian_kl(mean, log_variance).sum(-1).mean(),
        "tc": variational.total_correlation(drawn, mean, log_variance).mean(),
    }


def measure(found: Any, places: np.ndarray) -> lab.Measured:
    """All measures of one model's codes."""
    codes, kinds = found["mean"], sprites.CATEGORICAL
    dci = scores.dci(scores.importance(codes, places, kinds))
    return lab.Measured({
        "mig": scores.mig(codes, places),
        "sap": scores.sap(codes, places, kinds),
        "dci": dci.disentanglement,
        "completeness": dci.completeness,
        "turned": scores.mig(codes @ dct(np.eye(ZDIM), norm="ortho"), places),
        **{name: found[name] for name in ("error", "kl", "tc")},
    })  # fmt: skip


def rotated(places: np.ndarray) -> dict[str, Any]:
    """Scores of the factors as codes, before and after a rotation, and their KLs."""
    codes = places - places.mean(0)
    codes = codes / codes.std(0)
    turn = dct(np.eye(5), norm="ortho")
    variance = np.exp(-np.arange(5.0))
    kls = [
        gaussian_kl(codes[:100] @ r, r.T @ np.diag(variance) @ r)
        for r in (np.eye(5), turn)
    ]
    kinds = sprites.CATEGORICAL

    def three(z: np.ndarray) -> np.ndarray:
        dci = scores.dci(scores.importance(z, places, kinds, depth=None))
        own = scores.mig(z, places), scores.sap(z, places, kinds)
        return np.array([*own, dci.disentanglement])

    return {
        "factors": three(codes),
        "rotated": three(codes @ turn),
        "kl_change": np.abs(kls[1] - kls[0]).max() / kls[0].max(),
    }


def gaussian_kl(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """KL of N(mean, covariance) and N(0, I) of each row: [n, d], [d, d] to [n]."""
    trace, log_det = np.trace(covariance), np.linalg.slogdet(covariance)[1]
    return ((mean**2).sum(1) + trace - log_det - len(covariance)) / 2


def best_and_worst(results: lab.Results) -> dict[str, tuple[lab.Condition, int]]:
    """Two seeds of one weight of the total correlation, that of the best MIG."""
    among = results.where(family="TC weight")
    condition, best = results.best_member(MIG, among)
    worst = int(np.nanargmin(results.of(MIG, condition)))
    return {"best": (condition, best), "worst": (condition, worst)}


def claims(found: Any) -> lab.question.Claims:
    """What the run must show."""
    check, facts = lab.Check, found.facts
    elbo = found.find(family="β", weight=1.0)
    strong = found.find(family="TC weight", weight=8.0)
    goals = found.where(family="capacity")
    off = [abs(found.mean(KL, c) / c["weight"] - 1) for c in goals]
    spread = max(np.ptp(found.of(MIG, c)) for c in found.conditions)
    means = found.by_seed(MIG).mean(1)
    return {
        "factors": check(
            "The factors themselves as a code: least of MIG, SAP and DCI",
            min(facts["factors"]), least=0.9,
        ),
        "rotation": check(
            "The same information after a rotation: largest of the three",
            max(facts["rotated"]), most=0.3,
        ),
        "same_kl": check(
            "What the rotation changes in KL(q(z|x) || p(z)), relatively",
            facts["kl_change"], most=1e-12,
        ),
        "error": lab.Expect(
            found, lab.Trend(ERROR, "weight", among={"family": "β"}, label="β"),
            "increasing", "A larger β costs reconstruction: slope per doubling",
        ),
        "kl": lab.Expect(
            found, lab.Trend(KL, "weight", among={"family": "β"}, label="β"),
            "decreasing", "and buys a lower KL: slope per doubling",
        ),
        "tc": lab.Expect(
            found, lab.Versus(strong, elbo, TC), "lower",
            "Total correlation with a weight of 8 compared with the ELBO's",
        ),
        "capacity": check(
            "KL of each capacity's models: largest relative distance of a mean from "
            "its capacity", max(off), most=0.05,
        ),
        "seed": check(
            "Largest range of MIG over the seeds of one weight, compared with the "
            "range of all weights' means", spread / max(np.ptp(means), 1e-9), least=1,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """MIG against the seed for each weight; traversals of a good and a bad seed."""
    return [seeds_figure(found), walks_figure(found)]


def seeds_figure(found: Any) -> DataFigure:
    """A panel for each family; the seeds of a weight side by side, and their mean."""
    figure = new_figure(7.6, 3.1)
    panels = figure.subplots(1, len(FAMILIES), sharey=True)
    for axes, (family, among) in zip(panels, families(found).items(), strict=True):
        values = found.by_seed(MIG, among)
        for i, own in enumerate(values):
            at = i + np.linspace(-0.3, 0.3, len(own)) if len(own) > 1 else [i]
            axes.hlines(own.mean(), i - 0.38, i + 0.38, color=QUIET, linewidth=3)
            axes.scatter(at, own, color=palette(6)[: len(own)], zorder=3, s=24)
        words = ""
        if min(values.shape) > 1:
            part, (low, high) = stats.fraction_of_seed(values)
            ends = f"[{100 * low:.0f}, {100 * high:.0f}]"
            words = f"\nseed: {100 * part:.0f} % of variance\n{ends}"
        names = [f"{c['weight']:g}" for c in among]
        axes.set_xticks(range(len(among)), names)
        axes.set(xlabel=family, title=family + words)
    panels[0].set(ylabel="MIG", ylim=(0, 1.08 * np.nanmax(found.values["mig"])))
    return DataFigure(
        settle(figure),
        "seeds",
        "MIG of every model. Points side by side are the seeds 0, 1 ... of one weight, "
        "the bar is their mean. Above: the fraction of the variance of MIG within the "
        "panel that the seed explains, with its 95 % interval. A β or TC weight of 1 "
        "is the ELBO.",
    )


def families(found: Any) -> dict[str, list[lab.Condition]]:
    """Conditions of each panel: the ELBO is the first of two families."""
    by_family = {
        family: found.where(family=family)
        for family in dict.fromkeys(c["family"] for c in found.conditions)
    }
    if "TC weight" in by_family:
        elbo = found.find(family="β", weight=1.0)
        by_family["TC weight"] = [elbo, *by_family["TC weight"]]
    return by_family


def walks_figure(found: Any) -> DataFigure:
    """Traversals of two seeds side by side."""
    walks = {}
    for word, walk in found.facts["walks"].items():
        condition, seed = found.facts["ends"][word]
        value = found.of(MIG, condition)[seed]
        walks[f"{condition.label}, seed {seed}: MIG {value:.2f}"] = walk
    return DataFigure(
        walks_of.traversals(walks),
        "traversals",
        "One coordinate changes from left to right, the others stay; coordinates in "
        "the order of their KL. The best and the worst seed of one weight: where axes "
        "fit factors, a row changes one thing.",
    )


def tables(found: Any) -> list[Table]:
    """All measures of all weights."""
    shown = (MIG, SAP, DCI, COMPLETE, ERROR, KL, TC)
    return [by_condition(found, shown, "Terms in nats per image.", head="weight")]


QUESTION = lab.Question.of(
    globals(),
    number=6,
    title="Disentanglement: weights against seeds",
    code=(sprites.render, variational.total_correlation, scores.mig),
    references=(
        "Higgins et al., β-VAE, 2017",
        "Chen et al., Isolating sources of disentanglement in VAEs, 2018 (MIG, TCVAE)",
        "Burgess et al., Understanding disentangling in β-VAE, 2018 (capacity)",
        "Kumar et al., Variational inference of disentangled latent concepts, 2018 "
        "(SAP)",
        "Eastwood & Williams, A framework for the quantitative evaluation of "
        "disentangled representations, 2018 (DCI)",
        "Locatello et al., Challenging common assumptions in the unsupervised learning "
        "of disentangled representations, 2019",
        "Rolínek et al., Variational autoencoders pursue PCA directions (by accident), "
        "2019",
    ),
)
