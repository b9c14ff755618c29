"""JointVAE's loss: its terms against NumPy, its members exact, no labels."""

from functools import partial
from importlib import import_module

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.algorithms import joint_vae
from aejax.losses import contrastive
from aejax.models import Posterior, mlp_vae

joint = import_module("aejax.algorithms.joint_vae")

SHAPE = (4, 4, 1)
HPARAMS = {
    "learning_rate": 1e-2,
    "capacities": 1.0,
    "capacity_z": 4.0,
    "capacity_c": 5.0,
    "gamma": 30.0,
    "gamma_c": 20.0,
    "beta": 2.0,
    "contrastive": 0.0,
}


@pytest.fixture(scope="module")
def batch():
    key = jax.random.key(5)
    images = jax.random.randint(key, (12, *SHAPE), 0, 256).astype(jnp.uint8)
    return {"image": images, "label": jnp.arange(12) % 3}


@pytest.fixture(scope="module")
def found():
    keys = jax.random.split(jax.random.key(1), 3)
    mean, log_variance = (jax.random.normal(k, (6, 2)) for k in keys[:2])
    return Posterior(mean, log_variance, jax.random.normal(keys[2], (6, 3)))


def kls(found):
    mean, log_variance, logits = (np.asarray(a, np.float64) for a in found[:3])
    gaussian = ((mean**2 + np.exp(log_variance) - 1 - log_variance) / 2).sum(-1)
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return gaussian.mean(), (probabilities * np.log(3 * probabilities)).sum(-1).mean()


def loss_of(algorithm, params, batch, key, hparams):
    """The loss of one batch and what else is recorded of it."""
    state = jax.jit(algorithm.init)(key, {"image": batch["image"][:1]}, hparams)
    state = {**state, "params": params}
    with jax.numpy_dtype_promotion("standard"):  # Optax's Adam needs it
        _, metrics = jax.jit(algorithm.step)(state, batch, key, hparams)
    return metrics["loss"], metrics


@pytest.mark.parametrize("step", [0, 30, 90, 100, 200])
def test_capacities_grow_and_end_at_log_k(found, step):
    kl_z, kl_c = kls(found)
    hparams = {**HPARAMS, "step": jnp.int32(step)}
    paid, metrics = joint.penalty(found, hparams, 100)
    fraction = min(step / 100, 1)
    goal_z, goal_c = 4 * fraction, min(5 * fraction, np.log(3))
    expected = 30 * abs(kl_z - goal_z) + 20 * abs(kl_c - goal_c)
    np.testing.assert_allclose(paid, expected, rtol=1e-5)
    np.testing.assert_allclose(metrics["kl_c"], kl_c, rtol=1e-5)


def test_without_capacities_both_kls_are_weighed(found):
    hparams = {**HPARAMS, "capacities": 0.0, "step": jnp.int32(7)}
    paid, _ = joint.penalty(found, hparams, 100)
    np.testing.assert_allclose(paid, 2 * sum(kls(found)), rtol=1e-5)


def test_the_other_view_is_of_one_of_the_neighbours(batch, monkeypatch):
    monkeypatch.setattr(joint.augment, "distort", lambda key, x: x)
    images = batch["image"]
    near = jnp.stack([images[::-1], jnp.roll(images, 1, 0)], 1)
    views = joint.other_views(jax.random.key(2), {"image": images, "near": near})
    from_first = (views == near[:, 0]).all((1, 2, 3))
    from_second = (views == near[:, 1]).all((1, 2, 3))
    assert (from_first | from_second).all()
    assert from_first.any()
    assert from_second.any()
    alone = joint.other_views(jax.random.key(2), {"image": images})
    np.testing.assert_array_equal(alone, images)


@pytest.mark.slow
def test_the_contrastive_loss_has_its_weight(batch, monkeypatch):
    monkeypatch.setattr(joint.augment, "distort", lambda key, x: jnp.flip(x, 1) / 255)
    model = mlp_vae(2, (5,), SHAPE, categories=3, projection=4)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    algorithm = joint_vae(model, steps=10, classes=3)
    (free, _), (paying, metrics) = (
        loss_of(
            algorithm,
            params,
            batch,
            jax.random.key(1),
            {**HPARAMS, "contrastive": weight, "step": jnp.int32(5)},
        )
        for weight in (0.0, 7.0)
    )
    encode = jax.jit(partial(model.apply, method="encode"))
    one, other = (
        encode(params, images)
        for images in (batch["image"], jnp.flip(batch["image"], 1))
    )
    expected = jax.jit(contrastive.info_nce)(one.projection, other.projection, 0.5)
    expected += jax.jit(contrastive.cluster_contrast)(
        jax.nn.softmax(one.logits), jax.nn.softmax(other.logits)
    )
    np.testing.assert_allclose(metrics["contrastive_loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(paying - free, 7 * expected, rtol=1e-3)


def test_the_contrastive_loss_needs_a_projection(batch):
    model = mlp_vae(2, (5,), SHAPE, categories=3)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    algorithm = joint_vae(model, steps=10, classes=3)
    own = {**HPARAMS, "step": jnp.int32(5)}
    for weight in (0.0, 7.0):
        with pytest.raises(ValueError, match="needs projection"):
            loss_of(
                algorithm,
                params,
                batch,
                jax.random.key(1),
                {**own, "contrastive": weight},
            )
    del own["contrastive"]
    loss, metrics = loss_of(algorithm, params, batch, jax.random.key(1), own)
    assert np.isfinite(loss)
    assert "contrastive_loss" not in metrics


@pytest.mark.slow
def test_labels_take_no_part_in_the_training(batch):
    model = mlp_vae(2, (5,), SHAPE, categories=3, projection=4)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    algorithm = joint_vae(model, steps=10, classes=3)
    hparams = {**HPARAMS, "contrastive": 10.0, "step": jnp.int32(5)}
    losses = [
        loss_of(
            algorithm, params, {**batch, "label": labels}, jax.random.key(1), hparams
        )[0]
        for labels in (batch["label"], batch["label"][::-1])
    ]
    assert losses[0] == losses[1]


def test_counts_are_of_the_most_probable_category(batch):
    model = mlp_vae(2, (5,), SHAPE, categories=3)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    logits = model.apply(params, batch["image"], method="encode").logits
    expected = np.zeros((3, 4))
    np.add.at(expected, (np.asarray(logits).argmax(-1), batch["label"]), 1)
    hparams = {**HPARAMS, "seed": jnp.uint32(0)}
    algorithm = joint_vae(model, steps=10, classes=4)
    found = jax.jit(algorithm.evaluate)(params, batch, hparams)
    np.testing.assert_array_equal(found["counts"], expected)


def test_a_model_without_categories_is_refused(batch):
    model = mlp_vae(2, (5,), SHAPE)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    algorithm = joint_vae(model, steps=10, classes=3)
    with pytest.raises(ValueError, match="needs categories"):
        loss_of(
            algorithm,
            params,
            batch,
            jax.random.key(1),
            {**HPARAMS, "step": jnp.int32(0)},
        )
