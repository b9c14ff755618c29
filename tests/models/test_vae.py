"""VAEs: draws with explicit keys, terms against NumPy, padded members exact."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import sampling, sweep, train
from aejax.models import VAE
from aejax.recipes import vae

SHAPE = (4, 4, 1)


@pytest.fixture(scope="module")
def batch():
    key = jax.random.key(5)
    pictures = jax.random.randint(key, (12, *SHAPE), 0, 256).astype(jnp.uint8)
    return {"image": pictures, "label": jnp.arange(12) % 3}


def small(zdim=3, hidden=(6,), **fields):
    return VAE(zdim, hidden, SHAPE, **fields)


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


def test_relaxed_categories_are_positive_and_follow_their_chances():
    logits = jnp.log(jnp.array([0.2, 0.5, 0.3]))
    many = jnp.broadcast_to(logits, (50_000, 3))
    drawn = sampling.gumbel_softmax(jax.random.key(2), many, 0.1)
    np.testing.assert_allclose(drawn.sum(-1), 1, rtol=1e-5)
    shares = np.bincount(np.asarray(drawn).argmax(-1)) / 50_000
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=0.01)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"hidden": (7, 5)},
        {"classes": 3},
        {"classes": 3, "told_encoder": True},
        {"categories": 4},
        {"convolutional": True, "width": 2, "depth": 2},
    ],
)
def test_shapes(fields, batch):
    model = small(**fields)
    params = jax.jit(model.init)(jax.random.key(0), batch["image"][:1])
    found = model.apply(params, batch["image"], batch["label"], method="encode")
    assert found.mean.shape == found.log_variance.shape == (12, 3)
    assert (found.logits is not None) == ("categories" in fields)
    category = None if found.logits is None else jax.nn.softmax(found.logits)
    pictures = model.apply(
        params, found.mean, batch["label"], category, method="decode"
    )
    assert pictures.shape == (12, *SHAPE)
    assert 0 <= float(pictures.min()) <= float(pictures.max()) <= 1


def test_a_convolutional_vae_has_one_dense_layer(batch):
    model = small(hidden=(7, 5), convolutional=True, width=2, depth=2)
    with pytest.raises(ValueError, match="one dense layer"):
        model.init(jax.random.key(0), batch["image"][:1])


def test_terms_are_those_of_the_formulas(batch):
    model = small()
    params = model.init(jax.random.key(0), batch["image"][:1])
    key = jax.random.key(3)
    error, kl = vae.terms(model, params, batch, key, {})
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
    params = model.init(jax.random.key(0), batch["image"][:1])
    key = jax.random.key(3)
    error, kl = vae.terms(model, params, batch, key, {})
    mean, log_variance, *_ = model.apply(params, batch["image"], method="encode")
    draws = jax.random.split(key, 4000)
    found = jax.lax.map(
        lambda k: vae.log_weights(model, params, batch, k, {}, samples=1)[0], draws
    )
    # E[log weight] = ELBO: the analytic KL is the mean of its Monte Carlo form.
    errors = jax.lax.map(lambda k: vae.terms(model, params, batch, k, {})[0], draws)
    noise = np.asarray(found).std(0) / np.sqrt(len(draws))
    difference = np.abs(np.asarray(found.mean(0) + errors.mean(0) + kl))
    assert (difference < 5 * noise + 5 * np.asarray(errors).std(0) / 63).all()
    assert mean.dtype == log_variance.dtype == error.dtype == jnp.float64


def test_the_loss_with_samples_is_the_negative_bound(batch):
    model, key = small(), jax.random.key(7)
    params = model.init(jax.random.key(0), batch["image"][:1])
    loss, seen = vae.bound_loss(model, params, batch, key, {}, samples=5)
    weights = vae.log_weights(model, params, batch, key, {}, samples=5)
    means = np.log(np.exp(np.asarray(weights, np.float64)).mean(0))
    np.testing.assert_allclose(loss, -means.mean(), rtol=1e-5)
    np.testing.assert_allclose(seen["elbo"], weights.mean(), rtol=1e-5)
    assert float(loss) < -float(seen["elbo"]) - 1e-3


def test_padded_members_are_the_models_alone(x64, batch, monkeypatch):
    def optimizer(hyper):
        return optax.sgd(hyper["learning_rate"])

    def trained(members):
        (group,) = sweep.groups(members, batch["image"][:1])
        recipe = vae.recipe(group.model, steps=50, batch_size=4, optimizer=optimizer)
        hyper = sweep.hypers(group)
        stacked = sweep.stack(group, batch["image"][:1])
        states = jax.vmap(lambda p, h: train.init_state(p, h, recipe))(stacked, hyper)
        run = jax.vmap(
            lambda s, h: train.chunk(s, h, batch, recipe=recipe, steps=50)[0]
        )
        params = jax.jit(run)(states, hyper)["params"]
        return [
            sweep.take(params, group, i, batch["image"][:1])
            for i in range(len(members))
        ]

    members = [
        sweep.Member(
            f"{h}x{d}",
            small(d, (h,), param_dtype=jnp.float64),
            seed=d,
            hyper={"learning_rate": 1e-2, "beta": float(d), "reconstruction": 1.0},
        )
        for h, d in ((6, 2), (4, 5), (8, 3))
    ]
    together = trained(members)
    for member, found in zip(members, together, strict=True):
        (alone,) = trained([member])
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-12),
            found,
            alone,
        )


def test_extreme_posteriors_and_logits_stay_finite(batch):
    model = small()
    params = model.init(jax.random.key(0), batch["image"][:1])
    huge = jax.tree.map(lambda a: 1e4 * jnp.sign(a), params)
    loss = jax.value_and_grad(vae.elbo_loss, argnums=1, has_aux=True)
    (value, _), slopes = loss(model, huge, batch, jax.random.key(0), {})
    assert np.isfinite(value)
    assert all(np.isfinite(a).all() for a in jax.tree.leaves(slopes))
