"""Every sentence and caption that reports are made of, in one place.

Short sentences of the field's words; each names its figure, interval, n and p.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from aejax.lab.design import Measure
from aejax.report.tables import interval, number
from aejax.stats import Contrast, Estimate

NO_DIFFERENCE = "no significant difference"
NO_TREND = "no significant trend"
ONE_SEED = "not testable with one seed"
UNTESTABLE = "not testable: too few models"

RULE = (
    "n is the number of {over}. Intervals are 95 % confidence intervals (Student t), "
    "not adjusted; p is two-sided and adjusted for all claims of this table (Holm). "
    "Significant means p < 0.05."
)
TRENDS = (
    " Trends: the figure is the mean slope over seeds, and p the larger one of Page's "
    "test of the order and the t-test of the slope."
)
UNITS = (
    " Comparisons over {unit} are of two readings of the same models, and significant "
    "only if every seed agrees in sign."
)


_BARS = "Bars are 95 % intervals of the mean over {seeds}."


def listed(words: Sequence[str]) -> str:
    """The words as in "depth, width and dense layers"; at least one."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


def sentence(text: str) -> str:
    """The text with a capital first letter, if its first word is one of the language.

    Symbols stay as they are: β, d = 4.
    """
    word = text.partition(" ")[0].strip(",:").replace("-", "")
    is_word = len(word) > 1 and word.isascii() and word.isalpha() and word.islower()
    return text[0].upper() + text[1:] if is_word else text


def count(n: int, noun: str) -> str:
    """A number with its noun: "1 seed", "3 seeds"."""
    return f"{n:,} {noun}" if n != 1 else f"{n} {noun.removesuffix('s')}"


def signed(spec: str) -> str:
    """A format that shows the sign."""
    return spec if spec.startswith("+") else f"+{spec}"


def unit_of_difference(unit: str) -> str:
    """Percentages differ by points."""
    return "points" if unit == "%" else unit


