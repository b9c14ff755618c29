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


def save(folder: str | Path, model: nn.Module, params: Any) -> None:
    """Saves a model of `aejax.models` with its parameters.

    Args:
      folder: made, or replaced if it holds such a model already.
      model: its fields must be plain values, dtypes or functions of `flax.linen`.
      params: the model's own tree, as `model.init` gives it.
    """
    folder = Path(folder).absolute()
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder / "params", params, force=True)
    fields = {
        field.name: _to_json(getattr(model, field.name))
        for field in dataclasses.fields(model)
        if field.name not in ("parent", "name")
    }
    described = {"class": type(model).__name__, "fields": fields}
    write_atomically(
        folder / _DESCRIPTION, (json.dumps(described, indent=2) + "\n").encode()
    )


def load(folder: str | Path) -> tuple[nn.Module, Any]:
    """A saved model and its parameters.

    Example:
      >>> model, params = load("checkpoints/decorrelation/models/zdim=8,seed=0")
      >>> latents = model.apply(params, images, method="encode")

    Raises:
      UserError: there is no such model in the folder.
    """
    folder = Path(folder).absolute()
    try:
        described = json.loads((folder / _DESCRIPTION).read_text())
    except FileNotFoundError as error:
        raise UserError(
            f"{folder} holds no model: {_DESCRIPTION} is missing"
        ) from error
    fields = {name: _from_json(v) for name, v in described["fields"].items()}
    model = getattr(aejax.models, described["class"])(**fields)
    with ocp.StandardCheckpointer() as checkpointer:
        metadata = checkpointer.metadata(folder / "params").item_metadata.tree
        device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
        like = jax.tree.map(
            lambda m: jax.ShapeDtypeStruct(m.shape, m.dtype, sharding=device), metadata
        )
        return model, checkpointer.restore(folder / "params", like)


def _to_json(value: Any) -> Any:
    if callable(value) and hasattr(nn, getattr(value, "__name__", "")):
        return {"function": value.__name__}
    if value in (jnp.float32, jnp.float64, jnp.bfloat16):
        return {"dtype": jnp.dtype(value).name}
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
