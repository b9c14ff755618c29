r"""How is a representation judged without labels?

By its reconstructions, by how many directions the code uses (effective rank), by
whether neighbours in the code are neighbours as images (trustworthiness), by how well
it clusters, by whether other seeds give the same: none of these needs a label. Whether
they order encoders as a probe with labels would is a question of measurement. Over
encoders of several lengths and kinds of training, trustworthiness and effective rank do
so almost perfectly, and a low reconstruction error well.

Indices of clusters order them the wrong way round: they compare distances within and
between groups, such ratios are largest in few dimensions, and short codes are poor.
Much of all this is the length of the code. Between encoders of one length, a low
reconstruction error, trustworthiness and effective rank still tell, though less surely;
silhouette and Davies–Bouldin index next to nothing, and stability over seeds nothing:
encoders that were hardly trained are close to random projections of the pixels, which
agree with each other. None of the criteria knows which variation of the data matters,
so none replaces a few labels.
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import algorithm, lab, models, sampling, stats
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval.reading import read_class
from aejax.eval.similarity import linear_cka
from aejax.eval.unlabelled import without_labels
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question import Claims
from aejax.losses import reconstruction, variational
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, MARKERS, new_figure, settle, styled
from aejax.report.tables import Cell, Column, Table, interval

FORMULAS = (
    (
        r"\mathrm{erank} = \exp\left(-\sum_i q_i \log q_i\right), \quad "
        r"q_i = \lambda_i / \sum_j \lambda_j",
        "effective rank, from the eigenvalues λ of the correlations of a code",
    ),
    (
        r"T = 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \in N_k(i)} "
        r"\max(0,\, r(i, j) - k)",
        "trustworthiness: neighbours in the code should be neighbours in the image; "
        "r is the rank of j among the images nearest to i",
    ),
    (
        r"s = \frac{b - a}{\max(a, b)}",
        "silhouette: mean distance a to the own cluster, b to the next one",
    ),
    (
        r"\mathrm{CKA} = \frac{||X^T Y||^2}{||X^T X||\;||Y^T Y||}",
        "stability: alignment of the centred codes X and Y of two seeds",
    ),
)

KINDS = {
    "plain": {},
    "hardly trained": {"learning_rate": 1e-4},
    "denoising": {"corruption": 0.5},
    "VAE": {"noise": 1.0, "penalty": 1.0},
    "VAE, β = 4": {"noise": 1.0, "penalty": 4.0},
}
"""What an encoder's training adds to reconstruction."""

CRITERIA = {
    "error": ("low reconstruction error", -1),
    "rank": ("effective rank", 1),
    "trust": ("trustworthiness", 1),
    "stable": ("stability over seeds", 1),
    "silhouette": ("silhouette", 1),
    "davies": ("low Davies–Bouldin index", -1),
    "calinski": ("Calinski–Harabasz index", 1),
}
"""Each with the sign that makes more of it count as better."""

ACCURACY = Measure("accuracy", "probe accuracy", "%", ".1f", "higher", scale=100)
MEASURES = (
    ACCURACY,
    Measure("error", "squared error", "", ".4f"),
    Measure("rank", "effective rank", "", ".1f"),
    Measure("trust", "trustworthiness", "", ".3f"),
    Measure("stable", "CKA", "", ".2f"),
    Measure("silhouette", "silhouette", "", ".2f"),
    Measure("davies", "Davies–Bouldin", "", ".2f"),
    Measure("calinski", "Calinski–Harabasz", "", ".0f"),
)
WITHIN = Measure("within", "the same within one length", "", ".2f", "higher")
RHO = Measure("rho", "rank correlation with the probe's accuracy", "", ".2f", "higher")


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Encoders of each kind and size.", minimum=2)
    batch_size: int = lab.option(32, "Examples per step.", minimum=1)
    steps: int = lab.option(200, "Training steps of each encoder.", minimum=1)
    zdims: tuple[int, ...] = lab.option(
        (2, 4, 8, 16), "Lengths of the code.", minimum=1
    )
    hidden: int = lab.option(64, "Units of the hidden layers.", minimum=1)
    images: int = lab.option(300, "Test images that are judged by.", minimum=50)
    labels: int = lab.option(500, "Labelled images of a probe.", minimum=20)


