"""Sweeps trained to their end in one process: resumed, divided, diverging."""

import logging
import os
import signal
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, memory, sweep
from aejax.errors import UserError
from aejax.lab.run import interrupt, records
from aejax.lab.training import fit as training
from aejax.lab.training.fit import fit
from aejax.lab.training.predict import predict
from aejax.lab.training.programs import Programs

HOW = {
    "steps": 6,
    "batch_size": 8,
    "every": 2,
    "executor": "map",
    "checkpoint_seconds": 0.0,
}
BAD = 3e38
"""A learning rate with which every model diverges."""

pytestmark = pytest.mark.usefixtures("compile_once")


@pytest.fixture(scope="module")
def train(denoising, digits, compile_once):
    """`fit` of denoising autoencoders on digits."""

    def run(members, folder=None, algorithm=denoising, **changes):
        given = {"held_out": digits[:4], "folder": folder, **HOW, **changes}
        return fit(members, algorithm, given.pop("data", digits), **given)

    return run


@pytest.fixture(scope="module")
def members(make_dense):
    """Two structures, so two programs."""
    return [
        make_dense("a", 2, 0),
        make_dense("deep", 3, 1, depth=2),
        make_dense("b", 4, 2),
        make_dense("c", 3, 3),
    ]


@pytest.mark.parametrize("rate", [0.0, -1e-3, float("nan"), float("inf"), 1e-60])
def test_a_learning_rate_that_trains_nothing_is_refused(train, make_dense, rate):
    """Also one that is 0 in single precision."""
    with pytest.raises(UserError, match="learning_rate of a is"):
        train([make_dense("a", 2, learning_rate=rate)])


@pytest.mark.parametrize("name", ["metrics.jsonl", "checkpoints/theirs"])
def test_a_folder_with_things_of_others_is_left_alone(train, members, tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("theirs")
    with pytest.raises(UserError, match=name.partition("/")[0]):
        train(members, tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / name]
    (tmp_path / name).rename(tmp_path / "else")
    if name != "metrics.jsonl":
        (tmp_path / "checkpoints").rmdir()
    train(members[:1], tmp_path)


@pytest.fixture(scope="module")
def whole(train, members):
    """All members, trained in memory and never stopped."""
    return train(members)


def params_of(trained):
    return {m.name: jax.device_get(trained[m.name][1]) for m in trained.members}


def assert_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, params_of(found), params_of(expected))


@pytest.mark.slow
def test_compilation_may_be_disabled(train, members, whole):
    with jax.disable_jit():
        assert_equal(train(members), whole)


@pytest.fixture
def signal_after_a_chunk(monkeypatch):
    """This process gets a signal whenever a chunk is done and written."""
    write = records.Recorder.write

    def write_and_signal(self, *arguments):
        values = write(self, *arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return values

    def switch(is_on):
        monkeypatch.setattr(
            records.Recorder, "write", write_and_signal if is_on else write
        )

    return switch


@pytest.mark.parametrize(
    "executor", ["map", pytest.param("sharded", marks=pytest.mark.slow)]
)
def test_a_stopped_sweep_continues_as_if_never_stopped(
    tmp_path, members, train, executor, signal_after_a_chunk
):
    """Also as if there were no folder."""
    whole = train(members, executor=executor)
    assert [(r["step"], r["member"]) for r in whole.records] == [
        (step, name)
        for group in (("a", "b", "c"), ("deep",))
        for step in (2, 4, 6)
        for name in group
    ]
    rare = {"executor": executor, "checkpoint_seconds": 1e9}
    signal_after_a_chunk(True)
    for step in (2, 4, 6):
        with pytest.raises(interrupt.Stopped, match=f"SIGTERM at step {step}, which"):
            train(members, tmp_path, **rare)
    signal_after_a_chunk(False)
    broken = train(members, tmp_path, **rare)
    assert_equal(broken, whole)
    assert broken.records == whole.records
    assert [m.name for m in broken.members] == ["a", "deep", "b", "c"]


def test_without_a_folder_a_signal_says_that_nothing_is_saved(
    members, train, signal_after_a_chunk
):
    signal_after_a_chunk(True)
    with pytest.raises(interrupt.Stopped, match="at step 2, and not saved"):
        train(members[:1])


def test_a_finished_training_is_read_back(tmp_path, members, train):
    first = train(members, tmp_path)
    written = (tmp_path / "metrics.jsonl").read_bytes()
    seen = []
    again = train(members, tmp_path, on_chunk=lambda *values: seen.append(values))
    assert_equal(again, first)
    assert seen == []
    assert again.seconds == first.seconds
    assert (tmp_path / "metrics.jsonl").read_bytes() == written


@pytest.fixture
def stopped_at_four(members, train, signal_after_a_chunk):
    """`(members, folder, **how)`: trains four steps, then is stopped."""

    def run(members, folder, **how):
        for _ in range(2):
            signal_after_a_chunk(True)
            with pytest.raises(interrupt.Stopped):
                train(members, folder, **how)
        signal_after_a_chunk(False)

    return run


@pytest.mark.slow
def test_another_executor_continues_a_training(
    tmp_path, members, train, stopped_at_four
):
    chosen = [m for m in members if m.name != "deep"]
    whole = params_of(train(chosen))
    stopped_at_four(chosen, tmp_path)
    broken = params_of(train(chosen, tmp_path, executor="vmap"))
    close = partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-5)
    jax.tree.map(close, broken, whole)


