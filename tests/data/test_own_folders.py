"""Folders of image files: layouts, kinds of files, what is damaged, what changes."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from aejax import data
from aejax.data import Form, room
from aejax.data.own import decoding, kept, layout, parts
from aejax.data.tfds import bundled
from aejax.errors import UserError


@pytest.fixture(scope="module")
def photos():
    """300 real patches of photographs, uint8 [300, 32, 32, 3]."""
    return bundled.patches("test")[0][::3][:300]


@pytest.fixture
def write(photos, tmp_path):
    """`(folder, count, ...) -> folder` with so many photographs."""

    def make(folder="photos", count=60, suffix=".png", start=0, mode="RGB", **how):
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        for i in range(start, start + count):
            Image.fromarray(photos[i]).convert(mode).save(
                place / f"{i:03d}{suffix}", **how
            )
        return place

    return make


def both(path, **form):
    """All images of a folder, as a set of bytes: those for training, for the test."""
    found = data.read(path, form=Form(**form))
    return tuple({i.tobytes() for i in s.images} for s in (found.train, found.test))


def test_a_flat_folder_has_images_and_no_labels(write, photos):
    images, labels = data.load(str(write()))
    assert labels is None
    assert images.dtype == np.uint8
    assert images.shape[1:] == (32, 32, 3)
    train, test = both(write())
    assert train | test == {photo.tobytes() for photo in photos[:60]}
    assert test
    assert not train & test


def test_subfolders_are_classes(write, tmp_path):
    write("pets/dogs", 20)
    write("pets/cats", 30, start=20, suffix=".PNG")
    write("pets/cats/more", 10, start=50)
    found = data.read(tmp_path / "pets")
    assert found.facts["class_names"] == ["cats", "dogs"]
    labels = np.concatenate([found.train.labels, found.test.labels])
    assert np.bincount(labels).tolist() == [40, 20]


def test_train_and_test_are_respected(write, tmp_path):
    for split, count in (("Train", 20), ("test", 6), ("other", 4)):
        write(f"pets/{split}/cats", count)
        write(f"pets/{split}/dogs", count, start=100)
    found = data.read(tmp_path / "pets")
    assert len(found.train.images) == 40
    assert len(found.test.images) == 12
    assert found.facts["class_names"] == ["cats", "dogs"]
    assert any("8 images" in note and "other" in note for note in found.notes)


def test_a_wrapping_folder_is_unwrapped(write, tmp_path):
    for kind in ("train/cats", "train/dogs", "val/cats", "val/dogs"):
        write(f"archive/pets/{kind}", 5)
    found = data.read(tmp_path / "archive")
    assert found.facts["class_names"] == ["cats", "dogs"]
    assert len(found.test.images) == 10
    assert any("val/ is the test set" in note for note in found.notes)


def test_loose_images_beside_subfolders_take_the_labels_away_and_it_is_said(write):
    folder = write(count=20)
    write("photos/more", 20, start=20)
    found = data.read(folder)
    assert not found.train.has_labels
    assert any("do not lie in the subfolders" in note for note in found.notes)


def test_the_split_of_an_image_stays_when_images_come_and_go(write):
    folder = write(count=50)
    train, test = both(folder)
    write(count=60, start=50)
    (folder / "000.png").rename(folder / "renamed.png")
    more_train, more_test = both(folder)
    assert train < more_train
    assert test < more_test
    assert len(more_train | more_test) == 110


def test_what_is_no_image_is_passed_over(write, photos):
    folder = write(count=30)
    (folder / ".hidden.png").write_bytes(b"no image")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "x.png").write_bytes(b"no image")
    for name in ("notes.txt", "table.csv", "README", "film.mpg", "array.npy"):
        (folder / name).write_bytes(b"no image")
    # Without an ending the content decides.
    (folder / "000.png").rename(folder / "000")
    train, test = both(folder)
    assert len(train | test) == 30


def test_links_are_followed_but_never_in_a_circle(write, tmp_path):
    write("elsewhere", 20)
    (tmp_path / "pets").mkdir()
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).symlink_to(tmp_path / "elsewhere")
    write("own/cats", 20)
    (tmp_path / "own" / "cats" / "up").symlink_to(tmp_path / "own")
    assert len(layout.find(tmp_path / "own").files) == 20
    assert len(layout.find(tmp_path / "pets").files) >= 20


class TestKinds:
    """Pixels are what one sees."""

    @pytest.fixture
    def one(self, tmp_path, monkeypatch):
        """`(image, name) -> array` of one file, through the whole way."""
        monkeypatch.setattr(parts, "check", lambda is_test, where: None)

        def read(image, name="a.png", channels=None, size=None, **how):
            folder = tmp_path / "one"
            folder.mkdir(exist_ok=True)
            for old in folder.iterdir():
                old.unlink() if old.is_file() else None
            image.save(folder / name, **how)
            item = decoding.Item(name, lambda: (folder / name).open("rb"))
            found = decoding.decode([item], Form(size, channels), 1, str(folder))
            return found.images[0]

        return read

    def test_transparency_is_laid_on_white(self, one, photos):
        opaque = Image.fromarray(photos[0])
        half = opaque.convert("RGBA")
        half.putalpha(Image.new("L", half.size, 51))
        wanted = photos[0] * 0.2 + 255 * 0.8
        np.testing.assert_allclose(one(half), wanted, atol=1)
        assert one(half.convert("LA")).shape[-1] == 1
        palette = opaque.quantize(16)
        palette.info["transparency"] = 0
        shown = one(palette, "a.gif", transparency=0)
        assert shown.shape == (32, 32, 3)
        hidden = np.asarray(palette) == 0
        assert (shown[hidden] == 255).all()

    def test_palettes_have_their_colours(self, one, photos):
        palette = Image.fromarray(photos[0]).quantize(64)
        np.testing.assert_array_equal(one(palette), np.asarray(palette.convert("RGB")))

    def test_16_bit_grey_is_scaled_by_its_depth(self, one):
        ramp = np.linspace(0, 65535, 32 * 32).reshape(32, 32)
        wanted = np.round(ramp / 257)
        for name in ("a.png", "a.tif"):
            shown = one(Image.fromarray(ramp.astype(np.uint16)), name)
            np.testing.assert_allclose(shown[..., 0], wanted, atol=1)
        floats = one(Image.fromarray((ramp / 65535).astype(np.float32)), "a.tif")
        np.testing.assert_allclose(floats[..., 0], wanted, atol=1)

    def test_cmyk_and_one_bit_are_read(self, one, photos):
        image = Image.fromarray(photos[0])
        cmyk = one(image.convert("CMYK"), "a.tif")
        np.testing.assert_allclose(cmyk, photos[0], atol=3)
        bits = image.convert("1")
        np.testing.assert_array_equal(one(bits)[..., 0], 255 * np.asarray(bits))

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
    def test_exif_rotation_is_undone(self, one, photos, orientation, name):
        stored = photos[0][:24]
        exif = Image.Exif()
        exif[0x0112] = orientation
        how = {"lossless": True} if name == "a.webp" else {}
        shown = one(Image.fromarray(stored), name, exif=exif, **how)
        turned = {
            1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1],
            5: stored.transpose(1, 0, 2), 6: stored[::-1].transpose(1, 0, 2),
            7: stored[::-1, ::-1].transpose(1, 0, 2),
            8: stored[:, ::-1].transpose(1, 0, 2),
        }  # fmt: skip
        np.testing.assert_array_equal(shown, turned[orientation])

    def test_images_are_scaled_and_cropped_at_their_centre(self, one):
        wide = np.zeros((40, 120, 3), np.uint8)
        wide[:, 40:80] = 200
        np.testing.assert_array_equal(one(Image.fromarray(wide), size=40), 200)
        np.testing.assert_array_equal(one(Image.fromarray(wide), size=20)[:, 2:-2], 200)

    def test_large_photographs_are_decoded_near_their_mean(self, one, photos):
        large = Image.fromarray(photos[0]).resize((1024, 1024))
        shown = one(large, "a.jpg", size=32, quality=95)
        wanted = np.asarray(large.resize((32, 32), Image.Resampling.BOX), float)
        assert np.abs(shown - wanted).mean() < 6

    def test_channels_are_as_asked(self, one, photos):
        image = Image.fromarray(photos[0])
        assert one(image, channels=1).shape == (32, 32, 1)
        grey = one(image.convert("L"), channels=3)
        assert grey.shape == (32, 32, 3)
        assert (grey[..., :1] == grey).all()
        assert one(image.convert("L")).shape == (32, 32, 1)


def test_mixed_sizes_are_brought_to_one_and_it_is_said(write, photos):
    folder = write(count=30)
    for i in range(30, 60):
        image = Image.fromarray(photos[i]).resize((50 + i, 40))
        image.convert("L").save(folder / f"{i}.jpg")
    found = data.read(folder)
    assert found.train.images.shape[1:] == (36, 36, 3)
    assert any("60 of 60" in n and "36 x 36" in n for n in found.notes)
    assert any("30 of 60 images are grey" in n for n in found.notes)
    assert data.load(folder, image_size=16, channels=1).images.shape[1:] == (16, 16, 1)


def test_a_few_unreadable_files_are_listed_and_skipped(write):
    folder = write(count=298)
    (folder / "empty.png").touch()
    whole = (folder / "000.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    found = data.read(folder)
    assert len(found.train.images) + len(found.test.images) == 298
    note = next(n for n in found.notes if "cannot be read" in n)
    assert "empty.png" in note
    assert "cut.png" in note
    for i in range(2):
        (folder / f"no{i}.jpg").write_bytes(b"<html>")
    with pytest.raises(UserError, match=r"4 of 302.*cut\.png"):
        data.read(folder)


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    (tmp_path / "a.heic").touch()
    with pytest.raises(UserError, match=r"1 x \.heic.*convert"):
        data.read(tmp_path)
    with pytest.raises(UserError, match="no file or folder"):
        data.read(tmp_path / "nowhere")
    with pytest.raises(UserError, match="neither a folder"):
        data.read(tmp_path / "a.heic")
    with pytest.raises(UserError, match="address"):
        data.read("gs://bucket/photos")


def test_a_limit_takes_some_of_all_always_the_same(write):
    folder = write(count=100)
    few, some, whole = (set.union(*both(folder, **f)) for f in (
        {"limit": 20}, {"limit": 50}, {}
    ))  # fmt: skip
    assert len(few) == 20
    assert few < some < whole
    _, test = both(folder)
    assert both(folder, limit=50)[1] <= test


def test_decoded_once_until_the_folder_changes(write, photos, monkeypatch):
    folder = write(count=50)
    first = both(folder)
    assert list((folder / kept.BESIDE).iterdir())

    def refuse(*_):
        raise AssertionError("decoded again")

    with monkeypatch.context() as patch:
        patch.setattr(decoding, "decode", refuse)
        assert both(folder) == first
    for change in (
        lambda: write(count=1, start=50),
        lambda: (folder / "050.png").unlink(),
        lambda: Image.fromarray(photos[99]).save(folder / "001.png"),
    ):
        change()
        now = {np.asarray(Image.open(p)).tobytes() for p in folder.glob("*.png")}
        assert set.union(*both(folder)) == now


@pytest.mark.parametrize("garbage", [b"", b"PK\x03\x04 and no more"])
def test_a_damaged_cache_does_no_harm(write, garbage):
    folder = write(count=50)
    first = both(folder)
    (cache,) = (folder / kept.BESIDE).iterdir()
    cache.write_bytes(garbage)
    assert both(folder) == first


def test_where_the_folder_takes_no_files_the_users_cache_does(
    write, tmp_path, monkeypatch
):
    folder = write(count=50)
    (folder / kept.BESIDE).touch()  # A file: no folder can be made there.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = both(folder)
    assert list((tmp_path / "cache").rglob("*.npz"))
    assert both(folder) == first
    # Nor does that: it is a convenience.
    (tmp_path / "no").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no"))
    assert both(folder) == first


def test_more_than_memory_is_refused_before_decoding(write, monkeypatch):
    folder = write(count=50)
    monkeypatch.setattr("aejax.memory.available", lambda: 100_000_000)
    monkeypatch.setattr("aejax.data.own.pixels.decoded", None)
    with pytest.raises(UserError, match=r"GB.*--limit=\d+.*--image_size") as refusal:
        data.read(folder, form=Form(image_size=1000))
    limit = int(str(refusal.value).partition("--limit=")[2].partition(" ")[0])
    room.check(limit, (1000, 1000, 3), room.ALONE, "")
    with pytest.raises(UserError):
        room.check(limit + 1, (1000, 1000, 3), room.ALONE, "")


def test_too_few_for_a_test_is_said(write):
    with pytest.raises(UserError, match="none is a test image"):
        for count in range(1, 9):
            data.read(write(f"few{count}", 1, start=count))


def test_facts_are_fit_for_json_and_no_folder_is_taken_for_mnist(write):
    found = data.read(write("mnist", 40))
    json.dumps(found.facts)
    assert found.facts["name"] != "mnist"
    assert data.describe(write("mnist", 40)) == found.facts


def test_a_home_is_found(write, tmp_path, monkeypatch):
    write("photos", 40)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(data.load("~/photos").images) > 20
    monkeypatch.chdir(tmp_path)
    assert len(data.load("photos").images) > 20
    assert os.path.isabs(data.resolve("photos").name)
