"""Classifiers from few labels: draws, and all draws as one program."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import executors, keys
from aejax.models import Head
from aejax.recipes import few_labels

CLASSES, ZDIM = 10, 5
HEAD = Head(CLASSES, 6, param_dtype=jnp.float64)
LABELS = np.random.default_rng(0).integers(0, CLASSES, 400)


def draws(each, runs=6):
    labels = jnp.asarray(LABELS, jnp.int32)
    draw = partial(few_labels.balanced, labels=labels, classes=CLASSES, each=each)
    seeds = jnp.arange(runs, dtype=jnp.uint32)
    return np.asarray(jax.vmap(lambda s: draw(keys.stream(s, keys.DRAWS)))(seeds))


def test_draws_are_balanced_without_repetition_and_reproducible():
    chosen = draws(each=4)
    for rows in chosen:
        assert len(set(rows)) == len(rows)
        np.testing.assert_array_equal(LABELS[rows], np.repeat(np.arange(CLASSES), 4))
    np.testing.assert_array_equal(chosen, draws(each=4))
    assert len({tuple(rows) for rows in chosen}) == len(chosen)


def test_a_smaller_draw_is_part_of_a_larger_one():
    for few, many in zip(draws(each=2), draws(each=7), strict=True):
        assert set(few) < set(many)


def test_a_draw_may_take_every_image_of_the_rarest_class():
    rarest = int(np.bincount(LABELS).min())
    chosen = draws(rarest, runs=2)
    assert all(len(set(rows)) == rarest * CLASSES for rows in chosen)


def test_draws_are_uniform():
    """Each image of a class is drawn equally often, within five deviations."""
    counts = np.bincount(draws(each=3, runs=2000).ravel(), minlength=len(LABELS))
    share = 3 / np.bincount(LABELS)[LABELS]
    deviation = np.sqrt(2000 * share * (1 - share))
    assert (abs(counts - 2000 * share) < 5 * deviation).all()


def task(runs, dtype):
    """Parameters, what is each run's own, and test codes."""
    random = np.random.default_rng(1)
    codes = jnp.asarray(random.normal(size=(len(LABELS), ZDIM)), dtype)
    rows = draws(each=2, runs=runs)
    seeds = jnp.arange(runs, dtype=jnp.uint32)
    params = jax.vmap(
        lambda s: {"head": HEAD.init(keys.stream(s, keys.INIT), codes[:1])}
    )(seeds)
    own = {
        "hyper": {
            "seed": seeds,
            "data_seed": seeds,
            "learning_rate": jnp.full(runs, 1e-2, dtype),
        },
        "data": {"input": codes[rows], "label": jnp.asarray(LABELS[rows])},
        "place": jnp.zeros(runs, jnp.int32),
    }
    return params, own, codes[None, :50]


@pytest.mark.parametrize("executor", ["map", "vmap", "sharded"])
def test_a_draw_among_draws_is_the_draw_alone(x64, executor):
    learn = partial(
        few_labels.learn,
        apply=lambda p, x: HEAD.apply(p["head"], x),
        steps=12,
        batch_size=8,
    )
    with jax.numpy_dtype_promotion("standard"):
        params, own, tests = task(3, jnp.float64)
        together = jax.jit(executors.over_members(learn, executor))(params, own, tests)
        for run in range(3):
            one = jax.tree.map(lambda leaf, run=run: leaf[run], (params, own))
            alone = jax.jit(learn)(*one, tests)
            for name in ("test", "train"):
                np.testing.assert_array_equal(together[name][run], alone[name])
            jax.tree.map(
                lambda a, b, run=run: np.testing.assert_allclose(a[run], b, atol=1e-12),
                together["params"],
                alone["params"],
            )
