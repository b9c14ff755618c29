"""Which devices this machine has, and which of them JAX uses."""

import logging
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import jax

from aejax.errors import UserError

log = logging.getLogger("aejax")

GPU, TPU = "an NVIDIA GPU", "a TPU"
HELD = (
    "; another process, such as a notebook's kernel, holds the device: end it, or "
    "restart the kernel"
)

_PLUGINS = {
    "cuda12": "jax-cuda12-plugin",
    "cuda13": "jax-cuda13-plugin",
    "tpu": "libtpu",
}
"""Extras of this package, and the packages that make JAX use such a device."""

_TPU_VARIABLES = re.compile(
    "COLAB_TPU|TPU_(NAME|WORKER|ACCELERATOR|TOPOLOGY|CHIPS|HOST|PROCESS|VISIBLE)"
)
"""Of machines that have one; JAX sets others of `TPU_` everywhere."""


def announce() -> None:
    """Logs which device is used, and warns of one that lies idle, with the reason.

    Raises:
      UserError: the device that was asked for cannot be used.
    """
    log.info("device: %s", used())
    for line in (*idle(chosen=jax.config.values["jax_platforms"] or ""), *shared()):
        log.warning(line)


def used() -> str:
    """The devices of this process, such as "2 x cpu".

    Raises:
      UserError: JAX finds none of the kind that was asked for.
    """
    try:
        devices = jax.devices()
    except (RuntimeError, AssertionError) as error:
        raise unusable(error) from error
    kind = devices[0].device_kind
    if devices[0].platform == "cpu":
        kind = f"CPU ({processor()})"
    return f"{len(devices)} x {kind}" if len(devices) > 1 else kind


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The name of the processor, as far as it is known."""
    import platform

    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*: *(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def unusable(error: Exception) -> UserError:
    """JAX's complaint about a platform in one line, with the way out."""
    asked = jax.config.values["jax_platforms"] or ""
    reason = " ".join(str(error).split()).partition(" (")[0].rstrip(".")
    # JAX ends in an empty assertion where a plugin for CUDA is not installed.
    reason = reason or "there is no such device, or no plugin for it"
    advice = "unset JAX_PLATFORMS, or set it to cpu"
    names = set(asked.split(","))
    if names & {"cuda", "gpu", "tpu"}:
        extra = "tpu" if "tpu" in names else cuda_extra()
        advice += f"; with such a device: pip install 'aejax[{extra}]'"
    if _is_held(reason):
        advice += HELD
    return UserError(f"JAX cannot use JAX_PLATFORMS={asked}: {reason}; {advice}")


def idle(
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
    chosen: str = "",
) -> list[str]:
    """Accelerators of this machine that JAX does not use, a line for each.

    Args:
      root: of the file system.
      environment: variables of this process.
      chosen: platforms that JAX was told to use, if any.
    """
    platforms = {device.platform for device in jax.devices()}
    found = []
    for name, is_there, own in (
        (GPU, has_gpu(root), {"gpu", "cuda"}),
        (TPU, has_tpu(root, environment), {"tpu"}),
    ):
        if is_there and not platforms & own:
            found.append(
                f"THIS MACHINE HAS {name.upper()} THAT IS NOT USED: "
                f"{_reason(name, root, environment, chosen)}"
            )
    return found


def has_gpu(root: Path = Path("/")) -> bool:
    """Whether an NVIDIA GPU is there."""
    return any((root / "dev").glob("nvidia[0-9]*")) or any(
        (root / "proc/driver/nvidia/gpus").glob("*")
    )


def has_tpu(
    root: Path = Path("/"), environment: Mapping[str, str] = os.environ
) -> bool:
    """Whether a TPU is there, or the variables of a machine that has one."""
    dev = root / "dev"
    if any(dev.glob("accel*")) or any((dev / "vfio").glob("[0-9]*")):
        return True
    return any(_TPU_VARIABLES.match(n) and value for n, value in environment.items())


def cuda_extra(root: Path = Path("/")) -> str:
    """The extra that suits the driver: CUDA 13 needs one of version 580 or newer."""
    try:
        text = (root / "proc/driver/nvidia/version").read_text(
            encoding="utf-8", errors="replace"
        )
    except OSError:
        return "cuda12"
    found = re.search(r"Kernel Module\D*(\d+)\.", text)
    return "cuda13" if found and int(found[1]) >= 580 else "cuda12"


def _reason(name: str, root: Path, environment: Mapping[str, str], chosen: str) -> str:
    """Why JAX does not use an accelerator, and the way out."""
    if chosen := environment.get("JAX_PLATFORMS") or chosen:
        return f"JAX_PLATFORMS={chosen} says so"
    if name == GPU and environment.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides it"
    extra = "tpu" if name == TPU else cuda_extra(root)
    kinds = ("tpu",) if name == TPU else ("cuda12", "cuda13")
    installed = [_PLUGINS[kind] for kind in kinds if _version(_PLUGINS[kind])]
    if not installed:
        return f"JAX's plugin for it is not installed: pip install 'aejax[{extra}]'"
    if name == GPU and _version(installed[0]) != _version("jaxlib"):
        return (
            f"{installed[0]} {_version(installed[0])} does not suit jaxlib "
            f"{_version('jaxlib')}: pip install 'aejax[{extra}]'"
        )
    return _failure("tpu" if name == TPU else "cuda")


def _is_held(reason: str) -> bool:
    words = ("in use", "lockfile", "busy", "OUT_OF_MEMORY", "RESOURCE_EXHAUSTED")
    return any(word in reason for word in words)


def _failure(platform: str) -> str:
    """What JAX says when it is asked for a platform that it knows."""
    try:
        jax.devices(platform)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        return reason + (HELD if _is_held(reason) else "")
    return f"another platform comes first; set JAX_PLATFORMS={platform}"


def shared() -> Iterator[str]:
    """One line of the other processes on the GPUs that this process uses, if any."""
    if jax.devices()[0].platform not in ("gpu", "cuda"):
        return
    command = ["nvidia-smi", "--query-compute-apps=pid,process_name,used_memory"]
    try:
        answer = subprocess.run(
            [*command, "--format=csv,noheader"],
            capture_output=True, check=True, text=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return
    yield from others(answer.stdout, os.getpid())


def others(listed: str, own: int) -> Iterator[str]:
    """One line of the processes in nvidia-smi's list but the own one, if any."""
    apart = (line.partition(",") for line in listed.splitlines())
    found = [
        f"{pid.strip()} ({rest.strip()})"
        for pid, _, rest in apart
        if pid.strip().isdigit() and int(pid) != own
    ]
    if found:
        yield (
            f"on the GPU, too: process {', '.join(found)}; perhaps a notebook's "
            "kernel: if memory lacks, end it"
        )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
