"""What the benchmark leaves in its workdir."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from aejax.report.figures.sizes import Panel, against_panels
from aejax.report.html import Picture, Report, Section
from aejax.report.tables import write_csv
from aejax.run.workdir import Workdir
from experiments._benchmark.cases import BATCH, MODELS
from experiments._benchmark.measure import Timing
from experiments._benchmark.summary import Measured, records, starts_table, table

METHOD = """
Every contender is a process of its own, started and compiled before the first \
round. In each round they compute one after another, so that whatever else the \
machine does falls on all of them; ratios are taken within a round.

aejax runs the program that a study runs, a scan over steps, and several members \
at once. Plain Flax (nn.Conv, nn.ConvTranspose) dispatches one jitted step at a \
time. PyTorch has the faster number of threads, an allocator that keeps its \
memory, channels_last and fused Adam. Both train one model; a further one takes \
as long as the first.

The share of the GEMM peak counts the operations of direct convolutions, whatever \
the algorithm. Peak memory is that of the device if it has its own, or else of the \
whole process, libraries and training pictures included. Compilation includes \
tracing; of PyTorch it is the first step.
"""


NO_GOAL = "None of the library's goals is about what was measured here."


def publish(
    folder: Workdir,
    config: Mapping[str, Any],
    measured: Measured,
    verdicts: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Writes results, figure and report; the summary, last, marks the end."""
    write_csv(folder / "results.csv", records(measured))
    document = Report(
        title="Training speed against PyTorch and plain Flax",
        subtitle=f"{config['environment']['device']}, batches of {BATCH}",
        conclusion="\n\n".join(verdicts) or NO_GOAL,
        sections=sections(measured),
        notes=notes,
        facts={
            "configuration": config["settings"],
            "environment": config["environment"],
            "contenders": {t.case.name: t.detail for t in measured.rows},
        },
    )
    document.save_figures(folder / "figures")
    document.write(folder / "report.html")
    tables = (table(measured), starts_table(measured))
    parts = [
        *notes,
        *(f"{one.text()}\n\n{one.caption}" for one in tables),
        "\n".join(verdicts) or NO_GOAL,
        f"report: {folder / 'report.html'}",
    ]
    (folder / "summary.txt").write_text("\n\n".join(parts) + "\n")


def sections(measured: Measured) -> list[Section]:
    """The parts of the report."""
    return [
        Section(
            "Time per step",
            METHOD,
            figures=_figures(measured),
            tables=[table(measured)],
        ),
        Section("Time to the first step", tables=[starts_table(measured)]),
    ]


def _figures(measured: Measured) -> list[Picture]:
    names = list(dict.fromkeys(timing.case.model for timing in measured.rows))
    sizes = sorted({t.case.members for t in measured.rows if _is_own(t)})
    if len(sizes) < 2:
        return []
    panels = [_panel(measured, name, sizes) for name in names]
    caption = (
        "Time per step and member against the number of members trained at once. "
        "Faint points are rounds, lines their means, bars their standard deviation. "
        + " ".join(f"{name}: {MODELS[name]}." for name in names)
    )
    figure = against_panels(sizes, panels, xlabel="members")
    return [Picture(figure, "time_per_step", caption)]


def _panel(measured: Measured, model: str, sizes: Sequence[int]) -> Panel:
    rows = [timing for timing in measured.rows if timing.case.model == model]
    names = dict.fromkeys(timing.case.contender for timing in rows if _is_own(timing))
    series = {}
    for name in names:
        found = [measured.find(model, name, size) for size in sizes]
        none = [math.nan] * len(rows[0].seconds)
        columns = [timing.each_ms if timing else none for timing in found]
        series[name] = list(zip(*columns, strict=True))
    reference = {t.case.contender: fmean(t.each_ms) for t in rows if not _is_own(t)}
    return Panel("time per step and member [ms]", series, reference, model, log_y=True)


def _is_own(timing: Timing) -> bool:
    return timing.case.contender.startswith("aejax")
