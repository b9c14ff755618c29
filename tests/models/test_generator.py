"""Generators and critics of latent codes: their shapes, their classes, their sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import models, padding, pretrained

RANDOM = np.random.default_rng(0)
NOISE = jnp.asarray(RANDOM.normal(size=(6, 4)), jnp.float32)
CODES = jnp.asarray(RANDOM.normal(size=(6, 3)), jnp.float32)
LABELS = jnp.arange(6) % 3
GAN = models.LatentGAN(models.Generator(4, 3, 8, 2), models.Critic(7, 2))
CLASS_GAN = models.LatentGAN(models.Generator(4, 3, 8, 2, 3), models.Critic(7, 2, 3))


def made(model, *example):
    return model.init(jax.random.key(0), *(example or (NOISE,)))


def test_calling_it_scores_what_is_generated():
    for model, labels in ((GAN, None), (CLASS_GAN, LABELS)):
        params = made(model)
        codes, scores = model.apply(params, NOISE, labels)
        assert codes.shape == (6, 3)
        expected = model.apply(params, NOISE, labels, method="generate")
        np.testing.assert_array_equal(codes, expected)
        expected = model.apply(params, codes, labels, method="score")
        np.testing.assert_array_equal(scores, expected)


def test_sizes_have_dotted_names():
    assert padding.sizes(GAN) == {
        "generator.noise_dim": 4,
        "generator.zdim": 3,
        "generator.width": 8,
        "critic.width": 7,
    }
    assert (GAN.noise_dim, GAN.zdim, GAN.classes, CLASS_GAN.classes) == (4, 3, 0, 3)


def test_shorter_noise_is_noise_of_zeros():
    model = GAN.generator
    params = made(model)
    whole = NOISE.at[:, 2:].set(0)
    np.testing.assert_array_equal(
        model.apply(params, NOISE[:, :2]), model.apply(params, whole)
    )
    with pytest.raises(ValueError, match=r"\(6, 5\), not \[n, 4\]"):
        model.apply(params, jnp.ones((6, 5)))


def test_a_generators_class_moves_its_first_layer():
    """A constant is added to what each unit of the first layer gets."""
    model = CLASS_GAN.generator
    params = made(model, NOISE, LABELS)["params"]
    kernel = params["layers"]["condition"]["kernel"]
    bias = params["layers"]["hidden_0"]["bias"]
    moved = {**params["layers"], "hidden_0": dict(params["layers"]["hidden_0"])}
    moved["hidden_0"]["bias"] = bias + kernel[2] - kernel[0]
    np.testing.assert_allclose(
        model.apply({"params": params}, NOISE, jnp.full(6, 2)),
        model.apply({"params": {**params, "layers": moved}}, NOISE),
        rtol=1e-5,
        atol=1e-6,
    )


def test_a_conditional_critic_is_linear_in_its_class():
    """w . f(x) + b + v_y . f(x): a class is one more vector of the last layer."""
    model = CLASS_GAN.critic
    params = made(model, CODES, LABELS)["params"]
    directions = params["of_class"]["kernel"]
    for label in range(3):
        whole = params["score"]["kernel"] + directions[label][:, None]
        plain = {"layers": params["layers"], "score": dict(params["score"])}
        plain["score"]["kernel"] = whole
        expected = models.Critic(7, 2).apply({"params": plain}, CODES)
        found = model.apply({"params": params}, CODES, jnp.full(6, label))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_computation_in_half_precision():
    half = {"dtype": jnp.bfloat16}
    model = models.LatentGAN(
        models.Generator(4, 3, 8, 2, 3, **half), models.Critic(7, 2, 3, **half)
    )
    params = made(model)
    assert {a.dtype for a in jax.tree.leaves(params)} == {np.dtype("f4")}
    codes, scores = model.apply(params, NOISE, LABELS)
    assert codes.dtype == scores.dtype == jnp.bfloat16
    expected = CLASS_GAN.apply(params, NOISE, LABELS)
    np.testing.assert_allclose(codes.astype("f4"), expected[0], atol=0.05)


def test_a_saved_gan_is_the_same_again(tmp_path):
    params = made(CLASS_GAN)
    pretrained.save(tmp_path / "gan", CLASS_GAN, params)
    model, loaded = pretrained.load(tmp_path / "gan")
    assert model == CLASS_GAN
    jax.tree.map(np.testing.assert_array_equal, loaded, params)
