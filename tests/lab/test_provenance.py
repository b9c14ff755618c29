import hashlib
import json
import subprocess
import sys
import types
from datetime import UTC, datetime

import jax
import numpy as np
import pytest

from aejax.lab.run.provenance import digest, environment, git_revision


@pytest.fixture
def checkout(tmp_path):
    """A repository with one tracked and one untracked file."""
    module, stray = tmp_path / "module.py", tmp_path / "stray.py"
    module.write_text("a = 1\n")
    stray.write_text("b = 1\n")
    for arguments in (
        ["init", "-q"],
        ["add", "module.py"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    return module, stray


def test_environment_is_of_this_process():
    found = environment()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["jax"] == jax.__version__
    assert found["numpy"] == np.__version__
    assert found["devices"] == jax.device_count()
    assert found["device"] == jax.devices()[0].device_kind
    assert all(found[name] for name in ("flax", "optax", "orbax-checkpoint"))
    age = datetime.now(UTC) - datetime.fromisoformat(str(found["date"]))
    assert 0 <= age.total_seconds() < 3600
    assert json.loads(json.dumps(found)) == found


def test_revision_of_a_tracked_file(checkout):
    module, stray = checkout
    revision = git_revision(module)
    assert revision is not None and len(revision) == 40
    assert git_revision(stray) is None
    module.write_text("a = 2\n")
    assert git_revision(module) == f"{revision}-dirty"


def test_no_revision_outside_of_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "module.py").touch()
    assert git_revision(tmp_path / "module.py") is None


def test_no_revision_without_git(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_revision(checkout[0]) is None


def test_digest_of_a_changed_module(tmp_path, monkeypatch):
    file = tmp_path / "study.py"
    file.write_text("a = 1\n")
    module = types.ModuleType("study")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "study", module)
    assert digest("study") == hashlib.sha256(b"a = 1\n").hexdigest()[:12]
    before = digest("study")
    file.write_text("a = 2\n")
    assert digest("study") != before
    assert digest("sys") is None
    assert digest("no_such_module") is None
