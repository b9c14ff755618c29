"""Latent spaces: autoencoders that are trained once and kept, and the codes of images.

Second stages (densities, GANs, diffusion models) learn the codes of a trained encoder;
its decoder draws what they generate. Codes are white here: second stages begin there.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import algorithms
from aejax.algorithm import Batch, HParams
from aejax.errors import UserError
from aejax.eval import encoders, generation
from aejax.eval.batching import batched
from aejax.eval.classifier import EvaluationClassifier
from aejax.eval.gan import Describe
from aejax.eval.whitening import Whitening, unwhiten, whiten, whitening
from aejax.lab import classifier
from aejax.lab.checked import option
from aejax.lab.classifier import ClassifierOptions
from aejax.lab.data import Data, arrays
from aejax.lab.design import Condition
from aejax.lab.laboratory import Lab, chunk_length
from aejax.lab.training.fit import Trained
from aejax.lab.training.programs import light
from aejax.models import Autoencoder

BATCH_SIZE = 64
"""Examples per step of an autoencoder."""

RATE = 4e-3
"""Peak learning rate of an autoencoder."""

SELECTING = 2000
"""Held-out codes, at most, by which a second stage is evaluated while it is trained."""

BLOCK = 500
"""Codes that are decoded at a time while second stages are trained."""


@dataclasses.dataclass(frozen=True)
class SpaceOptions(ClassifierOptions):
    """Options of a study of second stages."""

    checkpoint: str | None = option(
        None,
        "Folder of a saved Autoencoder whose codes are used; if not given, one is "
        "trained for each seed (see --cache_dir).",
        path="read",
        is_model=True,
    )
    zdim: int = option(10, "Latent size of what is trained here.", minimum=1)
    width: int = option(16, "Channels of the first convolution.", minimum=1)
    depth: int = option(3, "Convolutions in each half.", minimum=1, maximum=5)
    fc_layers: int = option(0, "Dense layers in each half.", minimum=0)
    encoder_steps: int = option(700, "Training steps of each autoencoder.", minimum=1)


def check(options: SpaceOptions, data: Data) -> None:
    """Rejects a checkpoint, or a classifier, that does not fit the images.

    Raises:
      UserError: a folder holds no such model for these images.
    """
    classifier.check(options, data)
    if options.checkpoint:
        encoders.load(options.checkpoint, data.image_shape)


@dataclasses.dataclass(frozen=True, eq=False)
class Spaces:
    """The latent space of each seed; one for all where a checkpoint was given.

    Attributes:
      model: the autoencoder.
      params: [spaces] parameters.
      whitenings: [spaces] of the training codes.
      codes: of each split [spaces, n, zdim], white on the training images.
      decoder: the compiled `generation.decoded` of the model.
      trained: the training of the autoencoders; None for a checkpoint.
    """

    model: Autoencoder
    params: Sequence[Any]
    whitenings: Sequence[Whitening]
    codes: Mapping[str, NDArray[np.float32]]
    decoder: Any
    trained: Trained | None

    def place(self, seed: int) -> int:
        """Which space a seed has."""
        return min(seed, len(self.params) - 1)

    def of(self, split: str, seed: int) -> NDArray[np.float32]:
        """The codes of a split in the space of a seed, [n, zdim]."""
        return self.codes[split][self.place(seed)]

    def decode(self, seed: int, codes: NDArray) -> NDArray[np.float32]:
        """Images [n, h, w, c] in [0, 1] of white codes [n, zdim]."""
        place = self.place(seed)
        latents = unwhiten(self.whitenings[place], codes)
        return np.asarray(self.decoder(self.params[place], latents))

    def described(self, judge: EvaluationClassifier) -> Describe:
        """Features of the images that white codes are decoded to.

        Of a classifier; for use inside a compiled program, see `eval.gan`.
        """
        each = (self.params, self.whitenings)
        stacked = [jax.tree.map(lambda *own: np.stack(own), *one) for one in each]

        def describe(codes: jax.Array, hparams: HParams) -> jax.Array:
            place = own_place(hparams, len(self.params))
            params, white = jax.tree.map(lambda a: jnp.asarray(a)[place], stacked)

            def features(block: jax.Array) -> jax.Array:
                latents = unwhiten(white, block)
                images = self.model.apply(params, latents, method="decode")
                return judge.model.apply(judge.params, images, method="describe")

            return batched(features, codes, BLOCK)

        return describe

    def data(self, split: str, labels: NDArray) -> dict[str, jax.Array]:
        """What second stages learn from: "code" [n, spaces, zdim] and "label" [n]."""
        codes = jnp.moveaxis(jnp.asarray(self.codes[split]), 0, 1)
        return {"code": codes, "label": jnp.asarray(labels)}

    def learning(self, data: Data) -> dict[str, dict[str, jax.Array]]:
        """`data` of the training images, and of some held-out ones, of any class."""
        held_out = self.data("validation", data.held_out.labels)
        order = np.random.default_rng(0).permutation(len(data.held_out.labels))
        some = np.sort(order[:SELECTING])
        return {
            "data": self.data("train", data.train.labels),
            "held_out": jax.tree.map(lambda rows: rows[some], held_out),
        }


def own_space(batch: Batch, hparams: HParams) -> jax.Array:
    """The codes [n, zdim] that a member learns, of a batch of `Spaces.data`."""
    codes = batch["code"]
    return jnp.take(codes, own_place(hparams, codes.shape[1]), axis=1)


def own_place(hparams: HParams, spaces: int) -> jax.Array:
    """Which of so many spaces a member has: that of its seed."""
    return jnp.minimum(hparams["seed"].astype(jnp.int32), spaces - 1)


def schedule(options: SpaceOptions, data: Data) -> dict[str, int]:
    """Steps, batch size and length of a chunk of models of images.

    Evaluated about once per epoch: held-out images may be many.
    """
    size = min(BATCH_SIZE, len(data.train.images))
    every = chunk_length(options.encoder_steps, len(data.train.images) // size)
    return {"steps": options.encoder_steps, "batch_size": size, "every": every}


def obtain(lab: Lab) -> Spaces:
    """The latent spaces of a study; trained where no checkpoint is given.

    Raises:
      UserError: the given folder holds no Autoencoder for these images, or a training
        diverged.
      Stopped: a signal came while they were trained.
    """
    options, data = lab.options, lab.data
    if options.checkpoint:
        model, params = encoders.load(options.checkpoint, data.image_shape)
        return _spaces(data, model, [params], None)
    shape = {n: getattr(options, n) for n in ("width", "depth", "fc_layers")}
    model = Autoencoder(options.zdim, data.image_shape, **shape)
    condition = Condition({"zdim": options.zdim}, model, {"learning_rate": RATE})
    trained = lab.kept(
        "autoencoders",
        lab.members([condition]),
        partial(algorithms.autoencoder, steps=options.encoder_steps),
        *({"image": arrays(split)["image"]} for split in (data.train, data.test)),
        **schedule(options, data),
    )
    if lost := ", ".join(trained.diverged):
        raise UserError(f"{lost}: the training of an autoencoder diverged")
    params = [trained[condition.member(seed)][1] for seed in range(options.seeds)]
    return _spaces(data, model, params, trained)


def _spaces(
    data: Data, model: Autoencoder, params: Sequence[Any], trained: Trained | None
) -> Spaces:
    encode = light(
        lambda own, x: batched(partial(model.apply, own, method="encode"), x)
    )
    found = {
        name: np.stack([np.asarray(encode(own, split["image"])) for own in params])
        for name, split in data.arrays().items()
    }
    maps = [whitening(own) for own in found["train"]]
    codes = {
        name: np.stack([whiten(w, z) for w, z in zip(maps, each, strict=True)])
        for name, each in found.items()
    }
    decoder = light(partial(generation.decoded, model))
    return Spaces(model, params, maps, codes, decoder, trained)
