"""Weights of both heads, and which images a member sees."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax.algorithms.two_heads import some_of_them, two_heads
from aejax.losses import reconstruction
from aejax.models import MlpAutoencoder
from aejax.models.two_heads import TwoHeads


def test_each_weight_counts_its_head(standard_promotion):
    random = np.random.default_rng(0)
    batch = {
        "image": jnp.asarray(random.integers(0, 256, (20, 6, 6, 1)), jnp.uint8),
        "label": jnp.asarray(random.integers(0, 4, 20)),
    }
    model = TwoHeads(MlpAutoencoder(3, (8,), (6, 6, 1)), classes=4)
    algorithm = two_heads(model, steps=10)
    hparams = {"learning_rate": 1e-3, "step": 0, "images": 2.0, "classes": 3.0}
    hparams = {name: jnp.asarray(value) for name, value in hparams.items()}
    state = algorithm.init(jax.random.key(0), batch, hparams)
    _, metrics = algorithm.step(state, batch, jax.random.key(1), hparams)
    shown = batch["image"] / jnp.float32(255)
    rebuilt, classes = model.apply(algorithm.params(state), shown)
    error = reconstruction.bernoulli(rebuilt, shown).mean()
    chance = jax.nn.softmax(classes)[jnp.arange(20), batch["label"]]
    wanted = 2 * error - 3 * jnp.log(chance).mean()
    np.testing.assert_allclose(metrics["loss"], wanted, rtol=1e-5)


def test_a_member_sees_so_many_images_and_its_seed_says_which():
    data, rows = {"label": jnp.arange(50)}, jnp.arange(50)

    def seen(**own):
        hparams = {name: jnp.float32(value) for name, value in own.items()}
        drawn = some_of_them(data, rows, jax.random.key(0), hparams)["label"]
        return sorted(set(np.asarray(drawn).tolist()))

    assert seen() == list(range(50))
    assert seen(labels=3) == [0, 1, 2]
    assert seen(labels=3, data_seed=1) == [10, 11, 12]
    assert seen(labels=3, data_seed=5) == [0, 1, 2]
