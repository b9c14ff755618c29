"""Tables and figures of the report."""

from scipy import stats

from aejax.report.figures.planes import decoded_planes
from aejax.report.figures.scatter import scatters
from aejax.report.figures.sizes import Panel, against_panels
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table
from aejax.run import records
from experiments._vae_terms.evidence import (
    CHANCE,
    KL,
    MEASURES,
    RECONSTRUCTION,
    Evidence,
    Measure,
    Seen,
)

# Nineteen of twenty draws from the prior in the plane lie within this radius.
WITHIN = float(stats.chi2.ppf(0.95, 2) ** 0.5)


def row(seen: Seen) -> dict[str, object]:
    """A member's line of results.csv."""
    return {
        "reconstruction_weight": seen.weights.reconstruction,
        "beta": seen.weights.beta,
        "seed": seen.seed,
        **{measure.column: getattr(seen, measure.column) for measure in MEASURES},
        "train_seconds": seen.seconds,
    }


def headline(evidence: Evidence) -> Table:
    """One row per pair of weights, mean ± standard deviation over seeds."""
    columns = [
        Column("loss"),
        *[Column(m.label, m.unit, m.format) for m in MEASURES],
    ]
    rows: list[list[Cell]] = [
        [w.label, *[evidence.spread(w, m.column) for m in MEASURES]]
        for w in evidence.weights
    ]
    caption = (
        f"Mean ± standard deviation over {len(evidence.of(evidence.weights[0]))} "
        f"seed(s) after {evidence.epochs:.3g} epochs, on {len(evidence.labels):,} "
        "test images. Both terms are shown unweighted, one draw from each posterior. "
        "Distance: sliced Wasserstein-2 from the drawn codes to N(0, I). Overlap: "
        "share of the drawn codes that their 15 neighbours take for another class; "
        f"{evidence.chance:.3f} by chance. Empty: share of a grid of prior quantiles "
        "whose nearest code is further away than that of as many draws from the prior "
        f"would be 19 times in 20; {CHANCE:g} by chance. Lost: share of the grid whose "
        f"picture is encoded more than {evidence.far:g} away."
    )
    return Table(columns, rows, caption)


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    return [_plane(evidence), _measures(evidence), _training(evidence)]


def _plane(evidence: Evidence) -> Section:
    first = evidence.first_seed
    clouds = scatters(
        {label: seen.codes for label, seen in first.items()},
        evidence.labels,
        evidence.classes,
        (WITHIN, "95 % of\nthe prior"),
    )
    sheets = decoded_planes(
        {label: seen.pictures for label, seen in first.items()},
        {label: seen.holes for label, seen in first.items()},
    )
    return Section(
        "The latent plane",
        figures=[
            Picture(
                clouds,
                "clouds",
                "Codes of the test images, one draw from each posterior, coloured by "
                "class, seed 0. Scales differ: the dashed circle holds 95 % of the "
                "prior in every panel.",
            ),
            Picture(
                sheets,
                "grids",
                "Decoded grid of the prior's quantiles, seed 0. Orange cells are empty:"
                " no test image's code is as near as a draw from the prior would be.",
            ),
        ],
    )


def _measures(evidence: Evidence) -> Section:
    panels = [_panel(evidence, measure) for measure in MEASURES]
    figure = against_panels(
        [w.beta for w in evidence.path], panels, xlabel="weight β of the KL"
    )
    return Section(
        "Measures",
        figures=[
            Picture(
                figure,
                "measures",
                "Measures of models trained with both terms against the weight of the "
                "KL; grey lines are the means of models trained with one term only. "
                "Faint points are seeds, bars their standard deviation.",
            )
        ],
        tables=[headline(evidence)],
    )


def _panel(evidence: Evidence, measure: Measure) -> Panel:
    unit = f" [{measure.unit}]" if measure.unit else ""
    ends = {
        w.label: evidence.spread(w, measure.column).mean for w in (RECONSTRUCTION, KL)
    }
    return Panel(
        measure.label + unit,
        {"both terms": evidence.values(evidence.path, measure.column)},
        ends,
        log_y=measure.column in LOGARITHMIC,
        from_zero=measure.column not in LOGARITHMIC,
    )


# Of these the ends differ by powers of ten.
LOGARITHMIC = ("reconstruction", "posterior_variance", "distance")


def _training(evidence: Evidence) -> Section:
    return Section(
        "Training",
        figures=[
            _curves(evidence, "test_reconstruction", "reconstruction", True),
            _curves(evidence, "test_kl", "KL", False),
        ],
    )


def _curves(evidence: Evidence, metric: str, label: str, log_y: bool) -> Picture:
    runs = {
        w.label: records.curves(
            evidence.records, [w.name(s.seed) for s in evidence.of(w)], metric
        )
        for w in evidence.weights
    }
    return Picture(
        curves(runs, ylabel=f"test {label} [nats]", log_y=log_y),
        f"training_{label.lower()}",
        f"Test {label}, unweighted, during training: mean over seeds, band from the "
        "least to the greatest.",
    )
