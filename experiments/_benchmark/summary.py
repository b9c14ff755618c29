"""From timings to ratios, and the table that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from aejax.report.tables import Cell, Column, Table, interval
from experiments._benchmark.cases import GEMM
from experiments._benchmark.measure import Start, Timing


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

    def share(self, timing: Timing) -> float:
        """Of the GEMM peak, in the direct algorithm's operations."""
        return 1e3 * timing.flops / timing.ms / self.peak

    def ratio(self, timing: Timing, reference: str) -> Ratio | None:
        """Against one model of `reference`; None if that was not measured."""
        other = self.find(timing.case.model, reference, 1)
        if other is None:
            return None
        pairs = zip(timing.each_ms, other.each_ms, strict=True)
        ratios = [own / theirs for own, theirs in pairs]
        return Ratio(median(ratios), min(ratios), max(ratios))

    def find(self, model: str, contender: str, members: int) -> Timing | None:
        """The timing of a case, None if it was not measured."""
        wanted = (model, contender, members)
        for timing in self.rows:
            case = timing.case
            if (case.model, case.contender, case.members) == wanted:
                return timing
        return None


def table(measured: Measured) -> Table:
    """One row per case."""
    columns = [
        Column("model"),
        Column("contender"),
        Column("members"),
        Column("step per member", "ms", ".2f"),
        Column("/ torch eager", "", ".2f"),
        Column("least, greatest"),
        Column("/ plain Flax", "", ".2f"),
        Column("GEMM peak", "%", ".0f"),
        Column("compile", "s", ".1f"),
        Column("peak memory", "MB", ".0f"),
    ]
    rows = [_row(measured, timing) for timing in measured.rows]
    caption = (
        "Time of one training step of one model; medians over interleaved rounds. "
        "Ratios are taken within each round: below 1 is faster. The GEMM's peak is "
        f"{measured.peak / 1e9:.0f} GFLOP/s, float32, measured in the same rounds."
    )
    return Table(columns, rows, caption)


def _row(measured: Measured, timing: Timing) -> list[Cell]:
    eager = measured.ratio(timing, "torch-eager")
    plain = measured.ratio(timing, "flax")
    return [
        timing.case.model,
        timing.case.contender,
        timing.case.members,
        timing.ms,
        eager.median if eager else None,
        interval(eager[1:], ".2f") if eager else None,
        plain.median if plain else None,
        100 * measured.share(timing),
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
    eager = measured.ratio(timing, "torch-eager")
    plain = measured.ratio(timing, "flax")
    rounds = {f"round_{i + 1}_ms": ms for i, ms in enumerate(timing.each_ms)}
    case = timing.case
    return {
        "model": case.model,
        "contender": case.contender,
        "members": case.members,
        "steps_per_call": case.steps,
        "ms": timing.ms,
        "to_torch_eager": eager.median if eager else None,
        "to_plain_flax": plain.median if plain else None,
        "gemm_share": measured.share(timing),
        "compile_seconds": timing.compile_seconds,
        "peak_memory_bytes": timing.memory,
        "detail": timing.detail,
        **rounds,
    }
