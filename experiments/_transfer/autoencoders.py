"""Autoencoders to start from: given, trained and kept, or with random weights."""

import hashlib
import json
import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from aejax import pretrained, sweep
from aejax.errors import UserError
from aejax.models import Autoencoder
from aejax.recipes import autoencoding, denoising
from aejax.report import versions
from aejax.run import study
from aejax.run import workdir as folders
from aejax.run.program import Task, compiler_options
from aejax.run.workdir import Workdir
from experiments._transfer.regimes import DENOISING, PLAIN, RANDOM

log = logging.getLogger("aejax")

# What to do while another run trains the same encoders.
WAIT = "wait for it to end: it trains the encoders that this run needs, too"

Found = tuple[Autoencoder, list[Any]]


def obtain(
    model: Autoencoder, checkpoint: str | None, distortion: float, run: study.Study
) -> dict[str, Found]:
    """All autoencoders by name, each with parameters for every seed.

    Args:
      model: of what is trained here.
      checkpoint: folder of the plain one, if the user has it.
      distortion: that the denoising one is to undo; with 0 there is none.
      run: data, settings, and the workdir beside which trained ones are kept.
    """
    own = given(checkpoint, run.image_shape) if checkpoint else None
    strengths = {} if own else {PLAIN: 0.0}
    if distortion:
        strengths[DENOISING] = distortion
    kept = trained(model, strengths, run)
    found: dict[str, Found] = {name: (model, params) for name, params in kept.items()}
    if own:
        found[PLAIN] = own[0], [own[1]] * run.settings.seeds
    same = found[PLAIN][0]
    return {**found, RANDOM: (same, random(same, run))}


def given(folder: str, shape: tuple[int, ...]) -> tuple[Autoencoder, Any]:
    """The autoencoder that the user has.

    Raises:
      UserError: the folder holds no Autoencoder of images of this shape.
    """
    model, params = pretrained.load(folder)
    if not isinstance(model, Autoencoder):
        raise UserError(
            f"--checkpoint={folder} is a {type(model).__name__}, not an Autoencoder"
        )
    if model.image_shape != shape:
        raise UserError(
            f"--checkpoint={folder} takes images {model.image_shape}, but those of "
            f"the data set are {shape}"
        )
    return model, params


def trained(
    model: Autoencoder, strengths: Mapping[str, float], run: study.Study
) -> dict[str, list[Any]]:
    """Autoencoders trained without labels, beside the workdir, and kept there.

    Args:
      model: of all of them.
      strengths: objective -> strength of the distortion that is to be undone.
      run: data, settings, and the workdir beside which they are kept.

    Returns:
      Objective to the parameters of its autoencoders, one per seed. An equal
      training that was finished before, by any run, is found again.

    Raises:
      UserError: training fails, or another process is at it.
      Stopped: a signal came; the same command continues.
    """
    if not strengths:
        return {}
    config = _configuration(model, strengths, run)
    deciding = json.dumps([config[part] for part in ("settings", "dataset")])
    digest = hashlib.sha256(deciding.encode()).hexdigest()[:8]
    path = run.workdir.path.parent / "encoders" / f"{run.dataset['name']}-{digest}"
    names = {
        objective: [f"{objective},seed={seed}" for seed in range(run.settings.seeds)]
        for objective in strengths
    }
    with folders.opened(path, config, overwrite=False, way_out=WAIT) as folder:
        files = [_file(folder, name) for own in names.values() for name in own]
        if all((file / "model.json").exists() for file in files):
            log.info("encoders: those of %s", path)
        else:
            log.info("encoders are trained, to be kept in %s", path)
            _train(model, strengths, run._replace(workdir=folder))
        return {
            objective: [pretrained.load(_file(folder, name))[1] for name in own]
            for objective, own in names.items()
        }


def random(model: Autoencoder, run: study.Study) -> list[Any]:
    """Untrained parameters of the same network, one per seed."""
    example = jnp.asarray(run.train.images[:1])
    begin = jax.jit(partial(sweep.initial, model), compiler_options=compiler_options(0))
    return [begin(jnp.uint32(s), example=example) for s in range(run.settings.seeds)]


def _configuration(
    model: Autoencoder, strengths: Mapping[str, float], run: study.Study
) -> dict[str, Any]:
    shape = {name: getattr(model, name) for name in ("zdim", "width", "depth")}
    own = ("seeds", "steps", "batch_size", "learning_rate", "shared_batches", "chunk")
    return {
        "experiment": "encoders",
        "settings": {
            **{name: getattr(run.settings, name) for name in own},
            **shape,
            "fc_layers": model.fc_layers,
            "distortion": dict(strengths),
        },
        "dataset": run.dataset,
        "notes": [],
        "environment": versions.environment(),
    }


def _train(
    model: Autoencoder, strengths: Mapping[str, float], run: study.Study
) -> None:
    settings = run.settings
    hyper = {name: {"distortion": strength} for name, strength in strengths.items()}
    members = run.members(dict.fromkeys(strengths, model), hyper)
    recipe = partial(
        denoising.recipe, steps=settings.steps, batch_size=settings.batch_size
    )
    # Images alone: what is trained here never sees a label.
    seen, held_out = ({"image": jnp.asarray(s.images)} for s in (run.train, run.test))
    run.fit(members, Task(recipe, seen, autoencoding.evaluate, held_out))


def _file(folder: Workdir, name: str) -> Path:
    return folder / "models" / name
