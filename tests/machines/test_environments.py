"""A study in environments that users have: no home, few letters, strict modes."""

import subprocess
import sys

import pytest

SMALL = (
    *("--dataset=mnist_5k", "--zdims=2,3", "--seeds=1", "--steps=2", "--chunk=1"),
    *("--width=2", "--depth=1"),
)


@pytest.fixture
def run(environment, tmp_path):
    """`(variables, *flags) -> (code, output, errors)` of a small study."""

    def call(variables, *flags):
        own = {**environment, **variables}
        done = subprocess.run(
            [sys.executable, "-m", "experiments.decorrelation", *SMALL, *flags],
            env={name: value for name, value in own.items() if value is not None},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
        )
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"HOME": "/proc/none", "XDG_CACHE_HOME": None, "MPLBACKEND": "no_such"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0",
         "PYTHONCOERCECLOCALE": "0", "COLUMNS": "5", "NO_COLOR": "1"},
        {"JAX_NUMPY_DTYPE_PROMOTION": "strict", "JAX_NUMPY_RANK_PROMOTION": "raise",
         "JAX_DISABLE_JIT": "1", "JAX_DEBUG_NANS": "1", "TMPDIR": "/proc/none"},
        {"JAX_ENABLE_X64": "1", "MPLBACKEND": "module://no_such_module"},
    ],
    ids=["home", "letters", "strict", "x64"],
)  # fmt: skip
def test_a_study_runs_and_is_shown_again(run, variables):
    code, first, errors = run(variables)
    assert code == 0, errors[-2000:]
    assert "device" in errors
    assert "Traceback" not in errors
    code, again, errors = run(variables)
    assert (code, again) == (0, first), errors[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["cuda", "tpu", "no_such"])
def test_a_platform_that_is_not_there_is_one_line(run, platform):
    code, printed, errors = run({"JAX_PLATFORMS": platform})
    assert (code, printed, errors.count("\n")) == (1, "", 1)
    assert f"JAX_PLATFORMS={platform}" in errors
