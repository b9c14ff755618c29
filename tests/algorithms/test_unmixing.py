"""Training that unmixes: losses of members, pairs by key, exact sweeps and resuming."""

import os
import signal
from functools import partial
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import images, sampling, sweep, train
from aejax.algorithms import unmixing
from aejax.algorithms.schedules import cosine
from aejax.lab.run import interrupt, records
from aejax.lab.training.fit import fit
from aejax.losses import unmixing as losses
from aejax.models.posteriors import Posterior

pytestmark = pytest.mark.usefixtures("compile_once")
SHAPE = (4, 5, 3)
PIXELS = 60


class Tiny(nn.Module):
    """Dense layers, with a code of zdim numbers."""

    sizes: ClassVar[tuple[str, ...]] = ("zdim",)
    zdim: int = 3
    variational: bool = False
    param_dtype: jnp.dtype = jnp.float32

    def setup(self) -> None:
        dense = partial(nn.Dense, param_dtype=self.param_dtype, dtype=self.param_dtype)
        self.mean, self.log_variance = dense(self.zdim), dense(self.zdim)
        self.hidden, self.parts = dense(8), dense(2 * PIXELS)

    def __call__(self, mixed):
        return self.separate(self.encode(mixed).mean, mixed)

    def encode(self, mixed):
        x = images.unit(mixed, self.param_dtype).reshape(len(mixed), -1)
        x = nn.tanh(self.hidden(x))
        return Posterior(self.mean(x), self.log_variance(x))

    def separate(self, latents, mixed):
        return nn.sigmoid(self.parts(latents)).reshape(len(mixed), 2, *SHAPE)


def sgd(hparams):
    return optax.sgd(hparams["learning_rate"])


@pytest.fixture(scope="module")
def data():
    """Pools of different lengths, uint8."""
    random = np.random.default_rng(0)
    return {
        name: random.integers(0, 256, (n, *SHAPE)).astype(np.uint8)
        for name, n in (("first", 13), ("second", 5))
    }


@pytest.fixture(scope="module")
def held_out(data):
    return {name: array[:5] for name, array in data.items()}


def own(**hparams):
    known = {"seed": jnp.uint32(0), "learning_rate": jnp.float32(0.1)}
    return known | {name: jnp.float32(x) for name, x in hparams.items()}


@pytest.fixture(scope="module")
def unmixed(held_out):
    """Parameters, and what the model gives for the held-out mixtures, in NumPy."""
    true = np.stack([held_out["first"], held_out["second"]], 1) / np.float32(255)
    params = Tiny().init(jax.random.key(0), true.mean(1)[:1])
    params = jax.tree.map(lambda a: 3 * a, params)
    return params, np.asarray(Tiny().apply(params, true.mean(1))), true


def first_loss(model, params, batch, hparams, key):
    algorithm = unmixing(model, steps=1, optimizer=sgd)
    state = {"params": params, "opt_state": sgd(hparams).init(params)}
    _, metrics = jax.jit(algorithm.step)(state, batch, key, hparams)
    return metrics


@pytest.mark.parametrize("is_invariant", [0.0, 1.0, None])
def test_the_loss_is_that_of_the_member(unmixed, held_out, is_invariant):
    params, parts, true = unmixed
    hparams = own() if is_invariant is None else own(invariant=is_invariant)
    metrics = first_loss(Tiny(), params, held_out, hparams, jax.random.key(1))
    in_order = np.square(parts - true).mean((2, 3, 4)).sum(1)
    swapped = np.square(parts[:, ::-1] - true).mean((2, 3, 4)).sum(1)
    assert 0 < (swapped < in_order).sum() < 5
    expected = np.minimum(in_order, swapped) if is_invariant else in_order
    assert {*metrics} == {"loss"}
    np.testing.assert_allclose(metrics["loss"], expected.mean(), rtol=1e-5)


@pytest.mark.parametrize("is_invariant", [False, True])
def test_each_output_is_evaluated_as_it_is_assigned(unmixed, held_out, is_invariant):
    params, parts, true = unmixed
    algorithm = unmixing(Tiny(), steps=1, optimizer=sgd)
    hparams = own(invariant=is_invariant)
    found = jax.jit(algorithm.evaluate)(params, held_out, hparams)
    if is_invariant:
        parts = np.asarray(losses.assigned(jnp.asarray(parts), jnp.asarray(true)))
    first, second = np.square(parts - true).mean((0, 2, 3, 4))
    expected = {"": (first + second) / 2, "_first": first, "_second": second}
    assert len(found) == 6
    for name, error in expected.items():
        np.testing.assert_allclose(found[f"test_mse{name}"], error, rtol=1e-5)
        decibels = -10 * np.log10(error)
        np.testing.assert_allclose(found[f"test_psnr{name}"], decibels, rtol=1e-5)


@pytest.mark.parametrize("beta", [None, 0.0, 0.25])
def test_a_variational_loss_adds_the_kl_per_number_of_an_image(unmixed, held_out, beta):
    params, _, true = unmixed
    model, key = Tiny(variational=True), jax.random.key(4)
    hparams = own() if beta is None else own(beta=beta)
    metrics = first_loss(model, params, held_out, hparams, key)
    code = model.apply(params, true.mean(1), method="encode")
    kl = (np.square(code.mean) + np.exp(code.log_variance) - 1 - code.log_variance) / 2
    np.testing.assert_allclose(metrics["kl"], kl.sum(1).mean(), rtol=1e-5)
    latents = sampling.reparameterize(key, code.mean, code.log_variance)
    parts = model.apply(params, latents, true.mean(1), method="separate")
    error = np.square(parts - true).mean((2, 3, 4)).sum(1).mean()
    np.testing.assert_allclose(metrics["error"], error, rtol=1e-5)
    expected = error + (1.0 if beta is None else beta) * kl.sum(1).mean() / PIXELS
    np.testing.assert_allclose(metrics["loss"], expected, rtol=1e-5)