@pytest.mark.slow
def test_another_executor_continues_a_training_exactly(
    x64, tmp_path, make_dense, train, stopped_at_four
):
    chosen = [make_dense(f"d={d}", d, d, param_dtype=jnp.float64) for d in (2, 4, 3)]
    whole = params_of(train(chosen))
    stopped_at_four(chosen, tmp_path)
    broken = params_of(train(chosen, tmp_path, executor="sharded"))
    assert {a.dtype for a in jax.tree.leaves(broken)} == {np.dtype("f8")}
    close = partial(np.testing.assert_allclose, rtol=0, atol=1e-10)
    jax.tree.map(close, broken, whole)


@pytest.mark.slow
def test_a_division_by_memory_changes_no_result(
    tmp_path, members, train, denoising, digits, caplog
):
    chosen = [m for m in members if m.name != "deep"]
    whole = train(chosen, executor="vmap")
    arrays = ({"image": digits}, {"image": digits[:4]})
    programs = Programs(denoising, *arrays, 8, "vmap")
    (group,) = sweep.groups(chosen, denoising, programs.example)
    together = memory.needed(programs.chunk(group, 2))
    with caplog.at_level(logging.INFO, "aejax"):
        parts = train(chosen, tmp_path, executor="vmap", memory_limit=together - 1)
    assert "3 models do not fit into" in caplog.text
    assert len(parts.groups) > len(whole.groups) == 1
    close = partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-5)
    jax.tree.map(close, params_of(parts), params_of(whole))

    def by_member(record):
        return record["member"], record["step"]

    pairs = zip(
        sorted(whole.records, key=by_member),
        sorted(parts.records, key=by_member),
        strict=True,
    )
    for a, b in pairs:
        assert by_member(a) == by_member(b)
        close(a["loss"], b["loss"])


def test_memory_for_not_even_one_is_the_users_problem(members, train):
    with pytest.raises(UserError, match="raise the memory limit") as refusal:
        train(members, memory_limit=1000)
    assert "--" not in str(refusal.value)


@pytest.mark.slow
def test_a_member_that_diverges_leaves_the_others_as_they_are(
    tmp_path, make_dense, train
):
    good = [make_dense("a", 2, 0), make_dense("b", 4, 2)]
    bad = make_dense("bad", 3, 1, BAD)
    trained = train([good[0], bad, good[1]], tmp_path)
    (name,) = trained.diverged
    assert name == "bad"
    assert 1 <= trained.diverged["bad"] <= 6
    # In a sweep of as large models: the executor is `map`, so even bit for bit.
    alone = train(good)
    kept = {name: own for name, own in params_of(trained).items() if name != "bad"}
    jax.tree.map(np.testing.assert_array_equal, kept, params_of(alone))
    seen = {m: [r["step"] for r in trained.records if r["member"] == m] for m in "ab"}
    assert seen == {"a": [2, 4, 6], "b": [2, 4, 6]}
    last = [r["step"] for r in trained.records if r["member"] == "bad"]
    assert all(step < trained.diverged["bad"] for step in last)
    again = train([good[0], bad, good[1]], tmp_path)
    assert again.diverged == trained.diverged


def test_all_diverging_is_the_users_to_mend(make_dense, train):
    chosen = [make_dense("a", 2, 0, BAD), make_dense("b", 3, 1, BAD)]
    with pytest.raises(UserError, match="all 2 models diverged, the first at step"):
        train(chosen)


