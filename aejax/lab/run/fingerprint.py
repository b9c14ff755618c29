"""What the results of a training depend on, so that it continues only itself."""

import dataclasses
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import batches, keys, sweep
from aejax.algorithm import Batch, Maker
from aejax.errors import AnotherRunError
from aejax.lab.run.files import write_json, writing
from aejax.lab.run.workdir import read_whole

_ADDRESS = re.compile(r" ?(at )?0x[0-9a-f]+|id=\d+")
VERSIONS = ("jax", "flax", "optax")


def of(
    members: Sequence[sweep.Member],
    algorithm: Maker,
    data: Batch,
    held_out: Batch,
    schedule: Mapping[str, int],
) -> dict[str, Any]:
    """JSON-able facts: members, algorithm, data, schedule, and the versions."""
    kinds = {(type(m.model), tuple(sorted(m.hparams))): m for m in members}
    return {
        "members": {m.name: _member(m) for m in members},
        "algorithm": [
            _algorithm(algorithm, m, data, schedule["batch_size"], held_out)
            for m in kinds.values()
        ],
        "data": {name: array(values) for name, values in data.items()},
        "held_out": {name: array(values) for name, values in held_out.items()},
        "schedule": dict(schedule),
        "numerics": numerics(),
        "versions": {name: metadata.version(name) for name in VERSIONS},
    }


def numerics() -> dict[str, Any]:
    """Settings of JAX that change numbers and that nothing else shows."""
    return {
        "x64": bool(jax.config.values["jax_enable_x64"]),
        "prng": str(jax.config.values["jax_default_prng_impl"]),
        "partitionable_prng": bool(jax.config.values["jax_threefry_partitionable"]),
        "matmul_precision": jax.config.values["jax_default_matmul_precision"],
    }


def identity(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a checkpoint carries of `of`: digests, so that it is of this run alone."""
    parts = ("members", "data", "held_out", "schedule", "numerics")
    return {
        "training": digest({part: facts[part] for part in parts}),
        "algorithm": digest(facts["algorithm"]),
        "versions": facts["versions"],
    }


def content(folder: str | Path) -> str:
    """Digest of the files of a saved model, the same wherever the folder lies."""
    found = hashlib.sha256()
    place = Path(folder).expanduser()
    for file in sorted(place.rglob("*")):
        # Orbax writes a path, and times, into these.
        if file.is_file() and not file.name.startswith(("commit_", "_CHECKPOINT", ".")):
            found.update(file.relative_to(place).as_posix().encode())
            found.update(file.read_bytes())
    return found.hexdigest()[:16]


def digest(facts: Any) -> str:
    """First digits of the SHA-256 of JSON-able facts."""
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def claim(path: Path, now: Mapping[str, Any]) -> None:
    """Writes a fingerprint, or compares it with the one that is there.

    One that is damaged is written anew: the checkpoints beside it carry their own
    identity.

    Raises:
      AnotherRunError: another training lies there; the message says what differs.
      UserError: it cannot be written.
    """
    before = read_whole(path)
    if not isinstance(before, dict):
        with writing(path):
            write_json(path, now)
        return
    lines = list(_differences(before, json.loads(json.dumps(now))))
    if lines:
        shown = "; ".join(lines[:4]) + ("; ..." if len(lines) > 4 else "")
        raise AnotherRunError(
            f"{path.parent.parent} holds another training: {shown}. Use another "
            "folder, or delete this one"
        )


def _member(member: sweep.Member) -> dict[str, Any]:
    return {
        "model": described(member.model),
        "seed": member.seed,
        "data_seed": member.data_seed,
        "hparams": {name: float(value) for name, value in member.hparams.items()},
    }


def described(model: nn.Module) -> str:
    """A module's class and fields in one line, the same in every process."""
    fields = ", ".join(
        f"{field.name}={_field(getattr(model, field.name))}"
        for field in dataclasses.fields(model)
        if field.name not in ("parent", "name")
    )
    return f"{type(model).__name__}({fields})"


def _field(value: Any) -> str:
    if isinstance(value, nn.Module):
        return described(value)
    return getattr(value, "__name__", None) or _ADDRESS.sub("", repr(value))


def array(values: Any) -> dict[str, Any]:
    """Type, shape and CRC-32 of an array."""
    plain = np.ascontiguousarray(values)
    content = zlib.crc32(plain.reshape(-1).view(np.uint8).data)
    return {"dtype": str(plain.dtype), "shape": list(plain.shape), "crc32": content}


def _algorithm(
    algorithm: Maker,
    member: sweep.Member,
    data: Batch,
    batch_size: int,
    held_out: Batch,
) -> str:
    """A digest of the computation of a batch, a step and an evaluation.

    Whatever is closed over (weights, schedules, likelihoods) is part of it.
    """
    own = jax.tree.map(lambda a: a[0], sweep.hparams([member]))
    known = {**own, "step": jnp.int32(0)}
    made, key = algorithm(member.model), keys.stream(0, keys.INIT)
    rows = jnp.zeros(batch_size, jnp.int32)
    example, batch = (
        jax.eval_shape(partial(batches.beginning, made.draw, count=count), data)
        for count in (1, batch_size)
    )
    state = jax.eval_shape(made.init, key, example, own)
    params = jax.eval_shape(made.params, state)
    traced = [
        jax.make_jaxpr(made.init)(key, example, own),
        jax.make_jaxpr(made.step)(state, batch, key, known),
        jax.make_jaxpr(made.evaluate)(params, held_out, known),
    ]
    # Runs from before there was a choice have the same digest.
    if made.draw is not batches.gather:
        traced.append(jax.make_jaxpr(made.draw)(data, rows, key, {}))
    digest = hashlib.sha256(made.keep.encode())
    for program in traced:
        digest.update(_ADDRESS.sub("", str(program)).encode())
        for constant in program.consts:
            digest.update(_bytes(constant))
    return digest.hexdigest()[:16]


def _bytes(constant: Any) -> bytes:
    if jnp.issubdtype(constant.dtype, jax.dtypes.prng_key):
        constant = jax.random.key_data(constant)
    return np.ascontiguousarray(constant).tobytes()


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """In words; a computation can be compared only between equal versions."""
    old, new = before.get("members", {}), now["members"]
    if old.keys() != new.keys():
        yield f"its members are {', '.join(list(old)[:4])} ..."
    for name in old.keys() & new.keys():
        for part in new[name]:
            if old[name].get(part) != new[name][part]:
                before_that, is_now = old[name].get(part), new[name][part]
                yield f"{part} of {name} was {before_that}, is {is_now}"
    for part in ("data", "held_out"):
        if before.get(part) != now[part]:
            yield f"the {part.replace('_', '-')} images or labels differ"
    for part in ("schedule", "numerics"):
        # Runs from before these were noted have none.
        for name, value in now[part].items() if part in before else ():
            if before[part].get(name) != value:
                yield f"{name} was {before[part].get(name)}, is {value}"
    same_versions = before.get("versions") == now["versions"]
    if same_versions and before.get("algorithm") != now["algorithm"]:
        yield "the algorithm (loss, optimizer, schedule or evaluation) differs"
