"""Heads on encoders: classifiers from a few labelled images, trained as one program.

The encoder is frozen, and the head takes its codes, or it is fine-tuned with the head.
"""

import dataclasses
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import executors, keys
from aejax.algorithms.few_labels import learn
from aejax.data import Images
from aejax.eval.encoders import Encoders
from aejax.eval.probes import Places, Predicted


@dataclasses.dataclass(frozen=True)
class Network:
    """`(params, inputs) -> logits` of a head on codes, or on images.

    Attributes:
      head: codes to logits; its parameters are `params["head"]`.
      encoder: images to codes, trained with the head, with parameters
        `params["encoder"]`; None where the inputs are codes.
    """

    head: nn.Module
    encoder: nn.Module | None = None

    def __call__(self, params: Any, inputs: jax.Array) -> jax.Array:
        """Logits [n, classes] of inputs [n, ...]."""
        if self.encoder is None:
            return self.head.apply(params["head"], inputs)
        codes = self.encoder.apply(params["encoder"], inputs)
        return self.head.apply(params["head"], codes)


@dataclasses.dataclass(frozen=True)
class Training:
    """How networks are trained: cross-entropy, Adam with a one-cycle learning rate.

    The last step counts; none is selected.

    Attributes:
      steps: of training.
      learning_rate: peak of the cycle.
      batch_size: labelled examples per step, fewer where there are not so many.
      executor: one of `executors.NAMES`, or "auto".
      compiler_options: of the program.
    """

    steps: int
    learning_rate: float
    batch_size: int = 32
    executor: str = "auto"
    compiler_options: dict[str, Any] | None = dataclasses.field(
        default=None, compare=False
    )


def networks(
    codes: Encoders,
    spaces: Places,
    images: Images,
    rows: NDArray,
    *,
    head: nn.Module,
    training: Training,
    tests: NDArray | None = None,
) -> Predicted:
    """A head on an encoder for each set of labelled images, trained as one program.

    Set i has seed i: its head's initial weights and the order of its batches are the
    same on any encoder, frozen or not. Programs are kept for the next call with equal
    shapes.

    Args:
      codes: encoders with their codes of all images.
      spaces: [sets] which encoder each set has.
      images: the n training images with their classes.
      rows: int [sets, labels], the labelled training images.
      head: codes to logits.
      training: how.
      tests: [m, h, w, c] test images, and the encoder is trained, too; if None only
        the head is, on codes.
    """
    places = np.asarray(spaces, np.int32)
    seeds = jnp.arange(len(rows), dtype=jnp.uint32)
    params = {"head": initial(head, seeds, codes.train.shape[-1])}
    if tests is not None:
        network = Network(head, codes.model)
        params["encoder"] = jax.tree.map(lambda leaf: leaf[places], codes.params)
        inputs, held_out, tested = images.images[rows], tests[None], 0 * places
    else:
        network, tested = Network(head), places
        inputs, held_out = codes.train[places[:, None], rows], codes.test
    own = {
        "hparams": {
            "seed": seeds,
            "data_seed": seeds,
            "learning_rate": jnp.full(len(rows), training.learning_rate, jnp.float32),
        },
        "data": {
            "input": jnp.asarray(inputs), "label": jnp.asarray(images.labels[rows])
        },
        "place": jnp.asarray(tested),
    }  # fmt: skip
    batch_size = min(training.batch_size, rows.shape[1])
    program = _program(network, training, batch_size, len(rows))
    _, found = program(params, own, jnp.asarray(held_out))
    return Predicted(np.asarray(found["test"]), np.asarray(found["train"]))


def initial(head: nn.Module, seeds: jax.Array, zdim: int) -> Any:
    """Initial parameters of a head on codes of a length, one per seed: [seeds, ...]."""

    def one(seed: jax.Array) -> Any:
        return head.init(keys.stream(seed, keys.INIT), jnp.zeros((1, zdim)))

    return jax.jit(jax.vmap(one))(seeds)


@lru_cache(maxsize=8)
def _program(
    network: Network, training: Training, batch_size: int, sets: int
) -> Callable[..., Any]:
    one = partial(learn, apply=network, steps=training.steps, batch_size=batch_size)
    is_open = training.executor == "auto"
    executor = executors.choose(sets) if is_open else training.executor
    return jax.jit(
        executors.over_members(one, executor),
        compiler_options=training.compiler_options,
    )
