"""Importing the data room is cheap, and its names are there without TFDS."""

import subprocess
import sys

from aejax import data
from aejax.data.tfds import sets

HEAVY = {
    "PIL",
    "aejax.data.tfds",
    "array_record",
    "google.protobuf",
    "mlxtend",
    "requests",
    "sklearn",
    "tensorflow_datasets",
}


def test_importing_it_imports_nothing_of_tfds():
    code = """
import sys, aejax.data
from aejax.data import Images, augment, splits
print(*aejax.data.NAMES)
print(*sys.modules)
"""
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    names, modules = (set(line.split()) for line in out.splitlines())
    assert names > {"mnist", "cifar10", "kmnist", "emnist/letters", "mnist_5k"}
    # Orbax, which other rooms may import, brings protobuf along.
    excused = {"google.protobuf"} if "orbax" in modules else set()
    assert not (modules & HEAVY) - excused


def test_every_name_has_a_builder_of_that_name():
    assert data.DEFAULT in data.NAMES
    for name in data.NAMES:
        assert sets.find(name).name == name
