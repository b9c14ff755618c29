"""The command that separates a mixture, with a network in a folder."""

import jax
import numpy as np
import pytest
from PIL import Image

import aejax
from aejax import models
from aejax.lab import cli
from aejax.lab.mixtures import separate

SHAPE = (8, 6, 3)


@pytest.fixture(scope="module")
def unmixer(tmp_path_factory):
    """A folder with a network that has learnt nothing."""
    folder = tmp_path_factory.mktemp("unmixer")
    model = models.code_unmixer(2, 3, SHAPE, width=2, depth=1, consistent=True)
    params = jax.jit(model.init)(jax.random.key(0), np.zeros((1, *SHAPE), np.uint8))
    aejax.save(folder, model, jax.tree.map(lambda a: a + 0.1, params))
    return folder


@pytest.fixture
def mixture(tmp_path):
    """A picture, and its file."""
    shown = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
    Image.fromarray(shown).save(tmp_path / "mixed.png")
    return shown, tmp_path / "mixed.png"


def command(*flags):
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        cli.command(separate.run, ["prog", *flags])
    return ended.value.code


def test_both_parts_stand_side_by_side(unmixer, mixture, tmp_path, capsys):
    shown, file = mixture
    out = tmp_path / "new" / "parts.png"
    given = (f"--image={file}", f"--out={out}", f"--unmixer={unmixer}")
    assert cli.asks_for("image", given)
    assert command(*given) == 0
    assert str(out) in capsys.readouterr().out
    page = np.asarray(Image.open(out)).astype(float)
    assert page.shape == (8, 12, 3)
    # This network is consistent: the parts' mean is the mixture, but for rounding.
    np.testing.assert_allclose((page[:, :6] + page[:, 6:]) / 2, shown, atol=1)
    model, params = aejax.load(unmixer)
    parts = model.apply(params, shown[None])
    np.testing.assert_allclose(page[:, 6:], 255 * parts[0, 1], atol=0.51)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": "nowhere.png"}, "no such file"),
        ({"image": ""}, "no such file"),
        ({"out": "parts.jpg"}, "name of a PNG file"),
        ({"unmixer": "nowhere"}, "nowhere"),
    ],
)
def test_a_mistake_ends_in_one_line(unmixer, mixture, capsys, change, message):
    flags = {"image": mixture[1], "unmixer": unmixer, **change}
    assert command(*(f"--{name}={value}" for name, value in flags.items())) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize("content", ["large", "broken"])
def test_what_is_no_mixture_is_refused(unmixer, tmp_path, capsys, content):
    file = tmp_path / "other.png"
    if content == "large":
        Image.fromarray(np.zeros((9, 6, 3), np.uint8)).save(file)
    else:
        file.write_bytes(b"no image")
    assert command(f"--image={file}", f"--unmixer={unmixer}") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert ("6 x 9 pixels" if content == "large" else "cannot be read") in line


def write(file, image, **how):
    image.save(file, **how)
    return separate.read(file, SHAPE)


def test_transparent_images_are_on_white(tmp_path):
    clear = np.zeros((8, 6), bool)
    clear[:4] = True
    expected = np.where(clear[..., None], 255, np.array([9, 99, 199], np.uint8))
    shown = Image.fromarray(
        np.dstack(
            [np.where(clear[..., None], 0, expected), np.where(clear, 0, 255)]
        ).astype(np.uint8)
    )
    palette = Image.fromarray(clear.astype(np.uint8), "P")
    palette.putpalette([9, 99, 199, 0, 0, 0])
    for found in (
        write(tmp_path / "rgba.png", shown),
        write(tmp_path / "palette.png", palette, transparency=1),
        write(tmp_path / "palette.gif", palette, transparency=1),
        write(tmp_path / "colour.png", shown.convert("RGB"), transparency=(0, 0, 0)),
    ):
        np.testing.assert_array_equal(found, expected)
    grey = write(tmp_path / "grey.png", shown.convert("LA"))
    assert (grey[:4] == 255).all()
    assert (grey[4:] < 255).all()
    assert separate.read(tmp_path / "rgba.png", (8, 6, 1)).shape == (8, 6, 1)


def test_deep_and_turned_images_are_read(tmp_path):
    bright = np.arange(48, dtype=np.uint8).reshape(8, 6) * 5
    deep = write(tmp_path / "deep.png", Image.fromarray(bright * np.uint16(257)))
    np.testing.assert_array_equal(deep, np.repeat(bright[..., None], 3, axis=2))
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(np.rot90(bright))
    for name in ("turned.png", "turned.tiff"):
        turned = write(tmp_path / name, lying, exif=exif)
        np.testing.assert_array_equal(turned[..., 0], bright)


def test_another_model_is_refused(tmp_path):
    model = models.Autoencoder(2, width=2, depth=1)
    params = jax.jit(model.init)(jax.random.key(0), np.zeros((1, 28, 28, 1), np.uint8))
    aejax.save(tmp_path, model, params)
    with pytest.raises(aejax.errors.UserError, match="no UNet"):
        separate.load(tmp_path)
