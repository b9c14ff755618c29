"""The words of the report, chosen by the figures of the run."""

from aejax.metrics.summary import NOT_TOLD, SINGLE
from aejax.report.tables import interval, number
from experiments._interpolation.evidence import (
    ARC,
    DEPARTURE,
    FADE,
    LINE,
    MEASURES,
    NEAREST,
    Evidence,
    Measure,
    Method,
)

JUDGED = tuple(measure for measure in MEASURES if measure.better)


def conclusion(evidence: Evidence) -> str:
    """Which path is better, by which measures, and how straight the decoders are."""
    parts = [
        _against_fade(evidence),
        _arcs(evidence),
        _sizes(evidence),
        _explanation(evidence),
        evidence.judge,
    ]
    return "\n\n".join(part for part in parts if part)


def _said(
    evidence: Evidence, method: Method, other: Method, measures: tuple[Measure, ...]
) -> str:
    """The differences of two methods, those told apart first; or that none can be."""
    found = [(m, evidence.difference(method, other, m)) for m in measures]
    if all(difference.verdict == SINGLE for _, difference in found):
        return SINGLE
    told = [
        f"{measure.label} {number(difference.spread.mean, f'+{measure.format}')} "
        f"({difference.verdict})"
        for measure, difference in found
        if difference.verdict != NOT_TOLD
    ]
    rest = [m.label for m, d in found if d.verdict == NOT_TOLD]
    same = f"{NOT_TOLD} in {', '.join(rest)}" if rest else ""
    return "; ".join(part for part in (", ".join(told), same) if part)


def _against_fade(evidence: Evidence) -> str:
    lines = [
        f"the straight line at d = {line.zdim}: {_said(evidence, line, FADE, JUDGED)}"
        for line in (Method(LINE, d) for d in evidence.zdims)
    ]
    return f"Held against the cross-fade of the two images, {'. '.join(lines)}."


def _arcs(evidence: Evidence) -> str:
    lines = [
        f"at d = {d}: {_said(evidence, Method(ARC, d), Method(LINE, d), JUDGED)}"
        for d in evidence.zdims
    ]
    return f"The arc, held against the straight line, {'. '.join(lines)}."


def _sizes(evidence: Evidence) -> str:
    if len(evidence.zdims) < 2:
        return ""
    first, last = evidence.zdims[0], evidence.zdims[-1]
    long, short = Method(LINE, last), Method(LINE, first)
    return (
        f"The straight line at d = {last}, held against that at d = {first}: "
        f"{_said(evidence, long, short, JUDGED)}."
    )


def _explanation(evidence: Evidence) -> str:
    first, last = evidence.zdims[0], evidence.zdims[-1]
    departures = ", ".join(
        f"{evidence.spread(Method(LINE, d), DEPARTURE).mean:.3f} at d = {d}"
        for d in evidence.zdims
    )
    text = (
        "A decoder that is linear along the path would draw the cross-fade of the two "
        "reconstructions. How far the straight line's pictures depart from that (rms "
        f"grey level) is {departures}"
    )
    if first == last:
        return f"{text}."
    long, short = Method(LINE, last), Method(LINE, first)
    bends = evidence.difference(long, short, DEPARTURE)
    nearer = evidence.difference(long, short, NEAREST)
    size = (
        f"the difference of d = {last} to d = {first} is "
        f"{number(bends.spread.mean, '+.4f')}"
    )
    if bends.verdict == SINGLE:
        return f"{text}; {size}, of which {SINGLE} whether it is due to the size."
    ends = interval(bends.spread.interval, "+.4f")
    return f"{text}; {size} {ends}. {_together(bends.verdict, nearer.verdict)}"


def _together(bends: str, nearer: str) -> str:
    """What the two differences between a long and a short code say together."""
    departure = {
        "less": "With the longer code the pictures depart less from that cross-fade",
        "more": "With the longer code the pictures depart more from that cross-fade",
        NOT_TOLD: "In their departure from that cross-fade the two sizes are "
        f"{NOT_TOLD}",
    }[bends]
    distance = {
        "better": "with the longer code they lie nearer to real pictures",
        "worse": "with the longer code they lie further from real pictures",
        NOT_TOLD: f"in their distance to real pictures the two sizes are {NOT_TOLD}",
    }[nearer]
    return f"{departure}; {distance}."
