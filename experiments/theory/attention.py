"""Can self-attention be a convolution, or a dense layer, and what does it forbid?

An image is fed as a sequence of tokens, its pixels or its patches; cutting it into
patches and embedding them is a convolution whose stride is its kernel size. A head
whose score falls with the squared distance to one offset looks, when sharp enough, at
the token there and nowhere else. With one head for each tap, and the tap's weights as
value weights, self-attention is the convolution: its error falls as exp(−α), α the
heads' sharpness, until only rounding is left. It needs a head for every tap, and far
more work, as it compares every token with every other.

Attention is a dense layer over all tokens, too, if each token holds its content in a
place of its own: uniform attention lays all of them side by side, and the value weights
are the matrix. That makes N tokens N times as wide. Tokens of a block like BERT's have
no such places, and its softmax forbids most mixings: weights are positive and add up to
one, so a head gives averages, and equal tokens stay equal, whatever the number of
heads; sums, norms and the MLP of the block do not change that. Two heads of opposite
sign do every mixing of tokens with equal row sums, and with one token of zeros, which
takes the rest of the attention, any mixing at all.
"""

import dataclasses
from collections.abc import Callable
from itertools import cycle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from aejax import lab
from aejax.data.tfds import bundled
from aejax.eval.cost import operations
from aejax.eval.linearity import relative_error
from aejax.eval.mixing import dense_by_attention, errors, two_heads, with_zero_token
from aejax.models.attention import (
    EncoderBlock,
    convolve,
    from_convolution,
    position_weights,
)
from aejax.ops.tokens import tokens
from aejax.report.figures import attention_maps, patches
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, MARKERS, QUIET, new_figure, settle, styled

FORMULAS = (
    (
        r"y_q = \sum_h \sum_k A^{h}_{qk}\; x_k V_h, \qquad "
        r"A^{h}_{qk} = \mathrm{softmax}_k\, (s^{h}_{qk})",
        "multi-head attention: token q gets the values of all tokens k, weighted by A; "
        "V is the product of value and output weights of head h, s the scores",
    ),
    (
        r"s^{h}_{qk} = -\alpha\, \|p_k - p_q - \Delta_h\|^2 + \mathrm{const}",
        "a head of sharpness α that looks at offset Δ; p: row and column of a token. "
        "It is learnt as three weights: of the squared distance, of rows, of columns",
    ),
    (
        r"\alpha \to \infty: \quad y_q = \sum_h x_{q + \Delta_h} V_h",
        "a convolution with the taps V",
    ),
    (
        r"\tilde{x}_k = (0 \ldots x_k \ldots 0), \quad A = \frac{1}{N}, \quad V = N W:"
        r"\qquad y = \sum_k \tilde{x}_k W = (x_1 \ldots x_N)\, W",
        "a dense layer W over all N tokens: the mean holds them side by side",
    ),
    (
        r"\sum_k A^{h}_{qk} = 1 \;\Rightarrow\; \sum_k M_{qk} = \sum_h c_h, "
        r"\qquad M = \sum_h c_h A^h",
        "a mixing M of tokens by heads with any factors c has equal row sums",
    ),
    (
        r"M = c_{+} A^{+} - c_{-} A^{-}",
        "two heads, with factors above 0, do every M with equal row sums",
    ),
)


TAPS = np.mgrid[-1:2, -1:2].reshape(2, -1).T
"""Of a 3×3 kernel, seen from its middle."""


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    size: int = lab.option(8, "Edge of the image.", minimum=4)
    kernels: tuple[int, ...] = lab.option((1, 2, 3, 4, 5), "Kernel sizes.", minimum=1)
    sharpness: tuple[float, ...] = lab.option(
        (1.0, 4.0, 8.0, 16.0, 24.0, 32.0, 40.0, 48.0, 64.0),
        "Sharpness of the heads.",
        above=0,
    )
    channels: int = lab.option(3, "Channels.", minimum=1)
    tokens: int = lab.option(12, "Tokens that are mixed.", minimum=3)


