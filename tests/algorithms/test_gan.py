"""Latent GANs: padded members are the models alone; steps; what they learn."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import aejax
from aejax import executors, keys, models, sampling, sweep, train
from aejax.algorithm import with_ema
from aejax.algorithms.gan import gan, of_encoder
from aejax.eval import gan as samples
from aejax.eval.frechet import frechet_distance
from aejax.losses import adversarial as losses

STEPS, BATCH_SIZE = 50, 8
EXACT = {"rtol": 0, "atol": 1e-10}
HPARAMS = {
    "seed": jnp.uint32(3),
    "learning_rate": 0.1,
    "penalty": 0.5,
    "step": jnp.int32(0),
}


def latent_gan(noise_dim=3, zdim=2, width=5, critic=4, classes=0, depth=1, **types):
    generator = models.Generator(noise_dim, zdim, width, depth, classes, **types)
    return models.LatentGAN(generator, models.Critic(critic, depth, classes, **types))


def sgd(hparams):
    return optax.sgd(hparams["learning_rate"])


@pytest.fixture(scope="module")
def data():
    """Codes of 3 classes from 2 encoders, of which coordinates may be padding."""
    random = np.random.default_rng(0)
    label = np.arange(24) % 3
    code = random.normal(size=(24, 2, 4)) + label[:, None, None]
    return {"code": jnp.asarray(code, jnp.float32), "label": jnp.asarray(label)}


def first(data):
    """Codes of the first encoder."""
    return {**data, "code": data["code"][:, 0, :2]}


def trained(members, make, data):
    """Own parameters and metrics of each member after training all as one program."""
    (group,) = sweep.groups(members, make, data)
    state = jax.jit(lambda: sweep.stack(group, make, data))().state
    made = make(group.model)
    run = partial(train.chunk, algorithm=made, steps=STEPS, batch_size=BATCH_SIZE)
    own = sweep.hparams(members)
    state, curves = jax.jit(executors.over_members(run, "map"))(state, own, data, 0)
    params = jax.device_get(made.params(state))
    now = {**own, "step": jnp.full(len(members), STEPS)}
    found = jax.jit(jax.vmap(made.evaluate, (0, None, 0)))(params, data, now)
    for i in range(len(members)):
        metrics = jax.tree.map(lambda a, i=i: np.asarray(a)[i], (curves, found))
        yield sweep.take(params, group, i, make), metrics


@pytest.mark.parametrize(
    ("classes", "objective"),
    [
        pytest.param(0, losses.RELATIVISTIC, id="relativistic"),
        pytest.param(3, losses.WASSERSTEIN, id="classes", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_padded_members_are_the_models_alone(
    x64, standard_promotion, data, classes, objective
):
    """Of any noise, codes, widths, encoder and hyperparameters; Adam, averaged."""
    like = {"classes": classes, "param_dtype": jnp.float64}
    members = [
        sweep.Member(
            str(sizes),
            latent_gan(*sizes, **like),
            seed=seed,
            data_seed=seed,
            hparams={"learning_rate": rate, "penalty": 0.1 * seed, "encoder": seed % 2},
        )
        for sizes, seed, rate in (
            ((2, 4, 7, 3), 1, 1e-3), ((5, 2, 4, 6), 2, 3e-3)
        )
    ]  # fmt: skip

    def make(model):
        return with_ema(gan(model, steps=STEPS, objective=objective), 0.9)

    together = trained(members, make, data)
    for member, found in zip(members, together, strict=True):
        (expected,) = trained([member], make, data)
        # Its covariance is singular, with one-hot classes in it or padding: roots of
        # eigenvalues that are rounded to 1e-16 instead of 0 are 1e-8.
        distances = [one[1][1].pop("test_frechet") for one in (found, expected)]
        np.testing.assert_allclose(*distances, rtol=1e-7)
        jax.tree.map(partial(np.testing.assert_allclose, **EXACT), found, expected)


def stepped(model, data, objective=losses.RELATIVISTIC, hparams=HPARAMS, **how):
    algorithm = gan(model, steps=10, objective=objective, optimizer=sgd, **how)
    state = algorithm.init(jax.random.key(0), data, hparams)
    after, metrics = jax.jit(algorithm.step)(state, data, jax.random.key(1), hparams)
    return algorithm.params(state)["params"], algorithm.params(after)["params"], metrics


def test_a_step_is_the_formula(data):
    """Both losses, written out for a critic and a generator of known parameters."""
    model, batch = latent_gan(classes=3), first(data)
    before, after, metrics = stepped(model, batch)
    key_critic, key_generator = jax.random.split(jax.random.key(1))
    key_critic, _ = jax.random.split(key_critic)

    def scores(params, key):
        noise = sampling.noise(key, jnp.zeros((24, 3)))
        fake = model.generator.apply(
            {"params": params["generator"]}, noise, batch["label"]
        )
        score = partial(model.critic.apply, {"params": params["critic"]})
        slopes = [
            jax.vmap(jax.grad(lambda c, y: score(c[None], y[None])[0]))(
                c, batch["label"]
            )
            for c in (batch["code"], fake)
        ]
        squares = sum(jnp.square(s).sum(-1).mean() for s in slopes)
        return (
            score(batch["code"], batch["label"]),
            score(fake, batch["label"]),
            squares,
        )

    def critic_loss(params):
        real, fake, squares = scores(params, key_critic)
        return jnp.log1p(jnp.exp(fake - real)).mean() + 0.5 * squares / 2

    def generator_loss(params):
        real, fake, _ = scores(params, key_generator)
        return jnp.log1p(jnp.exp(real - fake)).mean()

    value, slope = jax.jit(jax.value_and_grad(critic_loss))(before)
    np.testing.assert_allclose(metrics["critic_loss"], value, rtol=1e-5)
    critic = jax.tree.map(lambda p, g: p - 0.1 * g, before["critic"], slope["critic"])
    moved = {**before, "critic": critic}
    value, other = jax.jit(jax.value_and_grad(generator_loss))(moved)
    np.testing.assert_allclose(metrics["generator_loss"], value, rtol=1e-5)
    generator = jax.tree.map(
        lambda p, g: p - 0.1 * g, before["generator"], other["generator"]
    )
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6),
        after,
        {"critic": critic, "generator": generator},
    )
    real, fake, squares = jax.jit(scores)(before, key_critic)
    np.testing.assert_allclose(metrics["gap"], (real - fake).mean(), rtol=1e-4)
    np.testing.assert_allclose(metrics["penalty"], squares / 2, rtol=1e-4)
    for name, grads in (("critic", slope), ("generator", other)):
        length = optax.tree.norm(grads[name])
        np.testing.assert_allclose(metrics[f"{name}_gradient"], length, rtol=1e-4)


def test_a_critic_may_have_several_rounds(data):
    batch = first(data)
    before, once, _ = stepped(latent_gan(), batch)
    _, thrice, _ = stepped(latent_gan(), batch, rounds=3)

    def way(params):
        differences = jax.tree.map(jnp.subtract, params["critic"], before["critic"])
        return optax.tree.norm(differences)

    assert way(thrice) > 2 * way(once)


def test_penalties_have_a_default_weight(data):
    batch = first(data)
    own = {name: value for name, value in HPARAMS.items() if name != "penalty"}
    _, found, _ = stepped(latent_gan(), batch, hparams=own)
    _, expected, _ = stepped(latent_gan(), batch, hparams={**own, "penalty": 0.1})
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_codes_are_those_of_the_members_encoder(data):
    for i in range(2):
        found = of_encoder(data, {"encoder": jnp.float32(i)})
        np.testing.assert_array_equal(found, data["code"][:, i])
    whole = {"code": data["code"][:, 0]}
    np.testing.assert_array_equal(of_encoder(whole, {}), whole["code"])


def test_both_networks_are_averaged(data):
    batch, decay = first(data), 0.05
    before, after, _ = stepped(latent_gan(), batch)
    algorithm = with_ema(gan(latent_gan(), steps=10, optimizer=sgd), decay)
    state = algorithm.init(jax.random.key(0), batch, HPARAMS)
    state, _ = jax.jit(algorithm.step)(state, batch, jax.random.key(1), HPARAMS)
    expected = jax.tree.map(lambda a, b: decay * a + (1 - decay) * b, before, after)
    found = algorithm.params(state)["params"]
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    jax.tree.map(close, found, expected)
    assert set(found) == {"critic", "generator"}


@pytest.mark.parametrize("classes", [0, 3])
def test_held_out_codes_are_compared_with_as_many_of_their_classes(data, classes):
    batch, model = first(data), latent_gan(classes=classes)
    algorithm = gan(model, steps=1)
    params = model.init(jax.random.key(5), jnp.zeros((1, 3)))
    found = jax.jit(algorithm.evaluate)(params, batch, HPARAMS)
    labels = batch["label"] if classes else None
    key = keys.stream(3, keys.DRAWS)
    noise = sampling.noise(key, jnp.zeros((24, 3)))
    fake, scores = model.apply(params, noise, labels)
    gap = model.apply(params, batch["code"], labels, method="score") - scores
    np.testing.assert_allclose(found["test_gap"], gap.mean(), rtol=1e-4)
    both = [np.asarray(batch["code"]), np.asarray(fake)]
    if classes:
        length = np.linalg.norm(both[0], axis=1).mean()
        both = [np.hstack([x, length * np.eye(3)[batch["label"]]]) for x in both]
    np.testing.assert_allclose(
        found["test_frechet"], frechet_distance(*both), rtol=1e-3
    )


def test_the_distance_may_be_measured_in_other_features(data):
    batch, model = first(data), latent_gan()
    params = model.init(jax.random.key(5), jnp.zeros((1, 3)))
    plain, tripled = (
        gan(model, steps=1, **how).evaluate(params, batch, HPARAMS)["test_frechet"]
        for how in ({}, {"describe": lambda codes, hparams: 3 * codes})
    )
    np.testing.assert_allclose(tripled, 9 * plain, rtol=1e-4)


def test_samples_of_a_padded_model_are_those_of_the_model_alone():
    small, large = latent_gan(2, 2), latent_gan(5, 4, 6)
    key, like = jax.random.key(7), jnp.zeros((1, 5))
    params = small.init(key, like[:, :2])
    padded = sweep.pad(params, jax.eval_shape(large.init, key, like))
    found = samples.sample(large, padded, key, 9, {"noise_dim": jnp.int32(2)})
    expected = samples.sample(small, params, key, 9, {})
    np.testing.assert_allclose(found[:, :2], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[:, 2:], 0)


def test_truncation_scales_the_noise():
    model, key = latent_gan(classes=3), jax.random.key(7)
    params = model.init(key, jnp.zeros((1, 3)))
    labels = jnp.full(9, 2)
    draw = partial(samples.sample, model, params, key, 9, {}, labels)
    noise = sampling.noise(key, jnp.zeros((9, 3)))
    for factor in (0.0, 0.5, 1.0):
        expected = model.apply(params, factor * noise, labels, method="generate")
        np.testing.assert_allclose(draw(factor), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_it_learns_two_modes_as_a_sweep(standard_promotion):
    """Codes around -1 and 1: two members of different noise find both."""
    random = np.random.default_rng(1)
    signs = np.sign(random.normal(size=(2, 1000, 1)))
    codes = signs + 0.15 * random.normal(size=(2, 1000, 2))
    train_codes, test_codes = codes.astype(np.float32)
    members = [
        aejax.Member(
            f"{n}", latent_gan(n, 2, 32, 32, depth=2), hparams={"learning_rate": 4e-3}
        )
        for n in (2, 4)
    ]
    found = aejax.fit(
        members,
        lambda model: with_ema(gan(model, steps=600), 0.98),
        {"code": train_codes},
        steps=600,
        batch_size=128,
        held_out={"code": test_codes},
        every=300,
        executor="map",
    )
    for member in members:
        model, params = found[member.name]
        codes = samples.sample(model, params, jax.random.key(0), 1000, {})
        near = [np.linalg.norm(codes - side, axis=-1) < 0.5 for side in (1, -1)]
        assert all(0.3 < each.mean() < 0.6 for each in near)
    last = [r for r in found.records if r["step"] == 600]
    assert all(r["test_frechet"] < 0.05 for r in last)
    assert {"gap", "penalty", "critic_gradient", "generator_gradient"} <= set(last[0])
