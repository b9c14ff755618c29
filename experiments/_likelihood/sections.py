"""Tables and figures of the report."""

import numpy as np

from aejax.metrics.summary import mean_spread
from aejax.report.figures.sizes import against
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table, interval
from experiments._likelihood.evidence import (
    OURS,
    PUBLISHED_EPOCHS,
    PUBLISHED_SAMPLES,
    TORCH,
    Evidence,
    Seen,
)
from experiments._likelihood.network import CURVE_SAMPLES


def row(seen: Seen) -> dict[str, object]:
    """A model's line of results.csv."""
    return {
        "side": seen.side,
        "k": seen.k,
        "seed": seen.seed,
        "log_likelihood": seen.values.mean(),
        "test_bound": seen.curve[-1],
        "active_units": seen.active,
        "train_seconds": seen.seconds,
    }


def headline(evidence: Evidence) -> Table:
    """One row per side and k; the published values beside them on MNIST only."""
    columns = [
        Column("model"),
        Column("trained by"),
        Column("test log-likelihood", "nats", ".2f"),
        Column("± over images", "nats", ".2f"),
        Column("active units", "", ".1f"),
        Column("epochs"),
        Column("training", "s", ".1f"),
    ]
    published = evidence.published
    if published:
        columns += [
            Column(f"published, {PUBLISHED_EPOCHS:,} epochs", "nats", ".2f"),
            Column("active units there"),
        ]
    rows: list[list[Cell]] = []
    for k in evidence.ks:
        for side in evidence.sides:
            cells = [name(k), side, *_measured(evidence, side, k)]
            there = published.get(k)
            beside: list[Cell] = list(there) if there else [None, None]
            rows.append([*cells, *(beside if published else [])])
    return Table(columns, rows, _caption(evidence))


def name(k: int) -> str:
    """What a model trained by the bound with k samples is called."""
    return "VAE, k = 1" if k == 1 else f"IWAE, k = {k}"


def _measured(evidence: Evidence, side: str, k: int) -> list[Cell]:
    seen = evidence.of(side, k)
    return [
        evidence.likelihood(side, k),
        evidence.error(side, k),
        mean_spread([one.active for one in seen]).mean,
        evidence.epochs,
        mean_spread([one.seconds for one in seen]).mean,
    ]


def _caption(evidence: Evidence) -> str:
    seeds = len(evidence.of(*(evidence.sides[0], evidence.ks[0])))
    images = len(evidence.seen[0].values)
    text = (
        f"Log-likelihood of {images:,} test images, binarized once, estimated with "
        f"{evidence.samples:,} samples: mean ± standard deviation over {seeds} "
        "seed(s), and half the 95 % interval over images. Active units: latent "
        "coordinates of 50 whose posterior mean has a variance above 0.01. Schedule: "
        f"{evidence.schedule}. Training: time of one model with its looks at the test "
        f"bound, without compilation; {evidence.machines}."
    )
    if not evidence.published:
        return text
    return (
        f"{text} Published: Burda et al., arXiv:1509.00519, Table 1, with "
        f"{PUBLISHED_SAMPLES:,} samples."
    )


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    parts = [_likelihoods(evidence), _training(evidence)]
    return [part for part in parts if part is not None]


def _likelihoods(evidence: Evidence) -> Section:
    figures = [_against_samples(evidence)] if len(evidence.ks) > 1 else []
    tables = [headline(evidence)]
    if comparisons(evidence):
        tables.append(_differences(evidence))
    return Section("Log-likelihood", figures=figures, tables=tables)


def _against_samples(evidence: Evidence) -> Picture:
    ks, published = evidence.ks, evidence.published
    series = {
        side: np.array([evidence.values(side, k).mean(1) for k in ks]).T
        for side in evidence.sides
    }
    there = [published[k].log_likelihood for k in ks if k in published]
    figure = against(
        ks,
        series,
        xlabel="samples k of the bound in training",
        ylabel="test log-likelihood [nats]",
        reference={"published": there} if len(there) == len(ks) else None,
    )
    return Picture(
        figure,
        "likelihood",
        "Test log-likelihood against the number of samples of the bound that is "
        "trained. Faint points are seeds, bars their standard deviation.",
    )


def comparisons(evidence: Evidence) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    """What is held against what: more samples against fewer, PyTorch against us."""
    ks = [((OURS, k), (OURS, evidence.ks[0])) for k in evidence.ks[1:]]
    sides = [((TORCH, k), (OURS, k)) for k in evidence.ks if TORCH in evidence.sides]
    return [*ks, *sides]


def _differences(evidence: Evidence) -> Table:
    columns = [
        Column("model"),
        Column("held against"),
        Column("difference", "nats", "+.2f"),
        Column("95 % interval"),
        Column("verdict"),
    ]
    lines: list[list[Cell]] = [
        [
            f"{name(first[1])}, {first[0]}",
            f"{name(second[1])}, {second[0]}",
            found.spread.mean,
            interval(found.spread.interval, "+.2f"),
            found.verdict,
        ]
        for first, second in comparisons(evidence)
        for found in [evidence.difference(first, second)]
    ]
    return Table(
        columns,
        lines,
        "Differences in log-likelihood, paired by test image. Told apart are two where "
        "the interval over images excludes 0 and all seeds agree in sign.",
    )


def _training(evidence: Evidence) -> Section:
    alone = {name(k): _curves(evidence, OURS, k) for k in evidence.ks}
    figures = [
        Picture(
            curves(alone, xlabel="epoch", ylabel="bound of test images [nats]"),
            "training",
            f"Bound with {CURVE_SAMPLES} samples of the first test images during "
            "training: mean over seeds, band from the least to the greatest. With "
            "so few samples it lies below the log-likelihood, and favours models "
            "that are trained with few.",
        )
    ]
    if TORCH in evidence.sides:
        figures += [_side_by_side(evidence, k) for k in evidence.ks]
    return Section("Training", figures=figures)


def _side_by_side(evidence: Evidence, k: int) -> Picture:
    runs = {side: _curves(evidence, side, k) for side in evidence.sides}
    return Picture(
        curves(runs, xlabel="epoch", ylabel="bound of test images [nats]"),
        f"training_k{k}",
        f"The same bound of the {name(k)}, trained here and in PyTorch.",
    )


def _curves(evidence: Evidence, side: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    seen = evidence.of(side, k)
    epochs = evidence.epochs_at(seen[0].steps)
    return epochs, np.array([one.curve for one in seen])
