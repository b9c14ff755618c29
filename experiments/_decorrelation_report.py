"""What `experiments.decorrelation` says and draws, from the figures of its run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics.correlation import Correlation, chance_level, correlation
from aejax.metrics.pca import PcaReference
from aejax.metrics.summary import mean_spread
from aejax.metrics.trend import Trend, trend
from aejax.report.figures.grids import correlation_matrices, reconstructions
from aejax.report.figures.sizes import Panel, against_panels
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Column, Table, interval
from aejax.run.study import Results

# The design asks for this many codes; fewer blur small correlations.
ENOUGH_CODES = 5000


class Seen(NamedTuple):
    """One trained member on the test set.

    Attributes:
      zdim, seed: its configuration.
      mse: squared error per pixel, mean over the test images.
      correlation: of its test codes.
      pictures: reconstructions of the images that the report shows.
    """

    zdim: int
    seed: int
    mse: float
    correlation: Correlation
    pictures: np.ndarray


class Measure(NamedTuple):
    """A single value of a correlation matrix.

    Attributes:
      column: its name in results.csv.
      label: its name in tables and figures.
      of: how it is got.
    """

    column: str
    label: str
    of: Callable[[Correlation], float]


MEASURES = (
    Measure("mean_abs_r", "mean |r|", lambda c: c.mean_abs),
    Measure("rms_r", "rms r", lambda c: c.rms),
    Measure("max_abs_r", "max |r|", lambda c: c.max_abs),
    Measure("total_correlation", "total correlation", lambda c: c.total_correlation),
    Measure("effective_rank_share", "effective rank / d", lambda c: c.effective_rank_share),
)
HEADLINE, *_, TOTAL, RANK = MEASURES


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every member.
      pca: the reference of each latent size.
      codes: number of test codes behind each correlation.
      originals: images [n, h, w, c] that the members reconstruct in `Seen.pictures`.
      records: metrics.jsonl.
    """

    seen: Sequence[Seen]
    pca: Mapping[int, PcaReference]
    codes: int
    originals: np.ndarray
    records: Sequence[Mapping[str, Any]]

    @property
    def zdims(self) -> list[int]:
        """The latent sizes, rising."""
        return sorted(self.pca)

    def by_zdim(self, of: Callable[[Seen], Any]) -> dict[int, list[Any]]:
        """A value of every member, the seeds of each latent size together."""
        return {d: [of(s) for s in self.seen if s.zdim == d] for d in self.zdims}

    def grid(self, of: Callable[[Seen], float]) -> np.ndarray:
        """The same as an array [seeds, sizes]."""
        return np.array(list(self.by_zdim(of).values())).T

    def trend(self, measure: Measure) -> Trend:
        """The trend of a measure over log2 of the latent size, all seeds."""
        x = np.log2([s.zdim for s in self.seen])
        return trend(x, [measure.of(s.correlation) for s in self.seen])

    def pca_measure(self, measure: Measure) -> list[float]:
        """A measure of PCA's codes for each latent size."""
        return [measure.of(correlation(self.pca[d].codes)) for d in self.zdims]


def results(evidence: Evidence) -> Results:
    """Rows, tables, figures and words."""
    return Results(
        rows=[_row(seen) for seen in evidence.seen],
        table=_table(evidence),
        conclusion=_conclusion(evidence),
        sections=[
            _correlation_section(evidence),
            _reconstruction_section(evidence),
            _training_section(evidence),
        ],
    )


def _row(seen: Seen) -> dict[str, object]:
    measures = {m.column: m.of(seen.correlation) for m in MEASURES}
    return {
        "zdim": seen.zdim,
        "seed": seen.seed,
        "test_mse": seen.mse,
        **measures,
        "effective_rank": seen.correlation.effective_rank,
        "dead": seen.correlation.dead,
    }


