"""The words of the report, chosen by the figures of the run."""

from aejax.metrics.correlation import chance_level
from aejax.report.tables import interval
from experiments._decorrelation.evidence import HEADLINE, RANK_SHARE, TOTAL, Evidence

# With fewer codes than this, small correlations drown in chance.
ENOUGH_CODES = 5000

SAID = {
    "rises": "Longer codes are more correlated, pair by pair",
    "falls": "Longer codes are less correlated, pair by pair",
    "no trend": "Pairwise correlation shows no trend with the length of the code",
}

# For a correlation matrix with eigenvalues l the mean square of r off the
# diagonal is exactly (sum(l^2) / d - 1) / (d - 1).
MIXING = (
    "A reconstruction loss does not ask for uncorrelated coordinates: the decoder can "
    "undo any invertible mixing of the code. How large r is, is decided by how many "
    "directions the codes fill and how evenly: rms r is a function of the eigenvalues "
    "of the correlation matrix alone."
)
EXPLAINED = {
    "falls": "Here the variance spreads over more directions as the code grows, so any "
    "two coordinates share less",
    "rises": "Here added coordinates repeat what the others carry instead of opening "
    "directions of their own, so pairs share more",
    "no trend": "Here what a longer code spreads and what it repeats balance, or the "
    "seeds differ more than the sizes do",
}


def conclusion(evidence: Evidence) -> str:
    """Trend, explanation and cautions as paragraphs."""
    parts = [_trend(evidence), _explanation(evidence), _cautions(evidence)]
    return "\n\n".join(part for part in parts if part)


def _trend(evidence: Evidence) -> str:
    found = evidence.trend(HEADLINE)
    if found.slope != found.slope:
        return (
            "No trend can be told: that takes at least three latent sizes of two or "
            "more coordinates, and four models."
        )
    return (
        f"{SAID[found.verdict]}: mean |r| changes by {found.slope:+.4f} per doubling "
        f"of d (95 % interval {interval(found.slope_interval)}), and its rank "
        f"correlation with d is {found.rank_correlation:+.2f} "
        f"({interval(found.rank_interval, '.2f')}, {found.n} models)."
    )


def _explanation(evidence: Evidence) -> str:
    pairs = [d for d in evidence.zdims if d > 1]
    if len(pairs) < 2:
        return ""
    first, last = pairs[0], pairs[-1]
    share = {d: evidence.mean(RANK_SHARE, d) for d in (first, last)}
    total = {d: evidence.mean(TOTAL, d) for d in (first, last)}
    jointly = "more" if total[last] > total[first] else "less"
    return (
        f"{MIXING} {EXPLAINED[evidence.trend(HEADLINE).verdict]}. From d = {first} to "
        f"{last} the effective rank goes from {share[first] * first:.1f} to "
        f"{share[last] * last:.1f} ({share[first]:.0%} and {share[last]:.0%} of d). "
        f"Taken together, the coordinates of the longest code are {jointly} redundant "
        f"than those of the shortest: the total correlation goes from "
        f"{total[first]:.2f} to {total[last]:.2f} nats."
    )


def _cautions(evidence: Evidence) -> str:
    lines = []
    if evidence.codes < ENOUGH_CODES:
        lines.append(
            f"Measured on {evidence.codes:,} test codes: independent coordinates would "
            f"show mean |r| = {chance_level(evidence.codes):.3f} by chance. For a "
            f"finer figure take a data set with {ENOUGH_CODES:,} test images or more."
        )
    if large := [d for d in evidence.zdims if d > evidence.features]:
        lines.append(
            f"Overcomplete: d = {', '.join(map(str, large))} is more than the "
            f"{evidence.features:,} features that the code is computed from, so some "
            "coordinates must depend on others linearly."
        )
    return " ".join(lines)
