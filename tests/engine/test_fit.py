"""Sweeps trained to their end in one process: resumed, divided, diverging."""

import logging
import os
import signal
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental.compilation_cache import compilation_cache

from aejax import checkpoint, memory, sweep
from aejax.errors import UserError
from aejax.run import interrupt, predict, records
from aejax.run.fit import fit
from aejax.run.program import Programs, Task
from aejax.run.settings import Settings
from aejax.run.workdir import Workdir

SETTINGS = Settings(6, 8, 1e-3, 1, False, "map", 2, 0.0, None)


def mean_logit(model, params, hyper, held_out):
    del hyper
    return {"seen": model.apply(params, held_out["image"]).mean()}


@pytest.fixture(scope="module", autouse=True)
def compile_once(tmp_path_factory):
    """Sweeps that are begun again find their programs compiled."""
    settings = {
        "jax_compilation_cache_dir": str(tmp_path_factory.mktemp("compiled")),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
    }
    before = {name: jax.config.values[name] for name in settings}
    for name, value in settings.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()
    yield
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


@pytest.fixture
def task(denoising, digits):
    return Task(denoising, {"image": digits}, mean_logit, {"image": digits[:4]})


@pytest.fixture
def members(make_dense):
    return [
        make_dense("a", 2, 0),
        make_dense("deep", 3, 1, depth=2),
        make_dense("b", 4, 2),
        make_dense("c", 3, 3),
    ]


def own_params(trained, task):
    return {
        member.name: jax.device_get(sweep.take(params, group, i, task.example))
        for group, params, _ in trained
        for i, member in enumerate(group.members)
    }


def run(folder, members, task, **settings):
    folder.mkdir(exist_ok=True)
    trained = fit(members, task, SETTINGS._replace(**settings), Workdir(folder))
    return own_params(trained, task), records.read(folder / "metrics.jsonl")


@pytest.fixture
def signal_after_a_chunk(monkeypatch):
    """This process gets a signal whenever a chunk is done and written."""
    write = records.Recorder.write

    def write_and_signal(self, step, metrics):
        write(self, step, metrics)
        os.kill(os.getpid(), signal.SIGTERM)

    def switch(is_on):
        monkeypatch.setattr(
            records.Recorder, "write", write_and_signal if is_on else write
        )

    return switch


@pytest.mark.parametrize("executor", ["map", "sharded"])
def test_a_stopped_sweep_continues_as_if_never_stopped(
    tmp_path, members, task, executor, signal_after_a_chunk
):
    whole, seen = run(tmp_path / "whole", members, task, executor=executor)
    assert [(r["step"], r["member"]) for r in seen] == [
        (step, name)
        for group in (("a", "b", "c"), ("deep",))
        for step in (2, 4, 6)
        for name in group
    ]
    rare = {"executor": executor, "checkpoint_seconds": 1e9}
    signal_after_a_chunk(True)
    for step in (2, 4, 6):
        with pytest.raises(interrupt.Stopped, match=f"SIGTERM at step {step}, which"):
            run(tmp_path / "broken", members, task, **rare)
    signal_after_a_chunk(False)
    broken, seen_again = run(tmp_path / "broken", members, task, **rare)
    jax.tree.map(np.testing.assert_array_equal, broken, whole)
    assert seen_again == seen


def test_a_division_by_memory_changes_no_result(tmp_path, members, task, caplog):
    chosen = [m for m in members if m.name != "deep"]
    whole, seen = run(tmp_path / "whole", chosen, task, executor="vmap")
    (group,) = sweep.groups(chosen, task.example)
    together = memory.needed(Programs(task, "vmap").get(group, SETTINGS.chunk))
    with caplog.at_level(logging.INFO, "aejax"):
        parts, seen_again = run(
            tmp_path / "parts", chosen, task, executor="vmap", memory=together - 1
        )
    assert "3 models do not fit into" in caplog.text
    close = partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-5)
    jax.tree.map(close, parts, whole)

    def key(record):
        return record["member"], record["step"]

    for a, b in zip(sorted(seen, key=key), sorted(seen_again, key=key), strict=True):
        assert key(a) == key(b)
        close(a["loss"], b["loss"])


def test_memory_for_not_even_one_is_the_users_problem(tmp_path, members, task):
    with pytest.raises(UserError, match="--memory_gb"):
        run(tmp_path / "run", members, task, memory=1000)


def test_divergence_names_the_member_and_keeps_the_last_good_step(
    tmp_path, make_dense, task
):
    chosen = [make_dense("good", 2), make_dense("bad", 3)]
    run(tmp_path / "run", chosen, task, steps=4)

    def evaluate(model, params, hyper, held_out):
        seen = mean_logit(model, params, hyper, held_out)["seen"]
        return {"seen": jnp.where(hyper["zdim"] == 3, jnp.inf, seen)}

    with pytest.raises(UserError, match=r"of bad is no longer finite at step 6"):
        run(tmp_path / "run", chosen, task._replace(evaluate=evaluate))
    with checkpoint.open_folder(
        tmp_path / "run" / "checkpoints" / "group_0"
    ) as manager:
        assert manager.latest_step() == 4


def test_predictions_are_those_of_the_members_own_models(tmp_path, members, task):
    folder = tmp_path / "run"
    folder.mkdir()
    trained = fit(members, task, SETTINGS, Workdir(folder))
    pictures = task.data["image"][:10]
    for executor in ("map", "vmap", "sharded"):
        found = predict.for_members(_encode, trained, pictures, executor)
        assert set(found) == {m.name for m in members}
        for member in members:
            own = own_params(trained, task)[member.name]
            expected = member.model.apply(own, pictures, method="encode")
            zdim = member.model.zdim
            np.testing.assert_allclose(
                found[member.name][:, :zdim], expected, rtol=1e-4, atol=1e-5
            )
            assert (found[member.name][:, zdim:] == 0).all()


def _encode(model, params, pictures):
    return model.apply(params, pictures, method="encode")