def _table(evidence: Evidence) -> Table:
    """One row per latent size, mean ± standard deviation over seeds."""
    columns = [
        Column("d"),
        Column("test MSE", "per pixel", ".5f"),
        Column("PCA MSE", "per pixel", ".5f"),
        *[Column(m.label, "nats" if m is TOTAL else "", ".3f") for m in MEASURES],
        Column("dead", "", ".1f"),
    ]
    rows = [
        [
            d,
            mean_spread([s.mse for s in group]),
            evidence.pca[d].mse,
            *[mean_spread([m.of(s.correlation) for s in group]) for m in MEASURES],
            float(np.mean([s.correlation.dead for s in group])),
        ]
        for d, group in evidence.by_zdim(lambda s: s).items()
    ]
    seeds = len(evidence.seen) // len(evidence.zdims)
    caption = f"Mean ± standard deviation over {seeds} seed(s), on {evidence.codes:,} test images."
    return Table(columns, rows, caption)


def _conclusion(evidence: Evidence) -> str:
    """The trend of the headline measure and the explanation that fits its sign."""
    found = evidence.trend(HEADLINE)
    first, last = evidence.zdims[0], evidence.zdims[-1]

    def mean(of: Callable[[Correlation], float], d: int) -> float:
        return float(np.mean([of(s.correlation) for s in evidence.by_zdim(lambda s: s)[d]]))

    rank = {d: mean(lambda c: c.effective_rank, d) for d in (first, last)}
    share = {d: mean(RANK.of, d) for d in (first, last)}
    total = {d: mean(TOTAL.of, d) for d in (first, last)}
    said = {
        "rises": "Longer codes are more correlated, pair by pair",
        "falls": "Longer codes are less correlated, pair by pair",
        "no trend": "The pairwise correlation shows no trend with the code's length",
    }[found.verdict]
    if np.isnan(found.slope):
        return (
            "No trend can be told: that takes at least three latent sizes of two "
            "or more coordinates, and four models."
        )
    numbers = (
        f"{said}: mean |r| changes by {found.slope:+.4f} per doubling of d "
        f"(95 % interval {interval(found.slope_interval)}), Spearman's rank "
        f"correlation with d is {found.rank_correlation:+.2f} "
        f"({interval(found.rank_interval, '.2f')}, {found.n} models)."
    )
    ranks = (
        f"From d = {first} to {last} the effective rank goes from {rank[first]:.1f} to "
        f"{rank[last]:.1f}, which is {share[first]:.0%} and {share[last]:.0%} of d; the "
        f"total correlation goes from {total[first]:.2f} to {total[last]:.2f} nats."
    )
    return f"{numbers}\n\n{_explanation(found.verdict)} {ranks}{_caution(evidence)}"


def _explanation(verdict: str) -> str:
    """Why mean |r| moves as it does.

    Nothing in a reconstruction loss favours uncorrelated coordinates: any
    invertible mixing of a code can be undone by the decoder. For a correlation
    matrix with eigenvalues l, the mean square of r off the diagonal is exactly
    (sum(l^2) / d - 1) / (d - 1), so |r| is a matter of how many directions the
    code uses and how evenly.
    """
    mixing = (
        "The loss does not ask for uncorrelated coordinates: the decoder can undo "
        "any invertible mixing. What |r| shows is how many directions the codes "
        "fill, and how evenly (rms r is a function of the eigenvalues of the "
        "correlation matrix alone)."
    )
    return {
        "falls": f"{mixing} With more coordinates the variance spreads over more "
        "directions, so any two of them share less, although together they may be "
        "more redundant.",
        "rises": f"{mixing} Added coordinates repeat what the others carry, instead "
        "of opening directions of their own, so pairs share more.",
        "no trend": f"{mixing} Here the number of filled directions grows about as "
        "fast as the code, or the seeds differ more than the sizes do.",
    }[verdict]


def _caution(evidence: Evidence) -> str:
    if evidence.codes >= ENOUGH_CODES:
        return ""
    return (
        f"\n\nMeasured on {evidence.codes:,} test codes; independent coordinates "
        f"would show mean |r| = {chance_level(evidence.codes):.3f} by chance. For a "
        f"finer figure use a set with {ENOUGH_CODES:,} test images or more."
    )


