"""Diffusion models of codes: what they minimise, and that members are exact."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import integrate, stats

from aejax import diffusion as samplers
from aejax import sweep, train
from aejax.algorithms import diffusion
from aejax.losses import diffusion as losses
from aejax.models import Denoiser

RANDOM = np.random.default_rng(0)


def sgd(hparams):
    return optax.sgd(hparams["learning_rate"])


def chosen(batch, hparams):
    """The codes of one of several encoders, by a member's hparam."""
    return batch["code"][:, hparams["encoder"].astype(jnp.int32)]


@pytest.fixture(scope="module")
def data():
    """Codes of two encoders, of lengths 5 and 3, padded to the same."""
    codes = RANDOM.normal(size=(24, 2, 5))
    codes[:, 1, 3:] = 0
    return {"code": codes, "label": np.arange(24) % 3}


def trained(members, make, data, steps):
    """The averaged parameters of each member after training all as one program."""
    example = {name: a[:1] for name, a in data.items()}
    (group,) = sweep.groups(members, make, example)
    algorithm = make(group.model)

    def run(state, own):
        schedule = {"algorithm": algorithm, "steps": steps, "batch_size": 8}
        return algorithm.params(train.chunk(state, own, data, 0, **schedule)[0])

    state = jax.jit(lambda: sweep.stack(group, make, example).state)()
    params = jax.jit(jax.vmap(run))(state, sweep.hparams(members))
    return [sweep.take(params, group, i, make) for i in range(len(members))]


@pytest.fixture(scope="module")
def members():
    common = {"depth": 1, "classes": 3, "param_dtype": jnp.float64}
    return [
        sweep.Member(
            f"{zdim},{width}",
            Denoiser(zdim, width=width, **common),
            seed=zdim,
            hparams={"learning_rate": 0.05, "encoder": float(encoder)},
        )
        for zdim, width, encoder in ((5, 4, 0), (3, 7, 1))
    ]


@pytest.mark.slow
def test_padded_members_are_the_models_alone(x64, members, data):
    data = jax.tree.map(jnp.asarray, data)
    make = partial(diffusion, steps=50, codes=chosen, decay=0.9, optimizer=sgd)
    together = trained(members, make, data, 50)
    example = {name: a[:1] for name, a in data.items()}
    for member, found in zip(members, together, strict=True):
        # Alone it sees its own codes, without the other encoder or any padding.
        encoder = int(member.hparams["encoder"])
        own = {**data, "code": data["code"][:, encoder, : member.model.zdim]}
        alone = partial(diffusion, steps=50, decay=0.9, optimizer=sgd)
        (expected,) = trained([member], alone, own, 50)
        close = partial(np.testing.assert_allclose, rtol=0, atol=1e-10)
        jax.tree.map(close, found, expected)
        begun = make(member.model).init(
            jax.random.key(0),
            example,
            jax.tree.map(lambda a: a[0], sweep.hparams([member])),
        )
        moved = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), begun["ema"], found)
        assert min(map(float, jax.tree.leaves(moved))) > 1e-4


@pytest.mark.slow
def test_evaluation_of_a_padded_member_is_that_of_the_model_alone(x64, members, data):
    data = jax.tree.map(jnp.asarray, data)
    make = partial(diffusion, steps=1, codes=chosen, samples=30, sample_steps=4)
    small, member = members[1].model, members[1]
    large = Denoiser(5, width=7, depth=1, classes=3, param_dtype=jnp.float64)
    own = jax.tree.map(lambda a: a[0], sweep.hparams([member]))
    example = {name: a[:1] for name, a in data.items()}
    params, like = (
        jax.jit(make(m).init)(jax.random.key(0), example, own)["ema"]
        for m in (small, large)
    )
    random = np.random.default_rng(1)
    params = jax.tree.map(
        lambda a: jnp.asarray(random.normal(size=a.shape) / 4), params
    )
    alone = jax.jit(make(small).evaluate)(params, data, own)
    padded = jax.jit(make(large).evaluate)(sweep.pad(params, like), data, own)
    assert {*alone} == {"test_loss", "test_frechet"}
    for name, value in alone.items():
        np.testing.assert_allclose(padded[name], value, rtol=1e-8)


@pytest.mark.parametrize(
    ("unlabelled", "still"), [(1.0, slice(0, 3)), (0.0, slice(3, 4))]
)
def test_withheld_labels_are_no_class(x64, members, data, unlabelled, still):
    """Rows of the table whose class is never told do not move; the others do."""
    data = jax.tree.map(jnp.asarray, data)
    make = partial(
        diffusion,
        steps=2,
        codes=chosen,
        decay=0.0,
        unlabelled=unlabelled,
        optimizer=sgd,
    )
    algorithm = make(members[0].model)
    own = jax.tree.map(lambda a: a[0], sweep.hparams(members[:1]))
    state = jax.jit(algorithm.init)(jax.random.key(0), data, own)
    table = [state["ema"]["params"]["class"]["embedding"]]
    for i in range(2):  # the last layer begins at 0: the first step moves it alone
        state, _ = jax.jit(algorithm.step)(state, data, jax.random.key(i), own)
    table.append(state["ema"]["params"]["class"]["embedding"])
    moved = np.abs(table[1] - table[0]).max(-1) > 0
    assert not moved[still].any()
    assert np.delete(moved, still).all()


VALUES = np.array([1.9, 0.1])
"""Variances of the coordinates of Gaussian codes."""


def least_loss():
    """Of N(0, diag(VALUES)), averaged over the angles of training."""
    law = stats.norm(losses.MEAN, losses.DEVIATION)

    def at(log):
        c, s = np.cos(np.arctan(np.exp(log))), np.sin(np.arctan(np.exp(log)))
        return law.pdf(log) * (VALUES / (c**2 * VALUES + s**2)).mean()

    return integrate.quad(at, -8, 8)[0]


@pytest.mark.slow
def test_training_reaches_the_least_loss_and_samples_the_data(standard_promotion):
    random = np.random.default_rng(0)
    codes, held_out = (
        {
            "code": jnp.asarray(
                random.normal(size=(4096, 2)) * np.sqrt(VALUES), jnp.float32
            )
        }
        for _ in range(2)
    )
    model, steps = Denoiser(2, width=32, depth=1), 600
    algorithm = diffusion(model, steps=steps, decay=0.98)
    own = {"learning_rate": jnp.float32(1e-2), "zdim": jnp.int32(2)}
    own |= {"seed": jnp.uint32(0), "data_seed": jnp.uint32(0)}

    @jax.jit
    def run():
        state = algorithm.init(jax.random.key(0), codes, own)
        begun = algorithm.evaluate(algorithm.params(state), held_out, own)
        state, _ = train.chunk(
            state, own, codes, 0, algorithm=algorithm, steps=steps, batch_size=256
        )
        params = algorithm.params(state)
        made = samplers.sample(model, params, jax.random.key(1), 4096, own)
        return begun, algorithm.evaluate(params, held_out, own), made

    begun, ended, made = run()
    least = least_loss()
    # 4,096 codes give the loss to within about 2 %.
    assert ended["test_loss"] == pytest.approx(least, rel=0.05)
    assert begun["test_loss"] > 1.15 * least
    covariance = np.cov(made, rowvar=False)
    # A model of 600 steps: noise, where all began, would have variances of 1.
    np.testing.assert_allclose(np.diag(covariance), VALUES, rtol=0.25)
    np.testing.assert_allclose(covariance[0, 1], 0, atol=0.1)
    np.testing.assert_allclose(made.mean(0), 0, atol=0.1)
