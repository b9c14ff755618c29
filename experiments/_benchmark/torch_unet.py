"""The U-Net of `aejax.models.UNet` in PyTorch, skips concatenated."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class UNet(nn.Module):
    """One encoder and two decoders."""

    def __init__(self, width: int = 32, depth: int = 4, channels: int = 3):
        super().__init__()
        features = [width * 2**i for i in range(depth + 1)]
        inputs = [channels, *features]
        self.encoder = nn.ModuleList(
            [Level(inputs[i], features[i]) for i in range(depth + 1)]
        )
        self.first, self.second = (Decoder(features, channels) for _ in range(2))
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """Mixtures [n, c, h, w] in [0, 1] to parts [n, 2, c, h, w] in [0, 1]."""
        levels: list[Tensor] = []
        for level in self.encoder:
            x = level(F.max_pool2d(x, 2) if levels else x)
            levels.append(x)
        outputs = [self.first(levels), self.second(levels)]
        return torch.sigmoid(torch.stack(outputs, 1))


class Level(nn.Module):
    """Two convolutions, each with a ReLU."""

    def __init__(self, inputs: int, features: int):
        super().__init__()
        self.conv_0 = nn.Conv2d(inputs, features, 3, padding=1)
        self.conv_1 = nn.Conv2d(features, features, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """[n, inputs, h, w] to [n, features, h, w]."""
        return F.relu(self.conv_1(F.relu(self.conv_0(x))))


class Decoder(nn.Module):
    """From the bottleneck up, beside what the encoder had at each level."""

    def __init__(self, features: Sequence[int], channels: int):
        super().__init__()
        own = features[:-1]
        self.ups = nn.ModuleList([nn.ConvTranspose2d(2 * n, n, 2, 2) for n in own])
        self.levels = nn.ModuleList([Level(2 * n, n) for n in own])
        self.pixels = nn.Conv2d(features[0], channels, 1)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Features of all levels, the bottleneck last, to logits [n, c, h, w]."""
        x = levels[-1]
        for i in reversed(range(len(self.ups))):
            x = self.levels[i](torch.cat([self.ups[i](x), levels[i]], 1))
        return self.pixels(x)


def squared_errors(network: nn.Module, pairs: Tensor) -> Tensor:
    """Sum of both parts' mean squared errors; pairs are uint8 [n, 2, c, h, w]."""
    target = pairs.float() / 255
    return 2 * (network(target.mean(1)) - target).square().mean()
