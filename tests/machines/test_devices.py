"""Runs that go on with another number of devices than they began with."""

import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(environment, tmp_path_factory):
    """`(study, workdir, devices, flags) -> errors` of a process of its own."""
    folder = tmp_path_factory.mktemp("elsewhere")

    def call(name, workdir, devices, flags):
        flags = (*flags, "--checkpoint_seconds=0")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                f"experiments.{name}",
                f"--workdir={workdir}",
                *flags,
            ],
            env={**environment, "JAX_NUM_CPU_DEVICES": str(devices)},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stderr

    return call


def halve(workdir):
    """Leaves of a finished run what it had in the middle of every training."""
    (workdir / "summary.txt").unlink()
    for group in workdir.rglob("group_*"):
        last = max(int(step.name) for step in group.iterdir() if step.name.isdigit())
        shutil.rmtree(group / str(last))


@pytest.mark.parametrize("study_flags", ["autoencoding"], indirect=True)
def test_a_study_goes_on_with_other_devices(run, tmp_path, study_flags):
    """Two, then three from the middle, then one from the last step."""
    name, flags = study_flags
    workdir, everywhere = tmp_path / "run", [*flags, "--executor=sharded"]
    run(name, workdir, 2, everywhere)
    halve(workdir)
    assert "from step 2 to 4" in run(name, workdir, 3, everywhere)
    (workdir / "summary.txt").unlink()
    run(name, workdir, 1, flags)
    assert (workdir / "report.html").exists()
