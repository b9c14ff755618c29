r"""How is a representation judged without labels?

By its reconstructions, by how many directions the code uses (effective rank), by
whether neighbours in the code are neighbours as images (trustworthiness), by how well
it clusters, by whether other seeds give the same: none of these needs a label. Whether
they order encoders as a probe with labels would is a question of measurement. Over
encoders of several lengths and kinds of training, trustworthiness and effective rank do
so almost perfectly, and a low reconstruction error well. But much of this is the length
of the code, which is known without any criterion and alone orders them as well as the
reconstruction error does. Trustworthiness and effective rank order them better than the
length; without the encoders that were hardly trained, this is no longer sure.

Indices of clusters order them the wrong way round: they compare distances within and
between groups, such ratios are largest in few dimensions, and short codes are poor.
Stability over seeds is fooled by encoders that were hardly trained: two of them agree
as well as two good ones (Table 4.3). Without these, it orders encoders better. Between
encoders of one length, a low reconstruction error, trustworthiness and effective rank
still point the right way, though less surely; none of the others does beyond chance.
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
from aejax.eval.unlabelled import GROUPS, without_labels
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question_claims import Claims, minus
from aejax.losses import reconstruction, variational
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, MARKERS, new_figure, settle, styled
from aejax.report.tables import Cell, Column, Table, interval, number

FORMULAS = (
    (
        r"\mathrm{erank} = \exp\left(-\sum_i q_i \log q_i\right), \quad "
        r"q_i = \lambda_i / \sum_j \lambda_j",
        "effective rank, from the eigenvalues λ of the correlations of a code",
    ),
    (
        r"T = 1 - \frac{2}{n k (2n - 3k - 1)} \sum_{i=1}^n \sum_{j \in N_k(i)} "
        r"\max(0,\, r(i, j) - k)",
        "trustworthiness: N are the k = 10 codes nearest to that of image i of n, r is "
        "the rank of j among the images nearest to i",
    ),
    (
        r"s = \frac{b - a}{\max(a, b)}",
        "silhouette: mean distance a of a code to its own cluster, b to the next one; "
        "the mean over codes",
    ),
    (
        r"\mathrm{DB} = \frac{1}{m} \sum_{i=1}^m \max_{j \neq i} \frac{s_i + s_j}"
        r"{||c_i - c_j||}, \qquad \mathrm{CH} = \frac{(n - m)\,\mathrm{tr} B}"
        r"{(m - 1)\,\mathrm{tr} W}",
        "Davies–Bouldin and Calinski–Harabasz: m clusters of centres c and mean "
        "distances s to them; B and W are the scatter between and within clusters",
    ),
    (
        r"\mathrm{CKA} = \frac{||X^T Y||_F^2}{||X^T X||_F\;||Y^T Y||_F}",
        "stability: alignment of the centred codes X and Y (a row per image) of two "
        "seeds, mean over pairs; F is the norm of all entries",
    ),
)

HARDLY = "hardly trained"
KINDS = {
    "plain": {},
    HARDLY: {"learning_rate": 1e-4},
    "denoising": {"corruption": 0.5},
    "VAE": {"noise": 1.0, "penalty": 1.0},
    "VAE, β = 4": {"noise": 1.0, "penalty": 4.0},
}
"""What an encoder's training adds to reconstruction."""

