"""A member of a sweep is the model trained alone, whatever its neighbours are."""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import executors, images, keys, sweep, train
from aejax.losses.reconstruction import squared_error

STEPS, BATCH_SIZE = 100, 8
SMALL = {"image_shape": (14, 14, 1)}
EXACT = {"rtol": 0, "atol": 1e-10}


def trained_alone(member, algorithm, data, steps):
    """The model by itself: no padding, no stacking, no executor."""
    own = {
        "seed": jnp.uint32(member.seed),
        "data_seed": jnp.uint32(member.data_seed),
        "learning_rate": jnp.array(member.hparams["learning_rate"]),
    }
    made = algorithm(member.model)

    def run(data):
        example = {"image": data["image"][:1]}
        state = made.init(keys.stream(member.seed, keys.INIT), example, own)
        state, curves = train.chunk(
            state, own, data, 0, algorithm=made, steps=steps, batch_size=BATCH_SIZE
        )
        return made.params(state), curves

    return jax.device_get(jax.jit(run)(data))


def trained_together(members, algorithm, data, steps, executor="map"):
    """The only group, and of each member its own params, metrics and state."""
    example = {"image": data["image"][:1]}
    (group,) = sweep.groups(members, algorithm, example)
    progress = jax.jit(partial(sweep.stack, group, algorithm, example))()
    made = algorithm(group.model)
    run = partial(train.chunk, algorithm=made, steps=steps, batch_size=BATCH_SIZE)
    found = {}
    compiled = jax.jit(executors.over_members(run, executor))
    own = sweep.hparams(members)
    whole, curves = jax.device_get(compiled(progress.state, own, data, 0))
    for i, member in enumerate(group.members):
        params = sweep.take(made.params(whole), group, i, algorithm)
        rest = jax.tree.map(lambda a, i=i: a[i], (curves, whole))
        found[member.name] = params, *rest
    return group, found


def assert_trees_close(found, expected):
    jax.tree.map(partial(np.testing.assert_allclose, **EXACT), found, expected)


def assert_trees_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.fixture(scope="module")
def data(digits):
    """Every second pixel: a quarter of the work."""
    return {"image": digits[:40, ::2, ::2]}


@pytest.fixture(scope="module")
def members(make_member):
    """They differ in all that may differ; three of them, for two devices."""
    like = {**SMALL, "depth": 2, "fc_layers": 1, "param_dtype": jnp.float64}
    return [
        make_member("a", 2, 0, 1e-3, 0, width=2, fc_width=5, **like),
        make_member("b", 7, 1, 3e-3, 1, width=3, fc_width=4, **like),
        make_member("c", 4, 2, 2e-3, 0, width=4, fc_width=9, **like),
    ]


@pytest.fixture(scope="module")
def alone(members, denoising, data):
    with jax.enable_x64(True):
        return {m.name: trained_alone(m, denoising, data, STEPS) for m in members}


# Each compiles for tens of seconds.
OTHERS = [name for name in executors.NAMES if name != "map"]
EXECUTORS = ["map", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]


@pytest.fixture(scope="module", params=EXECUTORS)
def together(request, members, denoising, data):
    with jax.enable_x64(True):
        return trained_together(members, denoising, data, STEPS, request.param)


def test_member_is_the_model_trained_alone(together, alone):
    _, found = together
    for name, (own, expected) in alone.items():
        params, curves, _ = found[name]
        assert {leaf.dtype for leaf in jax.tree.leaves(params)} == {np.dtype("f8")}
        assert_trees_close(params, own)
        assert_trees_close(curves, expected)
        assert curves["loss"][-10:].mean() < 0.9 * curves["loss"][:10].mean()


