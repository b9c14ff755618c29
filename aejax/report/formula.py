r"""Formulas as vector drawings inside a page: no network, no font, no script.

Matplotlib's mathtext sets a subset of LaTeX (fractions, roots, sums, accents, Greek,
\mathrm, \mathbb, \left( \right) ...; no environments such as matrices).
"""

from html import escape

from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from aejax.report.style import styled

EM = 100
"""Units of the drawing in one em."""

SMALLEST = 0.8
"""On a narrow screen a formula shrinks to this fraction, and scrolls after that."""

_LETTERS = {
    int(Path.MOVETO): "M",
    int(Path.LINETO): "L",
    int(Path.CURVE3): "Q",
    int(Path.CURVE4): "C",
    int(Path.CLOSEPOLY): "Z",
}


@styled()
def svg(latex: str) -> str:
    r"""A formula as an `<svg>` element that has the text's size and colour.

    Args:
      latex: without the dollar signs, such as r"\frac{1}{2} x^2"; it is what a screen
        reader says, and what the mouse shows.

    Raises:
      ValueError: mathtext cannot set it; the message shows where.
    """
    font = FontProperties(math_fontfamily="stix")
    path = TextPath((0, 0), f"${latex}$", size=EM, prop=font)
    box = path.get_extents()
    left, top = box.x0 - 2, -box.y1 - 4
    width, height = box.width + 4, box.height + 8
    words = escape(latex)
    em = width / EM
    return (
        f'<svg class="math" role="img" aria-label="{words}" '
        f'style="width: clamp({SMALLEST * em:.2f}em, 100%, {em:.2f}em)" '
        f'viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}">'
        f'<title>{words}</title><path fill="currentColor" d="{_drawn(path)}"/></svg>'
    )


def _drawn(path: Path) -> str:
    """The path in SVG's letters, y downwards."""
    parts = []
    for points, code in path.iter_segments(curves=True, simplify=False):
        letter = _LETTERS[int(code)]
        if letter == "Z":
            parts.append(letter)
            continue
        pairs = points.reshape(-1, 2)
        parts.append(letter + " ".join(f"{x:.1f} {-y:.1f}" for x, y in pairs))
    return "".join(parts)