CRITERIA = {
    "length": ("length of the code", 1),
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
LENGTH = Measure("length", "length of the code", "", ".0f")
MEASURES = (
    ACCURACY,
    Measure("error", "squared error ↓", "", ".4f"),
    Measure("rank", "effective rank ↑", "", ".1f"),
    Measure("trust", "trustworthiness ↑", "", ".3f"),
    Measure("stable", "CKA ↑", "", ".2f"),
    Measure("silhouette", "silhouette ↑", "", ".2f"),
    Measure("davies", "Davies–Bouldin ↓", "", ".2f"),
    Measure("calinski", "Calinski–Harabasz ↑", "", ".0f"),
)
ORDERS = (
    ALL := Measure("all", "all encoders", "", ".2f", "higher"),
    TRAINED := Measure("trained", "without hardly trained ones", "", ".2f", "higher"),
    WITHIN := Measure("within", "of one length", "", ".2f", "higher"),
)
"""Fisher's z of rank correlations with the probe's accuracy, over which encoders."""


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
    laboratory = lab.small_lab(options, data, (LENGTH, *MEASURES))
    rate = options.learning_rate
    base = {"corruption": 0.0, "noise": 0.0, "penalty": 0.0, "learning_rate": rate}
    conditions = [
        lab.Condition(
            {"kind": kind, "zdim": d},
            models.mlp_vae(d, (options.hidden,), data.image_shape),
            base | own,
        )
        for kind, own in KINDS.items()
        for d in options.zdims
    ]
    fitted = laboratory.fit(conditions, partial(training, options.steps))
    known = data.train.labels[: options.labels]
    images = {"train": data.train.images[: len(known)], "test": data.test.images}
    seen = {p: laboratory.predict(fitted, looked_at, x) for p, x in images.items()}
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
            "length": condition["zdim"],
            "accuracy": read_class(train, known, test, data.test.labels),
            "error": seen["test"][name]["error"].mean(),
            "stable": np.mean([linear_cka(test, other) for other in others]),
            **judge(test[: options.images], some, seed),
        }
        measured[condition, seed] = lab.Measured(scalars)
    results = laboratory.results(conditions, measured, [fitted])
    return {"results": results, "orders": agreement(results), "options": options}


def agreement(results: lab.Results) -> lab.Results:
    """Fisher's z of the criteria's rank correlations with the probe, for each seed."""
    right, lengths = results.by_seed(ACCURACY), results.by_seed(LENGTH)[:, 0]
    good = np.array([c["kind"] != HARDLY for c in results.conditions])
    found: dict[str, list] = {measure.name: [] for measure in ORDERS}
    for name, (_, sign) in CRITERIA.items():
        values = sign * results.by_seed(name)
        found["all"].append(stats.rank_agreement(values, right))
        found["trained"].append(stats.rank_agreement(values[good], right[good]))
        found["within"].append(stats.rank_agreement(values, right, lengths))
    conditions = [
        lab.Condition({"criterion": name}, label=label)
        for name, (label, _) in CRITERIA.items()
    ]
    z = {name: stats.to_z(correlations) for name, correlations in found.items()}
    return lab.simulated(conditions, ORDERS, z)


