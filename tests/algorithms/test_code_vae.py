"""A VAE of codes: exact for Gaussian codes, as one of a sweep, and as a sampler."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

import aejax
from aejax import sweep, train
from aejax.algorithms import code_vae
from aejax.algorithms.code_vae import sample, terms
from aejax.models import CodeVAE

VALUES = np.array([1.5, 0.9, 0.4])
VECTORS, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
COVARIANCE = (VECTORS * VALUES) @ VECTORS.T
HPARAMS = {"zdim": jnp.int32(3)}
LINEAR = CodeVAE(3, width=3, depth=1, activation=lambda x: x, param_dtype=jnp.float64)


def optimal(variance):
    """Parameters of `LINEAR` that are exact for codes of N(0, COVARIANCE).

    Probabilistic PCA (Tipping & Bishop 1999): the decoder's columns are eigenvectors
    of length sqrt(l - variance), and the posterior is N(W' x / l, variance / l).
    """
    scale = np.sqrt(VALUES - variance)
    zero, eye = np.zeros(3), np.eye(3)
    dense = {
        "encoder": {"fc_0": (VECTORS, zero)},
        "posterior": {
            "mean": (np.diag(scale / VALUES), zero),
            "log_variance": (np.zeros((3, 3)), np.log(variance / VALUES)),
        },
        "decoder_0": (np.diag(scale), zero),
        "decoder_1": (VECTORS.T @ eye, zero),
    }
    is_layer = lambda x: isinstance(x, tuple)  # noqa: E731
    params = jax.tree.map(
        lambda layer: dict(
            zip(("kernel", "bias"), map(jnp.asarray, layer), strict=True)
        ),
        dense,
        is_leaf=is_layer,
    )
    return {"params": {**params, "log_variance": jnp.log(variance)}}


@pytest.fixture(scope="module")
def codes():
    drawn = np.random.default_rng(1).normal(size=(20_000, 3)) * np.sqrt(VALUES)
    return drawn @ VECTORS.T


@pytest.mark.parametrize("variance", [0.4, 0.1, 1e-3])
def test_the_elbo_of_the_exact_vae_is_the_log_density(x64, codes, variance):
    """At any variance up to the least of the data: nats, for each code alone."""
    x = jnp.asarray(codes[:5])
    params = optimal(variance)
    like = jax.eval_shape(LINEAR.init, jax.random.key(0), x)
    assert jax.tree.map(jnp.shape, params) == jax.tree.map(jnp.shape, like)
    error, kl = jax.jit(jax.vmap(lambda key: terms(LINEAR, params, x, key, HPARAMS)))(
        jax.random.split(jax.random.key(0), 4000)
    )
    density = stats.multivariate_normal(np.zeros(3), COVARIANCE).logpdf(codes[:5])
    gap = np.asarray(error + kl).mean(0) + density
    assert (np.abs(gap) < 4.5 * stats.sem(error + kl) + 1e-9).all()


def test_samples_of_the_exact_vae_have_the_covariance_of_the_codes(x64):
    count = 40_000
    draw = jax.jit(lambda params, key: sample(LINEAR, params, key, count, HPARAMS))
    for variance in (0.4, 0.05):
        found = np.asarray(draw(optimal(variance), jax.random.key(0)))
        diagonal = np.diag(COVARIANCE)
        spread = np.sqrt((np.outer(diagonal, diagonal) + COVARIANCE**2) / count)
        difference = np.abs(np.cov(found, rowvar=False) - COVARIANCE)
        assert (difference < 4.5 * spread).all()


def sgd(hparams):
    return optax.sgd(hparams["learning_rate"])


@pytest.mark.slow
def test_padded_members_are_the_models_alone(x64, codes):
    members = [
        sweep.Member(
            f"{zdim},{width}",
            CodeVAE(zdim, width=width, depth=1, param_dtype=jnp.float64),
            seed=zdim,
            hparams={"learning_rate": 0.02},
        )
        for zdim, width in ((3, 4), (2, 7))
    ]
    data = {"code": jnp.asarray(codes[:24])}
    make = partial(code_vae, steps=50, optimizer=sgd)

    def trained(members, data):
        example = {"code": data["code"][:1]}
        (group,) = sweep.groups(members, make, example)
        algorithm = make(group.model)

        def run(state, own):
            state, _ = train.chunk(
                state, own, data, 0, algorithm=algorithm, steps=50, batch_size=8
            )
            params = algorithm.params(state)
            drawn = sample(group.model, params, jax.random.key(0), 4, own)
            return params, algorithm.evaluate(params, data, own), drawn

        state = jax.jit(lambda: sweep.stack(group, make, example).state)()
        params, found, drawn = jax.jit(jax.vmap(run))(state, sweep.hparams(members))
        return [
            (
                sweep.take(params, group, i, make),
                {name: value[i] for name, value in found.items()},
                drawn[i, :, : member.model.zdim],
                drawn[i, :, member.model.zdim :],
            )
            for i, member in enumerate(members)
        ]

    close = partial(np.testing.assert_allclose, rtol=0, atol=1e-10)
    for member, found in zip(members, trained(members, data), strict=True):
        (expected,) = trained([member], {"code": data["code"][:, : member.model.zdim]})
        jax.tree.map(close, found[:3], expected[:3])
        assert not found[3].any()


def test_white_codes_that_are_not_gaussian_are_learned(standard_promotion):
    """Where nothing is learned the loss is that of N(0, I)."""
    ring = 2 * np.pi * np.arange(6) / 6
    places = np.random.default_rng(2).integers(6, size=2000)
    spread = 0.1 * np.random.default_rng(3).normal(size=(2000, 2))
    x = np.stack([np.cos(ring), np.sin(ring)], 1)[places] * np.sqrt(2) + spread
    white = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
    model = CodeVAE(2, width=32, depth=1)
    make = partial(code_vae, steps=1500)
    member = sweep.Member("ring", model, hparams={"learning_rate": 1e-2})
    trained = aejax.fit(
        [member],
        make,
        {"code": white},
        steps=1500,
        batch_size=64,
        held_out={"code": white},
        every=1500,
    )
    gaussian = 2 * np.log(2 * np.pi * np.e) / 2
    assert trained.records[-1]["test_loss"] < gaussian - 0.5


def test_training_reaches_the_entropy_of_the_codes(standard_promotion, codes):
    """The least ELBO loss of Gaussian codes; and samples have their covariance."""
    data = {"code": jnp.asarray(codes, jnp.float32)}
    model, steps = CodeVAE(3, width=16, depth=1, activation=lambda x: x), 1500
    algorithm = code_vae(model, steps=steps)
    own = {"learning_rate": jnp.float32(1e-2), **HPARAMS}
    own |= {"seed": jnp.uint32(0), "data_seed": jnp.uint32(0)}

    @jax.jit
    def run():
        state = algorithm.init(jax.random.key(0), {"code": data["code"][:1]}, own)
        state, _ = train.chunk(
            state, own, data, 0, algorithm=algorithm, steps=steps, batch_size=128
        )
        params = algorithm.params(state)
        drawn = sample(model, params, jax.random.key(1), 20_000, own)
        return algorithm.evaluate(params, data, own), drawn

    found, drawn = run()
    entropy = stats.multivariate_normal(np.zeros(3), COVARIANCE).entropy()
    assert found["test_loss"] == pytest.approx(entropy, abs=0.05)
    covariance = np.cov(drawn, rowvar=False)
    np.testing.assert_allclose(covariance, COVARIANCE, atol=0.1)
