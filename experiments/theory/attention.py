"""Can self-attention be a convolution, or a dense layer, and what does it forbid?

An image is fed as a sequence of tokens, its pixels or its patches; cutting it into
patches and embedding them is a convolution whose stride is its kernel size. A head
whose score falls with the squared distance to one offset looks, when sharp enough, at
the token there and nowhere else. With one head for each tap, and the tap's weights as
value weights, self-attention is the convolution: its error falls as exp(−α), α the
heads' sharpness, until only rounding is left. It needs a head for every tap.

Attention is a dense layer over all tokens, too, if each token holds its content in a
place of its own: uniform attention lays all of them side by side, and the value weights
are the matrix. Tokens of a block like BERT's have no such places, and its softmax
forbids most mixings: weights are positive and add up to one, so a head gives averages,
and equal tokens stay equal, whatever the number of heads; sums, norms and the MLP of
the block do not change that. Two heads of opposite sign and one token of zeros, which
takes the rest of the attention, do any mixing.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from aejax import lab
from aejax.data.tfds import bundled
from aejax.eval.linearity import relative_error
from aejax.eval.mixing import dense_by_attention, errors, with_zero_token
from aejax.models.attention import EncoderBlock, convolve, from_convolution
from aejax.ops.tokens import tokens
from aejax.report.figures import measured_lines, patches
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"y_q = \sum_h \sum_k A^{h}_{qk}\; x_k V_h, \qquad "
        r"A^{h}_{qk} = \mathrm{softmax}_k\, (s^{h}_{qk})",
        "token q gets the values x V of all tokens, weighted by A; a V for each head",
    ),
    (
        r"s^{h}_{qk} = -\alpha\, \|p_k - p_q - \Delta_h\|^2 + \mathrm{const}",
        "a head of sharpness α that looks at offset Δ; p: row and column of a token",
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
)


SHARPNESS = (1.0, 4.0, 8.0, 16.0, 24.0, 32.0, 40.0, 48.0, 64.0)
plain = partial(
    lax.conv_general_dilated,
    window_strides=(1, 1),
    padding="SAME",
    dimension_numbers=("NHWC", "HWIO", "NHWC"),
)
"""The convolution itself, of an image and a kernel."""


@dataclasses.dataclass(frozen=True)
class Options(lab.Checked):
    """Sizes."""

    size: int = lab.option(8, "Edge of the image.", minimum=4)
    kernels: tuple[int, ...] = lab.option((1, 2, 3, 4, 5), "Kernel sizes.", minimum=1)
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
        n, c = options.size, options.channels
        image = jnp.asarray(random.normal(size=(1, n, n, c)))
        error, fewer = {}, []
        for k in options.kernels:
            kernel = jnp.asarray(random.normal(size=(k, k, c, c)))
            expected = plain(image, kernel)
            own = jax.jit(lambda alpha, w=kernel: convolve(image, w, alpha, build))
            error[k] = [relative_error(own(a), expected) for a in SHARPNESS]
            fewer.append(relative_error(plain(image, kernel.at[0, 0].set(0)), expected))
        return {
            "errors": error,
            "fewer": float(min(fewer)),
            "embedded": embedding(image, random),
            **mixing(random, options.tokens, c),
        }


def embedding(image: jax.Array, random: Any) -> float:
    """Largest difference of embedded patches and a convolution."""
    p, (_, h, w, c) = 2, image.shape
    image = image[:, : h // p * p, : w // p * p]
    weights = jnp.asarray(random.normal(size=(p * p * c, 5)))
    by_conv = plain(image, weights.reshape(p, p, c, 5), window_strides=(p, p))
    return float(jnp.abs(tokens(image, p) @ weights[None] - tokens(by_conv)).max())


def mixing(random: Any, n: int, c: int) -> dict[str, Any]:
    """Attention in place of a matrix over tokens, and of a dense layer over all."""
    m, x = random.normal(size=(n, n)), jnp.asarray(random.normal(size=(n, c)))
    dense = jnp.asarray(random.normal(size=(n, c, n, c)))
    exact = jnp.einsum("nc,ncmd->md", x, dense)
    block = EncoderBlock((1, n), 8, param_dtype=jnp.float64)
    like = jax.eval_shape(block.init, jax.random.key(0), x[None])
    params = jax.tree.map(lambda a: jnp.asarray(random.normal(size=a.shape)), like)
    equal = jax.jit(block.apply)(params, jnp.broadcast_to(x[:1], x.shape)[None])[0]
    return {
        "mixed": errors(m),
        "dense": float(relative_error(dense_by_attention(x, dense), exact)),
        "equal": float(jnp.ptp(equal, 0).max()),
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, error = lab.Check, found["errors"]
    sizes = ", ".join(f"{k}×{k}" for k in error)
    return {
        "convolution": check(
            f"Attention built from a kernel and the convolution ({sizes}), sharpness "
            f"{SHARPNESS[-1]:g}: largest relative error",
            max(e[-1] for e in error.values()), most=1e-12,
        ),
        "fewer": check(
            "One head fewer (a tap is missing): relative error, least of all sizes",
            found["fewer"], least=0.05,
        ),
        "embedded": check(
            "Embedded patches, and a convolution with as large a stride as its kernel: "
            "largest difference", found["embedded"], most=1e-12,
        ),
        "dense": check(
            "Uniform attention over tokens in places of their own, and a dense layer "
            "over all: relative error", found["dense"], most=1e-12,
        ),
        "equal": check(
            "A block like BERT's (attention of eight heads, sums, norms, MLP), random "
            "weights, on equal tokens: largest difference of two outputs",
            found["equal"], most=1e-12,
        ),
        "one": check(
            "A random mixing of tokens by one head, times the best of 400 factors: "
            "relative error", found["mixed"]["one_head"], least=0.5,
        ),
        "zero_token": check(
            "By two heads and a token of zeros: relative error",
            found["mixed"]["with_zero_token"], most=1e-12,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """How an image is fed, and the error against the sharpness."""
    formula = np.maximum(np.exp(-np.array(SHARPNESS)), np.finfo(float).eps)
    lines = {f"{k}×{k}": (SHARPNESS, formula, e) for k, e in found["errors"].items()}
    return [
        DataFigure(
            patches(bundled.digits("test")[0][500] / 255, 7),
            "tokens",
            "How an image is fed: a digit of MNIST, cut into 16 patches, as 16 tokens.",
        ),
        DataFigure(
            measured_lines(lines, "sharpness α", "relative error", "kernel"),
            "sharpness",
            "Error of attention in the place of a convolution (marks). All sizes, a "
            "single tap too, fall as exp(−α) (line), until only rounding is left.",
        ),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=12,
    title="Attention",
    code=(from_convolution, dense_by_attention, with_zero_token),
    small={"size": 6, "kernels": (1, 3), "channels": 2, "tokens": 6},
    references=(
        "Cordonnier, Loukas & Jaggi, arXiv:1911.03584 (attention and convolution)",
        "Devlin et al., arXiv:1810.04805 (BERT)",
        "Dosovitskiy et al., arXiv:2010.11929 (patches as tokens)",
    ),
)