def test_padding_is_exactly_zero_after_training(x64, together):
    """Of parameters and of Adam's moments alike."""
    group, found = together
    for own, member in zip(group.own, group.members, strict=True):
        _, _, whole = found[member.name]
        unpadded = sweep.unpad(whole, own.state)
        assert_trees_equal(sweep.pad(unpadded, whole), whole)
        for name in ("params", "opt_state"):
            inner, outer = (
                sum(map(np.size, jax.tree.leaves(tree[name])))
                for tree in (unpadded, whole)
            )
            assert inner < outer


def test_a_taken_member_is_an_ordinary_model(x64, together, data):
    group, found = together
    pictures = data["image"][:4]
    padded = jax.jit(group.model.apply)
    for member in group.members:
        params, _, whole = found[member.name]
        expected = padded(whole["params"], pictures)
        logits = jax.jit(member.model.apply)(params, pictures)
        np.testing.assert_allclose(logits, expected, **EXACT)


@pytest.mark.parametrize("activation", [nn.relu, nn.silu, nn.gelu, nn.tanh, nn.elu])
def test_the_gradient_of_padded_weights_is_the_padded_gradient(
    x64, make_member, denoising, data, activation
):
    like = {
        **SMALL,
        "activation": activation,
        "param_dtype": jnp.float64,
        "fc_layers": 1,
    }
    small = make_member("small", 2, **like, width=2, fc_width=3)
    large = make_member("large", 5, **like, width=4, fc_width=4)
    (group,) = sweep.groups([small, large], denoising, {"image": data["image"][:1]})
    random = np.random.default_rng(0)
    own, wide = (shapes.state["params"] for shapes in group.own)
    params = jax.tree.map(lambda leaf: random.normal(size=leaf.shape), own)

    def gradient(model, params):
        def loss(params):
            target = images.unit(data["image"][:8], model.param_dtype)
            return squared_error(model.apply(params, target), target).mean()

        return jax.jit(jax.grad(loss))(params)

    found = gradient(large.model, sweep.pad(params, wide))
    expected = sweep.pad(gradient(small.model, params), wide)
    assert_trees_close(found, expected)
    zeros = jax.tree.map(lambda leaf: leaf == 0, sweep.pad(params, wide))
    for leaf, zero in zip(jax.tree.leaves(found), jax.tree.leaves(zeros), strict=True):
        assert (leaf[zero] == 0).all()


@pytest.fixture(scope="module")
def crowd(make_member):
    """Float32; "twin" is "it" but for its batches, and "bad" diverges."""
    return [
        make_member("small", 2, 5, **SMALL),
        make_member("it", 4, 3, **SMALL),
        make_member("bad", 3, 6, learning_rate=1e30, **SMALL),
        make_member("wide", 3, 7, width=3, **SMALL),
        make_member("twin", 4, 3, data_seed=9, **SMALL),
        make_member("clone", 4, 3, **SMALL),
    ]


@pytest.fixture(scope="module")
def crowded(crowd, denoising, data):
    return trained_together(crowd, denoising, data, 12)[1]


def test_members_do_not_depend_on_their_order(crowd, crowded, denoising, data):
    _, backwards = trained_together(crowd[::-1], denoising, data, 12)
    assert_trees_equal(backwards, crowded)


def test_members_do_not_depend_on_their_neighbours(crowd, crowded, denoising, data):
    chosen = [m for m in crowd if m.name in ("it", "wide")]
    _, two = trained_together(chosen, denoising, data, 12)
    assert_trees_equal(two, {name: crowded[name] for name in two})


def test_a_member_that_diverges_leaves_the_others_alone(crowded):
    finite = {
        n: np.isfinite(curves["loss"]).all() for n, (_, curves, _) in crowded.items()
    }
    assert [name for name, is_finite in finite.items() if not is_finite] == ["bad"]


def test_equal_data_seeds_mean_equal_batches(crowded):
    it, clone, twin = (crowded[name] for name in ("it", "clone", "twin"))
    assert_trees_equal(clone, it)
    assert (twin[1]["loss"] != it[1]["loss"]).all()
