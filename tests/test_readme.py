"""What the README shows runs as it stands."""

import doctest
from pathlib import Path

import jax
import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
def test_examples_give_what_they_show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A user's JAX is not as strict as that of the tests.
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        found = doctest.testfile(str(README), module_relative=False)
    assert found.attempted > 20
    assert not found.failed
