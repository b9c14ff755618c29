"""PyTorch with its best settings: threads, channels_last, fused Adam, TF32.

The allocator's settings are environment variables, which the parent process
gives (`experiments._benchmark.processes`).
"""

import atexit
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from . import flops
from .cases import EXAMPLES, MODELS, ZDIM, Case
from .contender import Contender, images, timed
from .torch_unet import UNet, squared_errors

CUDA = torch.cuda.is_available()

ONE_THREAD = "torch-one-thread"
"""The contender in each process of "torch-per-core"."""


def autoencoder(zdim: int = ZDIM, width: int = 32) -> nn.Module:
    """The architecture of `aejax.models.Autoencoder` of depth 3."""
    one, two, three = width, 2 * width, 4 * width
    network = nn.Sequential(
        *(nn.Conv2d(1, one, 3, 2, 1), nn.ReLU()),
        *(nn.Conv2d(one, two, 3, 2, 1), nn.ReLU()),
        *(nn.Conv2d(two, three, 3, 2, 1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(16 * three, zdim)),
        *(nn.Linear(zdim, 16 * three), nn.Unflatten(1, (three, 4, 4)), nn.ReLU()),
        *(nn.ConvTranspose2d(three, two, 4, 2, 1), nn.ReLU()),
        *(nn.ConvTranspose2d(two, one, 4, 2, 1), nn.ReLU()),
        nn.ConvTranspose2d(one, 1, 4, 2, 1),
    )
    return network.to(memory_format=torch.channels_last)


def squared_error(network: nn.Module, batch: Tensor) -> Tensor:
    """Mean squared error per pixel of the padded 32x32 images."""
    target = F.pad(batch.float() / 255, (2, 2, 2, 2))
    return (torch.sigmoid(network(target)) - target).square().mean()


class Vae(nn.Module):
    """The VAE of dense layers; mean and log variance in one layer, the faster way."""

    def __init__(self, pixels: int = 784, hidden: int = 400, zdim: int = 20):
        super().__init__()
        self.inward, self.moments = (
            nn.Linear(pixels, hidden),
            nn.Linear(hidden, 2 * zdim),
        )
        self.outward, self.pixels = nn.Linear(zdim, hidden), nn.Linear(hidden, pixels)

    def forward(self, flat: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures [n, pixels] to logits, means and log variances."""
        mean, log_variance = self.moments(F.relu(self.inward(flat))).chunk(2, 1)
        latents = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        return self.pixels(F.relu(self.outward(latents))), mean, log_variance


def negative_elbo(network: nn.Module, batch: Tensor) -> Tensor:
    """Reconstruction error plus KL divergence, nats per image, mean of a batch."""
    flat = batch.flatten(1).float() / 255
    logits, mean, log_variance = network(flat)
    error = F.binary_cross_entropy_with_logits(logits, flat, reduction="sum")
    kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2
    return (error + kl) / len(flat)


def start_torch(case: Case) -> Contender:
    """One model; with "torch-compile" its loss and gradient are compiled."""
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    detail = torch.cuda.get_device_name() if CUDA else _choose_threads(case)
    step, seconds = training(case.model, compiled=False), None
    if case.contender == "torch-compile":
        step = training(case.model, compiled=True)
        seconds, _ = timed(partial(_take, step, 1))

    call = partial(_take, step, case.steps)
    return Contender(call, flops.step(case.model), seconds, _device_memory, detail)


def start_per_core(case: Case) -> Contender:
    """A process for each model, each with one thread; a call is over when all are."""
    from .processes import Worker

    one = Case(case.model, ONE_THREAD, 1, case.steps)
    workers = [Worker(one, Path(f"process-{i}")) for i in range(case.members)]
    for worker in workers:
        atexit.register(worker.close)
    answers = [{"memory": 0}]

    def call() -> None:
        for worker in workers:
            worker.ask()
        answers[:] = [worker.answer() for worker in workers]

    def memory() -> int:
        return sum(answer["memory"] for answer in answers)

    detail = f"{case.members} processes of 1 thread"
    return Contender(call, flops.step(case.model), None, memory, detail)


def training(model: str, compiled: bool) -> Callable[[], None]:
    """A function that takes one step of a new network."""
    device, size = "cuda" if CUDA else "cpu", MODELS[model].batch
    network, error = network_and_error(model)
    network.to(device)
    loss = partial(error, network)
    if compiled:
        # On a GPU, one step is launched as one CUDA graph.
        loss = torch.compile(loss, mode="reduce-overhead" if CUDA else None)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    shown = torch.from_numpy(images(model)).movedim(-1, -3).contiguous().to(device)
    rows = batches(device, size)

    def step() -> None:
        value = loss(shown[next(rows)])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()

    return step


def network_and_error(
    model: str,
) -> tuple[nn.Module, Callable[[nn.Module, Tensor], Tensor]]:
    """The network of a name in `MODELS`, and what is minimised."""
    chosen = MODELS[model]
    match chosen.kind:
        case "mlp":
            return Vae(), negative_elbo
        case "unet":
            return UNet(chosen.width), squared_errors
    return autoencoder(width=chosen.width), squared_error


def batches(device: str, size: int) -> Iterator[Tensor]:
    """Rows of one batch after another, every epoch in a new order."""
    while True:
        yield from torch.randperm(EXAMPLES, device=device).split(size)[:-1]


def _choose_threads(case: Case) -> str:
    """Sets the faster of one thread, one per physical and one per logical core."""
    logical = len(psutil.Process().cpu_affinity() or [0])
    physical = min(logical, psutil.cpu_count(logical=False) or logical)
    choices = {1} if case.contender == ONE_THREAD else {1, physical, logical}
    times = {}
    for threads in choices:
        torch.set_num_threads(threads)
        step = training(case.model, compiled=False)
        _take(step, 3)
        times[threads], _ = timed(partial(_take, step, 10))
    best = min(times, key=times.__getitem__)
    torch.set_num_threads(best)
    return f"{best} thread{'s' if best > 1 else ''}"


def _take(step: Callable[[], None], steps: int) -> None:
    for _ in range(steps):
        step()
    if CUDA:
        torch.cuda.synchronize()


def _device_memory() -> int | None:
    return torch.cuda.max_memory_allocated() if CUDA else None
