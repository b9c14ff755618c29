"""What the benchmark leaves in its workdir."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from aejax.lab.blocks.publish import Publication
from aejax.lab.run.files import write_atomically
from aejax.lab.run.workdir import Workdir
from aejax.report.figures.forest import Panel, forest
from aejax.report.figures.sizes import Panel as SizePanel
from aejax.report.figures.sizes import against_panels
from aejax.report.html import CaptionedFigure, Part, Report
from aejax.report.tables import write_csv
from aejax.stats import estimate

from .cases import MODELS
from .measure import Timing
from .summary import (
    Measured,
    records,
    short_table,
    starts_table,
    table,
)

METHOD = """
Every contender is a process of its own, started and compiled before the first \
round. In each round they compute one after another, so that other load of the \
machine affects all of them; ratios are taken within a round.

aejax runs the program that a study runs, a scan over steps, and several members \
at once: map one after another, vmap in one batch, sharded spread over the devices \
(on a CPU one per core). Plain Flax (nn.Conv, nn.ConvTranspose) dispatches one jitted \
step at a time. PyTorch has the fastest number of threads, channels_last and fused \
Adam. torch-eager and torch-compile run with a malloc that keeps its memory, \
torch-default-malloc with glibc's defaults. These train one model; a further one takes \
as long as the first. torch-per-core trains one model in each of as many processes as \
there are cores, one thread and tuned malloc each.

The fraction of the GEMM peak counts the operations of direct convolutions, whatever \
the algorithm. Peak memory is that of the device if it has its own, otherwise of the \
whole process, libraries and training images included. Compilation includes \
tracing; of PyTorch it is the first step.
"""

NO_GOAL = "No goal is set for what was measured here."


def publish(
    folder: Workdir,
    config: Mapping[str, Any],
    measured: Measured,
    verdicts: Sequence[str],
    notes: Sequence[str],
) -> str:
    """Writes results, figure and report; the summary, last, marks the end.

    Returns:
      What the console shows.
    """
    write_csv(folder / "results.csv", records(measured))
    document = Report(
        title="Training speed compared with PyTorch and plain Flax",
        subtitle=f"{config['environment']['cpus']} CPU cores, "
        f"{config['environment']['device']}",
        findings=list(verdicts) or [NO_GOAL],
        explanation="",
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
    shown = Publication(document, (short_table(measured),)).text()
    text = f"{shown}\n\nreport: {folder / 'report.html'}\n"
    write_atomically(folder / "summary.txt", text.encode())
    return text


def sections(measured: Measured) -> list[Part]:
    """The parts of the report."""
    parts = [
        Part(
            "Time per step",
            METHOD,
            figures=_figures(measured),
            tables=[table(measured)],
        )
    ]
    if measured.starts:
        parts.append(Part("Time to the first step", tables=[starts_table(measured)]))
    return parts


NAMES = {
    "torch-eager": "PyTorch, tuned malloc",
    "torch-default-malloc": "PyTorch",
    "torch-compile": "PyTorch, compiled",
    "torch-per-core": "PyTorch, a process per core",
    "flax": "plain Flax",
    "aejax-map": "aejax, map",
    "aejax-vmap": "aejax, vmap",
    "aejax-sharded": "aejax, a member per core",
}


def _figures(measured: Measured) -> list[CaptionedFigure]:
    return [*_whole_sweeps(measured), *_sizes(measured)]


def _whole_sweeps(measured: Measured) -> list[CaptionedFigure]:
    """What a step of all models costs: one program, or one model after another."""
    panels, members = [], {}
    for model in dict.fromkeys(t.case.model for t in measured.rows):
        rows = [t for t in measured.rows if t.case.model == model]
        members[model] = most = max(t.case.members for t in rows)
        own = [t for t in rows if t.case.members == most or not _is_own(t)]
        spreads = {
            NAMES.get(t.case.contender, t.case.contender): estimate(
                [most * ms for ms in t.each_ms]
            )
            for t in sorted(own, key=lambda t: -t.ms)
        }
        if most > 1:
            xlabel = f"ms per step of all {most} models"
            panels.append((model, forest([Panel(xlabel, spreads, "", True)])))
    return [
        CaptionedFigure(
            drawing,
            f"one_program_{model}",
            f"Time of one training step of {members[model]} models "
            f"({MODELS[model].description}): aejax trains them as one program, the "
            "others one after another. Mean over rounds with 95 % interval.",
        )
        for model, drawing in panels
    ]


def _sizes(measured: Measured) -> list[CaptionedFigure]:
    names = list(dict.fromkeys(timing.case.model for timing in measured.rows))
    sizes = sorted({t.case.members for t in measured.rows if _is_own(t)})
    if len(sizes) < 2:
        return []
    panels = [_panel(measured, name, sizes) for name in names]
    caption = (
        "Time per step and member against the number of members trained at once. "
        "Faint points are rounds, bars their standard deviation. "
        + " ".join(f"{name}: {MODELS[name].description}." for name in names)
    )
    figure = against_panels(sizes, panels, xlabel="members")
    return [CaptionedFigure(figure, "time_per_step", caption)]


def _panel(measured: Measured, model: str, sizes: Sequence[int]) -> SizePanel:
    rows = [timing for timing in measured.rows if timing.case.model == model]
    names = dict.fromkeys(timing.case.contender for timing in rows if _is_own(timing))
    series = {}
    for name in names:
        found = [measured.find(model, name, size) for size in sizes]
        none = [math.nan] * len(rows[0].seconds)
        columns = [timing.each_ms if timing else none for timing in found]
        series[name] = list(zip(*columns, strict=True))
    reference = {t.case.contender: fmean(t.each_ms) for t in rows if not _is_own(t)}
    return SizePanel(
        "time per step and member [ms]", series, reference, model, log_y=True
    )


def _is_own(timing: Timing) -> bool:
    return timing.case.contender.startswith("aejax")
