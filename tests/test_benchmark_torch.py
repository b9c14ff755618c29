"""The benchmark's PyTorch: the same networks, losses and steps as the library's."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import algorithms, keys, sampling
from aejax.algorithms import schedules
from aejax.algorithms.vae import log_weights
from aejax.eval.likelihood import log_likelihood
from aejax.lab import Data
from aejax.models import mlp_vae
from experiments import likelihood as single
from experiments._benchmark import agreement, cases, jax_sides, likelihood

torch = pytest.importorskip("torch")

from experiments._benchmark import torch_side, torch_vae  # noqa: E402

pytestmark = pytest.mark.slow

SHAPE, HIDDEN, ZDIM = (4, 4, 1), (9, 7), 5


@pytest.fixture
def theirs():
    torch.manual_seed(0)
    return torch_vae.Vae(16, HIDDEN, ZDIM, torch.tanh)


@pytest.fixture
def ours():
    return mlp_vae(ZDIM, HIDDEN, SHAPE, activation=jnp.tanh)


@pytest.mark.parametrize("name", cases.MODELS)
def test_pytorch_trains_as_many_parameters(name):
    theirs, _ = torch_side.network_and_error(name)
    example = jnp.zeros((1, *cases.MODELS[name].image_shape))
    ours = jax.eval_shape(jax_sides.network(name).init, jax.random.key(0), example)
    count = sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(ours))
    assert sum(weight.numel() for weight in theirs.parameters()) == count


def test_handed_back_parameters_compute_the_same(ours, theirs):
    params = torch_vae.tree(theirs, SHAPE)
    like = jax.eval_shape(ours.init, jax.random.key(0), jnp.zeros((1, *SHAPE)))
    assert jax.tree.structure(params) == jax.tree.structure(like)
    shown = np.random.default_rng(0).random((3, *SHAPE), np.float32)
    latents = np.random.default_rng(1).normal(size=(3, ZDIM)).astype(np.float32)
    with torch.no_grad():
        mean, log_variance = theirs.encode(torch.tensor(shown).flatten(1))
        logits = theirs.logits(torch.tensor(latents)).reshape(3, *SHAPE)
    found = ours.apply(params, shown, method="encode")
    np.testing.assert_allclose(found.mean, mean, atol=1e-5)
    np.testing.assert_allclose(found.log_variance, log_variance, atol=1e-5)
    decoded = ours.apply(params, latents, method="logits")
    np.testing.assert_allclose(decoded, logits, atol=1e-5)


def test_both_start_from_one_distribution():
    torch.manual_seed(0)
    theirs = torch_vae.tree(torch_vae.Vae(784, (400,), 20), (28, 28, 1))
    model = mlp_vae(20, (400,), (28, 28, 1))
    ours = model.init(jax.random.key(0), jnp.zeros((1, 28, 28, 1)))
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(np.std(b), np.std(a), rtol=0.05)
        np.testing.assert_allclose(np.abs(b).max(), np.abs(a).max(), rtol=0.05)


def test_both_have_one_bound(ours, theirs):
    params = torch_vae.tree(theirs, SHAPE)
    shown = np.random.default_rng(0).integers(0, 2, (6, *SHAPE)).astype(np.float32)
    key = jax.random.key(1)
    noise = np.array(sampling.noise(key, jnp.zeros((3, 6, ZDIM))))
    flat = torch.tensor(shown).flatten(1)
    found = torch_vae.log_weights(theirs, flat, torch.tensor(noise))
    batch = {"image": jnp.asarray(shown)}
    expected = log_weights(ours, params, batch, key, {}, samples=3)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4, atol=1e-3)


def test_bound_of_many_samples_agrees_in_distribution(ours, theirs):
    params = torch_vae.tree(theirs, SHAPE)
    shown = np.random.default_rng(0).integers(0, 2, (50, *SHAPE)).astype(np.float32)
    loss = torch_vae.negative_bound(200)(theirs, torch.tensor(shown).flatten(1))
    batch = {"image": jnp.asarray(shown)}
    found = log_likelihood(ours, params, batch, jax.random.key(0), {}, samples=200)
    assert -loss.item() == pytest.approx(float(found.mean()), abs=0.1)


def test_both_take_the_same_steps(ours, theirs):
    steps, k, rate = 6, 3, 1e-3
    schedule = schedules.staged(steps)
    bits = np.random.default_rng(0).integers(0, 2, (8, *SHAPE), np.uint8)
    shown = bits * np.uint8(255)
    hparams = {"seed": jnp.uint32(0), "learning_rate": jnp.float32(rate)}
    algorithm = algorithms.vae(
        ours, steps=steps, samples=k, binarize=True,
        optimizer=schedules.adam(schedule, 1e-4),
    )  # fmt: skip
    begun = jax.tree.map(jnp.asarray, torch_vae.tree(theirs, SHAPE))
    batch = {"image": jnp.asarray(shown)}
    state = {**algorithm.init(jax.random.key(0), batch, hparams), "params": begun}
    optimizer = torch_vae.adam(theirs, 1e-4)
    x = torch.tensor(shown.reshape(8, -1) / 255, dtype=torch.float32)
    with jax.numpy_dtype_promotion("standard"):
        for step in range(steps):
            key = jax.random.fold_in(keys.stream(0, keys.NOISE), step)
            # The first key is for the pixels, which are binary already.
            like = jnp.zeros((k, 8, ZDIM))
            noise = np.array(sampling.noise(jax.random.split(key)[1], like))
            state, _ = algorithm.step(state, batch, key, hparams)
            weights = torch_vae.log_weights(theirs, x, torch.tensor(noise))
            value = (math.log(k) - torch.logsumexp(weights, 0)).mean()
            torch_vae.take_step(optimizer, rate * float(schedule(step)), value)
    moved = jax.tree.map(lambda a, b: np.abs(a - b).max(), state["params"], begun)
    assert min(jax.tree.leaves(moved)) > 1e-4
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=2e-5),
        state["params"],
        torch_vae.tree(theirs, SHAPE),
    )


def test_every_image_is_seen_once_an_epoch():
    seen = []

    def loss(model, x):
        seen.append(x[:, 0].clone())
        return model.mean.weight.sum() * 0

    images = np.arange(8, dtype=np.uint8).reshape(8, 1, 1, 1)
    setting = torch_vae.Setting(seed=0, rates=[0.0] * 4, batch_size=4, every=3)
    model = torch_vae.seeded(setting, 1, (2,), 1)
    looks = []
    torch_vae.fit(model, images, loss, setting, lambda step, tree: looks.append(step))
    assert looks == [3, 4]
    for first, second in (seen[:2], seen[2:]):
        assert sorted((torch.cat([first, second]) * 255).round().tolist()) == [
            *range(8)
        ]


@pytest.fixture(
    scope="module", params=[agreement, likelihood], ids=lambda m: m.__name__
)
def comparison(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    more = {"ks": (1, 3), "samples": 5} if request.param is likelihood else {}
    options = request.param.Options(
        dataset="mnist_5k", steps=4, chunk=2, seeds=2, workdir=str(folder), **more
    )
    # Optax promotes dtypes.
    with jax.numpy_dtype_promotion("standard"):
        return request.param.EXPERIMENT, options, request.param.EXPERIMENT.run(options)


def test_comparison_measures_both_frameworks(comparison):
    _, options, results = comparison
    count = 2 * len(getattr(options, "ks", (0,)))
    assert [c["framework"] for c in results.conditions] == count // 2 * [
        "aejax",
        "PyTorch",
    ]
    assert isinstance(results.data, Data)
    for condition in results.conditions:
        assert np.isfinite(results.of(results.measures[0], condition)).all()
        assert (results.seconds[results.place(condition)] > 0).all()
        metric = "test_bound" if hasattr(options, "ks") else "test_loss"
        steps, values = results.curves(metric, condition)
        assert steps.tolist() == [2, 4]
        assert values.shape == (2, 2)
    if hasattr(options, "ks"):
        assert single.BOUND in results.measures


def test_finished_comparison_trains_nothing_again(comparison, monkeypatch):
    experiment, options, results = comparison

    def fit(*given):
        raise AssertionError("trained again")

    monkeypatch.setattr(torch_vae, "fit", fit)
    with jax.numpy_dtype_promotion("standard"):
        again = experiment.run(options)
    for name, values in results.values.items():
        np.testing.assert_array_equal(again.values[name], values)
