"""Floating point operations of one training step, counted by hand.

Counted are the multiplications and additions (two operations each) of the dense
and convolutional layers: once forward, once for the gradient of the weights,
once for the gradient of the input, which the first layer does not need. A
convolution counts as the direct one, every tap at every position, zero padding
included, whatever algorithm computes it: a Winograd convolution may therefore
exceed the share that its multiplications take. Activations, losses and Adam
(about 1 % together) are left out.
"""

from collections.abc import Sequence
from itertools import pairwise

from .cases import MODELS, ZDIM


def training_step(multiplications: Sequence[int], batch: int) -> int:
    """Operations of one step from each layer's multiplications per example."""
    return 2 * batch * (3 * sum(multiplications) - multiplications[0])


def convolution(positions: int, taps: int, inputs: int, outputs: int) -> int:
    """Multiplications of a convolution.

    Args:
      positions: pixels of its output; of its input if it is a transposed one.
      taps: entries of the kernel's window.
      inputs: channels of the input.
      outputs: channels of the output.
    """
    return positions * taps * inputs * outputs


def autoencoder(zdim: int = ZDIM, width: int = 32, batch: int = 128) -> int:
    """One step of the convolutional autoencoder of depth 3 on 32x32 images.

    5.20e9 with zdim 10; 5.27e9 with zdim 32.
    """
    one, two, three = width, 2 * width, 4 * width
    layers = [
        convolution(16 * 16, 9, 1, one),
        convolution(8 * 8, 9, one, two),
        convolution(4 * 4, 9, two, three),
        4 * 4 * three * zdim,
        zdim * 4 * 4 * three,
        convolution(4 * 4, 16, three, two),
        convolution(8 * 8, 16, two, one),
        convolution(16 * 16, 16, one, 1),
    ]
    return training_step(layers, batch)


def vae(pixels: int = 784, hidden: int = 400, zdim: int = 20, batch: int = 128) -> int:
    """One step of the VAE: pixels-hidden-(mean, logvar), zdim-hidden-pixels."""
    layers = [pixels * hidden, hidden * 2 * zdim, zdim * hidden, hidden * pixels]
    return training_step(layers, batch)


def unet(
    width: int = 32, depth: int = 4, side: int = 32, channels: int = 3, batch: int = 32
) -> int:
    """One step of the U-Net with two decoders; 5.95e10 with width 32."""
    features = [width * 2**i for i in range(depth + 1)]
    pixels = [(side >> i) ** 2 for i in range(depth + 1)]
    down, up = [], []
    for i, (inputs, outputs) in enumerate(pairwise([channels, *features])):
        down.append(convolution(pixels[i], 9, inputs, outputs))
        down.append(convolution(pixels[i], 9, outputs, outputs))
    for i, own in enumerate(features[:-1]):
        up.append(convolution(pixels[i + 1], 4, 2 * own, own))
        up.append(convolution(pixels[i], 9, 2 * own, own))
        up.append(convolution(pixels[i], 9, own, own))
    up.append(convolution(pixels[0], 1, width, channels))
    return training_step([*down, *up, *up], batch)


def step(model: str) -> int:
    """Operations of one step of one member of a name in `MODELS`."""
    chosen = MODELS[model]
    if chosen.kind == "mlp":
        return vae(batch=chosen.batch)
    if chosen.kind == "unet":
        return unet(chosen.width, batch=chosen.batch)
    return autoencoder(width=chosen.width, batch=chosen.batch)