def _correlation_section(evidence: Evidence) -> Section:
    panels = [
        Panel(
            measure.label + (" [nats]" if measure is TOTAL else ""),
            {"autoencoder": evidence.grid(lambda s, m=measure: m.of(s.correlation))},
            {"PCA": evidence.pca_measure(measure)}
            | ({"chance": chance_level(evidence.codes)} if measure is HEADLINE else {}),
            from_zero=True,
        )
        for measure in MEASURES
    ]
    first_seed = [s for s in evidence.seen if s.seed == 0]
    matrices = correlation_matrices(
        [s.correlation.matrix for s in first_seed], [f"d = {s.zdim}" for s in first_seed]
    )
    return Section(
        "Correlation of the latent coordinates",
        "Pearson correlations of the test codes. Coordinates that do not vary are "
        "dead: they are counted, and left out of every measure.",
        figures=[
            Picture(
                against_panels(evidence.zdims, panels, xlabel="latent size d"),
                "measures",
                "Measures of correlation against the latent size. Faint points are "
                "seeds, bars their standard deviation. PCA's codes are uncorrelated "
                "on the training set by construction; chance is the level of mean |r| "
                f"for {evidence.codes:,} independent samples.",
            ),
            Picture(
                matrices,
                "matrices",
                "Correlation matrices of the test codes, seed 0. Grey: dead coordinates.",
            ),
        ],
        tables=[_table(evidence), _trend_table(evidence)],
    )


def _trend_table(evidence: Evidence) -> Table:
    found = {m: evidence.trend(m) for m in MEASURES}
    return Table(
        [
            Column("measure"),
            Column("slope per doubling of d", "", "+.4f"),
            Column("95 % interval"),
            Column("rank correlation", "", "+.2f"),
            Column("95 % interval"),
            Column("verdict"),
        ],
        [
            [
                m.label,
                t.slope,
                interval(t.slope_interval),
                t.rank_correlation,
                interval(t.rank_interval, ".2f"),
                t.verdict,
            ]
            for m, t in found.items()
        ],
        "Trends over the latent size. A trend needs both intervals to exclude zero.",
    )


def _reconstruction_section(evidence: Evidence) -> Section:
    errors = Panel(
        "test MSE per pixel",
        {"autoencoder": evidence.grid(lambda s: s.mse)},
        {"PCA": [evidence.pca[d].mse for d in evidence.zdims]},
        log_y=True,
    )
    rows = {f"d = {s.zdim}": s.pictures for s in evidence.seen if s.seed == 0}
    return Section(
        "Reconstruction",
        figures=[
            Picture(
                against_panels(evidence.zdims, [errors], xlabel="latent size d"),
                "error",
                "Squared error per pixel of the test images, in [0, 1], against the "
                "latent size, with PCA of the same dimension.",
            ),
            Picture(
                reconstructions(evidence.originals, rows),
                "reconstructions",
                "Test images, one of each class, and their reconstructions, seed 0.",
            ),
        ],
    )


def _training_section(evidence: Evidence) -> Section:
    def curve(zdim: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
        runs: dict[str, list[tuple[int, float]]] = {}
        for record in evidence.records:
            if record["member"].startswith(f"zdim={zdim},"):
                runs.setdefault(record["member"], []).append(
                    (record["step"], record[metric])
                )
        table = np.array(list(runs.values()))
        return table[0, :, 0], table[:, :, 1]

    drawn = curves(
        {f"d = {d}": curve(d, "test_mse") for d in evidence.zdims},
        ylabel="test MSE per pixel",
        log_y=True,
    )
    return Section(
        "Training",
        figures=[
            Picture(
                drawn,
                "training",
                "Test error during training: mean over seeds, band from the least "
                "to the greatest.",
            )
        ],
    )
