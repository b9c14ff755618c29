r"""How is a representation judged without labels?

By its reconstructions, by how many directions the code uses (effective rank), by
whether neighbours in the code are neighbours as images (trustworthiness), by how well
it clusters, by whether other seeds give the same: none of these needs a label. Whether
they order encoders as a probe with labels would is a question of measurement. Over
encoders of several lengths and kinds of training, trustworthiness and effective rank do
so almost perfectly, and a low reconstruction error well. But much of this is the length
of the code, which is known without any criterion; trustworthiness and effective rank
order encoders better than it does. Between encoders of one length these
two and a low reconstruction error still point the right way, though less surely.

Indices of clusters order encoders the wrong way round: they compare distances within
and between groups, such ratios are largest in few dimensions, and short codes are poor.
"""

import dataclasses
from functools import partial
from typing import Any

from aejax import lab, models, stats
from aejax.algorithms.regularized import PLAIN, regularized
from aejax.eval.reading import read_class
from aejax.eval.similarity import linear_cka, stability
from aejax.eval.unlabelled import without_labels
from aejax.lab import Measure
from aejax.lab.question_claims import Claims, minus
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.figures.forest import Panel
from aejax.report.lessons import DataFigure

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
        r"\mathrm{CKA} = \frac{||X^T Y||_F^2}{||X^T X||_F\;||Y^T Y||_F}",
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

MEASURES = tuple(Measure(name, label) for name, (label, _) in CRITERIA.items())
ACCURACY = Measure("accuracy", "probe accuracy", "%", ".1f", "higher", scale=100)
ORDERS = (
    ALL := Measure("all", "all encoders", "", ".2f", "higher"),
    WITHIN := Measure("within", "encoders of one length", "", ".2f", "higher"),
)
"""Fisher's z of rank correlations with the probe's accuracy, over which encoders."""


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(5, "Encoders of each kind and size.", minimum=2)
    batch_size: int = lab.option(32, "Examples per step.", minimum=1)
    steps: int = lab.option(200, "Training steps of each encoder.", minimum=1)
    zdims: tuple[int, ...] = lab.option((2, 4, 8, 16), "Of codes.", minimum=1)
    images: int = lab.option(300, "Test images that are judged by.", minimum=50)
    labels: int = lab.option(500, "Labelled images of a probe.", minimum=20)


def looked_at(model: Any, params: Any, batch: Any) -> Any:
    """Codes and squared errors of images."""
    code = model.apply(params, batch, method="encode").mean
    rebuilt = model.apply(params, code, method="decode")
    return {"code": code, "error": reconstruction.pixel_mse(rebuilt, batch)}


def run(options: Options, judge: Any = without_labels) -> lab.Results:
    """Trains encoders of many kinds in one program; `judge` and a probe rate each."""
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, (ACCURACY, *MEASURES))
    conditions = [
        lab.Condition(
            {"kind": kind, "zdim": d},
            models.mlp_vae(d, (64,), data.image_shape),
            {**PLAIN, "learning_rate": options.learning_rate, **own},
        )
        for kind, own in KINDS.items()
        for d in options.zdims
    ]
    fitted = laboratory.fit(conditions, partial(regularized, steps=options.steps))
    known, some = data.train.labels[: options.labels], slice(options.images)
    few, shown = data.train.images[: len(known)], lab.unit(data.test)[some]
    learnt = laboratory.predict(fitted, looked_at, few)
    seen = laboratory.predict(fitted, looked_at, data.test.images)
    measured = {}
    for condition in conditions:
        d, members = condition["zdim"], [*laboratory.alive([condition], fitted)]
        codes = [seen[name]["code"][:, :d] for *_, name in members]
        stable = stability(codes)
        for i, (_, seed, name) in enumerate(members):
            own, train = codes[i], learnt[name]["code"][:, :d]
            scalars = {
                "length": d,
                "accuracy": read_class(train, known, own, data.test.labels),
                "error": seen[name]["error"].mean(),
                "stable": stable[i],
                **judge(own[some], shown, seed),
            }
            measured[condition, seed] = lab.Measured(scalars)
    return agreement(laboratory.results(conditions, measured, [fitted]))


def agreement(results: lab.Results) -> lab.Results:
    """Fisher's z of the criteria's rank correlations with the probe, for each seed."""
    right, lengths = results.by_seed(ACCURACY), results.by_seed("length")[:, 0]
    found: dict[str, list] = {measure.name: [] for measure in ORDERS}
    for name, (_, sign) in CRITERIA.items():
        values = sign * results.by_seed(name)
        found["all"].append(stats.rank_agreement(values, right))
        found["within"].append(stats.rank_agreement(values, right, lengths))
    conditions = [
        lab.Condition({"criterion": name}, label=CRITERIA[name][0]) for name in CRITERIA
    ]
    z = {name: stats.to_z(correlations) for name, correlations in found.items()}
    return lab.simulated(conditions, ORDERS, z)


def claims(found: Any) -> Claims:
    """What the run must show."""
    of = {name: found.find(criterion=name) for name in CRITERIA}
    wanted = [(name, ALL, "higher") for name in ("length", "error", "rank", "trust")]
    wanted += [(name, ALL, "lower") for name in ("silhouette", "davies")]
    wanted += [(name, WITHIN, "higher") for name in ("error", "rank", "trust")]
    return {
        f"{name}_{measure.name}": lab.Expecting(found).beats(
            of[name], measure, 0.0, outcome,
            f"Fisher's z of {of[name].label}, {measure.label}: compared with 0", "none",
        )
        for name, measure, outcome in wanted
    } | {
        f"beyond_{name}": minus(found, of[name], of["length"], ALL, "higher")
        for name in ("rank", "trust")
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """How well each criterion orders encoders: rank correlations, their intervals."""
    panels = [
        Panel(
            "rank correlation",
            {c.label: stats.from_z(found.estimate(m, c)) for c in found.conditions},
            m.label,
        )
        for m in ORDERS
    ]
    caption = (
        "How well each criterion orders encoders of several lengths and kinds of "
        "training as a probe with labels does: Spearman's correlation, mean and 95 % "
        "interval over seeds (by Fisher's z, its artanh)."
    )
    return [DataFigure(drawn.forest(panels), "ordering", caption)]


QUESTION = lab.Question.of(
    globals(),
    number=4,
    title="Judging without labels",
    code=(without_labels, linear_cka),
    dataset="mnist_5k",
    references=(
        "Venna & Kaski, Neighborhood preservation in nonlinear projection methods, "
        "2001 (trustworthiness)",
        "Kornblith et al., Similarity of neural network representations revisited, "
        "arXiv:1905.00414",
    ),
)