def test_chunks_are_reported_with_their_metrics(members, train):
    seen = []
    chosen = [m for m in members if m.name != "deep"]
    trained = train(
        chosen, steps=5, on_chunk=lambda step, found: seen.append((step, dict(found)))
    )
    assert [step for step, _ in seen] == [2, 4, 5]
    for step, found in seen:
        assert list(found) == ["a", "b", "c"]
        for name, metrics in found.items():
            assert set(metrics) == {"loss", "rms", "seen"}
            record = {"step": step, "member": name, **metrics}
            assert record in trained.records


def test_data_may_be_images_a_split_or_a_mapping(members, train, digits):
    labels = np.zeros(len(digits), np.int32)
    bare = train(members[:1])
    for same in (
        {"image": digits},
        np.asarray(digits),
        data.Images(np.asarray(digits), labels),
        {"image": digits, "weight": np.ones(len(digits), np.float32)},
    ):
        assert_equal(train(members[:1], data=same), bare)


def test_without_held_out_images_training_images_are_evaluated(members, train, digits):
    found = train(members[:1], held_out=None).records[-1]["seen"]
    assert found == train(members[:1], held_out=digits).records[-1]["seen"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 97}, "a batch of 97 of 96 training examples"),
        ({"batch_size": 0}, "a batch of 0"),
        ({"steps": 0}, "steps=0"),
        ({"every": 0}, "every=0"),
        ({"data": {"image": np.zeros((9, 28, 28, 1)), "label": np.zeros(8)}},
         "arrays of different lengths"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused_without_words_of_flags(
    tmp_path, members, train, changes, message
):
    with pytest.raises(UserError, match=message) as refusal:
        train(members[:1], tmp_path / "run", **changes)
    assert "--" not in str(refusal.value)
    assert not (tmp_path / "run").exists()


def test_stages_share_a_folder(tmp_path, members, train):
    first = train(members[:1], tmp_path, stage="first")
    second = train(members[2:3], tmp_path, stage="second")
    assert {r["member"] for r in first.records} == {"a"}
    assert {r["member"] for r in second.records} == {"b"}
    assert_equal(train(members[:1], tmp_path, stage="first"), first)


def test_a_member_is_had_by_its_name(members, whole):
    for member in members:
        model, params = whole[member.name]
        assert model == member.model
        kernel = params["params"]["encoder_0"]["kernel"]
        assert kernel.shape == (784, member.model.zdim)
    with pytest.raises(KeyError):
        whole["nobody"]


@pytest.mark.parametrize("executor", ["map", "vmap", "sharded", "auto"])
def test_predictions_are_those_of_the_members_own_models(
    members, whole, digits, executor
):
    shown = digits[:10]
    found = predict(_encode, whole, shown, executor=executor)
    assert set(found) == {m.name for m in members}
    for member in members:
        model, own = whole[member.name]
        expected = model.apply(own, shown, method="encode")
        zdim = member.model.zdim
        np.testing.assert_allclose(
            found[member.name][:, :zdim], expected, rtol=1e-4, atol=1e-5
        )
        assert (found[member.name][:, zdim:] == 0).all()


def _encode(model, params, shown):
    return model.apply(params, shown, method="encode")


def test_checkpoints_are_not_written_more_often_than_asked(
    tmp_path, members, train, monkeypatch
):
    from aejax.lab.run import checkpoint

    steps = []
    save = checkpoint.save
    monkeypatch.setattr(
        checkpoint,
        "save",
        lambda manager, step, *rest: steps.append(step) or save(manager, step, *rest),
    )
    train(members[:1], tmp_path / "rare", checkpoint_seconds=1e9)
    assert steps == [6]
    steps.clear()
    train(members[:1], tmp_path / "often")
    assert steps == [2, 4, 6]


def test_models_that_cannot_be_padded_are_refused(train, make_dense, monkeypatch):
    """Of models that are not the library's own; those are verified by its tests."""

    def refuse(model, example):
        raise ValueError("norm layers mix channels")

    monkeypatch.setattr(training.sweep, "verify_padding", refuse)
    train([make_dense("a", 2), make_dense("b", 2, 1)])
    with pytest.raises(UserError, match="norm layers mix channels"):
        train([make_dense("a", 2), make_dense("b", 3)])


@pytest.mark.parametrize("device", [0, 1])
def test_parameters_of_a_sharded_training_can_be_used_on_any_device(
    members, train, digits, device
):
    trained = train(members, executor="sharded")
    model, params = trained["b"]
    shown = jax.device_put(digits[:2], jax.devices()[device])
    found = jax.jit(model.apply)(params, shown)
    assert found.devices() == {jax.devices()[device]}
