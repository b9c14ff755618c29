"""Do β, a weight on the total correlation or a capacity make a VAE disentangle?

A code is disentangled if each coordinate stands for one factor of the data. Nothing in
the ELBO asks for that: turn the latent space by any rotation, the posterior with it,
and the prior, the KL and every image stay the same, but the axes no longer fit the
factors, and MIG, SAP and DCI, which compare axes with factors, fall. A VAE's posterior
is diagonal, so some axes do suit it better than others: those of principal components
(Rolínek et al. 2019), which need not be the factors. What the three weights ask for is
less information (β), coordinates that are independent of each other in the aggregate
(total correlation), or a given amount of information (capacity). That is what they get,
at the price of the reconstruction. Whether axes and factors then agree depends on
posterior, network and data, and on chance: the same weight with another seed gives
another score, and most of the variance of MIG is not the weight's (Locatello et al.
2019). With as few seeds as here this share is rough, and no trend of MIG with a weight
can be told from chance.
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
from aejax.lab.blocks import seeds
from aejax.lab.blocks.views import by_condition
from aejax.losses import reconstruction, variational
from aejax.report.figures import walks as walks_of
from aejax.report.lessons import DataFigure
from aejax.report.tables import Table, interval

FORMULAS = (
    (
        r"\mathbb{E}\,\log p(x|z) \;-\; \beta\, \mathrm{KL}(q(z|x)\,\|\,p(z)) \;-\; "
        r"w\, \mathrm{TC}(z) \;-\; \gamma\, |\mathrm{KL} - C(t)|",
        "what is maximised: β-VAE (w = γ = 0), β-TCVAE (β = 1, total weight 1 + w), "
        "capacity (β = w = 0, γ = 20; C grows from 0 to its value in half the steps)",
    ),
    (
        r"\mathrm{TC}(z) = \mathrm{KL}(q(z)\,\|\,\prod_j q(z_j)), \quad q(z) \approx "
        r"\dfrac{1}{M} \sum_{m=1}^{M} q(z|x_m)",
        "total correlation; q(z) by the M images of a batch (up to a constant)",
    ),
    (
        r"\mathrm{MIG} = \dfrac{1}{K} \sum_k \dfrac{1}{H(v_k)} \left( "
        r"I(z_{j(k)}; v_k) - \max_{j \neq j(k)} I(z_j; v_k) \right)",
        "mutual information gap: I mutual information, H entropy, v one of K factors, "
        "j(k) the coordinate that knows most of it",
    ),
    (
        r"\mathrm{SAP} = \dfrac{1}{K} \sum_k \left( S_{j(k)\,k} - \max_{j \neq j(k)} "
        r"S_{jk} \right), \qquad \mathrm{DCI} = \sum_j \rho_j \left( 1 - "
        r"\dfrac{H(R_j)}{\log K} \right)",
        "separated attribute predictability: S is the squared correlation of "
        "coordinate j and factor k (of the shape, the accuracy of thresholds). "
        "Disentanglement, completeness, informativeness, here the first: R_j is how "
        "important j is for each factor in trees that predict it, ρ_j its share; "
        "completeness is the same of the columns of R",
    ),
    (
        r"p(Rz) = p(z) \;\Rightarrow\; q(Rz|x)\ \mathrm{and}\ g(R^{\top} z)\ "
        r"\mathrm{have\ the\ same\ ELBO}",
        "any rotation R of the latent space, if q may have any covariance",
    ),
)

COUNTS = (3, 4, 4, 8, 8)
RANGES = ((0, 2), (0.5, 1.0), (0, np.pi / 2), (0, 1), (0.25, 0.75))
ZDIM, MEASURED = 6, 1500
ACTIVE = 0.1
"""A coordinate of a lower KL, in nats, is not used."""

FAMILIES = {
    "β": {w: {"beta": w} for w in (1.0, 2.0, 4.0)},
    "TC weight": {w: {"total_correlation": w - 1} for w in (2.0, 4.0, 8.0)},
    "capacity": {
        c: {"beta": 0.0, "gamma": 20.0, "capacity": c} for c in (3.0, 5.0, 7.0)
    },
}
"""Family -> weight -> hparams; a β and a TC weight of 1 are the ELBO."""

MIG = lab.Measure("mig", "MIG", "", ".3f", "higher")
SAP = lab.Measure("sap", "SAP", "", ".3f", "higher")
DCI = lab.Measure("disentanglement", "DCI disentanglement", "", ".3f", "higher")
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
    drawn = sprites.pixels(sprites.factors(places, COUNTS, RANGES), options.size)
    known = Images(drawn, places[:, 0])
    few = np.random.default_rng(0).permutation(len(places))[:MEASURED]
    held = Images(known.images[few], known.labels[few])
    sizes: Any = options
    facts = {"name": "sprites", "class_names": sprites.SHAPES}
    run = lab.small_lab(sizes, lab.Data(facts, known, held), MEASURES)
    shape = (options.size, options.size, 1)
    model = models.mlp_vae(ZDIM, (options.hidden, options.hidden // 2), shape)
    conditions = [
        lab.Condition(
            {"family": family, "weight": weight}, model, {**WEIGHTS, **hparams},
            f"{family} = {weight:g}",
        )
        for family, weights in (chosen or FAMILIES).items()
        for weight, hparams in weights.items()
    ]  # fmt: skip
    make = partial(disentangling, steps=options.steps)
    trained = run.fit(conditions, make)
    found = run.evaluate(trained, describe, {"image": jnp.asarray(held.images)})
    measured = {
        (condition, seed): measure(found[name], places[few])
        for condition, seed, name in run.alive(conditions, trained)
    }
    results = run.results(conditions, measured, [trained])
    condition, best = results.best_member(MIG, results.where(family="TC weight"))
    worst = int(np.nanargmin(results.of(MIG, condition)))
    walks = {}
    for seed in (best, worst):
        name, score = condition.member(seed), results.of(MIG, condition)[seed]
        kl, codes = found[name]["kl_each"], found[name]["mean"]
        knows = scores.named(codes, places[few], sprites.FACTORS)
        order = np.argsort(-kl)
        walks[f"{condition.label}, seed {seed}: MIG {score:.2f}"] = (
            traversals(*trained[name], held.images[:1], order=order),
            [knows[j] if kl[j] > ACTIVE else "unused" for j in order],
        )
    shown: Any = {"walks": walks, **rotated(places)}
    return dataclasses.replace(results, facts=shown)


def describe(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, jax.Array]:
    """Codes of some images, the two terms, and the total correlation."""
    mean, log_variance, *_ = model.apply(params, data["image"], method="encode")
    drawn = sampling.reparameterize(jax.random.key(1), mean, log_variance)
    logits = model.apply(params, drawn, method="logits")
    error = reconstruction.bernoulli(logits, images.unit(data["image"]))
    kl = variational.gaussian_kl(mean, log_variance).mean(0)
    return {
        "mean": mean,
        "error": error.mean(),
        "kl": kl.sum(),
        "kl_each": kl,
        "tc": variational.total_correlation(drawn, mean, log_variance).mean(),
    }


def measure(found: Any, places: np.ndarray) -> lab.Measured:
    """All measures of one model's codes."""
    own = scores.all_scores(found["mean"], places, sprites.CATEGORICAL)
    turned = scores.mig(found["mean"] @ dct(np.eye(ZDIM), norm="ortho"), places)
    terms = {name: found[name] for name in ("error", "kl", "tc")}
    return lab.Measured({**own._asdict(), "turned": turned, **terms})


