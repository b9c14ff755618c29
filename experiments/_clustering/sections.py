"""Tables and figures of the report."""

import numpy as np

from aejax.metrics import clustering
from aejax.report.figures.confusion import confusion
from aejax.report.figures.grids import sheet
from aejax.report.figures.ranges import Ranges, ranges
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table
from experiments._clustering.evidence import Evidence
from experiments._clustering.legend import legend
from experiments._clustering.references import EXAMPLES, STARTS

MEASURES = {"accuracy": "accuracy", "nmi": "NMI"}


def rows(evidence: Evidence) -> list[dict[str, object]]:
    """Lines of results.csv: a JointVAE each, then a reference and seed each."""
    joint = [
        {
            "method": "joint",
            **seen.variant._asdict(),
            "seed": seen.found.seed,
            "accuracy": seen.found.accuracy,
            "nmi": seen.found.nmi,
            **{name: seen.last[name] for name in seen.last if name[:5] == "test_"},
            "train_seconds": seen.seconds,
        }
        for seen in evidence.seen
    ]
    others = [
        {"method": k, "seed": one.seed, "accuracy": one.accuracy, "nmi": one.nmi}
        for k, found in evidence.references.items()
        for one in found
    ]
    return [*joint, *others]


def headline(evidence: Evidence) -> Table:
    """One row per method: mean ± standard deviation over seeds."""
    columns = [
        Column("method"),
        Column("accuracy", "", ".3f"),
        Column("best seed", "", ".3f"),
        Column("worst seed", "", ".3f"),
        Column("NMI", "", ".3f"),
        Column("seeds"),
    ]
    lines: list[list[Cell]] = []
    for label, found in evidence.methods.items():
        accuracies = [one.accuracy for one in found]
        lines.append(
            [
                label,
                evidence.spread(label),
                max(accuracies),
                min(accuracies),
                evidence.spread(label, "nmi"),
                len(found),
            ]
        )
    caption = (
        "Mean ± standard deviation over seeds, on "
        f"{evidence.test_images:,} test images. Categories are matched to classes one "
        f"to one; labels serve for that alone. {legend(evidence)}"
    )
    return Table(columns, lines, caption)


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    return [_found(evidence), _categories(evidence), _told(evidence)]


def _found(evidence: Evidence) -> Section:
    panels = [
        Ranges(
            name,
            {label: evidence.spread(label, m) for label in evidence.methods},
            "more is better",
        )
        for m, name in MEASURES.items()
    ]
    return Section(
        "Categories against classes",
        "JointVAEs and k-means see no labels. Accuracy is the share of the test images "
        "whose category is matched to their class; NMI needs no matching. k-means is "
        f"fitted to {EXAMPLES:,} training images at most, the best of {STARTS} starts.",
        figures=[
            *(_training(evidence, m, name) for m, name in MEASURES.items()),
            Picture(
                ranges(panels, range(len(evidence.methods))),
                "methods",
                "Accuracy and NMI after the training: means over seeds with 95 % "
                "intervals.",
            ),
        ],
        tables=[headline(evidence), _models(evidence)],
    )


def _training(evidence: Evidence, measure: str, name: str) -> Picture:
    drawn = {
        v.label: (
            evidence.of(v)[0].epochs,
            np.array([getattr(seen, measure) for seen in evidence.of(v)]),
        )
        for v in evidence.variants
    }
    epochs = evidence.seen[0].epochs
    for label, found in evidence.references.items():
        values = np.array([getattr(one, measure) for one in found])
        drawn[label] = (epochs, np.repeat(values[:, None], len(epochs), axis=1))
    return Picture(
        curves(drawn, xlabel="epoch", ylabel=f"{name} on test images"),
        f"training_{measure}",
        f"During the training, {name}: mean over seeds, band from the least to the "
        "greatest. k-means is drawn at its level after its own fit.",
    )


def _models(evidence: Evidence) -> Table:
    columns = [
        Column("model"),
        Column("seed"),
        Column("accuracy", "", ".3f"),
        Column("NMI", "", ".3f"),
        Column("reconstruction", "nats", ".1f"),
        Column("KL of z", "nats", ".2f"),
        Column("KL of category", "nats", ".2f"),
        Column("training", "s", ".1f"),
    ]
    terms = ("test_reconstruction", "test_kl_z", "test_kl_c")
    lines: list[list[Cell]] = [
        [
            seen.variant.label,
            seen.found.seed,
            seen.found.accuracy,
            seen.found.nmi,
            *(float(seen.last[term]) for term in terms),
            seen.seconds,
        ]
        for seen in evidence.seen
    ]
    return Table(columns, lines, "Every JointVAE, its terms per test image.")


def _categories(evidence: Evidence) -> Section:
    best = evidence.best
    matched = clustering.match(best.found.counts).classes
    names = [evidence.classes[c] if c >= 0 else "none" for c in matched]
    order = np.argsort(matched, kind="stable")
    shown = [(names[k], evidence.samples[k]) for k in order]
    one = f"{best.variant.label}, seed {best.found.seed}"
    return Section(
        "The best seed",
        f"The model of greatest accuracy: {one}.",
        figures=[
            Picture(
                sheet(shown),
                "categories",
                "Samples of each category (rows, ordered by the class that it is "
                "matched to), the same draw of the continuous latent in each column.",
            ),
            Picture(
                confusion(
                    clustering.confusion(best.found.counts), list(evidence.classes)
                ),
                "confusion",
                "Test images of each class by the class of their category, percent.",
            ),
        ],
    )


def _told(evidence: Evidence) -> Section:
    told = evidence.told
    shown = list(zip(evidence.classes, told.pictures, strict=True))
    return Section(
        "Conditional VAE",
        f"Label in, picture out. {told.judge}",
        figures=[
            Picture(
                sheet(shown),
                "conditional",
                f"Samples of the conditional VAE, d = {told.zdim}: rows are the class "
                "that is asked for, columns share one draw of the latent.",
            )
        ],
    )
