"""M2: its bounds by hand, broadcasting over classes, and that it learns."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import aejax
from aejax import algorithms
from aejax.algorithms.semi_supervised import bounds, draw
from aejax.losses import variational
from aejax.models import LabelledVAE

MODEL = LabelledVAE(6, classes=3, zdim=2, width=8)


@pytest.fixture(scope="module")
def rows():
    return jnp.asarray(np.random.default_rng(0).uniform(size=(5, 6)), jnp.float32)


@pytest.fixture(scope="module")
def params(rows):
    return MODEL.init(jax.random.key(0), rows)


def test_all_classes_at_once_are_each_class_by_itself(params, rows):
    every = jnp.eye(3)[:, None]
    together = MODEL.apply(params, rows[None], every, method="encode")
    latents = together.mean
    shown = MODEL.apply(params, latents, every, method="decode")
    assert shown.shape == (3, 5, 6)
    for c in range(3):
        own = jnp.broadcast_to(jnp.eye(3)[c], (5, 3))
        alone = MODEL.apply(params, rows, own, method="encode")
        np.testing.assert_allclose(together.mean[c], alone.mean, atol=1e-5)
        found = MODEL.apply(params, alone.mean, own, method="decode")
        np.testing.assert_allclose(shown[c], found, atol=1e-5)


def test_bounds_are_the_three_terms(params, rows):
    labels = jax.nn.one_hot(jnp.array([0, 1, 2, 0, 1]), 3)
    key, own = jax.random.key(1), {"zdim": jnp.int32(2)}
    pixels = bounds(MODEL, params, rows, labels, key, own)
    codes = bounds(MODEL, params, rows, labels, key, own, deviation=1.0)
    found = MODEL.apply(params, rows, labels, method="encode")
    noise = aejax.sampling.reparameterize(key, found.mean, found.log_variance)
    logits = MODEL.apply(params, noise, labels, method="decode")
    kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
    p = jax.nn.sigmoid(logits)
    error = -(rows * jnp.log(p) + (1 - rows) * jnp.log(1 - p)).sum(-1)
    np.testing.assert_allclose(pixels, error + kl + np.log(3), rtol=1e-4)
    error = (jnp.square(rows - logits) + np.log(2 * np.pi)).sum(-1) / 2
    np.testing.assert_allclose(codes, error + kl + np.log(3), rtol=1e-4)


def test_labelled_rows_are_those_of_the_members_own_split():
    data = {
        "input": jnp.arange(20, dtype=jnp.float32)[:, None] / 20,
        "label": jnp.arange(20, dtype=jnp.int32),
        "labelled": jnp.array([[1, 2], [3, 4]]),
    }
    every = jnp.arange(5)
    for seed, allowed in ((0, {1, 2}), (1, {3, 4}), (2, {1, 2})):
        found = draw(50)(data, every, jax.random.key(0), {"seed": jnp.uint32(seed)})
        np.testing.assert_array_equal(found["input"], data["input"][:5])
        assert set(np.asarray(found["label"]).tolist()) == allowed
        np.testing.assert_allclose(found["known"][:, 0] * 20, found["label"], rtol=1e-6)


def test_codes_are_drawn_anew_from_their_posteriors():
    data = {
        "label": jnp.zeros(4, jnp.int32),
        "labelled": jnp.array([[0, 1]]),
        "mean": jnp.full((1, 4, 3), 5.0),
        "log_variance": jnp.full((1, 4, 3), -40.0).at[:, 0].set(0.0),
    }
    first, second = (
        draw(2)(data, jnp.arange(4), jax.random.key(k), {})["input"] for k in (0, 1)
    )
    np.testing.assert_allclose(first[1:], 5)
    assert jnp.abs(first[0] - second[0]).min() > 0


@pytest.mark.slow
def test_unlabelled_rows_help_where_classes_are_clusters(standard_promotion):
    """Two labels per class, those farthest from the middle of their cluster."""
    random = np.random.default_rng(0)
    centres = random.uniform(0.1, 0.9, (3, 6))
    labels = np.arange(600) % 3
    rows = np.clip(centres[labels] + random.normal(0, 0.16, (600, 6)), 0, 1)
    data = {"input": rows.astype(np.float32), "label": labels.astype(np.int32)}
    away = np.linalg.norm(rows - centres[labels], axis=1)
    few = []
    for _ in range(5):
        pool = random.permutation(600)[:300]
        farthest = pool[np.argsort(-away[pool])]
        few.append(
            [row for c in range(3) for row in farthest[labels[farthest] == c][:2]]
        )
    model = LabelledVAE(6, classes=3, zdim=1, width=16)
    both = {"learning_rate": 1e-2, "classification": 50.0}
    members = [
        aejax.Member(
            f"{word}{s}",
            model,
            seed=s,
            hparams={**both, "unlabelled": weight, "labelled": weight},
        )
        for word, weight in (("m2", 1.0), ("alone", 0.0))
        for s in range(5)
    ]
    make = partial(algorithms.semi_supervised, steps=400, labelled=6, deviation=0.12)
    trained = aejax.fit(
        members,
        make,
        {**data, "labelled": np.array(few)},
        steps=400,
        held_out=data,
        every=400,
    )
    last = {r["member"]: r["test_accuracy"] for r in trained.records}
    m2, alone = (np.mean([last[f"{w}{s}"] for s in range(5)]) for w in ("m2", "alone"))
    assert m2 > alone + 0.02
