import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.models.dilated import DilatedConv, DilatedStack


@pytest.mark.parametrize(
    ("shape", "k", "d", "padding"),
    [
        ((2, 9, 2), 2, 3, "CAUSAL"),
        ((2, 9, 2), 3, 2, "SAME"),
        ((1, 6, 7, 2), 3, 2, "SAME"),
    ],
)
def test_it_is_that_of_flax(shape, k, d, padding):
    random = np.random.default_rng(0)
    x = jnp.asarray(random.normal(size=shape), jnp.float32)
    axes = len(shape) - 2
    params = {
        "params": {
            "kernel": jnp.asarray(random.normal(size=[k] * axes + [2, 3]), jnp.float32),
            "bias": jnp.arange(3.0),
        }
    }
    flax = nn.Conv(3, (k,) * axes, kernel_dilation=d, padding=padding)
    own = DilatedConv(3, k, d, causal=padding == "CAUSAL")
    np.testing.assert_allclose(
        own.apply(params, x), flax.apply(params, x), rtol=1e-4, atol=1e-5
    )


def test_a_causal_stack_sees_nothing_later():
    model = DilatedStack(1, (1, 2), width=3, kernel_size=2, causal=True)
    x = jnp.ones((1, 8, 1))
    like = jax.eval_shape(model.init, jax.random.key(0), x)
    params = jax.tree.map(lambda leaf: jnp.full(leaf.shape, 0.5), like)
    gradient = jax.grad(lambda x: model.apply(params, x)[0, 5, 0])(x)[0, :, 0]
    np.testing.assert_array_equal(gradient != 0, [0, 0, 1, 1, 1, 1, 0, 0])
