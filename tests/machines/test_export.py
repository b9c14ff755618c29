"""Programs of every study are lowered for accelerators, for which none is needed."""

import dataclasses
import importlib

import jax
import pytest

from aejax.lab import flags
from aejax.lab.training.programs import Programs

pytestmark = pytest.mark.slow

ACCELERATORS = {"cuda": ("gpu", "vmap"), "tpu": ("tpu", "sharded")}
"""Platforms of `jax.export`; what such a machine calls its backend; an executor."""


def test_every_chunk_is_lowered_for_accelerators(study_flags, monkeypatch):
    """By one of the executors that are used there; sharded over two devices."""
    name, words = study_flags
    own, lowered = Programs._lowered, []

    def everywhere(self, group, steps):
        for platform, (backend, executor) in ACCELERATORS.items():
            with monkeypatch.context() as there:
                there.setattr(jax, "default_backend", lambda name=backend: name)
                jax.clear_caches()
                step, arguments = self.traceable(group, steps, executor)
                found = jax.export.export(step, platforms=[platform])(*arguments)
            assert found.platforms == (platform,)
            lowered.append(platform)
        jax.clear_caches()
        return own(self, group, steps)

    monkeypatch.setattr(Programs, "_lowered", everywhere)
    whole = importlib.import_module(f"experiments.{name}").EXPERIMENT
    # Nothing is trained to draw it.
    experiment = dataclasses.replace(whole, report=lambda results: [])
    options = flags.parse(experiment.options, [name, *words])
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        experiment.run(options)
    assert set(lowered) == set(ACCELERATORS)