def member(name, zdim, seed=0, **changes):
    fields = {k: changes.pop(k) for k in ("variational", "param_dtype") if k in changes}
    hparams = {"learning_rate": 0.5, "invariant": 0.0, "beta": 0.1, **changes}
    return sweep.Member(name, Tiny(zdim, **fields), seed, seed, hparams)


MAKE = partial(unmixing, steps=6, optimizer=sgd)


def trained(members, data, held_out):
    """Parameters and evaluation of each member after six steps as one program."""
    example = {name: array[:1] for name, array in data.items()}
    (group,) = sweep.groups(members, MAKE, example)
    algorithm, own = MAKE(group.model), sweep.hparams(members)

    def run(state, own, data, held_out):
        schedule = {"algorithm": algorithm, "steps": 6, "batch_size": 4}
        state, metrics = train.chunk(state, own, data, 0, **schedule)
        params = algorithm.params(state)
        return params, metrics, algorithm.evaluate(params, held_out, own)

    @jax.jit
    def together(own, *shared):
        state = sweep.stack(group, MAKE, example).state
        return jax.vmap(lambda s, o: run(s, o, *shared))(state, own)

    params, *found = together(own, data, held_out)
    places = range(len(members))
    return [
        (sweep.take(params, group, i, MAKE), jax.tree.map(lambda a, i=i: a[i], found))
        for i in places
    ]


@pytest.mark.slow
def test_a_padded_member_is_the_model_alone(x64, data, held_out):
    """With pairs and noise of its own, and another loss than its neighbour."""
    how = {"variational": True, "param_dtype": jnp.float64}
    it = member("it", 2, invariant=1.0, **how)
    larger = member("larger", 5, 1, **how)
    (alone,) = trained([it], data, held_out)
    together, _ = trained([it, larger], data, held_out)
    assert {*alone[1][0]} == {"loss", "error", "kl"}
    close = partial(np.testing.assert_allclose, rtol=0, atol=1e-10)
    jax.tree.map(close, together, alone)


@pytest.mark.slow
def test_a_stopped_training_continues_as_if_never_stopped(
    tmp_path, data, held_out, monkeypatch
):
    def run(folder=None):
        how = {"steps": 6, "batch_size": 4, "every": 2, "checkpoint_seconds": 0.0}
        it = member("it", 2, variational=True)
        return fit([it], MAKE, data, held_out=held_out, folder=folder, **how)

    whole = run()
    write = records.Recorder.write

    def write_and_signal(self, *arguments):
        values = write(self, *arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return values

    with monkeypatch.context() as patch:
        patch.setattr(records.Recorder, "write", write_and_signal)
        with pytest.raises(interrupt.Stopped, match="at step 2"):
            run(tmp_path)
    broken = run(tmp_path)
    jax.tree.map(np.testing.assert_array_equal, broken["it"][1], whole["it"][1])
    assert broken.records == whole.records
    (last,) = (r for r in whole.records if r["step"] == 6)
    assert {"loss", "kl", "test_mse", "test_psnr_second"} <= {*last}


@pytest.mark.slow
@pytest.mark.usefixtures("standard_promotion")
def test_exchangeable_pairs_collapse_to_the_mean_but_for_the_invariant_loss():
    """Of two images, in one program: the least errors that there are.

    Half the pairs are an image with itself, which both get right. Of the others the
    plain loss learns the mean, a quarter of their distance off each image.
    """
    random = np.random.default_rng(3)
    two = random.integers(40, 216, (2, *SHAPE)).astype(np.uint8)
    pool = np.tile(two, (8, 1, 1, 1))
    pairs = {
        "first": two[np.array([0, 0, 1, 1])],
        "second": two[np.array([0, 1, 0, 1])],
    }
    members = [
        member(name, 4, learning_rate=0.02, invariant=rule)
        for name, rule in (("plain", 0.0), ("invariant", 1.0))
    ]
    done = fit(
        members,
        partial(unmixing, steps=1200),
        {"first": pool, "second": pool},
        held_out=pairs,
        steps=1200,
        batch_size=16,
        every=1200,
    )
    assert len(done.groups) == 1
    found = {r["member"]: r["test_mse"] for r in done.records}
    distance = np.square(np.subtract(*two.astype(np.float64)) / 255).mean()
    assert found["plain"] == pytest.approx(distance / 8, rel=0.03)
    assert found["invariant"] < distance / 400


@pytest.mark.usefixtures("standard_promotion")
@pytest.mark.parametrize(("changes", "first"), [({}, 0.1), ({"schedule": cosine}, 0.0)])
def test_the_learning_rate_is_constant_unless_a_schedule_is_given(
    held_out, changes, first
):
    """The first step of Adam is the learning rate, if the gradient is not tiny."""
    algorithm = unmixing(Tiny(), steps=50, **changes)
    begun = jax.jit(algorithm.init)(jax.random.key(0), held_out, own())
    done, _ = jax.jit(algorithm.step)(begun, held_out, jax.random.key(0), own())
    before, after = (s["params"]["params"]["parts"]["bias"] for s in (begun, done))
    np.testing.assert_allclose(np.median(np.abs(after - before)), first, rtol=1e-3)
