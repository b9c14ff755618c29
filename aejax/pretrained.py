"""Trained models as stand-alone checkpoints, loaded in one line."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import orbax.checkpoint as ocp

import aejax.models
from aejax.errors import UserError
from aejax.report.atomic import write_atomically

_DESCRIPTION = "model.json"
_DTYPES = (jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64)


def save(folder: str | Path, model: nn.Module, params: Any) -> None:
    """Saves a model of `aejax.models` with its parameters.

    Args:
      folder: made, or replaced if it holds such a model already.
      model: its fields must be plain values, dtypes or functions of `flax.linen`.
      params: the model's own tree, as `model.init` gives it.
    """
    folder = Path(folder).absolute()
    fields = {
        field.name: _to_json(getattr(model, field.name))
        for field in dataclasses.fields(model)
        if field.name not in ("parent", "name")
    }
    described = {"class": type(model).__name__, "fields": fields}
    content = (json.dumps(described, indent=2) + "\n").encode()
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder / "params", params, force=True)
    write_atomically(folder / _DESCRIPTION, content)


def load(folder: str | Path) -> tuple[nn.Module, Any]:
    """A saved model and its parameters.

    Example:
      >>> model, params = load("checkpoints/decorrelation/models/zdim=8,seed=0")
      >>> latents = model.apply(params, images, method="encode")

    Raises:
      UserError: there is no such model in the folder, or it is damaged.
    """
    folder = Path(folder).absolute()
    model = _described(folder / _DESCRIPTION)
    with ocp.StandardCheckpointer() as checkpointer:
        # Damaged files make Orbax and TensorStore raise errors of any type.
        try:
            metadata = checkpointer.metadata(folder / "params").item_metadata.tree
            device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
            like = jax.tree.map(
                lambda m: jax.ShapeDtypeStruct(m.shape, m.dtype, sharding=device),
                metadata,
            )
            return model, checkpointer.restore(folder / "params", like)
        except Exception as error:
            raise UserError(f"{folder / 'params'} is missing or damaged") from error


def _described(file: Path) -> nn.Module:
    try:
        described = json.loads(file.read_text())
        fields = {name: _from_json(v) for name, v in described["fields"].items()}
        kind = getattr(aejax.models, described["class"])
        return kind(**fields)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"{file.parent} holds no model: {file.name} is missing"
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f"{file} does not describe a model of aejax.models") from error


def _to_json(value: Any) -> Any:
    if isinstance(value, jnp.dtype) or value in _DTYPES:
        return {"dtype": jnp.dtype(value).name}
    if callable(value):
        name = getattr(value, "__name__", "")
        if getattr(nn, name, None) is not value:
            raise TypeError(f"{value!r} is not a function of flax.linen")
        return {"function": name}
    return value


def _from_json(value: Any) -> Any:
    match value:
        case {"function": name}:
            return getattr(nn, name)
        case {"dtype": name}:
            return jnp.dtype(name)
        case list():
            return tuple(value)
    return value
