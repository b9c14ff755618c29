"""What all regimes share, and where the training of each begins."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import keys, sweep
from aejax.models import Head
from aejax.recipes import few_labels
from aejax.run import study
from aejax.run.program import compiler_options
from experiments._transfer.encoders import Encoders
from experiments._transfer.regimes import Regime

# Peaks of the learning rate, chosen on training images of the bundled digits
# outside each draw, once for all numbers of labels.
RATES = {"head": 1e-2, "network": 2e-3}


class Setting(NamedTuple):
    """What all regimes share.

    Attributes:
      run: data and executor.
      encoders: by name.
      draws: label draws of each seed; every run has a draw of its own.
      classes: number of classes.
      head: the MLP on the code.
      steps: of training on labels, "head" alone and "network".
    """

    run: study.Study
    encoders: Mapping[str, Encoders]
    draws: int
    classes: int
    head: Head
    steps: Mapping[str, int]

    @property
    def runs(self) -> int:
        """Draws of all seeds."""
        return self.draws * self.run.settings.seeds

    @property
    def seeds(self) -> np.ndarray:
        """The seed of each run's encoder: int32 [runs]."""
        return np.arange(self.runs, dtype=np.int32) // self.draws


def drawn(setting: Setting, labels: int) -> np.ndarray:
    """The labelled training images of every run: int32 [runs, labels]."""
    each = labels // setting.classes

    def one(seed: jax.Array, known: jax.Array) -> jax.Array:
        key = keys.stream(seed, keys.DRAWS)
        return few_labels.balanced(key, known, setting.classes, each)

    draw = jax.jit(jax.vmap(one, in_axes=(0, None)))
    return np.asarray(draw(_numbers(setting), setting.run.train.labels))


def classifier(head: Head, encoder: nn.Module, how: str) -> few_labels.Apply:
    """`(params, inputs) -> logits`: the head alone, or with the encoder below it."""

    def on_codes(params: Any, codes: jax.Array) -> jax.Array:
        return head.apply(params["head"], codes)

    def on_images(params: Any, pictures: jax.Array) -> jax.Array:
        return on_codes(params, encoder.apply(params["encoder"], pictures))

    return on_codes if how == "head" else on_images


def start(
    setting: Setting, regime: Regime, chosen: np.ndarray
) -> tuple[dict[str, Any], dict[str, Any], jax.Array]:
    """What `few_labels.learn` is given, for all runs.

    Args:
      setting: what all regimes share.
      regime: "head" or "network".
      chosen: [runs, labels] labelled training images.

    Returns:
      Parameters [runs, ...], what is each run's own [runs, ...], and test inputs.
    """
    known, seeds, run = setting.encoders[regime.encoders], setting.seeds, setting.run
    params = {"head": heads(setting, known.train.shape[-1])}
    if regime.how == "head":
        inputs, tests, places = known.train[seeds[:, None], chosen], known.test, seeds
    else:
        params["encoder"] = jax.tree.map(lambda leaf: leaf[seeds], known.params)
        inputs, tests = run.train.images[chosen], run.test.images[None]
        places = np.zeros_like(seeds)
    hyper = {
        "seed": _numbers(setting),
        "data_seed": _numbers(setting),
        "learning_rate": jnp.full(setting.runs, RATES[regime.how], jnp.float32),
    }
    data = {"input": inputs, "label": run.train.labels[chosen]}
    return params, {"hyper": hyper, "data": data, "place": places}, jnp.asarray(tests)


def heads(setting: Setting, zdim: int) -> Any:
    """Initial heads of all runs: [runs, ...]."""

    def one(seed: jax.Array) -> Any:
        return sweep.initial(setting.head, seed, jnp.zeros((1, zdim)))

    return jax.jit(jax.vmap(one), compiler_options=compiler_options(0))(
        _numbers(setting)
    )


def _numbers(setting: Setting) -> jax.Array:
    """The number of each run, the seed of all that is its own: uint32 [runs]."""
    return jnp.arange(setting.runs, dtype=jnp.uint32)
