"""How much memory this process may still take: of the machine, and by its limits."""

from collections.abc import Iterator
from pathlib import Path

import psutil


def free(root: Path = Path("/")) -> int:
    """Bytes that this process may still take on the host.

    The least of what the machine has, what its control groups allow (version 1 or 2,
    as in containers and on clusters), and what `ulimit` allows.

    Args:
      root: of the file system.
    """
    found = [psutil.virtual_memory().available, *_groups(root), *_ulimits()]
    return max(0, min(found))


def _groups(root: Path) -> Iterator[int]:
    """Bytes free in every control group of this process."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, place = [*line.split(":", 2), "", ""][:3]
        if number == "0" and not controllers:
            names = ("memory.max", "memory.current", "inactive_file")
            yield from _above(root / "sys/fs/cgroup", place, names)
        elif "memory" in controllers.split(","):
            names = (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            )
            yield from _above(root / "sys/fs/cgroup/memory", place, names)


def _above(mount: Path, place: str, names: tuple[str, str, str]) -> Iterator[int]:
    """Of a group and those above it: each may have a limit.

    In a container the path is often that of the host, and the mount is the group.
    """
    limit, used, reclaimable = names
    parts = [part for part in place.split("/") if part not in ("", "..")]
    for count in range(len(parts), -1, -1):
        folder = mount.joinpath(*parts[:count])
        most, now = _number(folder / limit), _number(folder / used)
        if most is not None and now is not None:
            # The kernel gives back pages of files that it keeps for nobody.
            yield most - now + _statistic(folder / "memory.stat", reclaimable)


def _number(file: Path) -> int | None:
    """The number in a file; None without one, such as "max"."""
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _statistic(file: Path, name: str) -> int:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return int(dict(line.split() for line in lines)[name])
    except (OSError, ValueError, KeyError):
        return 0


def _ulimits() -> Iterator[int]:
    try:
        import resource
    except ImportError:
        return
    memory = psutil.Process().memory_info()
    for name, used in (("RLIMIT_AS", memory.vms), ("RLIMIT_DATA", _data(memory))):
        most, _ = resource.getrlimit(getattr(resource, name))
        if most != resource.RLIM_INFINITY:
            yield most - used


def _data(memory: object) -> int:
    return getattr(memory, "data", getattr(memory, "rss", 0))
