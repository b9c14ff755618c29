"""What the host remembers with a checkpoint is guarded as its arrays are."""

import jax
import jax.numpy as jnp
import pytest

from aejax.lab.run import checkpoint


def state_of(step):
    return {"step": jnp.int32(step), "w": jnp.arange(6.0) * step}


def host_of(step):
    return {"seconds": step / 3, "notes": ["a", {"b": None}], "grün": True}


def restore(folder):
    with checkpoint.open_folder(folder) as manager:
        return checkpoint.restore(manager, jax.eval_shape(lambda: state_of(0)))


@pytest.fixture
def folder(tmp_path):
    with checkpoint.open_folder(tmp_path) as manager:
        for step in (1, 2):
            checkpoint.save(manager, step, state_of(step), host_of(step))
    return tmp_path


def test_it_comes_back_as_it_was(folder):
    assert restore(folder).host == host_of(2)


@pytest.mark.parametrize(
    ("old", "new"), [("seconds", "sfconds"), ("0.66", "0.67"), ("null", "true")]
)
def test_a_changed_byte_is_damage(folder, old, new):
    (file,) = (folder / "2" / "host").glob("metadata")
    content = file.read_text()
    assert content.count(old) == 1
    file.write_text(content.replace(old, new))
    found = restore(folder)
    assert found.step == 1
    assert found.host == host_of(1)