def rotated(places: np.ndarray) -> dict[str, Any]:
    """Scores of the factors as codes, before and after a rotation, and their KLs."""
    codes = (places - places.mean(0)) / places.std(0)
    turn, variance = dct(np.eye(5), norm="ortho"), np.diag(np.exp(-np.arange(5.0)))
    kls = [normal_kl(codes[:100] @ r, r.T @ variance @ r) for r in (np.eye(5), turn)]
    three = [
        scores.all_scores(codes @ r, places, sprites.CATEGORICAL, depth=None)[:3]
        for r in (np.eye(5), turn)
    ]
    change = np.abs(kls[1] - kls[0]).max() / kls[0].max()
    return {"factors": three[0], "rotated": three[1], "kl_change": change}


def normal_kl(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """KL of N(mean, covariance) and N(0, I) of each row: [n, d], [d, d] to [n]."""
    trace, log_det = np.trace(covariance), np.linalg.slogdet(covariance)[1]
    return ((mean**2).sum(1) + trace - log_det - len(covariance)) / 2


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, facts, expect = lab.Check, found.facts, partial(lab.Expect, found)
    versus = lab.Expecting(found).versus
    elbo = found.find(family="β", weight=1.0)
    strong = found.find(family="TC weight", weight=8.0)
    over_beta = partial(lab.Trend, over="weight", among={"family": "β"}, label="β")
    goals = found.where(family="capacity")
    off = [abs(found.mean(KL, c) / c["weight"] - 1) for c in goals]
    aligned = (found.by_seed(MIG) - found.by_seed(TURNED)).mean(0)
    trends = {
        f"trend_{i}": expect(
            lab.Trend(MIG, "weight", among=among), "no significant trend",
            f"MIG against {family}: slope per doubling",
        )
        for i, (family, among) in enumerate(families(found).items())
    }  # fmt: skip
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
        "axes": check(
            "Axes of trained VAEs are not arbitrary: MIG minus that of the same codes "
            "rotated, mean over weights, least of all seeds", min(aligned), least=0,
        ),
        "error": expect(
            over_beta(ERROR), "increasing",
            "A larger β costs reconstruction: slope per doubling",
        ),
        "kl": expect(
            over_beta(KL), "decreasing", "and buys a lower KL: slope per doubling",
        ),
        "tc": versus(
            strong, elbo, TC, "lower",
            "Total correlation with a weight of 8 compared with the ELBO's",
        ),
        "tc_error": versus(
            strong, elbo, ERROR, "higher", "and the reconstruction that it costs",
        ),
        "capacity": check(
            "KL of each capacity's models: largest relative distance of a mean from "
            "its capacity", max(off), most=0.05,
        ),
        **trends,
        **({"seed": share_claim(found)} if found.seeds > 1 else {}),
    }  # fmt: skip


