"""JointVAE's loss: its terms against NumPy, its members exact, no labels."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import sweep, train
from aejax.models import VAE
from aejax.models.vae import Posterior
from aejax.objectives import contrastive
from aejax.recipes import joint

SHAPE = (4, 4, 1)
HYPER = {
    "learning_rate": 1e-2,
    "capacities": 1.0,
    "capacity_z": 4.0,
    "capacity_c": 5.0,
    "gamma": 30.0,
    "gamma_c": 20.0,
    "beta": 2.0,
    "agreement": 0.0,
}


@pytest.fixture(scope="module")
def batch():
    key = jax.random.key(5)
    pictures = jax.random.randint(key, (12, *SHAPE), 0, 256).astype(jnp.uint8)
    return {"image": pictures, "label": jnp.arange(12) % 3}


@pytest.fixture(scope="module")
def found():
    keys = jax.random.split(jax.random.key(1), 3)
    mean, log_variance = (jax.random.normal(k, (6, 2)) for k in keys[:2])
    return Posterior(mean, log_variance, jax.random.normal(keys[2], (6, 3)))


def kls(found):
    mean, log_variance, logits = (np.asarray(a, np.float64) for a in found[:3])
    gaussian = ((mean**2 + np.exp(log_variance) - 1 - log_variance) / 2).sum(-1)
    chances = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return gaussian.mean(), (chances * np.log(3 * chances)).sum(-1).mean()


@pytest.mark.parametrize("step", [0, 30, 90, 100, 200])
def test_capacities_grow_and_end_at_log_k(found, step):
    kl_z, kl_c = kls(found)
    hyper = {**HYPER, "step": jnp.int32(step)}
    paid, metrics = joint.penalty(found, hyper, 100)
    share = min(step / 100, 1)
    goal_z, goal_c = 4 * share, min(5 * share, np.log(3))
    expected = 30 * abs(kl_z - goal_z) + 20 * abs(kl_c - goal_c)
    np.testing.assert_allclose(paid, expected, rtol=1e-5)
    np.testing.assert_allclose(metrics["kl_c"], kl_c, rtol=1e-5)


def test_without_capacities_both_kls_are_weighed(found):
    hyper = {**HYPER, "capacities": 0.0, "step": jnp.int32(7)}
    paid, _ = joint.penalty(found, hyper, 100)
    np.testing.assert_allclose(paid, 2 * sum(kls(found)), rtol=1e-5)


def test_the_other_view_is_of_one_of_the_neighbours(batch, monkeypatch):
    monkeypatch.setattr(joint.augment, "distort", lambda key, x: x)
    pictures = batch["image"]
    near = jnp.stack([pictures[::-1], jnp.roll(pictures, 1, 0)], 1)
    views = joint.other_views(jax.random.key(2), {"image": pictures, "near": near})
    from_first = (views == near[:, 0]).all((1, 2, 3))
    from_second = (views == near[:, 1]).all((1, 2, 3))
    assert (from_first | from_second).all()
    assert from_first.any()
    assert from_second.any()
    alone = joint.other_views(jax.random.key(2), {"image": pictures})
    np.testing.assert_array_equal(alone, pictures)


def test_disagreement_is_paid_for_by_its_weight(batch, monkeypatch):
    monkeypatch.setattr(joint.augment, "distort", lambda key, x: jnp.flip(x, 1) / 255)
    model = VAE(2, (5,), SHAPE, categories=3, projection=4)
    params = model.init(jax.random.key(0), batch["image"][:1])
    recipe = joint.recipe(model, steps=10, batch_size=4)
    (free, _), (paying, metrics) = (
        recipe.loss(
            params,
            batch,
            jax.random.key(1),
            {**HYPER, "agreement": weight, "step": jnp.int32(5)},
        )
        for weight in (0.0, 7.0)
    )
    one, other = (
        model.apply(params, pictures, method="encode")
        for pictures in (batch["image"], jnp.flip(batch["image"], 1))
    )
    expected = contrastive.info_nce(one.projection, other.projection, 0.5)
    expected += contrastive.cluster_contrast(
        jax.nn.softmax(one.logits), jax.nn.softmax(other.logits)
    )
    np.testing.assert_allclose(metrics["disagreement"], expected, rtol=1e-5)
    np.testing.assert_allclose(paying - free, 7 * expected, rtol=1e-3)


def test_agreement_needs_a_projection(batch):
    model = VAE(2, (5,), SHAPE, categories=3)
    params = model.init(jax.random.key(0), batch["image"][:1])
    recipe = joint.recipe(model, steps=10, batch_size=4)
    own = {**HYPER, "step": jnp.int32(5)}
    for weight in (0.0, 7.0):
        with pytest.raises(ValueError, match="needs projection"):
            recipe.loss(params, batch, jax.random.key(1), {**own, "agreement": weight})
    del own["agreement"]
    loss, metrics = recipe.loss(params, batch, jax.random.key(1), own)
    assert np.isfinite(loss)
    assert "disagreement" not in metrics


def test_labels_take_no_part_in_the_training(batch):
    model = VAE(2, (5,), SHAPE, categories=3, projection=4)
    params = model.init(jax.random.key(0), batch["image"][:1])
    recipe = joint.recipe(model, steps=10, batch_size=4)
    hyper = {**HYPER, "agreement": 10.0, "step": jnp.int32(5)}
    losses = [
        recipe.loss(params, {**batch, "label": labels}, jax.random.key(1), hyper)[0]
        for labels in (batch["label"], batch["label"][::-1])
    ]
    assert losses[0] == losses[1]


def test_padded_members_of_any_weights_are_the_models_alone(x64, batch, monkeypatch):
    def sgd(steps):
        del steps
        return lambda hyper: optax.sgd(hyper["learning_rate"] / 10)

    monkeypatch.setattr(joint, "one_cycle_adam", sgd)
    # Distortions are in single precision.
    monkeypatch.setattr(joint.augment, "distort", lambda key, x: jnp.flip(x, 1))
    example = batch["image"][:1]

    def trained(members):
        (group,) = sweep.groups(members, example)
        recipe = joint.recipe(group.model, steps=20, batch_size=4)
        hyper = sweep.hypers(group)
        states = jax.vmap(lambda p, h: train.init_state(p, h, recipe))(
            sweep.stack(group, example), hyper
        )
        run = jax.vmap(
            lambda s, h: train.chunk(s, h, batch, recipe=recipe, steps=10)[0]
        )
        params = jax.jit(run)(states, hyper)["params"]
        return [sweep.take(params, group, i, example) for i in range(len(members))]

    members = [
        sweep.Member(
            f"{zdim}",
            VAE(
                *(zdim, (units,), SHAPE),
                categories=3,
                projection=4,
                param_dtype=jnp.float64,
            ),
            seed=zdim,
            hyper={**HYPER, **own},
        )
        for zdim, units, own in (
            (2, 6, {"capacities": 0.0}),
            (4, 5, {"capacity_z": 1.0}),
            (3, 4, {"agreement": 3.0, "gamma_c": 0.5}),
        )
    ]
    for member, params in zip(members, trained(members), strict=True):
        (alone,) = trained([member])
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-10),
            params,
            alone,
        )


def test_counts_are_of_the_likeliest_category(batch):
    model = VAE(2, (5,), SHAPE, categories=3)
    params = model.init(jax.random.key(0), batch["image"][:1])
    logits = model.apply(params, batch["image"], method="encode").logits
    expected = np.zeros((3, 4))
    np.add.at(expected, (np.asarray(logits).argmax(-1), batch["label"]), 1)
    hyper = {**HYPER, "seed": jnp.uint32(0)}
    found = joint.evaluate(model, params, hyper, batch, classes=4)
    np.testing.assert_array_equal(found["counts"], expected)


def test_a_model_without_categories_is_refused(batch):
    model = VAE(2, (5,), SHAPE)
    params = model.init(jax.random.key(0), batch["image"][:1])
    recipe = joint.recipe(model, steps=10, batch_size=4)
    with pytest.raises(ValueError, match="needs categories"):
        recipe.loss(params, batch, jax.random.key(1), {**HYPER, "step": jnp.int32(0)})
