"""The same training in PyTorch: network, start, optimizer, schedule, batches.

Its parameters are handed back as aejax's tree, so both are judged by the same
program. The random numbers differ.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments._likelihood.evidence import TORCH_THREADS, Setting
from experiments._likelihood.network import HIDDEN, ZDIM

# A normal distribution cut at two deviations has this deviation.
_CUT = 0.87962566103423978


class Network(nn.Module):
    """The paper's VAE of dense layers.

    Args:
      pixels: of an image.
    """

    def __init__(self, pixels: int):
        super().__init__()
        one, two = HIDDEN
        self.body = nn.ModuleList([_dense(pixels, one), _dense(one, two)])
        self.mean, self.log_variance = _dense(two, ZDIM), _dense(two, ZDIM)
        self.from_latent = _dense(ZDIM, two)
        self.inner, self.pixels = _dense(two, one), _dense(one, pixels)

    def log_weights(self, x: Tensor, noise: Tensor) -> Tensor:
        """Log weights [k, n] of binary images [n, pixels] with noise [k, n, d]."""
        h = x
        for layer in self.body:
            h = torch.tanh(layer(h))
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(log_variance / 2) * noise
        h = torch.tanh(self.inner(torch.tanh(self.from_latent(z))))
        logits = self.pixels(h)
        fits = (logits * x - nn.functional.softplus(logits)).sum(-1)
        return fits + (noise.square() + log_variance - z.square()).sum(-1) / 2


def bound(weights: Tensor) -> Tensor:
    """The importance-weighted bound of log weights [k, n]: [n]."""
    return torch.logsumexp(weights, 0) - math.log(len(weights))


def fit(
    pictures: np.ndarray, setting: Setting, look: Callable[[int, Any], None]
) -> Any:
    """Trains one model; `look(step, params)` is called after every chunk.

    Args:
      pictures: uint8 [n, h, w, c].
      setting: what is trained, and how.
      look: is given aejax's tree of parameters.

    Returns:
      The parameters at the end, as that tree.
    """
    torch.set_num_threads(TORCH_THREADS)
    torch.manual_seed(setting.seed)
    flat = torch.from_numpy(pictures).flatten(1).float() / 255
    model = Network(flat.shape[1])
    with torch.no_grad():
        model.pixels.bias.copy_(torch.from_numpy(setting.bias).flatten())
    optimizer = adam(model, setting.epsilon)
    order, per_epoch = torch.empty(0), len(flat) // setting.batch_size
    steps = len(setting.rates)
    for step, rate in enumerate(setting.rates, start=1):
        place = (step - 1) % per_epoch
        if place == 0:
            order = torch.randperm(len(flat))
        rows = order[place * setting.batch_size :][: setting.batch_size]
        optimizer.param_groups[0]["lr"] = float(rate)
        noise = torch.randn(setting.k, len(rows), ZDIM)
        take_step(model, optimizer, torch.bernoulli(flat[rows]), noise)
        if step % setting.chunk == 0 or step == steps:
            look(step, tree(model, pictures.shape[1:]))
    return tree(model, pictures.shape[1:])


def adam(model: Network, epsilon: float) -> torch.optim.Adam:
    """The optimizer, before its rate is set."""
    return torch.optim.Adam(model.parameters(), 1.0, eps=epsilon, fused=True)


def take_step(model: Network, optimizer: Any, x: Tensor, noise: Tensor) -> None:
    """One step on binary images [n, pixels] with noise [k, n, d]."""
    optimizer.zero_grad()
    (-bound(model.log_weights(x, noise)).mean()).backward()
    optimizer.step()


def tree(model: Network, image_shape: tuple[int, ...]) -> dict[str, Any]:
    """The parameters as `aejax.models.VAE` of the same sizes has them."""
    last = _leaf(model.pixels)
    pixels = {
        "kernel": last["kernel"].reshape(-1, *image_shape),
        "bias": last["bias"].reshape(image_shape),
    }
    inner = {
        "body": {f"fc_{i}": _leaf(layer) for i, layer in enumerate(model.body)},
        "mean": _leaf(model.mean),
        "log_variance": _leaf(model.log_variance),
        "from_latent": _leaf(model.from_latent),
        "pixels": {"fc_0": _leaf(model.inner), "pixels": pixels},
    }
    return {"params": inner}


def _leaf(layer: Any) -> dict[str, np.ndarray]:
    weight, bias = layer.weight.detach(), layer.bias.detach()
    return {"kernel": weight.T.contiguous().numpy().copy(), "bias": bias.numpy().copy()}


def _dense(inputs: int, outputs: int) -> nn.Linear:
    """A layer that starts as Flax's: truncated normal weights, bias 0."""
    layer = nn.Linear(inputs, outputs)
    nn.init.trunc_normal_(layer.weight, a=-2, b=2)
    with torch.no_grad():
        layer.weight.div_(_CUT * inputs**0.5)
        layer.bias.zero_()
    return layer
