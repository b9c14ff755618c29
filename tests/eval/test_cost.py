"""Costs of models against counts by hand."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

from aejax.eval import cost
from aejax.models import Autoencoder, Conv, ConvEncoder
from experiments._benchmark import flops as by_hand

IMAGE = jnp.zeros((1, 28, 28, 1))


@pytest.mark.parametrize(("width", "zdim"), [(32, 10), (8, 3)])
def test_operations_are_those_counted_by_hand(width, zdim):
    one, two, three = width, 2 * width, 4 * width
    layers = [
        by_hand.convolution(16 * 16, 9, 1, one),
        by_hand.convolution(8 * 8, 9, one, two),
        by_hand.convolution(4 * 4, 9, two, three),
        4 * 4 * three * zdim,
        zdim * 4 * 4 * three,
        by_hand.convolution(4 * 4, 16, three, two),
        by_hand.convolution(8 * 8, 16, two, one),
        by_hand.convolution(16 * 16, 16, one, 1),
    ]
    model = Autoencoder(zdim, width=width)
    assert cost.flops(model, IMAGE) == 2 * sum(layers)


def test_dense_layers_count_once():
    assert cost.flops(nn.Dense(7), jnp.zeros((5, 11))) == 2 * 7 * 11


def test_parameters_are_those_of_the_tree():
    model = ConvEncoder(4, width=2, depth=1)
    params = model.init(jax.random.key(0), IMAGE)
    assert cost.parameters(model, IMAGE) == sum(a.size for a in jax.tree.leaves(params))
    assert cost.parameters(model, IMAGE) == (9 * 2 + 2) + (16 * 16 * 2 * 4 + 4)


@pytest.mark.parametrize(("layer", "places"), [(nn.Conv, 14 * 14), (Conv, 14 * 14)])
def test_convolutions_of_flax_count_as_ours(layer, places):
    model = layer(3, (3, 3), strides=(2, 2))
    assert cost.flops(model, IMAGE) == 2 * places * 9 * 3


def test_dense_layers_count_at_every_place():
    assert cost.flops(nn.Dense(2), jnp.zeros((1, 4, 5, 3))) == 2 * 4 * 5 * 3 * 2


def test_operations_of_a_function_are_counted_without_computing():
    found = cost.operations(jnp.dot, jnp.zeros((4, 5)), jnp.zeros((5, 6)))
    assert found == 2 * 4 * 5 * 6