def training(steps: int, model: models.VAE) -> algorithm.Algorithm:
    """Reconstruction, and whatever a member adds to it."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        shown, (first, second) = im.unit(batch["image"]), jax.random.split(key)
        dirt = hparams["corruption"] * jax.random.normal(first, shown.shape)
        found = model.apply(params, shown + dirt, method="encode")
        own = sampling.mask(model.zdim, hparams["zdim"])
        noisy = sampling.reparameterize(second, found.mean, found.log_variance, own)
        code = jnp.where(hparams["noise"] > 0, noisy, found.mean)
        logits = model.apply(params, code, method="logits")
        kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
        error = reconstruction.bernoulli(logits, shown)
        return (error + hparams["penalty"] * kl).mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


def looked_at(model: Any, params: Any, batch: Any) -> Any:
    """Codes and squared errors of images."""
    code = model.apply(params, batch, method="encode").mean
    rebuilt = model.apply(params, code, method="decode")
    return {"code": code, "error": reconstruction.pixel_mse(rebuilt, batch)}


def run(options: Options, judge: Any = without_labels) -> dict[str, Any]:
    """Trains encoders of many kinds in one program, judges and probes each.

    Args:
      options: sizes.
      judge: codes, images and a seed to criteria.
    """
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, MEASURES)
    base = {"corruption": 0.0, "noise": 0.0, "penalty": 0.0}
    rate = {"learning_rate": options.learning_rate}
    conditions = [
        lab.Condition(
            {"kind": kind, "zdim": d},
            models.mlp_vae(d, (options.hidden,), data.image_shape),
            {**base, **rate, **own},
        )
        for kind, own in KINDS.items()
        for d in options.zdims
    ]
    fitted = laboratory.fit(conditions, partial(training, options.steps))
    known = data.train.labels[: options.labels]
    seen = {
        part: laboratory.predict(fitted, looked_at, shown)
        for part, shown in (
            ("train", data.train.images[: options.labels]),
            ("test", data.test.images),
        )
    }
    some = lab.unit(data.test)[: options.images]
    measured = {}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        train, test = (seen[p][name]["code"][:, : condition["zdim"]] for p in seen)
        others = [
            seen["test"][condition.member(other)]["code"][:, : condition["zdim"]]
            for other in range(options.seeds)
            if other != seed
        ]
        scalars = {
            "accuracy": read_class(train, known, test, data.test.labels),
            "error": seen["test"][name]["error"].mean(),
            "stable": np.mean([linear_cka(test, other) for other in others]),
            **judge(test[: options.images], some, seed),
        }
        measured[condition, seed] = lab.Measured(scalars)
    results = laboratory.results(conditions, measured, [fitted])
    return {"results": results, **agreement(results)}


def agreement(results: lab.Results) -> dict[str, Any]:
    """Rank correlation of each criterion with the probe, over encoders."""
    right = results.by_seed("accuracy")
    lengths = np.array([c["zdim"] for c in results.conditions])

    def order(x: np.ndarray, y: np.ndarray) -> float:
        return stats.rank_correlation(x, y).value

    whole: dict[str, Any] = {}
    orders: dict[str, Any] = {"rho": [], "within": []}
    for name, (_, sign) in CRITERIA.items():
        values = sign * results.by_seed(name)
        pairs = list(zip(values.T, right.T, strict=True))
        orders["rho"].append([order(x, y) for x, y in pairs])
        own = [lengths == length for length in np.unique(lengths)]
        orders["within"].append(
            [np.mean([order(x[i], y[i]) for i in own]) for x, y in pairs]
        )
        whole[name] = stats.rank_correlation(values.mean(1), right.mean(1))
    conditions = [
        lab.Condition({"criterion": name}, label=label)
        for name, (label, _) in CRITERIA.items()
    ]
    correlations = lab.simulated(conditions, (RHO, WITHIN), orders)
    return {"correlations": correlations, "whole": whole}


def claims(found: Any) -> Claims:
    """What the run must show."""
    correlations = found["correlations"]

    def predicts(name: str, outcome: str, words: str) -> lab.Expect:
        block = lab.Beats(
            correlations.find(criterion=name), RHO, value=0.0, source="no order"
        )
        return lab.Expect(correlations, block, outcome, words)

    trust, stable = (correlations.find(criterion=n) for n in ("trust", "stable"))
    wanted = dict.fromkeys(("error", "rank", "trust"), "higher")
    wanted |= dict.fromkeys(("silhouette", "davies", "calinski"), "lower")
    words = {
        "higher": "orders encoders as the probe does",
        "lower": "orders them the other way round",
    }
    return {
        name: predicts(name, outcome, f"{CRITERIA[name][0]} {words[outcome]}: rank "
        "correlation, compared with 0")
        for name, outcome in wanted.items()
    } | {
        "within": lab.Expect(
            correlations,
            lab.Beats(correlations.find(criterion="error"), WITHIN, value=0.0),
            "higher",
            "A low reconstruction error still tells between encoders of one length: "
            "rank correlation, compared with 0",
        ),
        "stable": lab.Expect(
            correlations, lab.Versus(trust, stable, RHO), "higher",
            "Trustworthiness tells more than stability over seeds: rank correlation",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """How well each criterion orders encoders; the encoders themselves."""
    return [ordering(found), clouds(found)]


def ordering(found: Any) -> DataFigure:
    """Rank correlations with their intervals over encoders, and those of each seed."""
    figure = new_figure(6.2, 2.9)
    axes = figure.add_subplot()
    rho = found["correlations"].by_seed(RHO)
    names = list(CRITERIA)
    for row, name in enumerate(names):
        whole = found["whole"][name]
        own: dict[str, Any] = {"color": COLOURS[0], "label": "mean of seeds"}
        axes.plot(whole.interval, [row, row], **own | {"label": "95 % interval"})
        axes.plot(whole.value, row, "o", ms=6, **own)
        below = np.full(rho.shape[1], row + 0.25)
        axes.plot(rho[row], below, "|", color=INK, ms=6, label="a seed")
    axes.axvline(0, color=INK, lw=0.8)
    axes.set_yticks(range(len(names)), [CRITERIA[name][0] for name in names])
    axes.set(xlim=(-1.02, 1.02), xlabel="rank correlation with the probe's accuracy")
    axes.invert_yaxis()
    results = found["results"]
    return DataFigure(
        settle(figure),
        "ordering",
        f"How well each criterion orders {len(results.conditions)} encoders as a probe "
        "with labels does. Dots: criteria and accuracies averaged over seeds, with "
        "95 % intervals over encoders (Bonett & Wright). Ticks: each seed by itself.",
    )


def clouds(found: Any) -> DataFigure:
    """Accuracy against some of the criteria, a mark for each kind of training."""
    results = found["results"]
    figure = new_figure(7.6, 2.9)
    panels = figure.subplots(1, 3, sharey=True)
    right = 100 * results.by_seed(ACCURACY).mean(1)
    kinds = [c["kind"] for c in results.conditions]
    for axes, name in zip(panels, ("error", "trust", "silhouette"), strict=True):
        values = results.by_seed(name).mean(1)
        for i, kind in enumerate(KINDS):
            own = [place for place, k in enumerate(kinds) if k == kind]
            marker = MARKERS[i % len(MARKERS)]
            axes.plot(
                values[own], right[own], marker + "-", color=COLOURS[i], label=kind,
                lw=0.7, ms=5,
            )  # fmt: skip
        axes.set_xlabel(results.measure(name).label)
    panels[0].set_ylabel(ACCURACY.head)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return DataFigure(
        settle(figure),
        "encoders",
        "Every encoder (mean over seeds): accuracy of the probe against three of the "
        "criteria. Lines join codes of increasing length, from "
        f"{min(c['zdim'] for c in results.conditions)} to "
        f"{max(c['zdim'] for c in results.conditions)}.",
    )


def tables(found: Any) -> list[Any]:
    """Rank correlations; every kind of encoder with every criterion."""
    whole = found["whole"]
    within = found["correlations"].by_seed(WITHIN).mean(1)
    rows: list[list[Cell]] = [
        [label, whole[n].value, interval(whole[n].interval, ".2f"), alone]
        for (n, (label, _)), alone in zip(CRITERIA.items(), within, strict=True)
    ]
    names = ("criterion", "rank correlation", "95 % interval", "within one length")
    heads = [Column(name, format=".2f") for name in names]
    caption = (
        "Rank correlation with a probe's accuracy, over encoders (means of seeds)."
    )
    factors = {"kind": "training", "zdim": "length"}
    return [
        Table(heads, rows, caption),
        *Summary(MEASURES, factors=factors).views(found["results"]),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=4,
    title="Judging a representation without labels",
    code=(without_labels, linear_cka),
    dataset="mnist_5k",
    references=(
        "Venna & Kaski, Neighborhood preservation in nonlinear projection methods, "
        "2001 (trustworthiness)",
        "Roy & Vetterli, The effective rank, 2007",
        "Kornblith et al., Similarity of neural network representations revisited, "
        "arXiv:1905.00414",
        "Bonett & Wright, Sample size requirements for estimating Pearson, Kendall and "
        "Spearman correlations, 2000",
    ),
)
