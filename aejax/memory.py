"""How many members of a sweep fit into memory at once."""

from collections.abc import Callable

import jax
import psutil

from aejax.errors import UserError

# What the rest of the process (data, evaluation, checkpoints) may take.
SHARE = 0.8


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
    """Bytes that a program may take on the first device of this process."""
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return int(SHARE * (stats["bytes_limit"] - stats["bytes_in_use"]))
    return int(SHARE * psutil.virtual_memory().available)


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
    each = (whole - single) / (members - 1)
    at_once = max(1, int(1 + (limit - single) / each))
    runs = -(-members // at_once)
    return [members // runs + (i < members % runs) for i in range(runs)]
