"""Trained models as stand-alone checkpoints, loaded in one line.

A folder holds the parameters (Orbax) and `model.json`, which describes the module:
its class and its fields. A model of `aejax.models` can be made from that again; any
other module is given to `load`.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import descriptions, paths, shelf
from aejax.errors import UserError

_DESCRIPTION = "model.json"


def save(
    folder: str | Path, model: nn.Module, params: Any, example: Any = None
) -> None:
    """Saves any module with its parameters.

    Fields that are no plain values, dtypes, functions of `flax.linen` or such modules
    are stored as text, and the model then has to be given to `load`.

    Args:
      folder: made, or replaced if it holds such a model already.
      model: defined anywhere.
      params: the model's own tree, as `model.init` gives it.
      example: an input of the model; its shape is noted, and `load` checks a given
        model by it. Not needed for models with an `image_shape`.

    Raises:
      UserError: the folder cannot be written; a model that it held is still there.
    """
    from aejax.lab.run.files import write_atomically, writing

    folder = paths.writable(folder).absolute()
    described = descriptions.describe(model)
    if not descriptions.is_complete(described):
        described["reconstructible"] = False
    if example is not None:
        described["example"] = [list(example.shape), str(example.dtype)]
    content = (json.dumps(described, indent=2) + "\n").encode()
    with writing(folder):
        _write(folder / "params", params)
        write_atomically(folder / _DESCRIPTION, content)


def _write(target: Path, params: Any) -> None:
    """Writes parameters beside, then in the place of those that are there."""
    import orbax.checkpoint as ocp

    from aejax.lab.run import sealing

    new, old = (target.with_name(f".{target.name}.{word}") for word in ("new", "old"))
    with sealing.quiet():
        sealing.room(target.parent)
        try:
            with ocp.Checkpointer(ocp.StandardCheckpointHandler()) as checkpointer:
                checkpointer.save(new, args=ocp.args.StandardSave(params), force=True)
            sealing.nameless(new)
            if target.exists():
                shutil.rmtree(old, ignore_errors=True)
                target.rename(old)
            new.rename(target)
        finally:
            shutil.rmtree(new, ignore_errors=True)
            if not target.exists() and old.exists():
                old.rename(target)
            shutil.rmtree(old, ignore_errors=True)


def load(folder: str | Path, model: nn.Module | None = None) -> tuple[nn.Module, Any]:
    """A saved model and its parameters.

    Example:
      >>> model, params = load("checkpoints/decorrelation/models/zdim=8,seed=0")
      >>> latents = model.apply(params, images, method="encode")

    Args:
      folder: what `save` wrote, or the name of a shipped model (`aejax.shelf.NAMES`).
      model: the module, where it is not one of `aejax.models`.

    Raises:
      UserError: there is no such model in the folder, or it is damaged; its class is
        not known here and no `model` is given; or the parameters do not fit that.
    """
    import orbax.checkpoint as ocp

    from aejax.lab.run import sealing

    folder = shelf.find(folder).absolute()
    described = _description(folder / _DESCRIPTION)
    if model is not None and not isinstance(model, nn.Module):
        raise UserError(f"give a module such as Mine(8) to load, not {model!r}")
    own = model or _made(folder / _DESCRIPTION, described)
    with sealing.quiet_reading(), ocp.StandardCheckpointer() as checkpointer:
        # Damaged files make Orbax and TensorStore raise errors of any type.
        try:
            metadata = checkpointer.metadata(folder / "params").item_metadata.tree
            device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
            like = jax.tree.map(
                lambda m: jax.ShapeDtypeStruct(m.shape, m.dtype, sharding=device),
                metadata,
            )
            restored = checkpointer.restore(folder / "params", like)
        except Exception as error:
            raise UserError(f"{folder / 'params'} is missing or damaged") from error
    # Through the host they are bound to no device, and can be used in any program.
    params = jax.tree.map(jnp.asarray, jax.device_get(restored))
    if model is not None:
        example = described.get("example")
        if example is None and not hasattr(model, "image_shape"):
            _check_fields(folder, model, described)
        else:
            _check_fit(folder, model, params, example)
    return own, params


def _description(file: Path) -> dict[str, Any]:
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(described["class"], str) and isinstance(
            described["fields"], dict
        ):
            return described
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"{file.parent} holds no model: {file.name} is missing"
        ) from error
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{file} does not describe a model") from error
    raise UserError(f"{file} does not describe a model")


def _made(file: Path, described: dict[str, Any]) -> nn.Module:
    try:
        return descriptions.made(described)
    except descriptions.UnknownError as error:
        raise UserError(
            f"{file} describes a {described['class']} that cannot be made from it "
            f"({error}); give the module: load(folder, model=...)"
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f"{file} does not describe a model of aejax.models") from error


def _check_fields(folder: Path, model: nn.Module, described: dict[str, Any]) -> None:
    """Compares the fields of a given module with those that were stored."""
    stored, own = described["fields"], descriptions.describe(model)["fields"]
    for name, value in own.items():
        before = stored.get(name, value)
        # What was stored as text may read differently in another process.
        is_text = isinstance(before, dict) and "text" in before
        if before != json.loads(json.dumps(value)) and not is_text:
            raise UserError(
                f"the model in {folder} was saved with {name}={before!r}, and the "
                f"given one has {value!r}"
            )


def _check_fit(
    folder: Path, model: nn.Module, params: Any, example: list[Any] | None
) -> None:
    """Compares the shapes of parameters, where the model's input is known."""
    shape, dtype = example or [(1, *model.image_shape), "uint8"]
    given = jax.ShapeDtypeStruct(tuple(shape), dtype)
    own = _shapes(jax.eval_shape(model.init, jax.random.key(0), given))
    stored = _shapes(params)
    for name in [*stored, *own]:
        if stored.get(name) != own.get(name):
            raise UserError(
                f"the parameters in {folder} are not those of the given model: {name} "
                f"is stored as {stored.get(name, 'nothing')}, and the model's is "
                f"{own.get(name, 'nothing')}"
            )


def _shapes(params: Any) -> dict[str, tuple[int, ...]]:
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf.shape
        for path, leaf in jax.tree.leaves_with_path(params)
    }
