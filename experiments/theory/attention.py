"""Can self-attention be a convolution, or a dense layer, and what does it forbid?

An image is fed as a sequence of tokens, its pixels or its patches; cutting it into
patches and embedding them is a convolution whose stride is its kernel size. A head
whose score falls with the squared distance to one offset looks, when sharp enough, at
the token there and nowhere else. With one head for each tap, and the tap's weights as
value weights, self-attention is the convolution: its error falls as exp(−sharpness)
until only rounding is left. It needs all these heads, and N times the work, N tokens.
Attention is a dense layer over all tokens, too: if each token holds its content in a
place of its own, uniform attention lays all of them side by side, and the value weights
are the matrix. A block like BERT's adds positions to the content instead, and its
softmax then forbids most mixings: weights are positive and add up to one, so a head
gives averages, and equal tokens stay equal whatever the number of heads. Two heads of
opposite sign do every mixing of tokens with equal row sums, and with one token of
zeros, which takes the rest of the attention, any mixing at all.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from aejax import lab
from aejax.eval.linearity import relative_error
from aejax.eval.mixing import one_head, two_heads, with_zero_token
from aejax.models.attention import GridAttention, encoded_offsets, from_convolution
from aejax.ops.tokens import tokens, untokens
from aejax.report.lessons import DataFigure
from aejax.report.style import (
    COLOURS,
    MARKERS,
    new_figure,
    picture,
    settle,
    styled,
)

FORMULAS = (
    (
        r"y_q = \sum_h \sum_k A^{h}_{qk}\; x_k V_h, \qquad "
        r"A^{h}_{q\cdot} = \mathrm{softmax}_k\, (\mathrm{logits}^{h}_{qk})",
        "multi-head attention; V is the product of value and output weights",
    ),
    (
        r"\mathrm{logits}^{h}_{qk} = -\alpha\, \|\delta_{qk} - \Delta_h\|^2 \; + "
        r"\;\mathrm{const}, \quad \delta_{qk} = p_k - p_q",
        "a head that looks at offset Δ: linear in (|δ|², δ₁, δ₂), so three numbers",
    ),
    (
        r"\alpha \to \infty: \quad y_q = \sum_h x_{q + \Delta_h} V_h",
        "a convolution with the taps V",
    ),
    (
        r"\sum_k A^{h}_{qk} = 1 \;\Rightarrow\; \left(\sum_h c_h A^h\right) 1 = "
        r"\left(\sum_h c_h\right) 1",
        "any sum of heads has equal row sums: equal tokens stay equal",
    ),
    (
        r"M = c_{+} A^{+} - c_{-} A^{-}",
        "two heads do every M with equal row sums; a token of zeros lifts that, too",
    ),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    size: int = lab.option(8, "Edge of the image.", minimum=4)
    kernels: tuple[int, ...] = lab.option((1, 2, 3, 4, 5), "Kernel sizes.", minimum=1)
    sharpness: tuple[float, ...] = lab.option(
        (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0), "Sharpness of the heads.", above=0
    )
    channels: int = lab.option(3, "Channels.", minimum=1)
    tokens: int = lab.option(12, "Tokens that are mixed.", minimum=3)


def run(options: Options, build=from_convolution) -> dict[str, Any]:
    """Builds attention from kernels and matrices, and compares.

    Args:
      options: sizes.
      build: `(kernel, sharpness) -> parameters`, under test.
    """
    with jax.enable_x64(True):
        random = np.random.default_rng(0)
        shape = (1, options.size, options.size, options.channels)
        image = jnp.asarray(random.normal(size=shape))
        errors, fewer = {}, []
        for k in options.kernels:
            kernel = jnp.asarray(
                random.normal(size=(k, k, options.channels, options.channels))
            )
            errors[k] = as_convolution(image, kernel, options.sharpness, build)
            if k > 1:
                cut = kernel.at[0, 0].set(0)
                fewer.append(relative_error(plain(image, cut), plain(image, kernel)))
        return {
            "sharpness": np.array(options.sharpness),
            "errors": {k: np.array(v) for k, v in errors.items()},
            "fewer": float(min(fewer)),
            "patches": patches(image, random),
            "maps": {a: look(a, build) for a in (0.5, 2.0, 16.0)},
            **mixing(random, options.tokens, options.channels),
        }


def plain(image: jax.Array, kernel: jax.Array, stride: int = 1) -> jax.Array:
    """The convolution itself, "SAME" padding."""
    axes = ("NHWC", "HWIO", "NHWC")
    steps = (stride, stride)
    return lax.conv_general_dilated(
        image, kernel, steps, "SAME", dimension_numbers=axes
    )


def as_convolution(
    image: jax.Array, kernel: jax.Array, sharpness: Any, build: Any
) -> Any:
    """Relative error of attention in the convolution's place, for each sharpness."""
    k, (_, h, w, _) = len(kernel), image.shape
    before, after = (k - 1) // 2, k // 2
    padded = jnp.pad(image, [(0, 0), (before, after), (before, after), (0, 0)])
    grid = (h + k - 1, w + k - 1)
    model = GridAttention(kernel.shape[-1], grid, k * k, 1, jnp.float64)
    expected = plain(image, kernel)

    @jax.jit
    def error(alpha: jax.Array) -> jax.Array:
        whole = untokens(model.apply(build(kernel, alpha), tokens(padded)), grid)
        inner = whole[:, before : before + h, before : before + w]
        return relative_error(inner, expected)

    return [float(error(alpha)) for alpha in sharpness]