def probability(p: float) -> str:
    """A p-value as in "p = 0.012"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


def figure(
    found: Contrast, adjusted: float, spec: str, unit: str = "", over: str = ""
) -> str:
    """A difference with interval, p and n, as in "+0.02 nats (95 % CI [...], ...)"."""
    known = unit_of_difference(unit)
    mean = number(found.estimate.mean, signed(spec)) + (f" {known}" if known else "")
    n = count(found.estimate.n, over or found.over)
    if math.isnan(found.estimate.half_width):
        return f"{mean} ({n})"
    ends = interval(found.estimate.interval, signed(spec))
    p = "" if math.isnan(adjusted) else f"{probability(adjusted)}, "
    return f"{mean} (95 % CI {ends}, {p}n = {n})"


def outcome(
    found: Contrast, adjusted: float, sides: tuple[str, str], nothing: str
) -> str:
    """What a test shows: one of two sides, nothing, or that it cannot be made."""
    if not found.testable:
        return ONE_SEED if found.seeds < 2 else UNTESTABLE
    side = found.direction(adjusted)
    return nothing if side == 0 else sides[0 if side < 0 else 1]


def mean_of(found: Estimate, spec: str, unit: str = "") -> str:
    """A mean with its standard deviation over seeds, where there are several."""
    spread = "" if math.isnan(found.std) else f" ± {number(found.std, spec)}"
    return f"{number(found.mean, spec)}{spread}" + (f" {unit}" if unit else "")


def extent(values: ArrayLike, spec: str) -> str:
    """From the smallest to the largest value, as in "0.71 to 0.85"; a dash for none."""
    found = np.asarray(values, np.float64)
    found = found[np.isfinite(found)]
    if not len(found):
        return number(math.nan)
    return f"{number(found.min(), spec)} to {number(found.max(), spec)}"


def trend(label: str, factor: str, per: str, shown: str, said: str) -> str:
    """Of a measure over a factor."""
    lead = {
        "increasing": f"{label} increases with {factor}",
        "decreasing": f"{label} decreases with {factor}",
        NO_TREND: f"{label} shows no significant trend with {factor}",
    }.get(said, f"{label} against {factor}, {said}")
    return sentence(f"{lead}: {shown.replace(' (', f' {per} (', 1)}.")


def versus(first: str, second: str, label: str, shown: str, said: str) -> str:
    """Of one condition compared with another."""
    if said == NO_DIFFERENCE:
        text = f"{first} and {second}: no significant difference in {label}: {shown}."
    elif said in (ONE_SEED, UNTESTABLE):
        text = f"{first} compared with {second}, {label}: {shown}; {said}."
    else:
        text = f"{label} is {said} with {first} than with {second}: {shown}."
    return sentence(text)


def best(subject: str, label: str, shown: str, chosen_by: str) -> str:
    """Of the condition of the best mean."""
    return f"Best {label}: {subject} with {shown}{chosen_by}."


def runner_up(subject: str, shown: str, said: str) -> str:
    """Of the best compared with the second best."""
    return f"Compared with the second, {subject}: {shown}; {said}."


def beats(
    subject: str, label: str, value: str, other: str, shown: str, said: str
) -> str:
    """Of a condition compared with a baseline or a published value."""
    if said in (ONE_SEED, UNTESTABLE, NO_DIFFERENCE):
        text = f"{subject}, {label} {value}, compared with {other}: {shown}; {said}."
    else:
        text = f"{subject}, {label} {value}, is {said} than {other}: {shown}."
    return sentence(text)


def not_compared(
    measure: Measure, values: Sequence[float], source: str, on: str, name: str
) -> str:
    """Of published values where the data are other ones."""
    shown = listed([number(v * measure.scale, measure.format) for v in values])
    unit = f" {measure.unit}" if measure.unit else ""
    said = f"{source}: {measure.label} of {shown}{unit} on {on}"
    return f"{said}; not compared with this run on {name}."


def differs(ways: Sequence[str]) -> str:
    """Of a published model that is not built or trained like those of the run."""
    return f"The published model differs from these: {listed(ways)}."


def change(
    label: str, first: str, last: str, a: str, b: str, shown: str, said: str
) -> str:
    """Of a measure from the first to the last condition."""
    if said == NO_DIFFERENCE:
        text = (
            f"{label} does not differ significantly between {first} ({a}) and {last} "
            f"({b}): {shown}."
        )
    elif said in (ONE_SEED, UNTESTABLE):
        text = f"{label} is {a} with {first} and {b} with {last}: {shown}; {said}."
    else:
        text = f"{label} is {said} with {last} ({b}) than with {first} ({a}): {shown}."
    return sentence(text)


def diverged(lost: dict[str, int], models: int) -> str:
    """Of members that diverged."""
    names = ", ".join(f"{name} (step {step:,})" for name, step in lost.items())
    return (
        f"{len(lost)} of {models} models diverged and are left out of all statistics: "
        f"{names}."
    )


def summary_caption(seeds: int, images: int, rest: str = "") -> str:
    """Of a table of means."""
    what = (
        f"Mean ± standard deviation over {count(seeds, 'seeds')}"
        if seeds > 1
        else "One seed"
    )
    return f"{what}, on {images:,} test images.{f' {rest}' if rest else ''}"


def lines_caption(
    labels: Sequence[str], factor: str, seeds: int, intervals: bool = False
) -> str:
    """Of a figure of measures against a factor."""
    marks = ""
    if seeds > 1 and intervals:
        marks = f" {_BARS.format(seeds=count(seeds, 'seeds'))}"
    elif seeds > 1:
        marks = " Faint points are seeds, bars their standard deviation."
    text = f"{listed(labels)} against {factor}.{marks}"
    return sentence(text)


def differences_caption(label: str, title: str, seeds: int) -> str:
    """Of a figure of paired differences, or of their table."""
    bars = f" {_BARS.format(seeds=count(seeds, 'seeds'))}" if seeds > 1 else ""
    return f"Paired difference in {label}, {title}.{bars}"


def forest_caption(labels: Sequence[str], over: str) -> str:
    """Of a figure of means with intervals."""
    text = f"{listed(labels)}: means with 95 % intervals over {over}."
    return sentence(text)


def curves_caption(label: str, seeds: int) -> str:
    """Of training curves."""
    band = (
        ": mean over seeds, band from the smallest to the largest" if seeds > 1 else ""
    )
    text = f"{label} during training{band}."
    return sentence(text)
