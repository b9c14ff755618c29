"""Checkpoints of a running sweep, with Orbax.

A step is saved in the background and becomes visible only when whole. Each carries
a digest of its content, because neither a flipped byte nor a changed dtype makes
Orbax raise by itself: restoring walks from the newest step to the oldest until
one is whole. And each carries the identity of its run, so that no other adopts it.
"""

import json
import logging
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp

from aejax.errors import AnotherRunError
from aejax.lab.run import sealing
from aejax.lab.run.files import writing

log = logging.getLogger("aejax")


class Restored(NamedTuple):
    """A checkpoint read back.

    Attributes:
      step: its number.
      state: the arrays, on the first device.
      host: what the host had to remember, JSON-able.
    """

    step: int
    state: Any
    host: dict[str, Any]


class DamagedError(Exception):
    """A checkpoint whose content is not what was saved."""


def digest(state: Any, host: Mapping[str, Any]) -> int:
    """CRC-32 over host, and dtype, shape and bytes of every leaf, in tree order."""
    value = zlib.crc32(json.dumps(host, sort_keys=True).encode())
    for leaf in jax.tree.leaves(state):
        array = np.ascontiguousarray(leaf)
        value = zlib.crc32(f"{array.dtype}{array.shape}".encode(), value)
        value = zlib.crc32(array.reshape(-1).view(np.uint8).data, value)
    return value


def open_folder(folder: Path, keep: int = 2) -> ocp.CheckpointManager:
    """A manager of the checkpoints in `folder`; use it as a context manager.

    Leaving the context waits until what was saved is durable.

    Args:
      folder: made if it is not there.
      keep: how many steps stay; at least two, so that one is always whole.
    """
    registry = ocp.DefaultCheckpointHandlerRegistry()
    arrays, plain = ocp.StandardCheckpointHandler(), ocp.JsonCheckpointHandler()
    for args in (ocp.args.StandardSave, ocp.args.StandardRestore):
        registry.add("state", args, arrays)
    for args in (ocp.args.JsonSave, ocp.args.JsonRestore):
        registry.add("host", args, plain)
    options = ocp.CheckpointManagerOptions(
        max_to_keep=keep,
        cleanup_tmp_directories=True,
        enable_async_checkpointing=False,
    )
    return ocp.CheckpointManager(
        folder.absolute(), handler_registry=registry, options=options
    )


class Saver:
    """Saves the states of a group in a folder, in the background, and restores them.

    The training thread copies the arrays to the host; digest and writing are left to
    a thread of its own.

    Args:
      manager: from `open_folder`; None saves nothing.
      run: identity of the run, JSON-able; only checkpoints that carry it are restored.
    """

    def __init__(
        self,
        manager: ocp.CheckpointManager | None,
        run: Mapping[str, Any] | None = None,
    ):
        self._manager, self._run = manager, dict(run or {})
        self._pool = ThreadPoolExecutor(1)
        self._pending: Future | None = None

    @property
    def durable(self) -> bool:
        """Whether anything is saved at all."""
        return self._manager is not None

    def save(self, step: int, state: Any, host: Mapping[str, Any]) -> None:
        """Saves a step; returns once the arrays are copied.

        Saving a step that exists already does nothing: a step number determines its
        state.

        Raises:
          UserError: an earlier step could not be written.
        """
        if self._manager is None:
            return
        # A copy: the buffers are donated to the next chunk.
        copied = jax.tree.map(lambda a: np.array(jax.device_get(a)), state)
        described = {**host, "run": self._run}
        self.wait()
        self._pending = self._pool.submit(save, self._manager, step, copied, described)

    def restore(self, abstract: Any) -> Restored | None:
        """The newest whole step, as `restore`; None where nothing is saved.

        Raises:
          AnotherRunError: it is of another run, or no step is whole.
        """
        if self._manager is None:
            return None
        found = restore(self._manager, abstract)
        if found is not None:
            _check(found, self._run, self._folder)
        return found

    def check(self) -> None:
        """Tells at once if what was to be saved could not be.

        Raises:
          UserError: it could not.
        """
        if self._pending is not None and self._pending.done():
            self.wait()

    def wait(self) -> None:
        """Waits until what was saved is durable.

        Raises:
          UserError: it could not be written.
        """
        if self._pending is not None:
            pending, self._pending = self._pending, None
            with writing(self._folder):
                pending.result()

    @property
    def _folder(self) -> Path:
        return Path(self._manager.directory) if self._manager else Path()

    def close(self) -> None:
        """Ends the thread, whatever became of the last step."""
        self._pool.shutdown(wait=True)


