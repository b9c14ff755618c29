"""A VAE of dense layers in PyTorch: the library's network, start, schedule, batches.

Its parameters are handed back as the library's tree, so both are evaluated by the same
program. The random numbers differ.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

TRUNCATED = 0.87962566103423978
"""The standard deviation of a standard normal distribution cut at two."""

Loss = Callable[["Vae", Tensor], Tensor]
"""The network and float images [n, pixels] in [0, 1] to a scalar."""

Look = Callable[[int, Any], None]
"""Given the number of steps done and the library's tree of parameters."""


@dataclass(frozen=True)
class Setting:
    """How a network is trained.

    Attributes:
      seed: of weights, batches and noise.
      rates: learning rate of each step.
      batch_size: images per step.
      every: steps between two calls of `look`.
      epsilon: Adam's.
      threads: of PyTorch; its own choice if None.
      bias: [h, w, c] of the pixels' layer at the start; 0 if None.
    """

    seed: int
    rates: Sequence[float]
    batch_size: int
    every: int
    epsilon: float = 1e-8
    threads: int | None = None
    bias: np.ndarray | None = None


class Vae(nn.Module):
    """`aejax.models.mlp_vae`.

    Args:
      pixels: of an image.
      hidden: units of the encoder's layers; the decoder mirrors them.
      zdim: length of the latent vector.
      activation: between layers.
    """

    def __init__(
        self,
        pixels: int,
        hidden: Sequence[int],
        zdim: int,
        activation: Callable[[Tensor], Tensor] = torch.relu,
    ):
        super().__init__()
        units = [pixels, *hidden]
        self.activation = activation
        self.encoder = _layers(units)
        self.mean, self.log_variance = _dense(units[-1], zdim), _dense(units[-1], zdim)
        self.decoder = _layers([zdim, *units[:0:-1]])
        self.pixels = _dense(hidden[0], pixels)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images [n, pixels] to means and log variances [n, zdim]."""
        h = x
        for layer in self.encoder:
            h = self.activation(layer(h))
        return self.mean(h), self.log_variance(h)

    def logits(self, z: Tensor) -> Tensor:
        """Latents [..., zdim] to logits [..., pixels]."""
        for layer in self.decoder:
            z = self.activation(layer(z))
        return self.pixels(z)


def negative_elbo(model: Vae, x: Tensor) -> Tensor:
    """Reconstruction error plus analytic KL divergence, nats per image."""
    mean, log_variance = model.encode(x)
    z = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
    error = functional.binary_cross_entropy_with_logits(
        model.logits(z), x, reduction="sum"
    )
    kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2
    return (error + kl) / len(x)


def log_weights(model: Vae, x: Tensor, noise: Tensor) -> Tensor:
    """Log weights [k, n] of binary images [n, pixels] with noise [k, n, zdim]."""
    mean, log_variance = model.encode(x)
    z = mean + torch.exp(log_variance / 2) * noise
    logits = model.logits(z)
    fits = (logits * x - functional.softplus(logits)).sum(-1)
    return fits + (noise.square() + log_variance - z.square()).sum(-1) / 2


def negative_bound(samples: int) -> Loss:
    """Minus the importance-weighted bound of images that are binarized anew."""

    def loss(model: Vae, x: Tensor) -> Tensor:
        noise = torch.randn(samples, len(x), model.mean.out_features)
        weights = log_weights(model, torch.bernoulli(x), noise)
        return (math.log(samples) - torch.logsumexp(weights, 0)).mean()

    return loss


def fit(
    model: Vae, images: np.ndarray, loss: Loss, setting: Setting, look: Look
) -> Any:
    """Trains a network and calls `look` after every chunk and at the end.

    Args:
      model: as `seeded` makes it.
      images: uint8 [n, h, w, c].
      loss: what is minimised.
      setting: how.
      look: whatever is done with the parameters on the way.

    Returns:
      The parameters at the end, as the library's tree.
    """
    if setting.threads is not None:
        torch.set_num_threads(setting.threads)
    flat, shape = torch.from_numpy(images).flatten(1).float() / 255, images.shape[1:]
    optimizer = adam(model, setting.epsilon)
    order, per_epoch = torch.empty(0), len(flat) // setting.batch_size
    steps = len(setting.rates)
    for step, rate in enumerate(setting.rates):
        place = step % per_epoch
        if place == 0:
            order = torch.randperm(len(flat))
        rows = order[place * setting.batch_size :][: setting.batch_size]
        take_step(optimizer, rate, loss(model, flat[rows]))
        if (step + 1) % setting.every == 0 or step + 1 == steps:
            look(step + 1, tree(model, shape))
    return tree(model, shape)


def seeded(setting: Setting, *sizes: Any, **options: Any) -> Vae:
    """A network before its first step; the arguments are those of `Vae`."""
    torch.manual_seed(setting.seed)
    model = Vae(*sizes, **options)
    if setting.bias is not None:
        with torch.no_grad():
            model.pixels.bias.copy_(torch.from_numpy(setting.bias).flatten())
    return model


def adam(model: Vae, epsilon: float = 1e-8) -> torch.optim.Adam:
    """The optimizer, before its rate is set."""
    return torch.optim.Adam(model.parameters(), 1.0, eps=epsilon, fused=True)


def take_step(optimizer: torch.optim.Adam, rate: float, value: Tensor) -> None:
    """One step down the gradient of a loss."""
    optimizer.param_groups[0]["lr"] = float(rate)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()


def tree(model: Vae, image_shape: Sequence[int]) -> dict[str, Any]:
    """The parameters as the tree of `aejax.models.mlp_vae` of the same sizes.

    This is the one place that knows the names in that tree.
    """
    last = _leaf(model.pixels)
    pixels = {
        "kernel": last["kernel"].reshape(-1, *image_shape),
        "bias": last["bias"].reshape(image_shape),
    }
    # The decoder's layers are numbered as the encoder's that they mirror.
    mirrored = reversed(list(model.decoder))
    return {
        "params": {
            "encoder": _numbered(model.encoder),
            "posterior": {
                "mean": _leaf(model.mean),
                "log_variance": _leaf(model.log_variance),
            },
            "decoder": {**_numbered(mirrored), "pixels": pixels},
        }
    }


def _numbered(layers: Iterable[Any]) -> dict[str, Any]:
    return {f"fc_{i}": _leaf(layer) for i, layer in enumerate(layers)}


def _leaf(layer: Any) -> dict[str, np.ndarray]:
    weight, bias = layer.weight.detach(), layer.bias.detach()
    return {"kernel": weight.T.contiguous().numpy().copy(), "bias": bias.numpy().copy()}


def _layers(units: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList([_dense(*pair) for pair in pairwise(units)])


def _dense(inputs: int, outputs: int) -> nn.Linear:
    """A layer that starts as Flax's: truncated normal weights, bias 0."""
    layer = nn.Linear(inputs, outputs)
    nn.init.trunc_normal_(layer.weight, a=-2, b=2)
    with torch.no_grad():
        layer.weight.div_(TRUNCATED * inputs**0.5)
        layer.bias.zero_()
    return layer
