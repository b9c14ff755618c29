"""Which kinds of convolution are there, what does each cost, and when is it used?

All are linear maps with shared weights, and differ in which entries of their matrix are
zero. A stride skips outputs: it makes the map smaller and sees more with each later
layer. A transposed convolution is the transposed matrix: it enlarges, and where the
kernel is no multiple of the stride its outputs get unequally many terms, which shows as
a checkerboard. Dilation spreads the same taps over a larger field at no cost. Groups
cut the channels into parts that do not mix and divide the cost by their number;
depthwise is one channel per group, and a 1×1 convolution after it mixes the channels
again: the depthwise-separable pair costs 1/outputs + 1/k² of the plain one, which it
equals only if the plain kernel factors that way. A 1×1 convolution is a dense layer at
every pixel. Each number in the table is computed twice: by its formula, and by counting
entries of the layer's own matrix.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab
from aejax.eval.convolution import Layer, extent, matrix, module, seen
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, picture, settle, styled
from aejax.report.tables import Cell, Column, Table

FORMULAS = (
    (
        r"n_{out} = \left\lfloor \dfrac{n + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1",
        "output size: kernel k, stride s, dilation d, padding p",
    ),
    (
        r"n_{out} = (n - 1)\, s - 2p + d\,(k-1) + 1",
        "of a transposed convolution: the same, solved for n",
    ),
    (
        r"\mathrm{parameters} = k^2\, \dfrac{c_{in}}{g}\, c_{out} + c_{out}, \qquad "
        r"\mathrm{FLOPs} = 2\, n_{out}^2\, k^2\, \dfrac{c_{in}}{g}\, c_{out}",
        "g groups; a transposed one works at n² places, not at those of the output",
    ),
    (
        r"r = 1 + \sum_i (k_i - 1)\, d_i \prod_{j<i} s_j",
        "receptive field of a stack, along an axis",
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

LAYERS: Mapping[str, tuple[Layer, ...]] = {
    "plain 3×3": (Layer(3),),
    "1×1": (Layer(1),),
    "strided 3×3, s = 2": (Layer(3, stride=2),),
    "transposed 3×3, s = 2": (Layer(3, stride=2, transposed=True),),
    "transposed 4×4, s = 2": (Layer(4, stride=2, transposed=True),),
    "dilated 3×3, d = 2": (Layer(3, dilation=2),),
    "grouped 3×3, g = 2": (Layer(3, groups=2),),
    "depthwise 3×3": (Layer(3),),
    "separable 3×3": (Layer(3), Layer(1)),
}
"""Groups of the last two follow from the channels."""

USES = {
    "plain 3×3": "first choice; local features of all channels",
    "1×1": "mixes or reduces channels; cheap",
    "strided 3×3, s = 2": "encoders: halves the image and learns how",
    "transposed 3×3, s = 2": "avoid: checkerboard",
    "transposed 4×4, s = 2": "decoders: doubles the image, equal terms",
    "dilated 3×3, d = 2": "wide context at full resolution",
    "grouped 3×3, g = 2": "several independent parts; half the cost",
    "depthwise 3×3": "filters each channel; needs a 1×1 to mix",
    "separable 3×3": "small networks, few parameters",
}


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    size: int = lab.option(9, "Edge of the image.", minimum=7)
    channels: int = lab.option(4, "Channels, in and out; even.", minimum=2)
    small: int = lab.option(6, "Edge of the image that is enlarged.", minimum=4)


def layers_of(name: str, channels: int) -> list[Layer]:
    """The layers of a kind for so many channels."""
    first, *rest = LAYERS[name]
    if name.startswith(("depthwise", "separable")):
        first = dataclasses.replace(first, groups=channels)
    return [first, *rest]


def run(options: Options, module=module) -> dict[str, Any]:
    """Every kind by formula and by its matrix; then what the kinds have in common.

    Args:
      options: sizes.
      module: `(layer, channels) -> nn.Module`, under test.
    """
    with jax.enable_x64(True):
        kinds = {name: measured(name, options, module) for name in LAYERS}
        return {
            "kinds": kinds,
            "channels": options.channels,
            "size": options.size,
            "identities": identities(options, module),
            "checkerboard": checkerboards(options.small, module),
        }


def measured(name: str, options: Options, module: Any) -> dict[str, Any]:
    """(formula, measurement) of each quantity of a kind."""
    layers, c, n = layers_of(name, options.channels), options.channels, options.size
    size, parameters, multiplications = n, 0, 0
    count, entries, network = 0, 0, []
    for i, layer in enumerate(layers):
        own = module(layer, c)
        params = drawn(own, i, (1, size, size, c))
        f = lambda x, own=own, params=params: own.apply(params, x[None])[0]  # noqa: E731
        parameters += layer.parameters(c, c)
        multiplications += layer.multiplications(size, c, c)
        count += sum(leaf.size for leaf in jax.tree.leaves(params))
        entries += int(np.count_nonzero(matrix(f, (size, size, c))))
        network.append(f)
        size = layer.output_size(size)

    def whole(x: jax.Array) -> jax.Array:
        for f in network:
            x = f(x)
        return x

    image = jnp.zeros((n, n, c))
    fields = [seen(whole, image, beside) for beside in (0, 1)]
    return {
        "output": (size, whole(image).shape[0]),
        "parameters": (parameters, count),
        "multiplications": (multiplications, entries),
        "field": (
            max(layer.receptive_field for layer in layers),
            max(map(extent, fields)),
        ),
        "seen": fields[0].sum(-1),
    }


def drawn(own: nn.Module, seed: int, shape: tuple[int, ...]) -> Any:
    """Random parameters of a layer; nothing is compiled for them."""
    like = jax.eval_shape(own.init, jax.random.key(0), jnp.zeros(shape))
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), like)


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


def checkerboards(small: int, module: Any) -> dict[str, np.ndarray]:
    """A constant image enlarged with constant kernels: the number of terms."""
    image = jnp.ones((1, small, small, 1))
    found = {}
    for k in (3, 4, 5, 6):
        own = module(Layer(k, stride=2, transposed=True), 1)
        params = {"kernel": jnp.ones((k, k, 1, 1)), "bias": jnp.zeros(1)}
        found[f"transposed {k}×{k}, s = 2"] = own.apply({"params": params}, image)
    resized = image.repeat(2, 1).repeat(2, 2)
    params = {"kernel": jnp.ones((3, 3, 1, 1)) / 9, "bias": jnp.zeros(1)}
    found["resized, then 3×3"] = module(Layer(3), 1).apply({"params": params}, resized)
    return {name: np.asarray(v)[0, ..., 0] for name, v in found.items()}


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
    check, kinds, c = lab.Check, found["kinds"], found["channels"]
    wrong = {
        key: sum(kind[key][0] != kind[key][1] for kind in kinds.values())
        for key in WHAT
    }
    cost = {name: kind["multiplications"][1] for name, kind in kinds.items()}
    depthwise = cost["depthwise 3×3"] / cost["plain 3×3"]
    boards = {name: uneven(v) for name, v in found["checkerboard"].items()}
    same = {
        name: check(
            f"{text}: largest difference", found["identities"][name], most=1e-12
        )
        for name, text in SAME.items()
    }
    formulas = {
        key: check(
            f"{text}: kinds of {len(kinds)} where formula and measurement differ",
            wrong[key], least=0, most=0,
        )
        for key, text in WHAT.items()
    }  # fmt: skip
    uneven_ones = [v for name, v in boards.items() if "3×3, s" in name or "5×5" in name]
    even_ones = [v for name, v in boards.items() if "4×4" in name or "6×6" in name]
    return formulas | same | {
        "saving": check(
            f"Depthwise, compared with plain (1/{c} by the formula): multiplications "
            "times the number of channels", depthwise * c, least=1, most=1,
        ),
        "uneven": check(
            "Transposed with stride 2 and an odd kernel: most over fewest terms of an "
            "output, least of 3×3 and 5×5", min(uneven_ones), least=2,
        ),
        "even": check(
            "The same with an even kernel, most of 4×4 and 6×6", max(even_ones),
            least=1, most=1,
        ),
        "resized": check(
            "The same of an image that is resized and then convolved",
            boards["resized, then 3×3"], most=1 + 1e-12, format=".4g",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """What the middle output sees, and checkerboards."""
    names = ("plain 3×3", "strided 3×3, s = 2", "dilated 3×3, d = 2", "separable 3×3")
    stencils = {n: found["kinds"][n]["seen"] for n in names}
    shown = ("transposed 3×3, s = 2", "transposed 5×5, s = 2", "transposed 4×4, s = 2")
    boards = {n: found["checkerboard"][n] for n in (*shown, "resized, then 3×3")}
    figure = new_figure(8.0, 4.4)
    rows = (("Blues", stencils), ("viridis", boards))
    grid = figure.subplots(2, 4)
    for axes_row, (colours, images) in zip(grid, rows, strict=True):
        for axes, (name, image) in zip(axes_row, images.items(), strict=True):
            picture(axes, image, name, cmap=colours, vmin=0)
    return [
        DataFigure(
            settle(figure),
            "kinds",
            "Top: the input pixels that the middle output depends on, by the absolute "
            "gradient. Bottom: how many terms each output has when a constant image is "
            "enlarged: with a kernel that is no multiple of the stride it alternates "
            "(a checkerboard, before any training), with 4×4 only the border differs.",
        )
    ]


def tables(found: Any) -> list[Table]:
    """All kinds with their numbers and uses."""
    heads = ("kind", "output", "parameters", "MFLOPs", "sees", "use")
    rows: list[list[Cell]] = [
        [
            name,
            kind["output"][1],
            kind["parameters"][1],
            2e-6 * kind["multiplications"][1],
            kind["field"][1],
            USES[name],
        ]
        for name, kind in found["kinds"].items()
    ]
    columns = [Column(head, format=".3f") for head in heads]
    caption = (
        f"Measured for an image of {found['size']} × {found['size']} pixels, "
        f"{found['channels']} channels in and out, no padding; the formulas give the "
        "same numbers."
    )
    return [Table(columns, rows, caption)]


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
