"""Where a study's encoders come from: given, or trained once without labels."""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax.numpy as jnp

from aejax import algorithms
from aejax.errors import UserError
from aejax.eval import encoders
from aejax.eval.encoders import Encoders
from aejax.lab.blocks.claims import Caution
from aejax.lab.blocks.drawings import Curves
from aejax.lab.checked import option
from aejax.lab.data import Data
from aejax.lab.laboratory import Lab
from aejax.lab.options import Options
from aejax.lab.results import Condition
from aejax.lab.training.fit import Trained
from aejax.lab.training.programs import compiler_options
from aejax.models import Autoencoder

PLAIN, DENOISING, RANDOM = "plain", "denoising", "random"
"""Kinds of encoders."""

CHOICES = {
    "pre-training": "squared error per pixel, Adam with a one-cycle learning rate; "
    "denoising: the input is rotated, scaled, sheared and shifted at random, the "
    "target is not",
    "codes": "each coordinate is shifted and scaled to mean 0 and standard deviation 1 "
    "over all training images, without labels, in the last layer of the encoder",
}
"""What is done here, for the facts of a report."""


@dataclasses.dataclass(frozen=True)
class EncoderOptions(Options):
    """Options of a study that starts from the encoders of autoencoders."""

    checkpoint: str | None = option(
        None,
        "Folder of a saved Autoencoder to start from; if not given, one is trained for "
        "each seed (see --cache_dir).",
        path="read",
        is_model=True,
    )
    zdim: int = option(32, "Latent size of what is trained here.", minimum=1)
    width: int = option(8, "Channels of the first convolution.", minimum=1)
    depth: int = option(3, "Convolutions in each half.", minimum=1, maximum=5)
    fc_layers: int = option(0, "Dense layers in each half.", minimum=0)
    distortion: float = option(
        1.0,
        "Strength of the distortion that is undone; 0: none is.",
        minimum=0,
        maximum=2,
    )


def check(options: EncoderOptions, data: Data) -> None:
    """Rejects a checkpoint that does not fit the images of a data set.

    Raises:
      UserError: its folder holds no Autoencoder for these images.
    """
    if options.checkpoint:
        encoders.load(options.checkpoint, data.image_shape)


def conditions(options: EncoderOptions, data: Data) -> list[Condition]:
    """The autoencoders that are trained, all of one architecture."""
    shape = {n: getattr(options, n) for n in ("width", "depth", "fc_layers")}
    model = Autoencoder(options.zdim, data.image_shape, **shape)
    strengths = {} if options.checkpoint else {PLAIN: 0.0}
    if options.distortion:
        strengths[DENOISING] = options.distortion
    return [
        Condition(
            {"encoder": kind}, model, {"distortion": strength},
            label=f"{kind} autoencoder", name=kind,
        )
        for kind, strength in strengths.items()
    ]  # fmt: skip


def curves(options: EncoderOptions, data: Data) -> Curves:
    """The error of the autoencoders while they are trained, for a report."""
    known = conditions(options, data)
    return Curves("test_mse", "test MSE per pixel", log=True, among=known)


def caution(options: EncoderOptions) -> Caution:
    """What one encoder for all seeds means for a report."""
    return Caution(
        bool(options.checkpoint),
        "All seeds start from the encoder of one checkpoint. Where it is used, "
        "intervals and p-values are over labelled splits, for this encoder, not over "
        "encoders.",
    )


def obtain(lab: Lab) -> tuple[Mapping[str, Encoders], list[Trained]]:
    """Encoders with standardised codes, one per seed, and their training.

    Returns:
      Kind to encoders: PLAIN, those of autoencoders trained without labels, or the
      given one for every seed; DENOISING, of those that undo distortions, unless
      `distortion` is 0; and RANDOM, of the PLAIN ones' network, untrained.

    Raises:
      UserError: the given folder holds no Autoencoder for these images, or a training
        diverged.
      Stopped: a signal came while they were trained.
    """
    options, data = lab.options, lab.data
    kinds, seeds = conditions(options, data), range(options.seeds)
    trained = [_trained(lab, kinds)] if kinds else []
    found: dict[str, tuple[Any, list[Any]]] = {
        kind.name: (kind.model, [own[kind.member(seed)][1] for seed in seeds])
        for own in trained
        for kind in kinds
    }
    if options.checkpoint:
        model, params = encoders.load(options.checkpoint, data.image_shape)
        found[PLAIN] = model, [params] * options.seeds
    model, example = found[PLAIN][0], jnp.asarray(data.train.images[:1])
    found[RANDOM] = (
        model,
        encoders.untrained(model, seeds, example, compiler_options(0)),
    )
    scale = partial(
        encoders.standardised,
        train=data.train.images,
        test=data.test.images,
        executor=options.executor,
        compiler_options=compiler_options(1),
    )
    return {kind: scale(*own) for kind, own in found.items()}, trained


def _trained(lab: Lab, kinds: list[Condition]) -> Trained:
    """Trains all as one program, or finds them beside the workdir."""
    # Images alone: what is trained here never sees a label.
    images: list[dict[str, Any]] = [
        {"image": jnp.asarray(split.images)}
        for split in (lab.data.train, lab.data.test)
    ]
    trained = lab.kept(
        "encoders",
        lab.members(kinds),
        partial(algorithms.denoising, steps=lab.options.steps),
        *images,
        steps=lab.options.steps,
        batch_size=lab.options.batch_size,
        every=lab.options.chunk,
    )
    if lost := ", ".join(trained.diverged):
        raise UserError(f"{lost}: training diverged; use a smaller learning rate")
    return trained
