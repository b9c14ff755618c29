import jax.numpy as jnp
import numpy as np

from aejax.eval.convolution import extent
from aejax.eval.fields import growth, seen_by
from aejax.models.dilated import DilatedStack


def test_a_stack_of_doubling_distances_sees_all_and_a_constant_one_has_holes():
    stacks = [DilatedStack(1, d, 2, activation=jnp.tanh) for d in ((1, 2), (3, 3))]
    found = [seen_by(stack, 31) > 0 for stack in stacks]
    assert [extent(own) for own in found] == [7, 13]
    assert [own.sum() for own in found] == [7, 5]


def test_fields_by_formula_and_by_gradient():
    found = growth(lambda i: 2**i, 3)
    np.testing.assert_array_equal(found, [[3, 3, 1], [7, 7, 1], [15, 15, 1]])
    other = growth(lambda i: 1, 2, lambda i: 3)
    np.testing.assert_array_equal(other, [[7, 3, 1], [13, 5, 1]])
