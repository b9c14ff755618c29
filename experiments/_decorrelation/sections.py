"""Tables and figures of the report."""

from aejax.metrics.correlation import chance_level
from aejax.metrics.summary import mean_spread
from aejax.report.figures.grids import correlation_matrices, reconstructions
from aejax.report.figures.sizes import Panel, against_panels
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table, interval
from aejax.run import records
from experiments._decorrelation.evidence import (
    HEADLINE,
    MEASURES,
    Evidence,
    Measure,
    Seen,
)


def row(seen: Seen) -> dict[str, object]:
    """A member's line of results.csv."""
    found = seen.correlation
    return {
        "zdim": seen.zdim,
        "seed": seen.seed,
        "test_mse": seen.mse,
        **{measure.column: measure.of(found) for measure in MEASURES},
        "effective_rank": found.effective_rank,
        "dead": found.dead,
        "train_seconds": seen.seconds,
    }


def headline(evidence: Evidence) -> Table:
    """One row per latent size, mean ± standard deviation over seeds."""
    columns = [
        Column("d"),
        Column("test MSE", "per pixel", ".5f"),
        Column("PCA MSE", "per pixel", ".5f"),
        *[Column(m.label, m.unit, ".3f") for m in MEASURES],
        Column("dead", "", ".1f"),
    ]
    rows: list[list[Cell]] = []
    for d in evidence.zdims:
        members = evidence.of_size(d)
        of_measures = [
            mean_spread([m.of(s.correlation) for s in members]) for m in MEASURES
        ]
        error = mean_spread([s.mse for s in members])
        dead = mean_spread([s.correlation.dead for s in members]).mean
        rows.append([d, error, evidence.pca[d].mse, *of_measures, dead])
    caption = (
        f"Mean ± standard deviation over {len(members)} seed(s), on "
        f"{evidence.codes:,} test images."
    )
    return Table(columns, rows, caption)


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    return [_correlation(evidence), _reconstruction(evidence), _training(evidence)]


def _correlation(evidence: Evidence) -> Section:
    panels = [*(_panel(evidence, m) for m in MEASURES), _errors(evidence)]
    first = evidence.first_seed
    matrices = correlation_matrices(
        [s.correlation.matrix for s in first], [f"d = {s.zdim}" for s in first]
    )
    return Section(
        "Correlation of the latent coordinates",
        "Pearson correlations of the test codes. Coordinates that do not vary are "
        "dead: they are counted, and left out of every measure.",
        figures=[
            Picture(
                against_panels(evidence.zdims, panels, xlabel="latent size d"),
                "measures",
                "Measures of correlation, and squared error per pixel, of the test "
                "images against the latent size. Faint points are seeds, bars their "
                "standard deviation. PCA's codes are uncorrelated on the training set "
                "by construction; chance is the level of mean |r| for "
                f"{evidence.codes:,} independent samples.",
            ),
            Picture(
                matrices,
                "matrices",
                "Correlation matrices of the test codes, seed 0; dead coordinates are "
                "grey.",
            ),
        ],
        tables=[headline(evidence), _trends(evidence)],
    )


def _panel(evidence: Evidence, measure: Measure) -> Panel:
    reference: dict = {"PCA": evidence.pca_values(measure)}
    if measure is HEADLINE:
        reference["chance"] = chance_level(evidence.codes)
    unit = f" [{measure.unit}]" if measure.unit else ""
    series = {"autoencoder": evidence.values(measure)}
    return Panel(measure.label + unit, series, reference, from_zero=True)


def _trends(evidence: Evidence) -> Table:
    columns = [
        Column("measure"),
        Column("slope per doubling of d", "", "+.4f"),
        Column("95 % interval"),
        Column("rank correlation", "", "+.2f"),
        Column("95 % interval"),
        Column("verdict"),
    ]
    rows: list[list[Cell]] = []
    for measure in MEASURES:
        found = evidence.trend(measure)
        slopes = interval(found.slope_interval)
        ranks = interval(found.rank_interval, ".2f")
        rho = found.rank_correlation
        rows.append([measure.label, found.slope, slopes, rho, ranks, found.verdict])
    caption = (
        "Trends over the latent size; the slope is that of the mean over seeds of each "
        "size. A trend needs the interval of the rank correlation to exclude 0, and "
        "means in order or an interval of the slope that excludes 0, too."
    )
    return Table(columns, rows, caption)


def _errors(evidence: Evidence) -> Panel:
    reference = {"PCA": [evidence.pca[d].mse for d in evidence.zdims]}
    series = {"autoencoder": evidence.errors()}
    return Panel("test MSE per pixel", series, reference, log_y=True)


def _reconstruction(evidence: Evidence) -> Section:
    rows = {f"d = {s.zdim}": s.pictures for s in evidence.first_seed}
    return Section(
        "Reconstruction",
        figures=[
            Picture(
                reconstructions(evidence.originals, rows),
                "reconstructions",
                "Test images, one of each class, and their reconstructions, seed 0.",
            ),
        ],
    )


def _training(evidence: Evidence) -> Section:
    runs = {
        f"d = {d}": records.curves(
            evidence.records, [s.name for s in evidence.of_size(d)], "test_mse"
        )
        for d in evidence.zdims
    }
    return Section(
        "Training",
        figures=[
            Picture(
                curves(runs, ylabel="test MSE per pixel", log_y=True),
                "training",
                "Test error during training: mean over seeds, band from the least to "
                "the greatest.",
            )
        ],
    )
