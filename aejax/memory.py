"""How many members of a sweep fit into memory at once."""

import re
from collections.abc import Callable

import jax

from aejax import limits
from aejax.errors import UserError

# What the rest of the process (data, evaluation, checkpoints) may take.
SHARE = 0.8

# The matrix products of a CPU do not say more than that they failed.
_LACKING = re.compile(
    "resource_exhausted|out.of.memory|bad_alloc|failed to allocate"
    "|ynnpack operation failed",
    re.IGNORECASE,
)

ADVICE = (
    "use a smaller batch size or model, fewer models, or a machine, or a limit, with "
    "more memory"
)


def needed(compiled: jax.stages.Compiled) -> int:
    """Bytes that a compiled program occupies while it runs."""
    memory = compiled.memory_analysis()
    if memory is None:
        return 0
    return (
        memory.argument_size_in_bytes
        + memory.output_size_in_bytes
        + memory.temp_size_in_bytes
        - memory.alias_size_in_bytes
    )


def available() -> int:
    """Bytes that a program may take on the first device of this process.

    On a CPU the limits of the process count, those of containers and `ulimit`, too.
    """
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return int(SHARE * (stats["bytes_limit"] - stats["bytes_in_use"]))
    return int(SHARE * limits.free())


def is_lacking(error: BaseException) -> bool:
    """Whether an error says that memory could not be had."""
    if isinstance(error, MemoryError):
        return True
    is_jax = isinstance(error, jax.errors.JaxRuntimeError)
    return is_jax and bool(_LACKING.search(str(error)))


def lacking(error: BaseException) -> str:
    """Such an error in one line, with the way out."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return f"memory does not suffice ({reason}); {ADVICE}"


def fitting(members: int, need: Callable[[int], int], limit: int) -> list[int]:
    """Divides members into as few runs as fit, of nearly equal size.

    Args:
      members: how many there are.
      need: bytes that a run of so many members needs. It is taken to be affine
        and asked for `members` and, only where these do not fit, for 1.
      limit: bytes that there are.

    Returns:
      Sizes of the runs; they add up to `members`.

    Raises:
      UserError: not even one member fits.
    """
    whole = need(members)
    if whole <= limit:
        return [members]
    single = need(1)
    if single > limit:
        raise UserError(
            f"one member alone needs {single / 1e9:.2f} GB of memory and "
            f"{limit / 1e9:.2f} GB are free; use a smaller batch size or model, "
            "or raise the memory limit"
        )
    each = max(whole - single, 1) / max(members - 1, 1)
    at_once = max(1, int(1 + (limit - single) / each))
    return equal(members, -(-members // at_once))


def equal(members: int, runs: int) -> list[int]:
    """Sizes of so many runs, as equal as can be."""
    runs = min(runs, members)
    return [members // runs + (i < members % runs) for i in range(runs)]
