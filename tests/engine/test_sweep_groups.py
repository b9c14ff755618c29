"""Which members run together, and padding as such."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import keys, sweep, train
from aejax.algorithm import gradient
from aejax.models import Autoencoder

EXAMPLE = {"image": jnp.zeros((1, 28, 28, 1), jnp.uint8)}


def algorithm(model):
    """Of which only the initial state matters here."""

    def loss(params, batch, key, hparams):
        del batch, key, hparams
        return sum(leaf.sum() for leaf in jax.tree.leaves(params)), {}

    return gradient(model, loss, lambda hparams: optax.sgd(0.0))


def shapes(model):
    return jax.eval_shape(model.init, jax.random.key(0), EXAMPLE["image"])


class Plain(nn.Module):
    """A model that names no `sizes`: nothing in it may differ within a group."""

    features: int

    @nn.compact
    def __call__(self, images):
        return nn.Dense(self.features)(images.reshape(len(images), -1) / 255)


class Layered(nn.Module):
    """A model whose size is a tuple."""

    sizes: ClassVar[tuple[str, ...]] = ("widths",)
    widths: tuple[int, ...]

    @nn.compact
    def __call__(self, images):
        x = images.reshape(len(images), -1).astype(jnp.float32)
        for width in self.widths:
            x = nn.relu(nn.Dense(width)(x))
        return x


def members(*models, **fields):
    return [sweep.Member(f"m{i}", model, **fields) for i, model in enumerate(models)]


def positions(*models):
    return [
        group.positions for group in sweep.groups(members(*models), algorithm, EXAMPLE)
    ]


def test_sizes_share_a_program_and_structures_do_not():
    found = positions(
        Autoencoder(2, width=4),
        Autoencoder(2, width=4, depth=2),
        Autoencoder(8, width=3, fc_width=9),
        Autoencoder(2, width=4, fc_layers=1),
        Autoencoder(9, width=5, depth=2),
        Autoencoder(2, width=4, fc_layers=1, fc_width=5),
    )
    assert found == [(0, 2), (1, 4), (3, 5)]


def test_equal_trees_of_different_meaning_do_not_share_a_program():
    found = positions(
        Autoencoder(2),
        Autoencoder(2, activation=nn.tanh),
        Autoencoder(2, param_dtype=jnp.bfloat16),
        Autoencoder(3),
    )
    assert found == [(0, 3), (1,), (2,)]


def test_models_without_sizes_share_a_program_only_when_equal():
    assert positions(Plain(3), Plain(4), Plain(3)) == [(0, 2), (1,)]


def test_a_size_may_be_a_tuple():
    models = [Layered((4, 8)), Layered((6, 2)), Layered((4, 8, 2))]
    small_and_large, deep = sweep.groups(members(*models), algorithm, EXAMPLE)
    assert small_and_large.model == Layered((6, 8))
    assert deep.positions == (2,)


def test_the_program_has_the_largest_of_every_size():
    chosen = members(Autoencoder(9, width=2), Autoencoder(3, width=5))
    (group,) = sweep.groups(chosen, algorithm, EXAMPLE)
    assert group.model == Autoencoder(9, width=5)


def test_two_members_of_one_name_are_refused():
    twice = [sweep.Member("same", Autoencoder(2)), sweep.Member("same", Autoencoder(3))]
    with pytest.raises(ValueError, match="same name: same"):
        sweep.groups(twice, algorithm, EXAMPLE)


def test_unpad_undoes_pad():
    random = np.random.default_rng(0)
    small, large = (
        shapes(Autoencoder(zdim, width=width)) for zdim, width in ((2, 3), (5, 4))
    )
    params = jax.tree.map(lambda leaf: random.normal(size=leaf.shape), small)
    params = jax.tree.map(lambda leaf: leaf.astype(np.float32), params)
    padded = sweep.pad(params, large)
    jax.tree.map(
        lambda a, like: np.testing.assert_equal(a.shape, like.shape), padded, large
    )
    jax.tree.map(np.testing.assert_array_equal, sweep.unpad(padded, small), params)
    total = sum(float(jnp.abs(leaf).sum()) for leaf in jax.tree.leaves(padded))
    expected = sum(np.abs(leaf).sum() for leaf in jax.tree.leaves(params))
    np.testing.assert_allclose(total, expected, rtol=1e-5)


def test_pad_never_cuts():
    with pytest.raises(ValueError, match="negative"):
        sweep.pad({"a": jnp.ones(3)}, {"a": jnp.ones(2)})


def test_stacked_members_start_as_their_own_models_do(make_member):
    chosen = [
        make_member("a", 2, 4),
        make_member("b", 3, 5, width=3),
        make_member("c", 2, 6),
        make_member("d", 3, 5, width=2),
    ]
    (group,) = sweep.groups(chosen, algorithm, EXAMPLE)
    begin = jax.jit(lambda: sweep.stack(group, algorithm, EXAMPLE))
    stacked = jax.device_get(begin().state["params"])
    assert begin().diverged.tolist() == [train.FINE] * 4
    for i, member in enumerate(chosen):
        init = jax.jit(member.model.init)
        expected = init(keys.stream(member.seed, keys.INIT), EXAMPLE["image"])
        found = sweep.take(stacked, group, i, algorithm)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7),
            found,
            expected,
        )


def test_hparams_are_columns_of_the_members_own_scalars():
    chosen = [
        sweep.Member("a", Autoencoder(2), 7, 3, {"learning_rate": 0.5, "beta": 2}),
        sweep.Member("b", Autoencoder(9), 8, 3, {"beta": 1, "learning_rate": 0.25}),
    ]
    found = sweep.hparams(chosen)
    assert {name: column.tolist() for name, column in found.items()} == {
        "seed": [7, 8],
        "data_seed": [3, 3],
        "zdim": [2, 9],
        "width": [32, 32],
        "fc_width": [256, 256],
        "learning_rate": [0.5, 0.25],
        "beta": [2.0, 1.0],
    }
    assert found["seed"].dtype == jnp.uint32
    assert found["zdim"].dtype == jnp.int32
    assert found["beta"].dtype == jnp.float32


def test_members_of_other_hparams_run_apart():
    chosen = [
        sweep.Member("a", Autoencoder(2), hparams={"learning_rate": 0.5}),
        sweep.Member("b", Autoencoder(2), hparams={"beta": 1.0}),
        sweep.Member("c", Autoencoder(3), hparams={"learning_rate": 0.1}),
    ]
    found = sweep.groups(chosen, algorithm, EXAMPLE)
    assert [group.positions for group in found] == [(0, 2), (1,)]


def test_a_sweep_has_a_member():
    with pytest.raises(ValueError, match="at least one"):
        sweep.groups([], algorithm, EXAMPLE)


def test_streams_of_a_seed_and_seeds_of_a_stream_differ():
    names = (keys.INIT, keys.BATCHES, keys.NOISE, keys.DRAWS, keys.PAIRS)
    drawn = [
        jax.random.bits(keys.stream(seed, name)).item()
        for seed in range(20)
        for name in names
    ]
    assert len(set(drawn)) == len(drawn)


def test_a_seed_means_the_same_inside_a_program():
    outside = keys.stream(5, keys.INIT)
    inside = jax.jit(lambda seed: keys.stream(seed, keys.INIT))(jnp.uint32(5))
    assert jax.random.key_data(outside).tolist() == jax.random.key_data(inside).tolist()
