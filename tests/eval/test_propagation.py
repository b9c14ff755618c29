"""Labels spread over a graph: closed form, separated groups, and no labels asked."""

import numpy as np
import pytest
from sklearn.semi_supervised import LabelSpreading

from aejax.eval import propagation


@pytest.fixture(scope="module")
def groups():
    """Codes [120, 3] in three groups far apart, their classes, and test codes."""
    random = np.random.default_rng(0)
    classes = np.repeat(np.arange(3), 40)
    centres = 50 * np.eye(3)
    train = centres[classes] + random.normal(size=(120, 3))
    return train, classes, centres[classes] + random.normal(size=(120, 3))


def test_one_label_names_a_whole_group(groups):
    train, classes, test = groups
    graph = propagation.graph(train, test)
    rows = np.array([5, 45, 110])
    named, seen = propagation.propagate(graph, rows, classes[rows], 3)
    np.testing.assert_array_equal(named, classes)
    np.testing.assert_array_equal(seen, classes)


def test_edges_are_symmetric_and_normalised(groups):
    edges = propagation.graph(groups[0], groups[2], neighbours=4).edges
    assert abs(edges - edges.T).max() == 0
    largest = np.linalg.eigvalsh(edges.toarray().astype(np.float64)).max()
    assert largest == pytest.approx(1, abs=1e-6)


def test_many_rounds_solve_the_linear_system():
    random = np.random.default_rng(1)
    train, test = random.normal(size=(60, 4)), random.normal(size=(9, 4))
    graph = propagation.graph(train, test, neighbours=5)
    rows, labels = np.arange(6), np.array([0, 1, 2, 0, 1, 2])
    given = np.zeros((60, 3))
    given[rows, labels] = 1
    solved = np.linalg.solve(np.eye(60) - 0.8 * graph.edges.toarray(), given)
    found, seen = propagation.propagate(graph, rows, labels, 3, kept=0.8, rounds=200)
    np.testing.assert_array_equal(found, solved.argmax(1))
    np.testing.assert_array_equal(seen, solved[graph.near].sum(1).argmax(1))


def test_it_is_scikit_learns_label_spreading():
    random = np.random.default_rng(2)
    train = random.normal(size=(80, 3))
    rows, labels = np.arange(9), np.arange(9) % 3
    marked = np.full(80, -1)
    marked[rows] = labels
    joined = propagation.graph(train, train, neighbours=6)

    def kernel(first, second):
        """The edges before they are normalised; any diagonal scaling of them is."""
        assert first is second or np.array_equal(first, second)
        return (joined.edges.toarray() > 0).astype(float)

    with np.errstate(all="ignore"):
        theirs = LabelSpreading(kernel=kernel, alpha=0.7, max_iter=500, tol=1e-9)
        theirs.fit(train, marked)
    found, _ = propagation.propagate(joined, rows, labels, 3, kept=0.7, rounds=500)
    np.testing.assert_array_equal(found, theirs.transduction_)
