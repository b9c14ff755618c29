"""Studies of a user's own images: what they need, and what is remembered."""

import dataclasses
import importlib

import numpy as np
import pytest
from PIL import Image

from aejax import data, lab
from aejax.data.tfds import bundled
from aejax.errors import UserError
from aejax.lab import loading
from aejax.lab.needs import WITHOUT_LABELS

STUDIES = (
    *("autoencoding", "clustering", "decorrelation", "digit_generator", "fashion_vae"),
    *("interpolation", "latent_generators", "likelihood", "transfer", "vae_terms"),
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of photographs 24 x 16: unlabelled, of one class, few of two classes."""
    root = tmp_path_factory.mktemp("own")
    photos, kinds = bundled.patches("test")

    def write(name, places, classes):
        for i in places:
            folder = root / name / (classes[kinds[i]] if classes else "")
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photos[i][:24, :16]).save(folder / f"{i}.png")

    write("flat", range(0, 1000, 10), None)
    write("one", range(0, 500, 5), ("china", "flower"))
    write("two", range(0, 1000, 10), ("china", "flower"))
    write("few", range(0, 1000, 83), ("china", "flower"))
    return root


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_takes_a_folder_or_refuses_it_in_one_line(folders, name):
    study = importlib.import_module(f"experiments.{name}").EXPERIMENT
    needs_labels = name not in WITHOUT_LABELS
    for folder, is_right in (
        ("flat", not needs_labels),
        ("one", not needs_labels),
        ("two", True),
        ("few", name in ("autoencoding", "likelihood")),
    ):
        own = {"labels": (4,)} if name == "transfer" else {}
        own["batch_size"] = 8
        options = study.options(dataset=str(folders / folder), **own)
        if is_right:
            prepared = study.prepare(options)
            assert prepared.data.image_shape == (24, 16, 3)
            continue
        with pytest.raises(UserError) as refusal:
            study.prepare(options)
        assert "\n" not in str(refusal.value)


def test_small_images_are_refused_where_a_measure_needs_more(folders):
    study = importlib.import_module("experiments.autoencoding").EXPERIMENT
    with pytest.raises(UserError, match="--image_size"):
        study.prepare(study.options(dataset=str(folders / "flat"), image_size=8))


def test_a_batch_of_more_images_than_there_are_is_refused(folders):
    study = importlib.import_module("experiments.decorrelation").EXPERIMENT
    with pytest.raises(UserError, match=r"batch_size=640.*training images"):
        study.prepare(study.options(dataset=str(folders / "flat"), batch_size=640))


@pytest.mark.slow
def test_a_run_goes_on_with_the_data_that_it_began_with(folders, study, tmp_path):
    """Without naming them again, and in the form that was asked for."""
    own = {"workdir": str(tmp_path / "run"), "steps": 2}

    class Own(type(study)):
        def load(self, options):
            return loading.load(options, "mnist_5k")

    fields = {f.name: getattr(study, f.name) for f in dataclasses.fields(study)}
    known = Own(**fields)
    form = {"image_size": 28, "channels": 1, "limit": 60}
    first = known.run(dataset=str(folders / "flat"), **form, **own)
    again = known.run(**own)
    assert again.data.source == first.data.source
    assert again.data.source["dataset"] == str(folders / "flat")
    np.testing.assert_array_equal(first.data.train.images, again.data.train.images)
    assert not again.data.has_labels
    assert len(again.data.one_per_class) == min(10, len(again.data.test.images))


def test_classes_without_images_are_left_out():
    images = data.Images(
        np.zeros((3, 2, 2, 1), np.uint8), np.array([1, 3, 3], np.int32)
    )
    facts = {"name": "x", "class_names": list("abcd")}
    found = loading.occurring(data.DataSet(images, images, facts))
    assert found.facts["class_names"] == ["b", "d"]
    assert found.train.labels.tolist() == [0, 1, 1]
    assert "2 of 4 classes" in found.notes[-1]


def test_many_classes_are_not_all_shown():
    images = data.Images(np.zeros((90, 2, 2, 1), np.uint8), np.arange(90) % 45)
    found = lab.Data({"name": "x", "class_names": []}, images, images)
    assert len(found.one_per_class) == 20
