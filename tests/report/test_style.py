import io
import re
import xml.etree.ElementTree as ET

import matplotlib
import pytest
from PIL import Image

from aejax.report.figures import against, correlation_matrices
from aejax.report.style import (
    COLOURS,
    new_figure,
    palette,
    render,
    save,
    settle,
    shared_legend,
    styled,
)


def make(seed=0):
    return against(
        [2, 4, 8],
        {"a": [[1, 2, 3], [2, 3, 4 + seed]], "b": [[3, 2, 1]]},
        xlabel="d",
        ylabel="error",
        reference={"PCA": 2.0},
    )


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_equal_figures_give_equal_bytes(kind):
    assert render(make(), kind) == render(make(), kind)
    assert render(make(), kind) != render(make(seed=1), kind)


def test_a_figure_can_be_rendered_twice():
    figure = correlation_matrices([[[1, 0.5], [0.5, 1]]], ["d = 2"])
    assert render(figure, "svg") == render(figure, "svg")


def test_svg_has_no_fonts_no_date_and_nothing_from_outside():
    text = render(make(), "svg").decode()
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert "dc:date" not in text
    for target in re.findall(r'href="([^"]*)"|url\(([^)]*)\)', text):
        assert "".join(target).startswith(("#", "data:"))


def test_png_resolution():
    figure = new_figure(2, 1)
    assert Image.open(io.BytesIO(render(figure, "png"))).size == (320, 160)


def test_save_writes_both(tmp_path):
    paths = save(make(), tmp_path / "figures", "error")
    assert [path.name for path in paths] == ["error.png", "error.svg"]
    assert paths[1].read_bytes() == render(make(), "svg")


def test_matplotlibs_settings_are_left_as_they_were():
    with matplotlib.rc_context({"font.size": 3, "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        with_other_settings = render(make(), "svg")
        assert dict(matplotlib.rcParams) == before
    assert with_other_settings == render(make(), "svg")


def test_the_settings_return_after_an_error():
    before = dict(matplotlib.rcParams)
    with pytest.raises(KeyError), styled():
        raise KeyError
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("n", [0, 1, 6, 7, 20])
def test_palette_has_n_different_colours(n):
    assert len(set(palette(n))) == n
    assert n > 6 or palette(n) == list(COLOURS[:n])


@styled()
def test_a_shared_legend_stays_within_the_figure():
    for names in (["short", "b"], ["a rather long name of a curve"] * 1 + ["y" * 40]):
        figure = new_figure(4, 3)
        axes = figure.add_subplot()
        for name in names:
            axes.plot([0, 1], [0, 1], label=name)
        shared_legend(figure)
        settle(figure)
        box = figure.legends[0].get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width
        assert figure.legends[0]._ncols == (2 if names[1] == "b" else 1)
