"""Worker processes as the benchmark sees them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aejax.errors import UserError
from experiments._benchmark.cases import Case

ROOT = Path(__file__).parents[2]

# glibc gives memory back to the system after every step and fetches it anew,
# which costs PyTorch a quarter of its time on a CPU.
MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
}


class WorkerError(UserError):
    """A contender does not run here; the message is its process's error."""


class Worker:
    """A process that computes one case whenever it is asked to.

    Args:
      case: what it computes.
      cache: folder of its compilation caches.
      log: file for what it writes.

    Attributes:
      case: what it computes.
      ready: its first answer: flops, compile_seconds, detail.
      start_seconds: from the start of the process to the end of its first call.

    Raises:
      WorkerError: it could not start.
    """

    def __init__(self, case: Case, cache: Path, log: Path):
        self.case = case
        began = time.perf_counter()
        with log.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "experiments._benchmark.worker", case.written()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env=environment(case, cache),
            )
        try:
            self.ready = self._answer()
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.perf_counter() - began

    def call(self) -> dict[str, Any]:
        """Computes one call; its seconds and the peak memory in bytes so far.

        Raises:
          WorkerError: it ended instead.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Ends the process, whatever it is at."""
        self._process.terminate()
        with suppress(BrokenPipeError):
            self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {}
        if answer.keys() <= {"error"}:
            code = self._process.wait()
            cause = answer.get("error", f"its process ended with exit code {code}")
            raise WorkerError(f"{self.case.name} does not run here: {cause}")
        return answer


def environment(case: Case, cache: Path) -> Mapping[str, str]:
    """Environment variables of a worker."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "torch"),
        # Many workers share a GPU.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        **(MALLOC if case.contender.startswith("torch") else {}),
    }