def run(options: Options, build: Callable = from_convolution) -> dict[str, Any]:
    """Builds attention from kernels and matrices, and compares.

    Args:
      options: sizes.
      build: `(kernel, sharpness) -> parameters`, under test.
    """
    with jax.enable_x64(True):
        random = np.random.default_rng(0)
        shape = (1, options.size, options.size, options.channels)
        image = jnp.asarray(random.normal(size=shape))
        error, fewer, work = {}, [], []
        for k in options.kernels:
            size = (k, k, options.channels, options.channels)
            kernel = jnp.asarray(random.normal(size=size))
            expected = plain(image, kernel)
            own = jax.jit(lambda alpha, w=kernel: convolve(image, w, alpha, build))
            error[k] = [relative_error(own(a), expected) for a in options.sharpness]
            fewer.append(relative_error(plain(image, kernel.at[0, 0].set(0)), expected))
            direct = operations(plain, image, kernel)
            work.append(operations(own, 1.0) / direct)
        return {
            "sharpness": np.array(options.sharpness),
            "errors": {k: np.array(v) for k, v in error.items()},
            "fewer": float(min(fewer)),
            "work": min(work),
            "pixels": options.size**2,
            "embedded": embedding(image, random),
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


def embedding(image: jax.Array, random: Any) -> float:
    """Largest difference of embedded patches and a convolution."""
    p, (_, h, w, c) = 2, image.shape
    image = image[:, : h // p * p, : w // p * p]
    weights = jnp.asarray(random.normal(size=(p * p * c, 5)))
    by_conv = plain(image, weights.reshape(p, p, c, 5), p)
    return float(jnp.abs(tokens(image, p) @ weights[None] - tokens(by_conv)).max())


def look(alpha: float, build: Callable) -> np.ndarray:
    """Where the nine heads of a 3×3 kernel look from the middle of a grid, summed."""
    position = build(jnp.zeros((3, 3, 1, 1)), alpha)["params"]["position"]
    return np.asarray(position_weights(position, (9, 9))[:, 40].sum(0).reshape(9, 9))


def mixing(random: Any, n: int, c: int) -> dict[str, Any]:
    """Attention in place of a matrix over tokens, and of a dense layer over all."""
    m, x = random.normal(size=(n, n)), jnp.asarray(random.normal(size=(n, c)))
    dense = jnp.asarray(random.normal(size=(n, c, n, c)))
    exact = jnp.einsum("nc,ncmd->md", x, dense)
    block = EncoderBlock((1, n), 8, param_dtype=jnp.float64)
    like = jax.eval_shape(block.init, jax.random.key(0), x[None])
    params = jax.tree.map(lambda a: jnp.asarray(random.normal(size=a.shape)), like)
    equal = jax.jit(block.apply)(params, jnp.broadcast_to(x[:1], x.shape)[None])[0]
    weights = jax.nn.softmax(jnp.asarray(5 * random.normal(size=(n, n))))
    return {
        "mixed": errors(m),
        "dense": float(relative_error(dense_by_attention(x, dense), exact)),
        "equal": float(jnp.ptp(equal, 0).max()),
        "hull": float((weights @ x - x.max(0, keepdims=True)).max()),
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, mixed, error = lab.Check, found["mixed"], found["errors"]
    sizes = ", ".join(f"{k}×{k}" for k in error)
    falling = (found["sharpness"] >= 4) & (found["sharpness"] <= 20)
    slopes = [
        np.polyfit(found["sharpness"][falling], np.log(e[falling]), 1)[0]
        for e in error.values()
    ]
    return {
        "convolution": check(
            f"Attention built from a kernel and the convolution ({sizes}), sharpness "
            f"{found['sharpness'].max():g}: largest relative error",
            max(e[-1] for e in error.values()), most=1e-12,
        ),
        "slope": check(
            "Slope of the logarithm of the error against the sharpness, where it "
            "falls: nearest to 0 of all sizes", max(slopes), least=-1.05, most=-0.95,
        ),
        "fewer": check(
            "One head fewer (a tap is missing): relative error, least of all sizes",
            found["fewer"], least=0.05,
        ),
        "work": check(
            f"Operations of attention over those of the convolution, {found['pixels']} "
            "pixels as tokens: least of all sizes", found["work"],
            least=found["pixels"] / 2,
        ),
        "embedded": check(
            "Embedded patches, and a convolution with as large a stride as its kernel: "
            "largest difference", found["embedded"], most=1e-12,
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
            "A block like BERT's (attention of eight heads, sums, norms, MLP), random "
            "weights, on equal tokens: largest difference of two outputs",
            found["equal"], most=1e-12,
        ),
        "one": check(
            "A random mixing of tokens by one head: relative error of the nearest "
            "multiple of positive weights that add up to one (400 factors tried)",
            mixed["one_head"], least=0.5,
        ),
        "two": check(
            "By two heads: relative error", mixed["two_heads"], least=0.05
        ),
        "bound": check(
            "The same, divided by the error of the nearest mixing with equal row sums",
            mixed["two_heads"] / mixed["equal_sums"], least=0.999999, most=1.000001,
            format=".6f",
        ),
        "zero_token": check(
            "By two heads and a token of zeros: relative error",
            mixed["with_zero_token"], most=1e-12,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """How an image is fed, the error against the sharpness, where heads look."""
    figure, alpha = new_figure(5.2, 3.3), found["sharpness"]
    axes = figure.add_subplot()
    axes.plot(alpha, np.exp(-alpha), "--", color=QUIET, label="exp(−α)")
    for colour, marker, (k, error) in zip(
        cycle(COLOURS), cycle(MARKERS), found["errors"].items(), strict=False
    ):
        axes.plot(alpha, error, marker, color=colour, mfc="none", label=f"{k}×{k}")
    axes.set(yscale="log", ylim=(1e-18, 10), xlabel="sharpness α")
    axes.set(ylabel="relative error")
    axes.legend(title="kernel", ncols=2)
    maps = {f"α = {alpha:g}": shown for alpha, shown in found["maps"].items()}
    return [
        DataFigure(
            patches(bundled.digits("test")[0][500] / 255, 7),
            "tokens",
            "How an image is fed: a digit of MNIST, cut into 16 patches, as 16 tokens.",
        ),
        DataFigure(
            settle(figure),
            "sharpness",
            "Error of attention in the place of a convolution, against the sharpness "
            "of its heads. All sizes, a single tap too, fall alike, as exp(−α), until "
            "only rounding is left.",
        ),
        DataFigure(
            attention_maps(maps, (4, 4), TAPS),
            "heads",
            "Attention of the nine heads of a 3×3 kernel, from the middle (cross) of "
            "9×9 pixels, summed: blurred heads become the nine taps (circles).",
        ),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=12,
    title="Attention",
    code=(from_convolution, dense_by_attention, two_heads, with_zero_token),
    small={"size": 6, "kernels": (1, 3), "channels": 2, "tokens": 6},
    references=(
        "Cordonnier, Loukas & Jaggi, arXiv:1911.03584 (attention and convolution)",
        "Devlin et al., arXiv:1810.04805 (BERT)",
        "Dosovitskiy et al., arXiv:2010.11929 (patches as tokens)",
    ),
)
