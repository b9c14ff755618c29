"""Figures of the report, with their tables."""

from collections.abc import Sequence

from aejax.report.figures.confusion import confusion
from aejax.report.figures.sizes import Panel, against_panels
from aejax.report.html import Picture, Section
from aejax.report.tables import Column, Table
from experiments._transfer.evidence import Evidence
from experiments._transfer.regimes import (
    FROZEN,
    LOGISTIC,
    NEAREST,
    PIXELS,
    TUNED,
    Regime,
)
from experiments._transfer.tables import (
    accuracies,
    counted,
    differences,
    headline,
    over_draws,
)

XLABEL = "number of labels"


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    return [
        _main(evidence),
        _tuning(evidence),
        _codes(evidence),
        _mistakes(evidence),
        _choices(evidence),
    ]


def _main(evidence: Evidence) -> Section:
    shown = [r for r in evidence.regimes if r not in (LOGISTIC, NEAREST)]
    panels = [
        _panel(evidence, shown, "test"),
        _panel(evidence, shown, "train"),
    ]
    return Section(
        "Accuracy against the number of labels",
        "Each run has a label draw of its own, balanced over the classes; with more "
        "labels the same run keeps those that it had. All draws of a regime are "
        "trained as one program. Runs of one seed share its encoder, so the intervals "
        "are over draws, for these encoders: others may differ by more.",
        figures=[
            Picture(
                against_panels(evidence.labels, panels, xlabel=XLABEL),
                "accuracy",
                f"Accuracy on all {evidence.tests:,} test images (left) and on the "
                "labelled images with which each classifier was trained (right). "
                f"Bars are 95 % intervals of the mean, {over_draws(evidence)}; "
                f"{counted(evidence)}.",
            )
        ],
        tables=[headline(evidence), accuracies(evidence, "train")],
    )


def _panel(evidence: Evidence, regimes: Sequence[Regime], split: str) -> Panel:
    series = {r.short: 100 * evidence.accuracies(r, split) for r in regimes}
    name = "test accuracy [%]" if split == "test" else "accuracy on labelled [%]"
    return Panel(name, series, intervals=True)


def _tuning(evidence: Evidence) -> Section:
    one, two = evidence.accuracies(TUNED), evidence.accuracies(FROZEN)
    panel = Panel(
        "fine-tuned less frozen [points]",
        {"(2) less (1)": 100 * (one - two)},
        {"no difference": 0.0},
        intervals=True,
    )
    return Section(
        "Does fine-tuning pay?",
        figures=[
            Picture(
                against_panels(evidence.labels, [panel], xlabel=XLABEL),
                "tuning",
                "Paired difference of test accuracy, fine-tuned less frozen; bars are "
                f"95 % intervals of its mean, {over_draws(evidence)}.",
            )
        ],
        tables=[differences(evidence)],
    )


def _codes(evidence: Evidence) -> Section:
    panel = _panel(evidence, (FROZEN, LOGISTIC, NEAREST, PIXELS), "test")
    return Section(
        "Simple classifiers on the same code",
        figures=[
            Picture(
                against_panels(evidence.labels, [panel], xlabel=XLABEL),
                "codes",
                "Test accuracy of classifiers on the frozen code, and of logistic "
                "regression on pixels; bars are 95 % intervals of the mean, "
                f"{over_draws(evidence)}.",
            )
        ],
    )


def _mistakes(evidence: Evidence) -> Section:
    labels = max(evidence.labels)
    regime = evidence.best(labels)
    found = evidence.outcomes[regime, labels]
    return Section(
        "Mistakes of the best classifier",
        figures=[
            Picture(
                confusion(
                    found.confusion,
                    evidence.classes,
                    title=f"{regime.label}, {labels} labels",
                ),
                "confusion",
                f"Confusion matrix of {regime.label} with {labels} labels, the best "
                f"mean test accuracy: percent of each class's test images, all "
                f"{evidence.runs} runs together. Colours show mistakes alone.",
            )
        ],
    )


def _choices(evidence: Evidence) -> Section:
    table = Table(
        [Column("what"), Column("choice")],
        [[name, choice] for name, choice in evidence.choices.items()],
        "Everything that was chosen.",
    )
    return Section("Choices", tables=[table])
