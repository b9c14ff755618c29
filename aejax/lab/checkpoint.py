"""Checkpoints of a running sweep, with Orbax.

A step is saved in the background and becomes visible only when whole. Each carries
a digest of its content, because neither a flipped byte nor a changed dtype makes
Orbax raise by itself: restoring walks from the newest step to the oldest until
one is whole.
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

from aejax.errors import UserError

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


class Damaged(Exception):
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
    """

    def __init__(self, manager: ocp.CheckpointManager | None):
        self._manager = manager
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
        self.wait()
        self._pending = self._pool.submit(save, self._manager, step, copied, host)

    def restore(self, abstract: Any) -> Restored | None:
        """The newest whole step, as `restore`; None where nothing is saved."""
        return None if self._manager is None else restore(self._manager, abstract)

    def wait(self) -> None:
        """Waits until what was saved is durable."""
        if self._pending is None:
            return
        pending, self._pending = self._pending, None
        try:
            pending.result()
        except OSError as error:
            raise UserError(
                f"a checkpoint could not be written: {error.strerror or error}; the "
                "last whole one stays"
            ) from error

    def close(self) -> None:
        """Ends the thread, whatever became of the last step."""
        self._pool.shutdown(wait=True)


@contextmanager
def saver(folder: Path | None) -> Iterator[Saver]:
    """A `Saver` of a folder, or one that saves nothing.

    Leaving the context waits until what was saved is durable.
    """
    if folder is None:
        yield Saver(None)
        return
    with open_folder(folder) as manager:
        own = Saver(manager)
        try:
            yield own
            own.wait()
        finally:
            own.close()


def save(
    manager: ocp.CheckpointManager, step: int, state: Any, host: Mapping[str, Any]
) -> None:
    """Saves a step with its digest, unless it is there; returns when it is written."""
    if step in manager.all_steps():
        return
    described = {**host, "digest": digest(state, host)}
    manager.save(
        step,
        args=ocp.args.Composite(
            state=ocp.args.StandardSave(state), host=ocp.args.JsonSave(described)
        ),
        force=True,
    )


def restore(manager: ocp.CheckpointManager, abstract: Any) -> Restored | None:
    """The newest whole checkpoint, or None where there is none at all.

    Damaged steps are passed over with a warning in the log, and deleted, so that
    training can save them anew.

    Args:
      manager: from `open_folder`.
      abstract: tree of `jax.ShapeDtypeStruct`; what the state must look like.

    Raises:
      UserError: there are checkpoints, but none is whole.
    """
    steps = sorted(manager.all_steps(), reverse=True)
    for step in steps:
        try:
            found = _read(manager, step, abstract)
        # A damaged folder makes Orbax and TensorStore raise errors of any type.
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            log.warning("checkpoint %d is damaged and passed over (%s)", step, reason)
            continue
        for newer in [s for s in steps if s > step]:
            manager.delete(newer)
        return found
    if steps:
        raise UserError(
            f"none of the checkpoints {steps} in {manager.directory} can be read; "
            "delete them to start anew"
        )
    return None


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
        raise Damaged("its content is not what was saved")
    return Restored(step, read.state, host)