def claims(found: Any) -> Claims:
    """What the run must show."""
    orders = found["orders"]
    of = {name: orders.find(criterion=name) for name in CRITERIA}
    wanted = [(name, ALL, "higher") for name in ("length", "error", "rank", "trust")]
    wanted += [(name, ALL, "lower") for name in ("silhouette", "davies", "calinski")]
    wanted += [(name, WITHIN, "higher") for name in ("error", "rank", "trust")]
    again = lab.Versus(of["stable"], of["stable"], TRAINED, against_measure=ALL)
    return {
        f"{name}_{measure.name}": lab.Expecting(orders).beats(
            of[name], measure, 0.0, outcome,
            f"Fisher's z of {of[name].label}, {measure.label}: compared with 0", "none",
        )
        for name, measure, outcome in wanted
    } | {
        "beyond_rank": minus(orders, of["rank"], of["length"], ALL, "higher"),
        "beyond_trust": minus(orders, of["trust"], of["length"], ALL, "higher"),
        "fooled": lab.Expect(
            orders, again, "higher",
            "Fisher's z of stability over seeds: without hardly trained ones minus all",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """How well each criterion orders encoders; the encoders themselves."""
    return [ordering(found), clouds(found)]


def ordering(found: Any) -> DataFigure:
    """Rank correlations with their intervals."""
    figure = new_figure(6.6, 4.4)
    axes = figure.add_subplot()
    orders = found["orders"]
    for i, measure in enumerate(ORDERS):
        own: dict[str, Any] = {"color": COLOURS[i]}
        for row, condition in enumerate(orders.conditions):
            mean = stats.from_z(orders.estimate(measure, condition))
            place = row + 0.24 * (i - 1)
            axes.plot(mean.interval, [place, place], **own)
            label = measure.label if row == 0 else ""
            axes.plot(mean.mean, place, MARKERS[i], label=label, **own)
    axes.axvline(0, color=INK, lw=0.8)
    axes.set_yticks(range(len(CRITERIA)), [c.label for c in orders.conditions])
    axes.set(xlim=(-1.02, 1.02), xlabel="rank correlation with the probe's accuracy")
    axes.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=3)
    return DataFigure(
        settle(figure),
        "ordering",
        f"How well each criterion orders {len(found['results'].conditions)} encoders "
        "as a probe with labels does, in numbers in Table 4.2.",
    )


def clouds(found: Any) -> DataFigure:
    """Accuracy against some of the criteria, a mark for each kind of training."""
    results = found["results"]
    figure = new_figure(7.6, 2.9)
    panels = figure.subplots(1, 3, sharey=True)
    right = 100 * results.by_seed(ACCURACY).mean(1)
    for axes, name in zip(panels, ("error", "rank", "trust"), strict=True):
        values = results.by_seed(name).mean(1)
        for i, kind in enumerate(KINDS):
            own = [n for n, c in enumerate(results.conditions) if c["kind"] == kind]
            axes.plot(
                values[own], right[own], MARKERS[i] + "-", color=COLOURS[i], label=kind,
                lw=0.7, ms=5,
            )  # fmt: skip
        axes.set_xlabel(results.measure(name).label[:-2])
    panels[0].set(xscale="log", xticks=(0.05, 0.1, 0.2))
    panels[0].xaxis.set_major_formatter("{x:g}")
    panels[0].xaxis.set_minor_formatter("")
    panels[0].set_ylabel(ACCURACY.head)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return DataFigure(
        settle(figure),
        "encoders",
        "Every encoder (mean over seeds): accuracy of the probe against three of the "
        "criteria. Lines join codes of increasing length, "
        f"{', '.join(map(str, found['options'].zdims))}.",
    )


def tables(found: Any) -> list[Any]:
    """Rank correlations; every kind of encoder with every criterion."""
    orders, options = found["orders"], found["options"]

    rows: list[list[Cell]] = []
    for condition in orders.conditions:
        read = [stats.from_z(orders.estimate(m, condition)) for m in ORDERS]
        own = [f"{number(r.mean, '.2f')} {interval(r.interval, '.2f')}" for r in read]
        rows.append([condition.label, *(text.replace("– –", "–") for text in own)])
    heads = [Column("criterion"), *(Column(m.label) for m in ORDERS)]
    caption = (
        "Rank correlation with a probe's accuracy over the encoders of a seed (of one "
        "length: mean over lengths): mean and 95 % interval over seeds, by Fisher's z, "
        "its artanh. Other kinds of encoders may change more than other seeds."
    )
    note = (
        f"Probes had {options.labels} labels. Effective rank, trustworthiness and the "
        f"indices are of the first {options.images} test images, clusters are {GROUPS} "
        "groups of k-means. Hardly trained: as many steps, at a learning rate of "
        f"{KINDS[HARDLY]['learning_rate']:g} instead of {options.learning_rate:g}. "
        "Arrows: which side counts as better."
    )
    factors = {"kind": "training", "zdim": "length"}
    return [
        Table(heads, rows, caption),
        *Summary(MEASURES, factors=factors, note=note).views(found["results"]),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=4,
    title="Judging without labels",
    code=(without_labels, linear_cka),
    dataset="mnist_5k",
    references=(
        "Venna & Kaski, Neighborhood preservation in nonlinear projection methods, "
        "2001 (trustworthiness)",
        "Roy & Vetterli, The effective rank, 2007",
        "Kornblith et al., Similarity of neural network representations revisited, "
        "arXiv:1905.00414",
    ),
)
