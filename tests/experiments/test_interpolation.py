"""The interpolation study: its paths, what it measures, and what it leaves behind."""

import jax
import numpy as np
import pytest

from aejax import data, images, pretrained
from aejax.errors import UserError
from experiments.interpolation import ARC, EXPERIMENT, FADE, LINE, MEASURES, Options

# It trains for tens of seconds.
pytestmark = pytest.mark.slow

FRAMES, PAIRS = 5, 12


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    # Optax's Adam promotes implicitly.
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(
            dataset="mnist_5k", steps=4, chunk=2, seeds=2, zdims=(3, 2), width=2,
            depth=2, pairs=PAIRS, frames=FRAMES, shown=("3-501", "250-4"),
            workdir=str(workdir),
        )  # fmt: skip


def test_every_path_is_measured(results):
    found = [(row["path"], row["zdim"], row["seed"]) for row in results.rows()]
    assert found == [
        *((k, d, s) for d in (2, 3) for k in (LINE, ARC) for s in (0, 1)),
        (FADE, None, 0),
    ]
    for measure in MEASURES:
        values = results.values[measure.name]
        assert values.shape == (5, 2, PAIRS)
        assert np.isfinite(values).all()


def test_the_cross_fade_is_the_same_for_every_seed(results):
    fade = results.find(path=FADE)
    for measure in MEASURES:
        first, second = results.of(measure, fade)
        np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(results.of("departure", fade), 0, atol=1e-6)
    frames = results.array("frames", fade)
    ends = images.unit(data.load("mnist_5k", "test").images[[3, 501]])
    np.testing.assert_allclose(frames[0, [0, -1]], ends, atol=1e-6)


def test_lines_and_arcs_join_the_same_reconstructions(results, workdir):
    model, params = pretrained.load(workdir / "models" / "zdim=3,seed=0")
    shown = data.load("mnist_5k", "test").images[[250, 4]]
    ends = np.asarray(model.apply(params, shown, method="reconstruct"))
    for kind in (LINE, ARC):
        frames = results.array("frames", results.find(path=kind, zdim=3))
        assert frames.shape == (2, FRAMES, 28, 28, 1)
        np.testing.assert_allclose(frames[1, [0, -1]], ends, atol=1e-5)


def test_measures_along_the_path_are_of_every_seed(results):
    line = results.find(path=LINE, zdim=2)
    for name in ("nearest", "confidence"):
        along = results.array(f"{name}_along", line)
        assert along.shape == (2, FRAMES)
        inner = results.of(name, line).mean(1)
        np.testing.assert_allclose(along[:, 1:-1].mean(1), inner)


def test_every_figure_is_drawn(results, workdir):
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    alongs = {"nearest_along", "confidence_along"}
    assert names == {"paths", "paths_d2", "paths_d3", "measures", *alongs}
    statement = results.facts["evaluation classifier"]
    assert statement in (workdir / "summary.txt").read_text().replace("\n", " ")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"shown": ("0-99999",)}, "as in 3-17,250-4"),
        ({"judge": "nowhere"}, "nowhere"),
    ],
)
def test_a_mistake_leaves_no_workdir(tmp_path, changes, complaint):
    folder = tmp_path / "run"
    with pytest.raises(UserError, match=complaint):
        EXPERIMENT.run(Options(**changes), dataset="mnist_5k", workdir=str(folder))
    assert not folder.exists()


def test_bad_options_are_rejected():
    with pytest.raises(UserError, match="frames"):
        Options(frames=2)
