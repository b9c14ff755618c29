"""Costs of convolutions: what is measured of real layers is what formulas say."""

import dataclasses

import flax.linen as nn
import jax
import numpy as np
import pytest

from aejax.eval.convolution import Layer, module
from aejax.eval.convolution_cost import (
    Cost,
    adjoint_error,
    by_formula,
    by_measurement,
    pattern,
    terms,
    terms_of_resized,
    uneven,
)


@pytest.mark.parametrize(
    ("layers", "known"),
    [
        # 5·5 places, 9 taps, 2·2 channels; 9·2·2 weights and 2 biases.
        ([Layer(3, padding=1)], Cost(5, 38, 900, 3)),
        ([Layer(3, padding=2, dilation=2)], Cost(5, 38, 900, 5)),
        ([Layer(4, stride=2, padding=1, transposed=True)], Cost(10, 66, 1600, 2)),
        ([Layer(3, groups=2, padding=1), Layer(1)], Cost(5, 26, 550, 3)),
        # 3·3 places each; the second one sees two more, each two apart.
        ([Layer(3, stride=2, padding=1), Layer(3, padding=1)], Cost(3, 76, 648, 7)),
    ],
)
def test_formula_and_measurement(layers, known):
    with jax.enable_x64(True):
        assert by_formula(layers, 2, 5) == by_measurement(layers, 2, 5) == known


def test_a_layer_without_its_stride_is_noticed():
    def wrong(layer, channels):
        return module(dataclasses.replace(layer, stride=1), channels)

    layers = [Layer(3, stride=2, padding=1)]
    with jax.enable_x64(True):
        found = by_measurement(layers, 1, 5, wrong)
    known = by_formula(layers, 1, 5)
    assert found.output == 5 != known.output
    assert found.multiplications == 225 != known.multiplications


def test_what_has_no_formula_is_refused():
    with pytest.raises(ValueError, match="transposed"):
        by_formula([Layer(3), Layer(3, transposed=True)], 1, 5)


def test_groups_are_blocks_of_the_matrix():
    """Of two channels of 3 × 3 pixels: no entry between different channels."""
    with jax.enable_x64(True):
        found = pattern(Layer(3, groups=2, padding=1), 2, size=3)
    assert found.shape == (18, 18)
    assert not found[:9, 9:].any() and not found[9:, :9].any()
    # A corner sees 4 pixels, an edge 6, the middle 9.
    assert found[:9].sum(1).tolist() == [4, 6, 4, 6, 9, 6, 4, 6, 4]


def test_terms_are_equal_where_the_stride_divides_the_kernel():
    along = np.array([1, 1, 2, 1, 2, 1, 1])
    with jax.enable_x64(True):
        np.testing.assert_array_equal(terms(3, 3, 2), np.outer(along, along))
        assert set(terms(4, 6, 3)[3:-3, 3:-3].ravel()) == {4}
        assert set(terms_of_resized(4, 3, 2).ravel()) == {9}


def test_terms_away_from_the_border_are_compared():
    image = np.ones((6, 6))
    image[2, 3], image[0] = 4, 9
    assert uneven(image, 1) == 4 and uneven(image, 2) == 4
    assert uneven(image[:, :3], 1) == 1


def test_a_transposed_layer_is_the_transposed_matrix():
    def other(layer, channels):
        return (
            nn.ConvTranspose(channels, (3, 3), (2, 2), padding="VALID")
            if layer.transposed
            else module(layer, channels)
        )

    with jax.enable_x64(True):
        assert adjoint_error(Layer(3, stride=2), 2, 5) < 1e-12
        # It flips no kernel, and does not exchange channels.
        assert adjoint_error(Layer(3, stride=2), 2, 5, other) > 0.1
        # 6 positions become 2, and 2 become 5.
        assert adjoint_error(Layer(3, stride=2), 2, 6) == np.inf
