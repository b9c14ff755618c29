"""Modules as JSON: their class and their fields, nested modules included."""

import dataclasses
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np

from aejax import models


class UnknownError(LookupError):
    """A class or value that a description names and that cannot be made from it."""


def describe(model: nn.Module) -> dict[str, Any]:
    """The class and the fields of a module; never raises.

    Classes of `aejax.models` go by their name, others by module and name. What cannot
    be written down is stored as text, under "text".
    """
    kind = type(model)
    name = kind.__name__
    if getattr(models, name, None) is not kind:
        name = f"{kind.__module__}.{kind.__qualname__}"
    fields = {
        field.name: _to_json(getattr(model, field.name))
        for field in dataclasses.fields(model)
        if field.name not in ("parent", "name")
    }
    return {"class": name, "fields": fields}


def made(described: dict[str, Any]) -> nn.Module:
    """The module that was described.

    Raises:
      UnknownError: its class or that of a part is not one of `aejax.models`, or a
        field was stored as text.
    """
    name = described["class"]
    kind = getattr(models, name, None)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise UnknownError(f"{name} is not in aejax.models")
    fields = {field: _from_json(v) for field, v in described["fields"].items()}
    return kind(**fields)


def is_complete(described: dict[str, Any]) -> bool:
    """Whether `made` makes the module again."""
    try:
        made(described)
    except UnknownError:
        return False
    return True


def _to_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [_to_json(item) for item in value]
    if isinstance(value, nn.Module):
        return describe(value)
    if isinstance(value, np.generic):
        return _to_json(value.item())
    name = str(getattr(value, "__name__", ""))
    if callable(value) and getattr(nn, name, None) is value:
        return {"function": name}
    if isinstance(value, np.dtype) or _is_float_type(value):
        return {"dtype": jnp.dtype(value).name}
    return {"text": repr(value)}


def _is_float_type(value: Any) -> bool:
    types = (jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64)
    return any(value is known or value is known.dtype.type for known in types)


def _from_json(value: Any) -> Any:
    match value:
        case {"text": text}:
            raise UnknownError(f"a field was stored as the text {text}")
        case {"function": name}:
            return getattr(nn, name)
        case {"dtype": name}:
            return jnp.dtype(name)
        case {"class": _, "fields": _}:
            return made(value)
        case list():
            return tuple(map(_from_json, value))
    return value
