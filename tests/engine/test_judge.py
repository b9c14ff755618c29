"""The classifier that judges pictures: what is refused, what it says of itself."""

import json
from pathlib import Path

import pytest
from absl import flags
from absl.testing import flagsaver

from aejax import data
from aejax.data import bundled
from aejax.errors import UserError
from aejax.run import judge, origin, settings, study, workdir

SHELF = Path(__file__).parents[2] / "checkpoints" / "pretrained"
SHIPPED = SHELF / "judge_mnist"
ASIDE = "which are among those it was trained on"


@pytest.fixture
def parse():
    """Sets flags as a command line does; they are as before after the test."""
    with flagsaver.flagsaver():
        yield lambda *arguments: flags.FLAGS(["test", *arguments])


@pytest.fixture
def study_of(parse, tmp_path):
    """`name -> Study` of 50 digits under this name."""
    parse("--batch_size=10")  # Studies that were imported have defaults of their own.
    pictures, labels = bundled.digits("test")
    split = data.Images(pictures[::20, :, :, None], labels[::20])

    def make(name):
        facts = {"name": name, "class_names": [str(i) for i in range(10)]}
        folder = workdir.Workdir(tmp_path / "run")
        return study.Study(settings.settings(50, 4), folder, facts, split, split)

    return make


def test_a_judge_that_cannot_judge_these_images_is_refused(parse, tmp_path):
    digits, photos = {"image_shape": [28, 28, 1]}, {"image_shape": [32, 32, 3]}
    parse()
    judge.check(photos)
    parse(f"--judge={SHIPPED}")
    judge.check(digits)
    with pytest.raises(UserError, match=r"no Classifier of images \(32, 32, 3\)"):
        judge.check(photos)
    parse(f"--judge={SHELF / 'mnist_zdim16'}")
    with pytest.raises(UserError, match=r"no Classifier of images \(28, 28, 1\)"):
        judge.check(digits)
    parse(f"--judge={tmp_path}")
    with pytest.raises(UserError, match="holds no model"):
        judge.check(digits)


@pytest.mark.parametrize(("name", "has_seen"), [("mnist_5k", True), ("mnist", False)])
def test_the_shipped_judge_says_whether_it_was_trained_on_these(
    study_of, name, has_seen
):
    found = judge.obtain(study_of(name))
    assert found.examples == 50
    assert "60,000 images of mnist (99.33% of its 10,000" in found.statement
    assert (ASIDE in found.statement) == has_seen


def test_only_known_facts_say_so(tmp_path):
    assert not origin.has_seen(origin.facts(tmp_path), "mnist_5k")
    assert origin.words({}, tmp_path) == f"from {tmp_path}"
    for known, has_seen in (({"dataset": "mnist"}, True), ({"dataset": "x"}, False)):
        (tmp_path / origin.FILE).write_text(json.dumps(known))
        assert origin.has_seen(origin.facts(tmp_path), "mnist_5k") == has_seen
    for damaged in ("", "[]", '{"dataset": ["mnist"]}'):
        (tmp_path / origin.FILE).write_text(damaged)
        assert not origin.has_seen(origin.facts(tmp_path), "mnist_5k")


def test_a_judge_that_another_process_trains_is_waited_for(study_of, tmp_path):
    config = {"experiment": "judge", "settings": {}, "dataset": {}, "notes": []}
    with (
        workdir.opened(tmp_path / "judge_other", config, overwrite=False),
        pytest.raises(UserError, match=r"judge_other; wait for it to end"),
    ):
        judge.obtain(study_of("other"))
