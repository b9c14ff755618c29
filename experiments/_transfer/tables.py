"""Tables of the report, and its lines in results.csv."""

from aejax.report.tables import Cell, Column, Table, interval
from experiments._transfer.evidence import TRAINED, Evidence
from experiments._transfer.regimes import FROZEN, TUNED


def rows(evidence: Evidence) -> list[dict[str, object]]:
    """A line of results.csv for each run of each regime."""
    return [
        {
            "regime": regime.name,
            "labels": labels,
            "seed": run // evidence.draws,
            "draw": run % evidence.draws,
            "test_accuracy": found.test[run],
            "train_accuracy": found.train[run],
            "run_seconds": found.seconds,
        }
        for (regime, labels), found in evidence.outcomes.items()
        for run in range(evidence.runs)
    ]


def headline(evidence: Evidence) -> Table:
    """Test accuracy of every regime, and the difference of (2) and (1)."""
    table = accuracies(evidence, "test")
    found = [evidence.difference(labels).spread for labels in evidence.labels]
    last: list[Cell] = [
        "(2) less (1), paired",
        *((f.mean, f.half_width) for f in found),
    ]
    caption = (
        f"Accuracy on all {evidence.tests:,} test images, mean ± half of the 95 % "
        f"interval {over_draws(evidence)}; {counted(evidence)}."
    )
    return Table(table.columns, [*table.rows, last], caption)


def accuracies(evidence: Evidence, split: str) -> Table:
    """Accuracy of every regime on the "test" or the labelled "train" images."""
    columns = [
        Column(f"{split} accuracy, %"),
        *(Column(f"{labels} labels", "", ".1f") for labels in evidence.labels),
    ]
    table: list[list[Cell]] = []
    for regime in evidence.regimes:
        found = [evidence.spread(regime, n, split) for n in evidence.labels]
        table.append([regime.label, *((f.mean, f.half_width) for f in found)])
    caption = (
        "Accuracy on the labelled images themselves, mean ± half of the 95 % interval "
        f"{over_draws(evidence)}. How far it lies above the test accuracy is "
        f"over-fitting; below {TRAINED:g} % a network was not trained to the end."
    )
    return Table(columns, table, caption)


def differences(evidence: Evidence) -> Table:
    """Test accuracy of fine-tuning less that of the frozen encoder, by labels."""
    one, two = evidence.accuracies(TUNED), evidence.accuracies(FROZEN)
    return Table(
        [
            Column("labels"),
            Column("(2) less (1)", "points", "+.2f"),
            Column("95 % interval"),
            Column("of runs, (2) is better in", "%", ".0f"),
        ],
        [
            [
                labels,
                (found := evidence.difference(labels).spread).mean,
                interval(found.interval, "+.2f"),
                100 * float((one > two)[:, place].mean()),
            ]
            for place, labels in enumerate(evidence.labels)
        ],
        "Test accuracy of (2) less that of (1), paired by run: equal encoder, equal "
        f"labelled images, equal initial MLP. Intervals are {over_draws(evidence)}; "
        "better or worse is said only where all seeds agree in sign, too.",
    )


def over_draws(evidence: Evidence) -> str:
    """What intervals are over, in words: runs of a seed share its encoder."""
    which = "these encoders" if evidence.seeds > 1 else "this encoder"
    return f"over draws, for {which}"


def counted(evidence: Evidence) -> str:
    """How many runs stand behind a mean, in words."""
    return f"{evidence.draws} label draws for each of {evidence.seeds} seed(s)"
