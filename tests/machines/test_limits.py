"""Memory that a process may take: of its groups, its limits, its machine."""

import subprocess
import sys

import psutil
import pytest

from aejax import limits

GB = 10**9


@pytest.fixture
def groups(tmp_path):
    """`(lines of /proc/self/cgroup, {file: content}) -> root`."""

    def make(lines, files):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(lines)
        for name, content in files.items():
            file = tmp_path / "sys/fs/cgroup" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{content}\n")
        return tmp_path

    return make


def test_version_2_and_the_group_above(groups):
    root = groups(
        "0::/job/step\n",
        {
            "job/memory.max": 2 * GB, "job/memory.current": GB,
            "job/memory.stat": f"anon 5\ninactive_file {GB // 2}",
            "job/step/memory.max": "max", "job/step/memory.current": GB,
        },
    )  # fmt: skip
    assert limits.free(root) == 3 * GB // 2


def test_version_1_in_a_container(groups):
    """The path is that of the host, and the mount is the group itself."""
    root = groups(
        "9:cpu:/docker/abc\n4:hugetlb,memory:/docker/abc\n",
        {
            "memory/memory.limit_in_bytes": GB, "memory/memory.usage_in_bytes": GB // 4,
            "memory/memory.stat": "total_inactive_file 0",
        },
    )  # fmt: skip
    assert limits.free(root) == GB - GB // 4


def test_version_1_without_a_limit(groups):
    root = groups(
        "4:memory:/\n",
        {"memory/memory.limit_in_bytes": 2**63 - 4096,
         "memory/memory.usage_in_bytes": 1},
    )  # fmt: skip
    free = psutil.virtual_memory().available
    assert limits.free(root) == pytest.approx(free, rel=0.5)


def test_damaged_or_missing_groups_are_no_limit(groups, tmp_path):
    assert limits.free(tmp_path / "nowhere") > 0
    assert limits.free(groups("nonsense\n0::/\n", {"memory.max": "?"})) > 0


def test_a_used_up_group_has_nothing_left(groups):
    assert limits.free(groups("0::/", {"memory.max": 1, "memory.current": 9})) == 0


def test_a_limit_of_the_shell_counts():
    """In a process of its own: a limit cannot be taken back."""
    program = (
        "import resource; from aejax import limits; "
        "resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9)); "
        "print(limits.free())"
    )
    found = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert 0 < int(found) < 3 * GB
