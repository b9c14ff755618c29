"""The encoders of autoencoders, rescaled so that their codes have one scale.

A classifier on top of a code depends on the code's scale, which a reconstruction loss
leaves open. The last layer of an encoder is linear, so shifting and scaling its codes
gives an encoder again, which can be fine-tuned as one.
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import executors, keys, pretrained
from aejax import images as im
from aejax.errors import UserError
from aejax.eval.batching import batched
from aejax.eval.propagation import Graph, graph
from aejax.models import Autoencoder
from aejax.models.common import check_images

INACTIVE = 1e-6
"""A coordinate of a smaller standard deviation is not scaled."""


@dataclasses.dataclass(frozen=True, eq=False)
class Codes:
    """What probes classify: one vector per image, in one or several spaces.

    Attributes:
      train: [spaces, n, d] of the training images.
      test: [spaces, m, d] of the test images.
    """

    train: NDArray
    test: NDArray
    _graphs: dict[int, Graph] = dataclasses.field(
        init=False, default_factory=dict, repr=False
    )

    def graph(self, space: int) -> Graph:
        """The graph of nearest neighbours in a space, made once."""
        if space not in self._graphs:
            self._graphs[space] = graph(self.train[space], self.test[space])
        return self._graphs[space]


@dataclasses.dataclass(frozen=True, eq=False)
class Encoders(Codes):
    """Encoders of one network, such as one per seed, with a space of codes each.

    Attributes:
      model: the network.
      params: [spaces, ...] its parameters.
    """

    model: nn.Module
    params: Any


def pixels(train: NDArray, test: NDArray) -> Codes:
    """Images [n, h, w, c] and [m, h, w, c] as one space of pixels in [0, 1].

    Args:
      train: uint8 or in [0, 1].
      test: of the same kind.

    Raises:
      ImageError: they are neither.
    """
    for images in (train, test):
        im.check(images)
    # On the host: XLA's division differs in the last bit.
    floats = [
        i / np.float32(255) if i.dtype == np.uint8 else i.astype(np.float32)
        for i in (train, test)
    ]
    return Codes(*(i.reshape(1, len(i), -1) for i in floats))


def load(folder: str, image_shape: tuple[int, ...]) -> tuple[Autoencoder, Any]:
    """A saved autoencoder and its parameters.

    Raises:
      UserError: the folder holds no Autoencoder of images of this shape.
    """
    model, params = pretrained.load(folder)
    if not isinstance(model, Autoencoder):
        raise UserError(f"{folder} holds a {type(model).__name__}, not an Autoencoder")
    if model.image_shape != image_shape:
        raise UserError(
            f"{folder} holds an Autoencoder of images {model.image_shape}, but the "
            f"images of the data set are {image_shape}"
        )
    return model, params


def untrained(
    model: nn.Module,
    seeds: Sequence[int],
    example: jax.Array,
    compiler_options: dict[str, Any] | None = None,
) -> list[Any]:
    """Initial parameters of a model for each seed, as a training begins with.

    Args:
      model: takes images.
      seeds: of the members that are imitated.
      example: [1, h, w, c].
      compiler_options: of the program that initialises.
    """

    def begin(seed: jax.Array) -> Any:
        return model.init(keys.stream(seed, keys.INIT), example)

    program = jax.jit(begin, compiler_options=compiler_options)
    return [program(jnp.uint32(seed)) for seed in seeds]


def standardised(
    model: Autoencoder,
    params: Sequence[Any],
    train: NDArray,
    test: NDArray,
    *,
    executor: str = "auto",
    compiler_options: dict[str, Any] | None = None,
) -> Encoders:
    """Encoders whose codes have mean 0 and standard deviation 1 on training images.

    Args:
      model: an autoencoder.
      params: of each autoencoder of this kind.
      train: [n, h, w, c] images, uint8 or in [0, 1]; their codes give the scale.
      test: [m, h, w, c] images.
      executor: one of `executors.NAMES`, or "auto".
      compiler_options: of the program that encodes.

    Returns:
      The encoders, rescaled by `rescaled`; inactive units are only shifted.

    Raises:
      ImageError: images are neither uint8 nor in [0, 1], or of another shape.
    """
    for given in (train, test):
        check_images(given, model.image_shape)
    encoder = model.bind(params[0]).encoder.clone(parent=None, name=None)
    own = jax.tree.map(
        lambda *leaves: jnp.stack(leaves),
        *({"params": one["params"]["encoder"]} for one in params),
    )

    def encode(params: Any, _: Any, images: Any) -> tuple[Any, Any]:
        codes = jax.tree.map(partial(batched, partial(encoder.apply, params)), images)
        return params, codes

    chosen = executors.choose(len(params)) if executor == "auto" else executor
    program = jax.jit(
        executors.over_members(encode, chosen), compiler_options=compiler_options
    )
    images = [jnp.asarray(train), jnp.asarray(test)]
    _, found = program(own, jnp.arange(len(params)), images)
    codes, held_out = map(np.asarray, found)
    mean = codes.mean(1, dtype=np.float64, keepdims=True)
    std = codes.std(1, dtype=np.float64, keepdims=True)
    std = np.where(std > INACTIVE, std, 1)
    scaled = [((part - mean) / std).astype(np.float32) for part in (codes, held_out)]
    params = rescaled(own, mean[:, 0], std[:, 0])
    return Encoders(scaled[0], scaled[1], encoder, params)


def rescaled(params: Any, mean: NDArray, std: NDArray) -> Any:
    """Encoders whose codes are `(code - mean) / std`.

    Args:
      params: [encoders, ...] parameters of encoders whose last layer is the dense
        layer "latent".
      mean: [encoders, zdim] of their codes.
      std: [encoders, zdim] of their codes, without zeros.
    """
    last = params["params"]["latent"]
    kernel, bias = last["kernel"], last["bias"]
    shape = (len(kernel), *(1,) * (kernel.ndim - 2), kernel.shape[-1])
    scale = jnp.asarray(std, kernel.dtype)
    scaled = {
        "kernel": kernel / scale.reshape(shape),
        "bias": (bias - jnp.asarray(mean, bias.dtype)) / scale,
    }
    return {"params": {**params["params"], "latent": scaled}}
