"""`--help` of every study: its question first, its own flags before shared ones."""

import importlib

import pytest

from aejax.lab import flags

OWN = {
    "autoencoding": "zdims",
    "clustering": "capacities",
    "decorrelation": "zdims",
    "digit_generator": "truncations",
    "fashion_vae": "configs",
    "interpolation": "pairs",
    "latent_generators": "noise_dims",
    "likelihood": "ks",
    "transfer": "labels",
    "unmixing": "mix",
    "vae_terms": "betas",
}


@pytest.mark.parametrize("name", OWN)
def test_help_asks_the_question_and_lists_the_flags(name):
    study = importlib.import_module(f"experiments.{name}").EXPERIMENT
    text = flags.help_text(
        study.options, f"python -m experiments.{name}", study.question
    )
    assert text.splitlines()[0].endswith("?")
    assert study.name == name
    lines = text.splitlines()
    assert lines.index(f"  --{OWN[name]}") < lines.index("  --workdir")