def patches(image: jax.Array, random: Any) -> dict[str, float]:
    """Patches as tokens: nothing is lost, and embedding them is a convolution."""
    p, (_, h, w, c) = 2, image.shape
    cut = tokens(image[:, : h // p * p, : w // p * p], p)
    embedding = jnp.asarray(random.normal(size=(p * p * c, 5)))
    by_conv = plain(image, embedding.reshape(p, p, c, 5), p)
    back = untokens(cut, (h // p, w // p), p)
    return {
        "back": float(jnp.abs(back - image[:, : h // p * p, : w // p * p]).max()),
        "embedded": float(jnp.abs(cut @ embedding[None] - tokens(by_conv)).max()),
    }


def look(alpha: float, build: Any) -> np.ndarray:
    """Where the nine heads of a 3×3 kernel look from the middle of a grid, summed."""
    position = build(jnp.zeros((3, 3, 1, 1)), alpha)["params"]["position"]
    logits = jnp.einsum("hp,qsp->hqs", position, encoded_offsets((9, 9)).astype(float))
    return np.asarray(jax.nn.softmax(logits)[:, 40].sum(0).reshape(9, 9))


def mixing(random: Any, n: int, c: int) -> dict[str, Any]:
    """Attention in place of a matrix over tokens, and of a dense layer over all."""
    m, x = random.normal(size=(n, n)), jnp.asarray(random.normal(size=(n, c)))
    errors = {
        "one head": one_head(m),
        "two heads": two_heads(m),
        "two heads, zero token": with_zero_token(m),
    }
    bound = np.linalg.norm(m.sum(1) - m.sum(1).mean()) / np.sqrt(n)
    dense = jnp.asarray(random.normal(size=(n, c, n, c)))
    placed = jnp.einsum("nc,nm->nmc", x, jnp.eye(n)).reshape(n, n * c)
    uniform = jax.nn.softmax(jnp.zeros((n, n)))
    every = uniform @ (placed @ (n * dense.reshape(n * c, n * c)))
    own = every.reshape(n, n, c)[jnp.arange(n), jnp.arange(n)]
    model = GridAttention(c, (1, n), 8, 4, jnp.float64)
    like = jax.eval_shape(model.init, jax.random.key(0), x[None])
    params = jax.tree.map(lambda a: jnp.asarray(random.normal(size=a.shape)), like)
    equal = model.apply(params, jnp.broadcast_to(x[:1], x.shape)[None])[0]
    weights = jax.nn.softmax(jnp.asarray(5 * random.normal(size=(n, n))))
    return {
        "mixed": {
            k: np.linalg.norm(a - m) / np.linalg.norm(m) for k, a in errors.items()
        },
        "bound": bound / np.linalg.norm(m),
        "row_sums": float(np.ptp(m.sum(1))),
        "dense": float(relative_error(own, jnp.einsum("nc,ncmd->md", x, dense))),
        "equal": float(jnp.ptp(equal, 0).max()),
        "hull": float((weights @ x - x.max(0, keepdims=True)).max()),
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, mixed, errors = lab.Check, found["mixed"], found["errors"]
    sizes = ", ".join(f"{k}×{k}" for k in errors)
    falling = (found["sharpness"] >= 4) & (found["sharpness"] <= 20)
    slopes = [
        np.polyfit(found["sharpness"][falling], np.log(e[falling]), 1)[0]
        for k, e in errors.items()
        if k > 1
    ]
    return {
        "convolution": check(
            f"Attention built from a kernel and the convolution ({sizes}), sharpness "
            f"{found['sharpness'].max():g}: largest relative error",
            max(e[-1] for e in errors.values()), most=1e-12,
        ),
        "slope": check(
            "Slope of the logarithm of the error against the sharpness, where it "
            "falls: nearest to 0 of all sizes", max(slopes), least=-1.05, most=-0.95,
        ),
        "fewer": check(
            "One head fewer (a tap is missing): relative error, least of all sizes",
            found["fewer"], least=0.05,
        ),
        "patches": check(
            "An image cut into patches and put together again: largest difference",
            found["patches"]["back"], least=0, most=0,
        ),
        "embedded": check(
            "Embedded patches, and a convolution with as large a stride as its kernel: "
            "largest difference", found["patches"]["embedded"], most=1e-12,
        ),
        "dense": check(
            "Uniform attention over tokens that hold their content in places of their "
            "own, and a dense layer over all tokens: relative error",
            found["dense"], most=1e-12,
        ),
        "hull": check(
            "One head never exceeds the largest value of its tokens: largest excess",
            found["hull"], most=1e-12,
        ),
        "equal": check(
            "Eight random heads on equal tokens: largest difference of two outputs",
            found["equal"], most=1e-12,
        ),
        "one": check(
            "A random mixing of tokens by the best single head: relative error",
            mixed["one head"], least=0.5,
        ),
        "two": check(
            "By the best two heads: relative error, over the smallest that equal row "
            "sums allow", mixed["two heads"] / found["bound"], least=0.999999,
            most=1.000001, format=".6f",
        ),
        "two_error": check(
            "That relative error", mixed["two heads"], least=0.05
        ),
        "zero_token": check(
            "By two heads and a token of zeros: relative error",
            mixed["two heads, zero token"], most=1e-12,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Error against sharpness, and where the heads look."""
    figure = new_figure(5.2, 3.3)
    axes = figure.add_subplot()
    for i, (k, errors) in enumerate(found["errors"].items()):
        style: dict[str, Any] = {"color": COLOURS[i % 6], "marker": MARKERS[i % 6]}
        shown = np.maximum(errors, 1e-17)
        axes.plot(found["sharpness"], shown, label=f"{k}×{k}", **style)
    axes.set(xscale="log", yscale="log", xlabel="sharpness α", ylabel="relative error")
    axes.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
    axes.legend(title="kernel", ncols=2)
    names = {f"α = {alpha:g}": image for alpha, image in found["maps"].items()}
    return [
        DataFigure(
            settle(figure),
            "sharpness",
            "Error of attention in the place of a convolution, against the sharpness "
            "of its heads: it falls as exp(−α) until only rounding is left (an error "
            "of 0 is drawn at 1e−17). A single tap is exact.",
        ),
        DataFigure(
            where_heads_look(names),
            "heads",
            "Attention of the nine heads of a 3×3 kernel from the middle of a 9×9 "
            "image, summed: blurred heads become the nine taps.",
        ),
    ]


def where_heads_look(images: dict[str, np.ndarray]) -> Any:
    """The maps side by side."""
    figure = new_figure(5.6, 2.2)
    for axes, (name, image) in zip(
        figure.subplots(1, len(images)), images.items(), strict=True
    ):
        picture(axes, image, name, cmap="Blues", vmin=0)
    return settle(figure)


QUESTION = lab.Question.of(
    globals(),
    number=12,
    title="Attention as convolution and as a dense layer",
    code=(from_convolution, two_heads, with_zero_token),
    small={"size": 6, "kernels": (1, 3), "channels": 2, "tokens": 6},
    references=(
        "Cordonnier, Loukas & Jaggi, arXiv:1911.03584 (attention and convolution)",
        "Devlin et al., arXiv:1810.04805 (BERT)",
        "Dosovitskiy et al., arXiv:2010.11929 (patches as tokens)",
    ),
)
