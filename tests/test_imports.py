"""Importing the library is cheap, and every name that it offers is there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import aejax
import aejax.lab

HEAVY = (
    "tensorflow_datasets",
    "tensorflow",
    "orbax",
    "matplotlib",
    "sklearn",
    "skimage",
    "pandas",
    "tensorboardX",
    "torch",
    "mlxtend",
)
REPOSITORY = Path(__file__).parents[1]


def loaded(statement):
    """The heavy packages that a statement imports, in a process of its own."""
    program = (
        f"{statement}; import sys, json; "
        f"print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return json.loads(answer.stdout)


def test_importing_the_library_imports_nothing_heavy():
    """Nor jax: names are imported when they are used."""
    statement = "import aejax, sys; assert not {'jax', 'flax'} & set(sys.modules)"
    assert loaded(statement) == []


def test_training_needs_nothing_heavy_either():
    """The first lines of the README: data, models, an algorithm, `fit`."""
    statement = (
        "import aejax; aejax.fit, aejax.Member, aejax.models.Autoencoder, "
        "aejax.algorithms.autoencoder, aejax.stats, aejax.data.load"
    )
    assert loaded(statement) == []


@pytest.mark.parametrize("module", [aejax, aejax.lab], ids=["aejax", "aejax.lab"])
def test_every_public_name_is_there(module):
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert len(set(module.__all__)) == len(module.__all__)
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = module.nothing_such


def test_experiments_can_be_imported_together_and_leave_flags_alone():
    """In one process, next to a program that has a flag of the same name."""
    program = """
import importlib, pkgutil
from absl import flags, logging
before = set(flags.FLAGS)
flags.DEFINE_integer("batch_size", 7, "Of a host program.")
import experiments
names = [m.name for m in pkgutil.iter_modules(experiments.__path__)]
for name in names:
    if not name.startswith("_"):
        importlib.import_module(f"experiments.{name}")
assert set(flags.FLAGS) - before == {"batch_size"}, set(flags.FLAGS) - before
flags.FLAGS(["host"])
assert flags.FLAGS.batch_size == 7
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert answer.returncode == 0, answer.stderr
