"""A member of a sweep is the model trained alone, whatever its neighbours are."""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import executors, sweep, train
from aejax.run import program

STEPS = 100
EXACT = {"rtol": 0, "atol": 1e-10}


def trained_alone(member, recipe, data, steps):
    """The model by itself: no padding, no stacking, no executor."""
    hyper = {
        "seed": jnp.uint32(member.seed),
        "data_seed": jnp.uint32(member.data_seed),
        "learning_rate": jnp.array(member.hyper["learning_rate"]),
    }
    recipe = recipe(member.model)

    def run(data):
        params = sweep.initial(member.model, member.seed, data["image"][:1])
        state = train.init_state(params, hyper, recipe)
        return train.chunk(state, hyper, data, recipe=recipe, steps=steps)

    return jax.device_get(jax.jit(run)(data))


def trained_together(members, recipe, data, steps, names=("map",)):
    """The only group; executor and member name to (own params, metrics, state)."""
    example = data["image"][:1]
    (group,) = sweep.groups(members, example)
    task = program.Task(recipe, data, evaluate=None, held_out=None)
    state, hyper = jax.jit(partial(program.initialise, group, task))()
    run = partial(train.chunk, recipe=recipe(group.model), steps=steps)
    found = {}
    for name in names:
        compiled = jax.jit(executors.over_members(run, name))
        whole, curves = jax.device_get(compiled(state, hyper, data))
        for i, member in enumerate(group.members):
            own = sweep.take(whole["params"], group, i, example)
            rest = jax.tree.map(lambda a, i=i: a[i], (curves, whole))
            found[name, member.name] = own, *rest
    return group, found


def assert_trees_close(found, expected):
    jax.tree.map(partial(np.testing.assert_allclose, **EXACT), found, expected)


def assert_trees_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.fixture(scope="module")
def data(digits):
    return {"image": digits[:40]}


@pytest.fixture(scope="module")
def members(make_member):
    """They differ in all that may differ; three of them, for two devices."""
    like = {"depth": 3, "fc_layers": 1, "param_dtype": jnp.float64}
    return [
        make_member("a", 2, 0, 1e-3, 0, width=2, fc_width=5, **like),
        make_member("b", 7, 1, 3e-3, 1, width=3, fc_width=4, **like),
        make_member("c", 4, 2, 2e-3, 0, width=4, fc_width=9, **like),
    ]


@pytest.fixture(scope="module")
def alone(members, denoising, data):
    with jax.enable_x64(True):
        return {m.name: trained_alone(m, denoising, data, STEPS) for m in members}


@pytest.fixture(scope="module")
def together(members, denoising, data):
    with jax.enable_x64(True):
        return trained_together(members, denoising, data, STEPS, executors.NAMES)


@pytest.mark.parametrize("executor", executors.NAMES)
def test_member_is_the_model_trained_alone(together, alone, executor):
    _, found = together
    for name, (state, expected) in alone.items():
        params, curves, _ = found[executor, name]
        assert params["params"]["encoder"]["latent"]["kernel"].dtype == np.float64
        assert_trees_close(params, state["params"])
        assert_trees_close(curves, expected)
        assert curves["loss"][-10:].mean() < 0.9 * curves["loss"][:10].mean()


@pytest.mark.parametrize("executor", executors.NAMES)
def test_padding_is_exactly_zero_after_training(x64, together, data, executor):
    group, found = together
    for member in group.members:
        _, _, whole = found[executor, member.name]
        adam = whole["opt_state"][0]
        own = sweep.shapes(member.model, data["image"][:1])
        for tree in (whole["params"], adam.mu, adam.nu):
            unpadded = sweep.unpad(tree, own)
            assert_trees_equal(sweep.pad(unpadded, tree), tree)
            assert sum(map(np.size, jax.tree.leaves(unpadded))) < sum(
                map(np.size, jax.tree.leaves(tree))
            )


def test_a_taken_member_is_an_ordinary_model(x64, together, data):
    group, found = together
    pictures = data["image"][:4]
    padded = jax.jit(group.model.apply)
    for member in group.members:
        params, _, whole = found["map", member.name]
        expected = padded(whole["params"], pictures)
        logits = jax.jit(member.model.apply)(params, pictures)
        np.testing.assert_allclose(logits, expected, **EXACT)


@pytest.mark.parametrize("activation", [nn.relu, nn.silu, nn.gelu, nn.tanh, nn.elu])
def test_the_gradient_of_padded_weights_is_the_padded_gradient(
    x64, make_member, denoising, data, activation
):
    like = {"activation": activation, "param_dtype": jnp.float64, "fc_layers": 1}
    small = make_member("small", 2, **like, width=2, fc_width=3).model
    large = make_member("large", 5, **like, width=4, fc_width=4).model
    random = np.random.default_rng(0)
    example = data["image"][:1]
    params = jax.tree.map(
        lambda leaf: random.normal(size=leaf.shape), sweep.shapes(small, example)
    )
    wide = sweep.shapes(large, example)

    def gradient(model, params):
        loss = denoising(model).loss
        batch, key = {"image": data["image"][:8]}, jax.random.key(0)
        return jax.jit(jax.grad(lambda p: loss(p, batch, key, {})[0]))(params)

    found = gradient(large, sweep.pad(params, wide))
    expected = sweep.pad(gradient(small, params), wide)
    assert_trees_close(found, expected)
    exact_zeros = jax.tree.map(lambda leaf: leaf == 0, sweep.pad(params, wide))
    assert all(
        (leaf[zero] == 0).all()
        for leaf, zero in zip(
            jax.tree.leaves(found), jax.tree.leaves(exact_zeros), strict=True
        )
    )


@pytest.fixture(scope="module")
def crowd(make_member):
    """Float32; "twin" is "it" but for its batches, and "bad" diverges."""
    return [
        make_member("small", 2, 5),
        make_member("it", 4, 3),
        make_member("bad", 3, 6, learning_rate=1e30),
        make_member("wide", 3, 7, width=3),
        make_member("twin", 4, 3, data_seed=9),
        make_member("clone", 4, 3),
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
    assert [name for name, is_finite in finite.items() if not is_finite] == [
        ("map", "bad")
    ]


def test_equal_data_seeds_mean_equal_batches(crowded):
    it, clone, twin = (crowded["map", name] for name in ("it", "clone", "twin"))
    assert_trees_equal(clone, it)
    assert (twin[1]["loss"] != it[1]["loss"]).all()
