"""VAEs: draws with explicit keys, terms against NumPy, padded members exact."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import sampling
from aejax.algorithms.vae import bound_loss, elbo_loss, log_weights, terms
from aejax.models import (
    VAE,
    ConvDecoder,
    Gaussian,
    MlpEncoder,
    conv_vae,
    mlp_sizes,
    mlp_vae,
)

SHAPE = (4, 4, 1)


@pytest.fixture(scope="module")
def batch():
    key = jax.random.key(5)
    images = jax.random.randint(key, (12, *SHAPE), 0, 256).astype(jnp.uint8)
    return {"image": images, "label": jnp.arange(12) % 3}


def small(zdim=3, hidden=(6,), **fields):
    return mlp_vae(zdim, hidden, SHAPE, **fields)


def test_noise_of_a_coordinate_does_not_depend_on_further_ones():
    key = jax.random.key(0)
    few, many = (sampling.noise(key, jnp.zeros((5, d))) for d in (3, 7))
    np.testing.assert_array_equal(few, many[:, :3])
    keys = jax.random.split(key, 2)
    like = jnp.zeros((5, 7))
    mapped = jax.vmap(lambda k: sampling.noise(k, like))(keys)
    np.testing.assert_array_equal(mapped[1], sampling.noise(keys[1], like))


def test_draws_have_the_posterior_s_moments():
    mean, log_variance = jnp.array([[1.0, -2.0]]), jnp.log(jnp.array([[0.25, 4.0]]))
    many = (jnp.broadcast_to(a, (200_000, 2)) for a in (mean, log_variance))
    drawn = np.asarray(sampling.reparameterize(jax.random.key(1), *many))
    np.testing.assert_allclose(drawn.mean(0), mean[0], atol=0.02)
    np.testing.assert_allclose(drawn.std(0), [0.5, 2.0], rtol=0.01)


def test_relaxed_categories_are_positive_and_follow_their_probabilities():
    logits = jnp.log(jnp.array([0.2, 0.5, 0.3]))
    many = jnp.broadcast_to(logits, (50_000, 3))
    drawn = sampling.gumbel_softmax(jax.random.key(2), many, 0.1)
    np.testing.assert_allclose(drawn.sum(-1), 1, rtol=1e-5)
    fractions = np.bincount(np.asarray(drawn).argmax(-1)) / 50_000
    np.testing.assert_allclose(fractions, [0.2, 0.5, 0.3], atol=0.01)


MODELS = {
    "dense": small(),
    "two layers": small(hidden=(7, 5)),
    "class": small(classes=3),
    "class in both halves": small(classes=3, condition_encoder=True),
    "categories": small(categories=4, projection=2),
    "projection": small(projection=2),
    "convolutions": conv_vae(3, 6, SHAPE, width=2, depth=2, categories=4, classes=3),
    "parts": VAE(MlpEncoder((6, 5)), Gaussian(3), ConvDecoder(SHAPE, 2, 2, 2, 4)),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_shapes(model, batch):
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    encode, decode, logits_of = (
        jax.jit(partial(model.apply, method=m)) for m in ("encode", "decode", "logits")
    )
    found = encode(params, batch["image"], batch["label"])
    assert found.mean.shape == found.log_variance.shape == (12, 3)
    assert (found.logits is not None) == (model.categories > 0)
    category = None if found.logits is None else jax.nn.softmax(found.logits)
    given = found.mean, batch["label"], category
    images = decode(params, *given)
    assert images.shape == (12, *SHAPE)
    assert 0 <= float(images.min()) <= float(images.max()) <= 1
    logits = logits_of(params, *given)
    np.testing.assert_allclose(jax.nn.sigmoid(logits), images, rtol=1e-6)
    whole = jax.jit(model.apply)(params, batch["image"], batch["label"])
    np.testing.assert_allclose(whole, logits, rtol=1e-4, atol=1e-5)
    assert (model.zdim, model.image_shape) == (3, SHAPE)


def test_only_what_is_conditioned_on_the_class_depends_on_it(batch):
    for name, count in (("dense", 0), ("class", 1), ("class in both halves", 2)):
        model = MODELS[name]
        params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
        means, images = [], []
        for label in (jnp.zeros(12, jnp.int32), jnp.ones(12, jnp.int32)):
            found = model.apply(params, batch["image"], label, method="encode")
            means.append(found.mean)
            code = jnp.ones((12, 3))
            images.append(model.apply(params, code, label, method="decode"))
        differs = [bool((a != b).any()) for a, b in (means, images)]
        assert differs == [count > 1, count > 0]
        assert model.classes == (3 if count else 0)


def test_mistakes_have_messages(batch):
    with pytest.raises(ValueError, match="needs classes="):
        small(condition_encoder=True)
    model = MODELS["categories"]
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    with pytest.raises(ValueError, match=r"category=\[n, 4\]"):
        model.apply(params, jnp.ones((2, 3)), method="decode")


def test_terms_are_those_of_the_formulas(batch):
    model = small()
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    key = jax.random.key(3)
    error, kl = terms(model, params, batch, key, {})
    x = np.asarray(batch["image"], np.float64) / 255
    mean, log_variance, *_ = model.apply(params, batch["image"], method="encode")
    z = mean + np.exp(log_variance / 2) * sampling.noise(key, mean)
    p = np.asarray(model.apply(params, jnp.asarray(z), method="decode"), np.float64)
    expected = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum((1, 2, 3))
    np.testing.assert_allclose(error, expected, rtol=1e-5)
    m, v = (np.asarray(a, np.float64) for a in (mean, log_variance))
    np.testing.assert_allclose(
        kl, ((m**2 + np.exp(v) - 1 - v) / 2).sum(-1), rtol=1e-4, atol=1e-6
    )


def test_one_weight_is_the_elbo_without_its_analytic_kl(x64, batch):
    model = small(param_dtype=jnp.float64)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    key = jax.random.key(3)
    error, kl = terms(model, params, batch, key, {})
    mean, log_variance, *_ = model.apply(params, batch["image"], method="encode")
    draws = jax.random.split(key, 4000)
    sample = partial(log_weights, model, params, batch, hparams={}, samples=1)
    found = jax.jit(lambda keys: jax.lax.map(lambda k: sample(key=k)[0], keys))(draws)
    # E[log weight] = ELBO: the analytic KL is the mean of its Monte Carlo form.
    error_of = partial(terms, model, params, batch, hparams={})
    errors = jax.jit(lambda ks: jax.lax.map(lambda k: error_of(key=k)[0], ks))(draws)
    noise = np.asarray(found).std(0) / np.sqrt(len(draws))
    difference = np.abs(np.asarray(found.mean(0) + errors.mean(0) + kl))
    assert (difference < 5 * noise + 5 * np.asarray(errors).std(0) / 63).all()
    assert mean.dtype == log_variance.dtype == error.dtype == jnp.float64


def test_the_loss_with_samples_is_the_negative_bound(batch):
    model, key = small(), jax.random.key(7)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    loss, metrics = bound_loss(model, params, batch, key, {}, samples=5)
    weights = log_weights(model, params, batch, key, {}, samples=5)
    means = np.log(np.exp(np.asarray(weights, np.float64)).mean(0))
    np.testing.assert_allclose(loss, -means.mean(), rtol=1e-5)
    np.testing.assert_allclose(metrics["elbo"], weights.mean(), rtol=1e-5)
    assert float(loss) < -float(metrics["elbo"]) - 1e-3


def test_extreme_posteriors_and_logits_stay_finite(batch):
    model = small()
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    huge = jax.tree.map(lambda a: 1e4 * jnp.sign(a), params)
    loss = jax.value_and_grad(partial(elbo_loss, model), has_aux=True)
    (value, _), slopes = jax.jit(loss)(huge, batch, jax.random.key(0), {})
    assert np.isfinite(value)
    assert all(np.isfinite(a).all() for a in jax.tree.leaves(slopes))


def test_sizes_are_read_from_words():
    assert mlp_sizes("400x50") == ((400,), 50)
    assert mlp_sizes("400-100x2") == ((400, 100), 2)
    for word in ("400", "x20", "0x3", "4x0", "4-x3", "4x3x2", ""):
        with pytest.raises(ValueError, match="as in 400x50"):
            mlp_sizes(word)
