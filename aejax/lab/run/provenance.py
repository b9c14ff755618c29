"""What a run was made with, for its configuration file and its report."""

import hashlib
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import jax

PACKAGES = (
    "aejax",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "orbax-checkpoint",
    "tensorflow-datasets",
    "numpy",
)


def environment() -> dict[str, str | int | None]:
    """Versions, device, platform, git revision and time (UTC, ISO 8601).

    A package that is not installed has None for its version; so has the git
    revision where aejax does not run from a checkout.
    """
    devices = jax.devices()
    return {
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        "device": devices[0].device_kind,
        "devices": len(devices),
        "platform": platform.platform(),
        "git_revision": git_revision(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def git_revision(module: Path = Path(__file__)) -> str | None:
    """Commit of the checkout that tracks a file, "-dirty" if it was changed.

    Args:
      module: a source file. One that only lies in a checkout of something else,
        as an environment inside a repository does, has no revision.
    """
    folder = str(module.parent)
    try:
        _git(folder, "ls-files", "--error-unmatch", str(module))
        return _git(
            folder, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"
        )
    except (OSError, subprocess.SubprocessError):
        return None


def digest(name: str) -> str | None:
    """First digits of the SHA-256 of a module's source; None where there is no file.

    Args:
      name: of an imported module.
    """
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]
    except OSError:
        return None


def _git(folder: str, *arguments: str) -> str:
    command = ["git", "-C", folder, *arguments]
    answer = subprocess.run(
        command, capture_output=True, check=True, text=True, timeout=10
    )
    return answer.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
