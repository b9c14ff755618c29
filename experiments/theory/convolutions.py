"""Which kinds of convolution are there, what does each cost, and when is it used?

All are linear maps with shared weights, and differ in which entries of their matrix are
zero. A stride skips outputs: the map becomes smaller, and later layers see more. A
transposed convolution is the transposed matrix: it enlarges, and where the kernel is no
multiple of the stride its outputs get unequally many terms, which shows as a
checkerboard; resizing before a plain convolution shows none. Dilation spreads the same
taps over a larger field at no cost. A 1×1 convolution mixes the channels of each pixel
alone. Groups cut the channels into parts that do not mix and divide the cost by their
number; depthwise is one channel per group, and a 1×1 convolution after it mixes them
again: this depthwise-separable pair costs 1/c_out + 1/k² of a plain convolution.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from aejax import lab
from aejax.eval import convolution_cost as cost
from aejax.eval.convolution import Layer, matrix, module
from aejax.report.figures import matrices
from aejax.report.lessons import DataFigure
from aejax.report.tables import Cell, Column, Table

FORMULAS = (
    (
        r"n_{out} = \left\lfloor \dfrac{n + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1",
        "positions of the output along an axis, of n of the input: kernel k, stride s, "
        "dilation d, p zeros on either side; of a transposed one: solved for n",
    ),
    (
        r"\mathrm{parameters} = k^2\, \dfrac{c_{in}}{g}\, c_{out} + c_{out}, \qquad "
        r"\mathrm{multiplications} = n_{out}^2\, k^2\, \dfrac{c_{in}}{g}\, c_{out}",
        "channels in and out, g groups; a transposed one works at n² places, not at "
        "those of the output",
    ),
    (
        r"r = 1 + \sum_i (k_i - 1)\, d_i \prod_{j<i} s_j, \qquad "
        r"r_{\mathrm{transposed}} = \left\lceil \dfrac{d\,(k-1) + 1}{s} \right\rceil",
        "receptive field along an axis: of layers 1, 2 ...; of a transposed one",
    ),
    (
        r"\mathrm{terms\;of\;an\;output} \in \{\lfloor k/s \rfloor^2, \ldots, "
        r"\lceil k/s \rceil^2\}",
        "transposed: equal, so no checkerboard, only if s divides k",
    ),
)

PLAIN, SEPARABLE = "plain 3×3", "separable 3×3"
KERNELS = ((3, 2), (5, 2), (4, 3), (5, 3), (4, 2), (6, 2), (3, 3))
"""(k, s) of transposed convolutions; of the last three s divides k."""


def kinds(c: int) -> Mapping[str, Sequence[Any]]:
    """Common use, then layers, of every kind for c channels."""
    same, half = Layer(3, padding=1), Layer(3, stride=2, padding=1)
    up = partial(Layer, stride=2, padding=1, transposed=True)
    depthwise, dilated = Layer(3, groups=c, padding=1), Layer(3, dilation=2, padding=2)
    return {
        PLAIN: ("first choice; local features of all channels", same),
        "1×1": ("mixes or reduces channels; cheap", Layer(1)),
        "strided 3×3, s = 2": ("encoders: halves the image and learns how", half),
        "transposed 3×3, s = 2": ("avoided: checkerboard", up(3)),
        "transposed 4×4, s = 2": ("decoders: doubles the image, equal terms", up(4)),
        "dilated 3×3, d = 2": ("wide context at full resolution", dilated),
        "grouped 3×3, g = 2": ("half the cost", Layer(3, groups=2, padding=1)),
        "depthwise 3×3": ("filters each channel; needs a 1×1 to mix", depthwise),
        SEPARABLE: ("small networks, few parameters", depthwise, Layer(1)),
        "three plain 3×3": ("more context", same, same, same),
        "three, first s = 2": ("more context at less cost", half, same, same),
    }


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    size: int = lab.option(9, "Edge of the image.", minimum=7)
    channels: int = lab.option(4, "Channels, in and out; even.", minimum=2)


def run(options: Options, module: cost.Module = module) -> dict[str, Any]:
    """Every kind by formula and by its matrix, and terms of transposed convolutions.

    Args:
      options: sizes.
      module: `(layer, channels) -> nn.Module`, under test.
    """
    c, n = options.channels, options.size
    layers = {name: own for name, (_, *own) in kinds(c).items()}
    alone = {name: own[0] for name, own in layers.items() if len(own) == 1}
    with jax.enable_x64(True):
        return {
            "options": options,
            "formula": {k: cost.by_formula(own, c, n) for k, own in layers.items()},
            "measured": {
                k: cost.by_measurement(own, c, n, module) for k, own in layers.items()
            },
            "patterns": {k: cost.pattern(own, c, module) for k, own in alone.items()},
            "adjoint": cost.adjoint_error(Layer(3, stride=2), c, n, module),
            "terms": {ks: cost.terms(6, *ks, module) for ks in KERNELS},
            "resized": cost.terms_of_resized(6, 3, 2, module),
        }


WHAT = {
    "output": "Output size",
    "parameters": "Number of parameters",
    "multiplications": "Multiplications (entries of the matrix that are not zero)",
    "field": "Receptive field (extent of the input's gradient)",
}


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, formula, measured = lab.Check, found["formula"], found["measured"]
    formulas = {
        k: check(
            f"{text}: kinds of {len(measured)} where formula and measurement differ",
            sum(getattr(formula[n], k) != getattr(m, k) for n, m in measured.items()),
            least=0, most=0,
        )
        for k, text in WHAT.items()
    }  # fmt: skip
    pair = 1 / found["options"].channels + 1 / 9
    separable, plain = (measured[n].multiplications for n in (SEPARABLE, PLAIN))
    ratios = {ks: cost.uneven(image) for ks, image in found["terms"].items()}
    gaps = [v - (np.ceil(k / s) / (k // s)) ** 2 for (k, s), v in ratios.items()]
    return formulas | {
        "pair": check(
            "Multiplications, separable / plain, compared with 1/c_out + 1/k²",
            separable / plain, least=pair - 1e-12, most=pair + 1e-12, format=".4g",
        ),
        "transposed": check(
            "Matrix of the transposed convolution and the transposed matrix of the "
            "strided one: largest difference", found["adjoint"], most=1e-12,
        ),
        "terms": check(
            "Transposed: most over fewest terms of an output, largest distance from "
            f"(⌈k/s⌉ / ⌊k/s⌋)² in {len(KERNELS)} pairs of k and s",
            np.abs(gaps).max(), most=1e-12,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Matrices of the kinds, and checkerboards."""
    c, chosen = found["options"].channels, ((3, 2), (4, 2), (4, 3))
    counted = {f"transposed {k}×{k}, s = {s}": found["terms"][k, s] for k, s in chosen}
    counted["resized, then 3×3"] = found["resized"]
    return [
        DataFigure(
            matrices(found["patterns"]),
            "matrices",
            "Dark: entries of the matrix that are not zero, of an image of 5 × 5 "
            f"pixels and {c} channels. Rows are outputs, columns inputs, each ordered "
            f"by channel: there are {c} × {c} blocks, one for each pair of channels.",
        ),
        DataFigure(
            matrices({name: image[:7, :7] for name, image in counted.items()}),
            "terms",
            "How many terms each output has, in the upper left corner of an image that "
            "is enlarged (no padding). Where s does not divide k the numbers alternate "
            "also away from the border: a checkerboard, before any training.",
        ),
    ]


def tables(found: Any) -> list[Table]:
    """All kinds with their numbers and uses."""
    size, c = found["options"].size, found["options"].channels
    heads = ("kind", "output", "parameters", "multiplications", "receptive field")
    uses = {name: own[0] for name, own in kinds(c).items()}
    rows: list[list[Cell]] = [[k, *v, uses[k]] for k, v in found["measured"].items()]
    caption = (
        f"Measured for an image of {size} × {size} pixels, {c} channels in and out, "
        "padding p = d (k - 1) / 2 (1 for 4×4). The uses are common practice, not "
        "measured here."
    )
    return [Table([*map(Column, heads), Column("common use")], rows, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=9,
    title="Kinds of convolution",
    code=(Layer, matrix),
    small={"size": 7, "channels": 2},
    references=(
        "Dumoulin & Visin, arXiv:1603.07285 (arithmetic)",
        "Odena et al., Distill 2016, doi:10.23915/distill.00003 (checkerboards)",
    ),
)
