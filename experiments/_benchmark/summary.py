"""From timings to ratios, and the table that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from aejax.report.tables import Cell, Column, Table, interval

from .cases import GEMM
from .measure import Start, Timing

REFERENCES = ("torch-eager", "torch-default-malloc", "torch-per-core", "flax")
"""The contenders by whose time that of all is divided."""


class Ratio(NamedTuple):
    """Two times per step and member, one divided by the other in each round.

    Attributes:
      median: over the rounds.
      least, greatest: of the rounds.
    """

    median: float
    least: float
    greatest: float


@dataclass(frozen=True)
class Measured:
    """All timings of a run, and how they compare.

    Attributes:
      timings: of one model after another; each model's GEMM among them.
      starts: times to the first step.
    """

    timings: Sequence[Timing]
    starts: Sequence[Start]

    @property
    def rows(self) -> list[Timing]:
        """The timings of training."""
        return [timing for timing in self.timings if timing.case.model != GEMM]

    @property
    def peak(self) -> float:
        """The most operations per second that a matrix product reached."""
        products = [timing for timing in self.timings if timing.case.model == GEMM]
        return max(1e3 * t.flops / min(t.each_ms) for t in products)

    def fraction(self, timing: Timing) -> float:
        """Of the GEMM peak, in the direct algorithm's operations."""
        return 1e3 * timing.flops / timing.ms / self.peak

    def ratio(self, timing: Timing, reference: str) -> Ratio | None:
        """To a contender with its fewest models; None if that was not measured."""
        other = self.find(timing.case.model, reference)
        if other is None:
            return None
        pairs = zip(timing.each_ms, other.each_ms, strict=True)
        ratios = [own / theirs for own, theirs in pairs]
        return Ratio(median(ratios), min(ratios), max(ratios))

    def find(
        self, model: str, contender: str, members: int | None = None
    ) -> Timing | None:
        """The timing of a case, of the fewest members if none are given, or None."""
        for timing in self.rows:
            case = timing.case
            if (case.model, case.contender) != (model, contender):
                continue
            if members in (None, case.members):
                return timing
        return None


CONSOLE = ("contender", "members", "step", "/ torch-eager", "CPU")
"""Columns of the console's table, after that of the model."""


def short_table(measured: Measured) -> Table:
    """The columns that fit on a console."""
    whole = table(measured)
    kept = [0, *(i for i, c in enumerate(whole.columns) if c.header in CONSOLE)]
    columns = [whole.columns[i] for i in kept]
    return Table(columns, [[row[i] for i in kept] for row in whole.rows])


def table(measured: Measured) -> Table:
    """One row per case."""
    columns = [
        Column("model"),
        Column("contender"),
        Column("members"),
        Column("step", "ms", ".2f"),
        *(Column(f"/ {name}", "", ".2f") for name in REFERENCES),
        Column("rounds, / torch-eager"),
        Column("CPU", "ms", ".2f"),
        Column("of GEMM peak", "%", ".0f"),
        Column("compilation", "s", ".1f"),
        Column("peak memory", "MB", ".0f"),
    ]
    rows = [_row(measured, timing) for timing in measured.rows]
    caption = (
        "Time of one training step of one model; medians over interleaved rounds. "
        "Ratios are taken within each round: below 1 is faster. The GEMM's peak is "
        f"{measured.peak / 1e9:.0f} GFLOP/s, float32, measured in the same rounds. "
        "CPU is the time of all threads, per step and member: other load of the "
        "machine changes it little, but it does not show how busy cores are kept."
    )
    return Table(columns, rows, caption)


def _row(measured: Measured, timing: Timing) -> list[Cell]:
    ratios = {name: measured.ratio(timing, name) for name in REFERENCES}
    eager = ratios["torch-eager"]
    return [
        timing.case.model,
        timing.case.contender,
        timing.case.members,
        timing.ms,
        *(ratio.median if ratio else None for ratio in ratios.values()),
        interval(eager[1:], ".2f") if eager else None,
        timing.cpu_ms,
        100 * measured.fraction(timing),
        timing.compile_seconds,
        timing.memory / 1e6,
    ]


def starts_table(measured: Measured) -> Table:
    """Time from the start of a process to the end of its first step."""
    columns = [
        Column("model"),
        Column("contender"),
        Column("members"),
        Column("cold cache", "s", ".1f"),
        Column("warm cache", "s", ".1f"),
    ]
    rows: list[list[Cell]] = [
        [s.case.model, s.case.contender, s.case.members, s.cold, s.warm]
        for s in measured.starts
    ]
    caption = (
        "From the start of the process, imports included, to the end of the first "
        "training step: with an empty compilation cache, and with what this left there."
    )
    return Table(columns, rows, caption)


def records(measured: Measured) -> list[dict[str, object]]:
    """The lines of results.csv."""
    return [_record(measured, timing) for timing in measured.rows]


def _record(measured: Measured, timing: Timing) -> dict[str, object]:
    ratios = {name: measured.ratio(timing, name) for name in REFERENCES}
    rounds = {f"round_{i + 1}_ms": ms for i, ms in enumerate(timing.each_ms)}
    case = timing.case
    return {
        "model": case.model,
        "contender": case.contender,
        "members": case.members,
        "steps_per_call": case.steps,
        "ms": timing.ms,
        **{
            f"to_{name.replace('-', '_')}": ratio.median if ratio else None
            for name, ratio in ratios.items()
        },
        "cpu_ms": timing.cpu_ms,
        "gemm_fraction": measured.fraction(timing),
        "compile_seconds": timing.compile_seconds,
        "peak_memory_bytes": timing.memory,
        "detail": timing.detail,
        **rounds,
    }
