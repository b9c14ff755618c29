"""What is restored is what was saved, or the one before it."""

import gc
import json
import logging
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax.errors import AnotherRunError, UserError
from aejax.lab.run import checkpoint, sealing

# Orbax leaves coroutines behind that still hold the error of a damaged file.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore:coroutine .* was never awaited:RuntimeWarning",
)


@pytest.fixture(autouse=True)
def nothing_left_behind():
    yield
    gc.collect()


def state_of(step):
    key = jax.random.key(step)
    params = {"w": jax.random.normal(key, (50, 40)), "half": jnp.bfloat16(step / 3)}
    return {
        "step": jnp.int32(step),
        "params": params,
        "opt_state": optax.adam(1e-3).init(params),
    }


@pytest.fixture
def folder(tmp_path):
    """Checkpoints of steps 1 and 2."""
    with checkpoint.open_folder(tmp_path / "run") as manager:
        for step in (1, 2):
            checkpoint.save(manager, step, state_of(step), {"seconds": 1.5 * step})
    return tmp_path / "run"


def restore(folder):
    abstract = jax.eval_shape(lambda: state_of(0))
    with checkpoint.open_folder(folder) as manager:
        return checkpoint.restore(manager, abstract), manager.all_steps()


def assert_is_step(found, step):
    assert found.step == step
    assert found.host["seconds"] == 1.5 * step
    expected = state_of(step)
    assert jax.tree.structure(found.state) == jax.tree.structure(expected)
    for a, b in zip(
        jax.tree.leaves(found.state), jax.tree.leaves(expected), strict=True
    ):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def largest_file(folder):
    return max(
        (p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size
    )


def test_there_is_nothing_in_an_empty_folder(tmp_path):
    assert restore(tmp_path)[0] is None


def test_the_newest_is_restored_bit_for_bit(folder):
    assert_is_step(restore(folder)[0], 2)


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("is_sealed", [True, False])
@pytest.mark.parametrize("damage", [truncate, flip, empty, lambda path: path.unlink()])
def test_a_damaged_newest_step_falls_back_to_the_one_before(
    folder, damage, is_sealed, caplog, capfd
):
    """In one line, also where a killed run had not sealed it yet."""
    damage(largest_file(folder / "2"))
    if not is_sealed:
        (folder / "2" / sealing.SEAL).unlink()
    with caplog.at_level(logging.WARNING):
        found, steps = restore(folder)
    assert_is_step(found, 1)
    assert "checkpoint 2 is damaged" in caplog.text
    assert len(caplog.text.splitlines()) == 1
    assert capfd.readouterr() == ("", "")
    assert steps == [1]


def files_of(folder):
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def test_any_missing_file_is_damage(folder, tmp_path):
    sealed = json.loads((folder / "2" / sealing.SEAL).read_text())
    assert len(sealed) > 5
    for file in sealed:
        copied = shutil.copytree(folder, tmp_path / "copy")
        (copied / "2" / file).unlink()
        assert_is_step(restore(copied)[0], 1)
        shutil.rmtree(copied)
    shutil.rmtree(folder / "2")
    assert_is_step(restore(folder)[0], 1)


def test_no_file_says_where_it_was_written(folder):
    for file in files_of(folder):
        assert str(folder).encode() not in (folder / file).read_bytes()


def test_only_the_run_that_saved_restores(tmp_path):
    run = {"training": "a", "algorithm": "b", "versions": {"jax": "1"}}
    state = {"w": np.ones(3, np.float32)}
    abstract = {"w": jax.ShapeDtypeStruct((3,), jnp.float32)}
    with checkpoint.saver(tmp_path, run) as saver:
        saver.save(1, state, {})
    others = {"training": "c"}, {"algorithm": "c"}
    for other in others:
        with (
            checkpoint.saver(tmp_path, {**run, **other}) as saver,
            pytest.raises(AnotherRunError, match="another training"),
        ):
            saver.restore(abstract)
    # A computation can be compared only between equal versions.
    newer = {**run, "algorithm": "c", "versions": {"jax": "2"}}
    for same in (run, newer):
        with checkpoint.saver(tmp_path, same) as saver:
            assert saver.restore(abstract).step == 1


def test_what_cannot_be_written_is_told_at_once(folder, file_limit, capfd):
    """And what was saved before stays whole."""
    with checkpoint.open_folder(folder) as manager:
        with file_limit(4096), pytest.raises(UserError, match=str(folder)) as refusal:
            checkpoint.save(manager, 3, state_of(3), {"seconds": 0})
        assert "\n" not in str(refusal.value)
    assert capfd.readouterr() == ("", "")
    assert_is_step(restore(folder)[0], 2)
    with checkpoint.open_folder(folder) as manager:
        checkpoint.save(manager, 3, state_of(3), {"seconds": 4.5})
    assert_is_step(restore(folder)[0], 3)


def test_with_nothing_whole_the_user_is_told_the_way_out(folder):
    for step in "12":
        truncate(largest_file(folder / step))
    with pytest.raises(UserError, match="delete them to start anew"):
        restore(folder)


def test_another_dtype_is_not_cast_in_silence(folder):
    abstract = jax.eval_shape(lambda: state_of(0))
    abstract["params"]["w"] = jax.ShapeDtypeStruct((50, 40), jnp.bfloat16)
    with (
        checkpoint.open_folder(folder) as manager,
        pytest.raises(UserError, match="none of the checkpoints"),
    ):
        checkpoint.restore(manager, abstract)


def test_saving_a_step_again_changes_nothing(folder):
    with checkpoint.open_folder(folder) as manager:
        checkpoint.save(manager, 2, state_of(7), {"seconds": 0.0})
    assert_is_step(restore(folder)[0], 2)


def test_only_the_newest_are_kept(folder):
    with checkpoint.open_folder(folder, keep=2) as manager:
        checkpoint.save(manager, 3, state_of(3), {"seconds": 4.5})
    found, steps = restore(folder)
    assert_is_step(found, 3)
    assert steps == [2, 3]


def test_what_a_killed_save_left_is_ignored(folder):
    (folder / "3.orbax-checkpoint-tmp").mkdir()
    assert_is_step(restore(folder)[0], 2)


def test_a_saver_copies_before_it_returns(tmp_path):
    """The buffers are the next chunk's by the time they are written."""
    buffer = {"w": np.arange(4, dtype=np.float32)}
    with checkpoint.saver(tmp_path) as saver:
        assert saver.durable
        saver.save(3, buffer, {"seconds": 1.0})
        buffer["w"][:] = 0
        saver.wait()
        found = saver.restore({"w": jax.ShapeDtypeStruct((4,), jnp.float32)})
    assert found is not None
    np.testing.assert_array_equal(found.state["w"], np.arange(4.0))


def test_without_a_folder_nothing_is_saved():
    with checkpoint.saver(None) as saver:
        assert not saver.durable
        saver.save(3, {"w": np.ones(2)}, {})
        assert saver.restore({}) is None