def share_claim(found: Any) -> lab.Check:
    """Most of what differs in MIG is not due to the weight."""
    value, ends = stats.shares_of_variance(found.by_seed(MIG)).all_but_conditions
    what = "Share of the variance of MIG, over all weights and seeds, that is not the "
    what += f"weight's (95 % interval {interval(ends, '.2f')})"
    return lab.Check(what, value, least=0.5, format=".2f")


def figures(found: Any) -> list[DataFigure]:
    """MIG against the seed for each weight; traversals of a good and a bad seed."""
    walks = found.facts["walks"]
    images, names = ({t: both[i] for t, both in walks.items()} for i in (0, 1))
    return [
        DataFigure(
            seeds.points(found, MIG, families(found), "weight"),
            "seeds",
            "MIG of every model; the bar is the mean. Models of one seed begin with "
            "the same parameters and see the same images. A weight of 1 is the ELBO.",
        ),
        DataFigure(
            walks_of.traversals(images, names=names),
            "traversals",
            "One coordinate changes from left to right, the others stay. Rows are "
            "named by the factor that the coordinate knows most about, with the known "
            f"part of its entropy; unused: KL below {ACTIVE:g} nats. The best and the "
            "worst seed of a weight: where axes fit factors, a row changes one thing.",
        ),
    ]


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


def tables(found: Any) -> list[Table]:
    """All measures of all weights; what explains the scores."""
    shown = (MIG, SAP, DCI, COMPLETE, ERROR, KL, TC)
    counts = zip(COUNTS, sprites.FACTORS, strict=True)
    caption = (
        f"Trained on all {np.prod(COUNTS):,} sprites of five factors, with "
        f"{', '.join(f'{n} of {name}' for n, name in counts)}; x has twice the range "
        f"of y. Dense encoder and decoder, {ZDIM} latents. Measured on {MEASURED:,} of "
        "these sprites; terms in nats per image."
    )
    groups = {**families(found), "all": found.conditions}
    table = seeds.shares(found, MIG, groups, "weight")
    note = (
        "Locatello's share of the seed is all but the weight. With so few models the "
        "intervals decide little."
    )
    return [
        by_condition(found, shown, caption, head="weight"),
        dataclasses.replace(table, caption=f"{table.caption} {note}"),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=6,
    title="Disentanglement",
    code=(sprites.render, variational.total_correlation, scores.mig),
    references=(
        "Higgins et al., β-VAE, 2017",
        "Chen et al., Isolating sources of disentanglement in VAEs, 2018 (MIG, TCVAE)",
        "Burgess et al., Understanding disentangling in β-VAE, 2018 (capacity)",
        "Kumar et al., Disentangled latent concepts, 2018 (SAP)",
        "Eastwood & Williams, Quantitative evaluation of disentangled representations, "
        "2018 (DCI)",
        "Locatello et al., Challenging common assumptions, 2019",
        "Rolínek et al., Variational autoencoders pursue PCA directions, 2019",
    ),
)
