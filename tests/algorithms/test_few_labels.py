"""Classifiers from few labels: all splits as one program."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import executors, keys
from aejax.algorithms.few_labels import learn
from aejax.eval.probes import balanced_sets
from aejax.models import Head

CLASSES, ZDIM = 10, 5
HEAD = Head(CLASSES, 6, param_dtype=jnp.float64)
OTHERS = ("vmap", "sharded")
LABELS = np.random.default_rng(0).integers(0, CLASSES, 400)


def task(sets):
    """Parameters, what is each split's own, and test codes."""
    random = np.random.default_rng(1)
    codes = jnp.asarray(random.normal(size=(len(LABELS), ZDIM)))
    rows = balanced_sets(sets, LABELS, CLASSES, 20)
    seeds = jnp.arange(sets, dtype=jnp.uint32)
    begin = jax.vmap(lambda s: HEAD.init(keys.stream(s, keys.INIT), codes[:1]))
    params = jax.jit(begin)(seeds)
    hparams = {
        "seed": seeds,
        "data_seed": seeds,
        "learning_rate": jnp.full(sets, 1e-2),
    }
    data = {"input": codes[rows], "label": jnp.asarray(LABELS[rows])}
    place = jnp.zeros(sets, jnp.int32)
    return params, {"hparams": hparams, "data": data, "place": place}, codes[None, :50]


@pytest.mark.parametrize(
    "executor", ["map", *(pytest.param(n, marks=pytest.mark.slow) for n in OTHERS)]
)
def test_a_split_among_splits_is_the_split_alone(x64, standard_promotion, executor):
    train = partial(learn, apply=HEAD.apply, steps=12, batch_size=8)
    params, own, tests = task(3)
    together = jax.jit(executors.over_members(train, executor))(params, own, tests)
    by_itself = jax.jit(train)
    for place in range(3):
        one = jax.tree.map(lambda leaf, i=place: leaf[i], (params, own))
        alone = by_itself(*one, tests)
        for name in ("test", "train"):
            np.testing.assert_array_equal(together[1][name][place], alone[1][name])
        jax.tree.map(
            lambda a, b, i=place: np.testing.assert_allclose(a[i], b, atol=1e-12),
            together[0],
            alone[0],
        )