@contextmanager
def saver(folder: Path | None, run: Mapping[str, Any] | None = None) -> Iterator[Saver]:
    """A `Saver` of a folder, or one that saves nothing.

    Leaving the context waits until what was saved is durable.

    Raises:
      UserError: the folder cannot be written.
    """
    if folder is None:
        yield Saver(None)
        return
    with writing(folder):
        sealing.room(folder)
        opened = open_folder(folder)
    with opened as manager:
        own = Saver(manager, run)
        try:
            yield own
            own.wait()
        finally:
            own.close()


def save(
    manager: ocp.CheckpointManager, step: int, state: Any, host: Mapping[str, Any]
) -> None:
    """Saves a step with its digest, unless it is there; returns when it is written.

    Raises:
      UserError: it cannot be written; what was saved before stays.
    """
    if step in manager.all_steps():
        return
    folder = Path(manager.directory)
    described = {**host, "digest": digest(state, host)}
    with writing(folder / str(step)), sealing.quiet_saving():
        sealing.room(folder)
        manager.save(
            step,
            args=ocp.args.Composite(
                state=ocp.args.StandardSave(state), host=ocp.args.JsonSave(described)
            ),
            force=True,
        )
        sealing.nameless(folder / str(step))
        sealing.seal(folder / str(step))


def restore(manager: ocp.CheckpointManager, abstract: Any) -> Restored | None:
    """The newest whole checkpoint, or None where there is none at all.

    Damaged steps are passed over with a warning in the log, and deleted, so that
    training can save them anew.

    Args:
      manager: from `open_folder`.
      abstract: tree of `jax.ShapeDtypeStruct`; what the state must look like.

    Raises:
      AnotherRunError: there are checkpoints, but none is whole.
    """
    folder = Path(manager.directory)
    steps = sorted(manager.all_steps(), reverse=True)
    for step in steps:
        try:
            if fault := sealing.broken(folder / str(step)):
                raise DamagedError(fault)
            with sealing.quiet_reading():
                found = _read(manager, step, abstract)
        # A damaged folder makes Orbax and TensorStore raise errors of any type.
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            log.warning("checkpoint %d is damaged and passed over (%s)", step, reason)
            continue
        with writing(folder):
            for newer in [s for s in steps if s > step]:
                manager.delete(newer)
        return found
    if steps:
        raise AnotherRunError(
            f"none of the checkpoints {steps} in {folder} can be read; "
            "delete them to start anew"
        )
    return None


def _check(found: Restored, run: Mapping[str, Any], folder: Path) -> None:
    """Compares the identity in a checkpoint; those from before there was one pass."""
    before = found.host.get("run") or {}
    same_versions = before.get("versions") == run.get("versions")
    for name in run.keys() & before.keys() - {"versions"}:
        # A computation can be compared only between equal versions.
        if before[name] != run[name] and (same_versions or name != "algorithm"):
            raise AnotherRunError(
                f"{folder} holds checkpoints of another training; use another folder, "
                "or delete them"
            )


def _read(manager: ocp.CheckpointManager, step: int, abstract: Any) -> Restored:
    device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    placed = jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=device), abstract
    )
    read = manager.restore(
        step,
        args=ocp.args.Composite(
            state=ocp.args.StandardRestore(placed), host=ocp.args.JsonRestore()
        ),
    )
    # Also catches the silent cast of another dtype: the digest covers dtypes.
    host = dict(read.host)
    if host.pop("digest") != digest(read.state, host):
        raise DamagedError("its content is not what was saved")
    return Restored(step, read.state, host)
