"""Golden figures: what studies of real digits gave when they were measured last.

Each figure was measured with the command below and six seeds, as a mean and a standard
deviation over seeds. Two seeds may be off by four standard errors of the difference of
both means, whatever the machine and the versions.
"""

import csv
import math
import statistics
import subprocess
import sys
from typing import NamedTuple

import pytest

KNOWN, SEEDS = 6, 2


class Golden(NamedTuple):
    """A study, and figures of its `results.csv`.

    Attributes:
      flags: of the command.
      column: what is measured.
      figures: words that name a row -> mean and standard deviation over seeds.
      baseline: words of the row whose value is subtracted, seed by seed; none if empty.
    """

    flags: str
    column: str
    figures: dict[tuple[str, ...], tuple[float, float]]
    baseline: tuple[str, ...] = ()


GOLDEN = {
    "latent_generators": Golden(
        "--dataset=mnist_5k --encoder_steps=300 --steps=500 --chunk=250 --samples=500 "
        "--noise_dims=5 --truncations=1 --guidance=0 --pairs=20",
        "frechet",
        {
            ("mixture",): (19.5, 7.3),
            ("diffusion",): (85.2, 9.7),
            ("Gaussian",): (100.5, 8.0),
            ("GAN", "5"): (103.8, 10.4),
        },
        baseline=("reconstructions",),
    ),
    "unmixing": Golden(
        "--mix=mnist_5k+photo_patches --networks=autoencoder,unet --zdims=64 "
        "--growth=500 --steps=100 --pairs=100",
        "psnr_of_mse",
        {("autoencoder", "64"): (17.22, 0.11), ("U-Net", "500"): (17.29, 0.48)},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("study", GOLDEN)
def test_a_study_measures_what_it_did(study, environment, tmp_path):
    golden = GOLDEN[study]
    where = [f"--seeds={SEEDS}", f"--workdir={tmp_path / 'run'}"]
    subprocess.run(
        [sys.executable, "-m", f"experiments.{study}", *golden.flags.split(), *where],
        env=environment,
        check=True,
        capture_output=True,
    )
    with (tmp_path / "run" / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def of(words: tuple[str, ...]) -> list[float]:
        """Values over seeds of the rows that have all words among their factors."""
        found = [row for row in rows if set(words) <= set(row.values())]
        assert len(found) == SEEDS, (words, len(found))
        return [float(row[golden.column]) for row in found]

    base = of(golden.baseline) if golden.baseline else [0.0] * SEEDS
    for words, (mean, deviation) in golden.figures.items():
        differences = [a - b for a, b in zip(of(words), base, strict=True)]
        bound = 4 * deviation * math.sqrt(1 / KNOWN + 1 / SEEDS)
        assert statistics.mean(differences) == pytest.approx(mean, abs=bound), words
