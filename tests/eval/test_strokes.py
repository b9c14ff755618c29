"""Place, width and slant, of strokes that were drawn with known ones."""

import numpy as np
import pytest

from aejax.eval import strokes


def bar(width=3, row=0, column=0, shear=0.0, size=41, length=21):
    """A bar of some length and width, sheared, moved by rows and columns."""
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    rows, columns = rows - row, columns - column
    inside = (np.abs(columns + shear * rows) <= width / 2) & (
        np.abs(rows) <= length / 2
    )
    return inside.astype(np.float32)[None, :, :, None]


@pytest.mark.parametrize(("row", "column"), [(0, 0), (4, -3), (-6, 5)])
def test_the_centre_moves_with_the_image(row, column):
    np.testing.assert_allclose(strokes.centre(bar(3, row, column))[0], [row, column])


@pytest.mark.parametrize("width", [1, 3, 5, 7])
def test_the_width_of_a_long_bar(width):
    found = strokes.stroke_width(bar(width, size=201, length=191))[0]
    # The ends of the bar are edge, too.
    assert found == pytest.approx(width / (1 + width / 191), rel=0.02)


@pytest.mark.parametrize("shear", [-0.5, 0.0, 0.3, 0.8])
def test_the_slant_is_the_shear(shear):
    assert strokes.slant(bar(5, 2, -3, shear))[0] == pytest.approx(shear, abs=0.03)


def test_bytes_and_channels_and_images_without_light():
    image = bar()
    colours = (np.repeat(image, 3, -1) * 255).astype(np.uint8)
    black = np.zeros_like(image)
    for measure in (strokes.centre, strokes.stroke_width, strokes.slant):
        np.testing.assert_allclose(measure(colours), measure(image), atol=1e-6)
    assert strokes.centre(black).tolist() == [[0, 0]]
    assert np.isnan(strokes.stroke_width(black)[0]) and strokes.slant(black)[0] == 0
