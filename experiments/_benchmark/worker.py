"""The process of one contender: waits, computes when it is asked to, answers.

    python -m experiments._benchmark.worker '{"model": "conv", ...}'

Each line on the standard input asks for one call. Each answer is one line of
JSON; the first comes unasked, after a call that is not timed.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import psutil

from .cases import GEMM, Case
from .contender import Contender, timed


def main() -> None:
    """Serves until the standard input ends, or something goes wrong."""
    answers = own_output()
    try:
        for answer in serve(Case.read(sys.argv[1])):
            print(json.dumps(answer), file=answers, flush=True)
    except BrokenPipeError:
        # Who asked is gone.
        os._exit(1)
    except Exception as error:
        line = str(error).strip().partition("\n")[0]
        print(json.dumps({"error": f"{type(error).__name__}: {line}"}), file=answers)
        raise


def serve(case: Case) -> Iterator[dict[str, Any]]:
    """All answers of the process."""
    contender = side(case)(case)
    contender.call()
    yield {
        "flops": contender.flops,
        "compile_seconds": contender.compile_seconds,
        "detail": contender.detail,
    }
    for _ in sys.stdin:
        before = cpu_seconds()
        seconds, _ = timed(contender.call)
        yield {
            "seconds": seconds,
            "cpu_seconds": cpu_seconds() - before,
            "memory": peak_memory(contender),
        }


def own_output() -> TextIO:
    """The standard output, kept from libraries: what they print is logged."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def side(case: Case) -> Callable[[Case], Contender]:
    """Where the contender lives; imported here, so that no one loads another's."""
    if case.contender == "torch-per-core":
        from .torch_side import start_per_core

        return start_per_core
    if case.contender.startswith("torch"):
        from .torch_side import start_torch

        return start_torch
    if case.contender == "flax":
        from .flax_side import start_flax

        return start_flax
    if case.contender == "aejax-sharded":
        from aejax.lab.cli import one_device_per_core

        one_device_per_core()
    from .jax_sides import start_aejax, start_gemm

    return start_gemm if case.contender == GEMM else start_aejax


def cpu_seconds() -> float:
    """CPU time of all threads of this process and of those that it started."""
    own = psutil.Process()
    times = [p.cpu_times() for p in (own, *own.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def peak_memory(contender: Contender) -> int:
    """Bytes taken at most so far: on a device of its own, or by this process."""
    on_device = contender.device_memory()
    if on_device is not None:
        return on_device
    try:
        import resource
    except ImportError:
        return int(psutil.Process().memory_info().peak_wset)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
