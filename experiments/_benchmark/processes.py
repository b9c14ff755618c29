"""Worker processes as the benchmark sees them, and what they leave behind: nothing.

A signal is looked for in one place only, where an answer is awaited: by then every
process that was started is known and can be ended. An exception out of a signal handler
could come between the start of a process and the note that it is there.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from aejax.errors import UserError
from aejax.lab.run.interrupt import Request, Stopped

from .cases import Case

ROOT = Path(__file__).parents[2]
IS_CHECKOUT = (ROOT / "aejax" / "__init__.py").exists()
WORKER = f"{'experiments' if IS_CHECKOUT else 'aejax.experiments'}._benchmark.worker"

MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
}
"""glibc gives memory back to the system after every step and fetches it anew, which
costs PyTorch a quarter of its time on a CPU; with these settings it keeps it."""

LOOK_SECONDS = 0.1
"""How long a signal can go unnoticed."""


class WorkerError(UserError):
    """A contender does not run here; the message is its process's error."""


class Interrupted(Stopped):
    """The benchmark was asked to stop; what it has timed is lost.

    Attributes:
      signum: the signal that asked.
    """

    def __init__(self, signum: int):
        name = signal.Signals(signum).name
        Exception.__init__(self, f"stopped by {name}; the benchmark begins anew")
        self.signum = signum


class Worker:
    """A process that computes one case whenever it is asked to.

    Args:
      case: what it computes.
      folder: for its log, caches and temporary files.
      request: of the user to stop.

    Attributes:
      case: what it computes.
      ready: its first answer: flops, compile_seconds, detail.
      start_seconds: from the start of the process to the end of its first call.

    Raises:
      WorkerError: it could not start.
      Interrupted: a signal came meanwhile.
    """

    def __init__(self, case: Case, folder: Path, request: Request | None = None):
        self.case, self._request = case, request or Request()
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        with (folder / "log.txt").open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", WORKER, case.written()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
                env=environment(case, folder.absolute()),
                # Ctrl-C is for the benchmark, which ends its workers.
                start_new_session=True,
            )
        try:
            self.ready = self.answer()
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.perf_counter() - began

    def call(self) -> dict[str, Any]:
        """Computes one call; its seconds and the peak memory in bytes so far.

        Raises:
          WorkerError: it ended instead.
          Interrupted: a signal came meanwhile.
        """
        self.ask()
        return self.answer()

    def ask(self) -> None:
        """Has it begin a call."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Waits for its next answer; raises as `call` does."""
        pipe = self._process.stdout
        assert pipe is not None
        while not select.select([pipe], [], [], LOOK_SECONDS)[0]:
            if self._request.signum:
                raise Interrupted(self._request.signum)
        line = pipe.readline()
        answer = json.loads(line) if line else {}
        if answer.keys() <= {"error"}:
            code = self._process.wait()
            cause = answer.get("error", f"its process ended with exit code {code}")
            raise WorkerError(f"{self.case.name} does not run here: {cause}")
        return answer

    def close(self) -> None:
        """Ends the process and all that it started, and waits until they are gone."""
        family = [psutil.Process(self._process.pid)] if self._is_alive() else []
        with suppress(psutil.NoSuchProcess):
            family += [c for p in family for c in p.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()
        psutil.wait_procs(family[1:])

    def _is_alive(self) -> bool:
        return self._process.poll() is None


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder that is empty at first and gone at the end.

    What a killed run left there is deleted by the next one.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def environment(case: Case, folder: Path) -> Mapping[str, str]:
    """Environment variables of a worker that may write into `folder`."""
    paths = [str(ROOT)] if IS_CHECKOUT else []
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    is_tuned = case.contender.startswith("torch") and "default" not in case.contender
    own = {k: v for k, v in os.environ.items() if k not in MALLOC}
    return {
        **own,
        "PYTHONPATH": os.pathsep.join(paths),
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "torch"),
        "TRITON_CACHE_DIR": str(folder / "triton"),
        "TMPDIR": str(folder / "tmp"),
        # Many workers share a GPU.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        **(MALLOC if is_tuned else {}),
    }
