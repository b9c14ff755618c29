"""`--help` of every experiment: its question, and its own flags."""

import pkgutil
import subprocess
import sys

import pytest

import experiments

NAMES = [m.name for m in pkgutil.iter_modules(experiments.__path__) if m.name[0] != "_"]
OWN = {
    "autoencoding": "zdims",
    "benchmark": "members",
    "clustering": "capacities",
    "decorrelation": "zdims",
    "fashion_vae": "configs",
    "interpolation": "pairs",
    "likelihood": "ks",
    "transfer": "labels",
    "vae_terms": "betas",
}


@pytest.mark.parametrize("name", NAMES)
def test_help_asks_the_question_and_lists_the_flags(name):
    command = [sys.executable, "-m", f"experiments.{name}", "--help"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    first = found.stdout.strip().splitlines()[0]
    assert first.endswith("?")
    assert f"--{OWN[name]}:" in found.stdout
    assert "Traceback" not in found.stderr
