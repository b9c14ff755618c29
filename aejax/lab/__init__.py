"""The laboratory: what surrounds a training run, and what makes a report of it.

Everything in here has effects (files, signals, the console) or words; nothing in here
is traced or compiled. An experiment needs no more than `from aejax import lab`; each
name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aejax.lab.arrange import of_all_seeds
    from aejax.lab.blocks.claims import Caution, Change, Trend
    from aejax.lab.blocks.clouds import Clouds, Confusion
    from aejax.lab.blocks.comparisons import Beats, Best, Versus, each_versus, matched
    from aejax.lab.blocks.crossed import Crossed, Differences
    from aejax.lab.blocks.drawings import Curves, Figure, Forest, Images, Lines
    from aejax.lab.blocks.published import Published
    from aejax.lab.blocks.sections import Explanation, Section
    from aejax.lab.blocks.sheets import Sheet
    from aejax.lab.blocks.tradeoffs import Tradeoff
    from aejax.lab.blocks.views import Listing, Models, Summary
    from aejax.lab.checked import Checked, OptionError, option
    from aejax.lab.classifier import ClassifierOptions
    from aejax.lab.cli import main
    from aejax.lab.data import Data, arrays, unit
    from aejax.lab.design import Condition, Measure, Measured
    from aejax.lab.encoders import EncoderOptions
    from aejax.lab.experiment import Baselines, Experiment
    from aejax.lab.generators.spaces import SpaceOptions
    from aejax.lab.in_memory import (
        SeedOptions,
        TrainedOptions,
        simulated,
        small_data,
        small_lab,
    )
    from aejax.lab.laboratory import Lab, chunk_length
    from aejax.lab.needs import Needs
    from aejax.lab.options import Options
    from aejax.lab.question import Question
    from aejax.lab.question_claims import Check, Claims, Expect, Expecting
    from aejax.lab.results import Results

_PLACES = {
    "arrange": ("of_all_seeds",),
    "blocks.claims": ("Caution", "Change", "Trend"),
    "classifier": ("ClassifierOptions",),
    "cli": ("main",),
    "blocks.clouds": ("Clouds", "Confusion"),
    "blocks.comparisons": ("Beats", "Best", "Versus", "each_versus", "matched"),
    "blocks.crossed": ("Crossed", "Differences"),
    "design": ("Condition", "Measure", "Measured"),
    "blocks.drawings": ("Curves", "Figure", "Forest", "Images", "Lines"),
    "data": ("Data", "arrays", "unit"),
    "encoders": ("EncoderOptions",),
    "experiment": ("Baselines", "Experiment"),
    "in_memory": (
        *("SeedOptions", "TrainedOptions"),
        *("simulated", "small_data", "small_lab"),
    ),
    "laboratory": ("Lab", "chunk_length"),
    "needs": ("Needs",),
    "options": ("Checked", "OptionError", "Options", "option"),
    "blocks.published": ("Published",),
    "question": ("Question",),
    "question_claims": ("Check", "Claims", "Expect", "Expecting"),
    "results": ("Results",),
    "blocks.sections": ("Explanation", "Section"),
    "blocks.sheets": ("Sheet",),
    "generators.spaces": ("SpaceOptions",),
    "blocks.tradeoffs": ("Tradeoff",),
    "blocks.views": ("Listing", "Models", "Summary"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "Baselines",
    "Beats",
    "Best",
    "Caution",
    "Change",
    "Check",
    "Checked",
    "Claims",
    "ClassifierOptions",
    "Clouds",
    "Condition",
    "Confusion",
    "Crossed",
    "Curves",
    "Data",
    "Differences",
    "EncoderOptions",
    "Expect",
    "Expecting",
    "Experiment",
    "Explanation",
    "Figure",
    "Forest",
    "Images",
    "Lab",
    "Lines",
    "Listing",
    "Measure",
    "Measured",
    "Models",
    "Needs",
    "OptionError",
    "Options",
    "Published",
    "Question",
    "Results",
    "Section",
    "SeedOptions",
    "Sheet",
    "SpaceOptions",
    "Summary",
    "Tradeoff",
    "TrainedOptions",
    "Trend",
    "Versus",
    "arrays",
    "chunk_length",
    "each_versus",
    "main",
    "matched",
    "of_all_seeds",
    "option",
    "simulated",
    "small_data",
    "small_lab",
    "unit",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'aejax.lab' has no attribute {name!r}")
    return getattr(import_module(f"aejax.lab.{_MODULES[name]}"), name)
