"""The evaluation classifier: what is refused, what it says of itself, who trains it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from aejax import data, lab
from aejax.data import splits
from aejax.errors import UserError
from aejax.lab import classifier
from aejax.lab.classifier import ClassifierOptions
from aejax.lab.laboratory import Lab
from aejax.lab.run import workdir

SHELF = Path(__file__).parents[2] / "checkpoints" / "pretrained"
SHIPPED = SHELF / "judge_mnist"
ASIDE = "part of its training set"


@pytest.fixture
def photos():
    """Data of other images."""
    split = data.Images(np.zeros((3, 32, 32, 3), np.uint8), np.zeros(3, np.int32))
    return lab.Data({"name": "photos", "class_names": ["a"]}, split, split)


@pytest.fixture
def laboratory_of(few_digits, tmp_path):
    """`name -> Lab` of 50 digits under this name."""

    def make(name):
        facts = {**few_digits.facts, "name": name}
        named = dataclasses.replace(few_digits, facts=facts)
        folder = workdir.Workdir(tmp_path / "run")
        return Lab(ClassifierOptions(batch_size=10), named, (), folder)

    return make


def test_a_classifier_of_other_images_is_refused(few_digits, photos, tmp_path):
    classifier.check(ClassifierOptions(), photos)
    shipped = ClassifierOptions(judge=str(SHIPPED))
    classifier.check(shipped, few_digits)
    with pytest.raises(UserError, match=r"no Classifier of images \(32, 32, 3\)"):
        classifier.check(shipped, photos)
    other = ClassifierOptions(judge=str(SHELF / "mnist_zdim16"))
    with pytest.raises(UserError, match=r"no Classifier of images \(28, 28, 1\)"):
        classifier.check(other, few_digits)
    nothing = ClassifierOptions(judge=str(tmp_path))
    with pytest.raises(UserError, match="holds no model") as refusal:
        classifier.check(nothing, few_digits)
    assert "--" not in str(refusal.value)


@pytest.mark.parametrize(("name", "has_seen"), [("mnist_5k", True), ("mnist", False)])
def test_the_shipped_one_says_whether_it_was_trained_on_these(
    laboratory_of, name, has_seen
):
    found = classifier.obtain(laboratory_of(name))
    assert found.examples == 50
    assert found.accuracy > 0.9
    assert "60,000 images of mnist (99.33% of its 10,000" in found.statement
    assert found.has_seen == has_seen
    assert (ASIDE in found.statement) == has_seen


def test_only_known_facts_say_so(tmp_path):
    def has_seen():
        known = classifier._facts(tmp_path).get("dataset")
        return splits.contains(str(known), "mnist_5k")

    assert not has_seen()
    assert classifier._words({}) == ""
    for known, expected in (({"dataset": "mnist"}, True), ({"dataset": "x"}, False)):
        (tmp_path / "facts.json").write_text(json.dumps(known))
        assert has_seen() == expected
    for damaged in ("", "[]", '{"dataset": ["mnist"]}'):
        (tmp_path / "facts.json").write_text(damaged)
        assert not has_seen()
        assert classifier._words(classifier._facts(tmp_path)) == ""


def test_where_none_is_shipped_one_is_trained_and_kept(laboratory_of, monkeypatch):
    class Asked(Exception):
        pass

    def kept(self, kind, members, algorithm, *arrays, **how):
        (member,) = members
        assert kind == "evaluation_classifier"
        assert member.model.image_shape == (28, 28, 1)
        assert [set(split) for split in arrays] == [{"image", "label"}] * 2
        size = min(classifier.BATCH_SIZE, len(self.data.train.images))
        assert how == {"steps": classifier.STEPS, "batch_size": size}
        raise Asked

    monkeypatch.setattr(Lab, "kept", kept)
    with pytest.raises(Asked):
        classifier.obtain(laboratory_of("other"))
