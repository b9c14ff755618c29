"""Which kinds of convolution are there, what does each cost, and when is it used?

All are linear maps with shared weights, and differ in which entries of their matrix are
zero. A stride skips outputs: the map becomes smaller, and later layers see more. A
transposed convolution is the transposed matrix: it enlarges, and where the kernel is no
multiple of the stride its outputs get unequally many terms, which shows as a
checkerboard. Dilation spreads the same taps over a larger field at no cost. Groups cut
the channels into parts that do not mix and divide the cost by their number; depthwise
is one channel per group, and a 1×1 convolution after it mixes the channels again. This
depthwise-separable pair costs 1/c_out + 1/k² of a plain convolution, and can express
one only if that kernel factorises so. A 1×1 convolution is a dense layer at every
pixel.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.convolution import Layer, matrix, module
from aejax.eval.convolution_cost import (
    by_formula,
    by_measurement,
    pattern,
    terms,
    terms_of_resized,
)
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, numbers, picture, settle, styled
from aejax.report.tables import Cell, Column, Table

FORMULAS = (
    (
        r"n_{out} = \left\lfloor \dfrac{n + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1",
        "positions of the output along an axis, of n of the input: kernel k, stride s, "
        "dilation d, p zeros on either side",
    ),
    (
        r"n_{out} = (n - 1)\, s - 2p + d\,(k-1) + 1",
        "of a transposed convolution: the same, solved for n",
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
        "receptive field along an axis, of layers i = 1, 2 ... and of one transposed "
        "layer",
    ),
    (
        r"\dfrac{\mathrm{separable}}{\mathrm{plain}} = \dfrac{1}{c_{out}} + "
        r"\dfrac{1}{k^2}",
        "multiplications of depthwise and 1×1 together, compared with plain",
    ),
    (
        r"\mathrm{terms\;of\;an\;output} \in \{\lfloor k/s \rfloor^2, \ldots, "
        r"\lceil k/s \rceil^2\}",
        "transposed: equal, so no checkerboard, only if s divides k",
    ),
)

SAME_SIZE = Layer(3, padding=1)
HALF = Layer(3, stride=2, padding=1)
KINDS: Mapping[str, tuple[str, tuple[Layer, ...]]] = {
    "plain 3×3": ("first choice; local features of all channels", (SAME_SIZE,)),
    "1×1": ("mixes or reduces channels; cheap", (Layer(1),)),
    "strided 3×3, s = 2": ("encoders: halves the image and learns how", (HALF,)),
    "transposed 3×3, s = 2": (
        "avoided: checkerboard", (dataclasses.replace(HALF, transposed=True),),
    ),
    "transposed 4×4, s = 2": (
        "decoders: doubles the image, equal terms",
        (Layer(4, stride=2, padding=1, transposed=True),),
    ),
    "dilated 3×3, d = 2": (
        "wide context at full resolution", (Layer(3, dilation=2, padding=2),),
    ),
    "grouped 3×3, g = 2": (
        "several independent parts; half the cost", (Layer(3, groups=2, padding=1),),
    ),
    "depthwise 3×3": ("filters each channel; needs a 1×1 to mix", (SAME_SIZE,)),
    "separable 3×3": ("small networks, few parameters", (SAME_SIZE, Layer(1))),
    "three plain 3×3": ("more context, activations between", (SAME_SIZE,) * 3),
    "three 3×3, first s = 2": (
        "encoders: more context at less cost", (HALF, SAME_SIZE, SAME_SIZE),
    ),
}  # fmt: skip
"""Use and layers; groups of depthwise and separable follow from the channels."""

KERNELS = ((3, 2), (5, 2), (4, 3), (5, 3), (4, 2), (6, 2), (3, 3))
"""(k, s) of transposed convolutions; of the last three s divides k."""


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    size: int = lab.option(9, "Edge of the image.", minimum=7)
    channels: int = lab.option(4, "Channels, in and out; even.", minimum=2)
    small: int = lab.option(6, "Edge of the image that is enlarged.", minimum=5)


def layers_of(name: str, channels: int) -> list[Layer]:
    """The layers of a kind for so many channels."""
    first, *rest = KINDS[name][1]
    if name.startswith(("depthwise", "separable")):
        first = dataclasses.replace(first, groups=channels)
    return [first, *rest]


def run(options: Options, module=module) -> dict[str, Any]:
    """Every kind by formula and by its matrix; then what the kinds have in common.

    Args:
      options: sizes.
      module: `(layer, channels) -> nn.Module`, under test.
    """
    c, n = options.channels, options.size
    kinds = {name: layers_of(name, c) for name in KINDS}
    with jax.enable_x64(True):
        return {
            "formula": {name: by_formula(own, c, n) for name, own in kinds.items()},
            "measured": {
                name: by_measurement(own, c, n, module) for name, own in kinds.items()
            },
            "channels": c,
            "size": n,
            "patterns": {
                name: pattern(own[0], c, module)
                for name, own in kinds.items()
                if len(own) == 1
            },
            "identities": identities(options, module),
            "terms": {ks: terms(options.small, *ks, module) for ks in KERNELS},
            "resized": terms_of_resized(options.small, 3, 2, module),
        }


def identities(options: Options, module: Any) -> dict[str, float]:
    """Largest differences of what must be equal."""
    c, n = options.channels, options.size
    x = jax.random.normal(jax.random.key(9), (1, n, n, c))

    def kernel(seed: int, *shape: int) -> jax.Array:
        return jax.random.normal(jax.random.key(seed), shape)

    def apply(layer: Layer, k: jax.Array, x: jax.Array = x) -> jax.Array:
        params = {"kernel": k, "bias": jnp.zeros(c)}
        return module(layer, c).apply({"params": params}, x)

    one, plain = kernel(0, 1, 1, c, c), kernel(1, 3, 3, c, c)
    spread = jnp.zeros((5, 5, c, c)).at[::2, ::2].set(plain)
    depth, half = kernel(2, 3, 3, 1, c), kernel(3, 3, 3, c // 2, c)
    factored = depth[..., 0, :, None] * one
    blocks = jnp.zeros((3, 3, c, c))
    for part in (slice(0, c // 2), slice(c // 2, c)):
        blocks = blocks.at[:, :, part, part].set(half[..., part])
    separable = apply(Layer(1), one, apply(Layer(3, groups=c), depth))
    down = matrix(lambda v: apply(Layer(3, stride=2), plain, v[None])[0], (n, n, c))
    small = Layer(3, stride=2).output_size(n)
    up = matrix(
        lambda v: apply(Layer(3, stride=2, transposed=True), plain, v[None])[0],
        (small, small, c),
    )
    pairs: dict[str, tuple[Any, Any]] = {
        "dense": (apply(Layer(1), one), x @ one[0, 0]),
        "dilated": (apply(Layer(3, dilation=2), plain), apply(Layer(5), spread)),
        "grouped": (apply(Layer(3, groups=2), half), apply(Layer(3), blocks)),
        "separable": (separable, apply(Layer(3), factored)),
        "transposed": (up, down.T),
    }
    return {name: _gap(a, b) for name, (a, b) in pairs.items()}


def _gap(a: Any, b: Any) -> float:
    """Largest difference; of arrays of other shapes there is none that is finite."""
    return float(np.abs(a - b).max()) if a.shape == b.shape else np.inf


def uneven(image: np.ndarray) -> float:
    """Largest over smallest value away from the border."""
    inner = image[4:-4, 4:-4]
    return float(inner.max() / inner.min())


SAME = {
    "dense": "1×1 convolution and a dense layer at every pixel",
    "dilated": "Dilated 3×3 and plain 5×5 with zeros between the taps",
    "grouped": "Grouped and plain with a block-diagonal kernel",
    "separable": "Depthwise then 1×1, and plain with the product of both kernels",
    "transposed": "Matrix of the transposed convolution and the transposed matrix of "
    "the strided one",
}

WHAT = {
    "output": "Output size",
    "parameters": "Number of parameters",
    "multiplications": "Multiplications (entries of the matrix that are not zero)",
    "field": "Receptive field (extent of the input's gradient)",
}


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, c = lab.Check, found["channels"]
    formula, measured = found["formula"], found["measured"]
    formulas = {
        key: check(
            f"{text}: kinds of {len(KINDS)} where formula and measurement differ",
            sum(
                getattr(formula[name], key) != getattr(measured[name], key)
                for name in KINDS
            ),
            least=0, most=0,
        )
        for key, text in WHAT.items()
    }  # fmt: skip
    same = {
        name: check(
            f"{text}: largest difference", found["identities"][name], most=1e-12
        )
        for name, text in SAME.items()
    }
    plain, pair = measured["plain 3×3"].multiplications, 1 / c + 1 / 9
    cost = {name: own.multiplications / plain for name, own in measured.items()}
    wider = measured["three 3×3, first s = 2"].field - measured["three plain 3×3"].field
    ratios = {ks: uneven(image) for ks, image in found["terms"].items()}
    gaps = [v - (np.ceil(k / s) / (k // s)) ** 2 for (k, s), v in ratios.items()]
    return formulas | same | {
        "free": check(
            "Multiplications, dilated / plain", cost["dilated 3×3, d = 2"],
            least=1, most=1,
        ),
        "saving": check(
            "Multiplications, depthwise / plain, times the number of channels",
            cost["depthwise 3×3"] * c, least=1, most=1,
        ),
        "pair": check(
            "Multiplications, separable / plain, compared with 1/c_out + 1/k²",
            cost["separable 3×3"], least=pair - 1e-12, most=pair + 1e-12, format=".4g",
        ),
        "stride": check(
            "Three 3×3 layers: what a stride of 2 in the first one adds to the "
            "receptive field", wider, least=4, most=4, unit="pixels",
        ),
        "terms": check(
            "Transposed: most over fewest terms of an output, largest distance from "
            f"(⌈k/s⌉ / ⌊k/s⌋)² in {len(KERNELS)} pairs of k and s",
            np.abs(gaps).max(), most=1e-12,
        ),
        "even": check(
            "That ratio where s divides k (k = 4, 6 with s = 2; k = 3 with s = 3), "
            "the largest", max(v for (k, s), v in ratios.items() if k % s == 0),
            least=1, most=1,
        ),
        "resized": check(
            "The same of an image that is resized and then convolved",
            uneven(found["resized"]), least=1, most=1,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Matrices of the kinds, and checkerboards."""
    patterns, c = found["patterns"], found["channels"]
    first = new_figure(8.0, 4.9)
    for axes, name in zip(first.subplots(2, 4).flat, patterns, strict=True):
        picture(axes, patterns[name], name, cmap="Blues", vmin=0, vmax=1.3)
    shown = {
        f"transposed {k}×{k}, s = {s}": found["terms"][k, s]
        for k, s in ((3, 2), (4, 2), (4, 3))
    } | {"resized, then 3×3": found["resized"]}
    second = new_figure(8.0, 2.4)
    for axes, (name, image) in zip(second.subplots(1, 4), shown.items(), strict=True):
        numbers(axes, image[:7, :7], name)
    return [
        DataFigure(
            settle(first),
            "matrices",
            "Dark: entries of the matrix that are not zero, of an image of 5 × 5 "
            f"pixels and {c} channels. Rows are outputs, columns inputs, each ordered "
            f"by channel: there are {c} × {c} blocks, one for each pair of channels.",
        ),
        DataFigure(
            settle(second),
            "terms",
            "How many terms each output has, in the upper left corner of an image that "
            "is enlarged (no padding). Where s does not divide k the numbers alternate "
            "also away from the border: a checkerboard, before any training.",
        ),
    ]


def tables(found: Any) -> list[Table]:
    """All kinds with their numbers and uses."""
    heads = ("kind", "output", "parameters", "multiplications", "receptive field")
    rows: list[list[Cell]] = [
        [name, *own, KINDS[name][0]] for name, own in found["measured"].items()
    ]
    caption = (
        f"Measured for an image of {found['size']} × {found['size']} pixels, "
        f"{found['channels']} channels in and out, padding p = d (k - 1) / 2 (1 for "
        "4×4). The uses are common practice, not measured here."
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
