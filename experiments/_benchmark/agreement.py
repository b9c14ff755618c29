"""Does the same VAE, trained in PyTorch, end with the same loss?

    python -m experiments._benchmark.agreement --dataset=fashion_mnist

Trained: the VAE 784-400-20 by aejax and, written anew, by PyTorch: equal data,
batch size, steps, optimizer, schedule and distribution of initial weights (with
PyTorch's own, of a third of the variance, it learns more slowly), each framework's
own random numbers. Shown: the test loss and its terms side by side, mean and
standard deviation over seeds. Needs the extra `torch`.
"""

import importlib.util
from functools import partial
from typing import Any

from absl import flags

from aejax import data, sweep
from aejax.errors import UserError
from aejax.metrics.summary import mean_spread
from aejax.models import VAE
from aejax.recipes import vae
from aejax.report.tables import Cell, Column, Table
from aejax.run import app, settings, study
from aejax.run import workdir as folders
from aejax.run.program import Task
from aejax.run.records import read

HIDDEN, ZDIM = 400, 20
TERMS = ("test_loss", "test_reconstruction", "test_kl")

flags.adopt_module_key_flags(settings)
flags.FLAGS.set_default("batch_size", 100)
flags.FLAGS.set_default("learning_rate", 2e-3)


def main() -> None:
    """Trains both and prints the table."""
    if importlib.util.find_spec("torch") is None:
        raise UserError("PyTorch is not installed: pip install -e '.[torch]'")
    asked, data_dir = settings.dataset()
    chosen = data.resolve(asked, data_dir)
    split = {s: data.load(chosen.name, s, data_dir) for s in ("train", "test")}
    run = settings.settings(len(split["train"].labels), 1500)
    path, overwrite = settings.workdir("agreement")
    config = {
        "experiment": "agreement",
        "settings": settings.deciding(()),
        "dataset": data.describe(chosen.name, data_dir),
        "notes": [chosen.note] if chosen.note else [],
        "environment": {},
    }
    with folders.opened(path, config, overwrite) as folder:
        found = {
            "aejax": with_aejax(run, folder, split),
            "PyTorch": [with_torch(run, split, seed) for seed in range(run.seeds)],
        }
    print(table(chosen.name, run, found).text())


def with_aejax(
    run: settings.Settings, folder: folders.Workdir, split: dict[str, data.Images]
) -> list[dict[str, float]]:
    """Test terms of each seed."""
    shape = split["train"].images.shape[1:]
    members = [
        sweep.Member(
            f"seed={seed}",
            VAE(ZDIM, (HIDDEN,), shape),
            seed,
            seed,
            {"learning_rate": run.learning_rate},
        )
        for seed in range(run.seeds)
    ]
    recipe = partial(vae.recipe, steps=run.steps, batch_size=run.batch_size)
    arrays = {name: study.arrays(part) for name, part in split.items()}
    task = Task(recipe, arrays["train"], vae.evaluate, arrays["test"])
    study.Study(run, folder, {}, split["train"], split["test"]).fit(members, task)
    last = {r["member"]: r for r in read(folder / "metrics.jsonl")}
    return [{term: last[m.name][term] for term in TERMS} for m in members]


def with_torch(
    run: settings.Settings, split: dict[str, data.Images], seed: int
) -> dict[str, float]:
    """Test terms of one seed, by PyTorch."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(seed)
    train, test = (
        torch.tensor(split[s].images).reshape(len(split[s].labels), -1)
        for s in ("train", "test")
    )
    pixels = train.shape[1]
    body = nn.Sequential(nn.Linear(pixels, HIDDEN), nn.ReLU())
    mean, log_variance = nn.Linear(HIDDEN, ZDIM), nn.Linear(HIDDEN, ZDIM)
    decoder = nn.Sequential(
        nn.Linear(ZDIM, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, pixels)
    )
    parts = nn.ModuleList([body, mean, log_variance, decoder])
    for layer in parts.modules():
        if isinstance(layer, nn.Linear):
            # Flax's: LeCun's variance, cut at two deviations, which takes 0.12 off.
            deviation = layer.in_features**-0.5 / 0.87962566
            nn.init.trunc_normal_(
                layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation
            )
            nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(parts.parameters(), run.learning_rate)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, run.learning_rate, total_steps=run.steps, cycle_momentum=False
    )

    def terms(images: Any) -> tuple[Any, Any]:
        x = images.float() / 255
        h = body(x)
        m, v = mean(h), log_variance(h)
        z = m + torch.exp(v / 2) * torch.randn_like(m)
        error = functional.binary_cross_entropy_with_logits(
            decoder(z), x, reduction="none"
        ).sum(1)
        return error, (m**2 + v.exp() - 1 - v).sum(1) / 2

    per_epoch = len(train) // run.batch_size
    for step in range(run.steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(train))
        start = step % per_epoch * run.batch_size
        error, kl = terms(train[order[start : start + run.batch_size]])
        adam.zero_grad()
        (error + kl).mean().backward()
        adam.step()
        cycle.step()
    with torch.no_grad():
        found = [terms(block) for block in test.split(1000)]
    error, kl = (float(torch.cat(part).mean()) for part in zip(*found, strict=True))
    return dict(zip(TERMS, (error + kl, error, kl), strict=True))


def table(
    name: str, run: settings.Settings, found: dict[str, list[dict[str, float]]]
) -> Table:
    """Both frameworks, mean ± standard deviation, and the difference of means."""
    columns = [Column("trained by"), *(Column(t, "nats", ".2f") for t in TERMS)]
    rows: list[list[Cell]] = [
        [side, *(mean_spread([one[t] for one in runs]) for t in TERMS)]
        for side, runs in found.items()
    ]
    own, other = found.values()
    gaps = [
        mean_spread([one[t] for one in own]).mean
        - mean_spread([one[t] for one in other]).mean
        for t in TERMS
    ]
    rows.append(["difference", *gaps])
    caption = f"{name}, {run.steps} steps of {run.batch_size}, {run.seeds} seeds."
    return Table(columns, rows, caption)


if __name__ == "__main__":
    app.run(main)
