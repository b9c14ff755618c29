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
      figures: "column=value,..." of its rows -> mean and standard deviation over seeds.
      baseline: of the rows whose value is subtracted, seed by seed; none if empty.
    """

    flags: str
    column: str
    figures: dict[str, tuple[float, float]]
    baseline: str = ""


GOLDEN = {
    "latent_generators": Golden(
        "--dataset=mnist_5k --encoder_steps=300 --steps=500 --chunk=250 --samples=500 "
        "--noise_dims=5 --truncations=1 --guidance=0,0.5 --pairs=20",
        "frechet",
        {
            "method=mixture": (19.5, 7.3),
            "method=diffusion,guidance=0": (19.5, 8.1),
            "method=diffusion,guidance=0.5": (-1.5, 8.1),
            "method=GAN": (22.5, 9.1),
            "method=two-stage VAE": (78.0, 6.5),
            "method=Gaussian": (100.5, 8.0),
        },
        baseline="method=reconstructions",
    ),
    "digit_generator": Golden(
        "--dataset=mnist_5k --encoder_steps=300 --steps=500 --vae_steps=150 "
        "--score_steps=100 --samples=50 --truncations=1 --guidance=0,1 --betas=1 "
        "--chunk=250",
        "obedience",
        {
            "method=reconstructions": (0.860, 0.031),
            "method=GAN": (0.875, 0.022),
            "method=diffusion,guidance=0": (0.838, 0.030),
            "method=diffusion,guidance=1": (0.977, 0.021),
            "method=VAE": (0.316, 0.046),
        },
    ),
    "unmixing": Golden(
        "--mix=mnist_5k+photo_patches --networks=autoencoder,unet --zdims=64 "
        "--growth=500 --steps=100 --pairs=100",
        "psnr_of_mse",
        {
            "network=autoencoder": (17.22, 0.11),
            "network=U-Net,examples=4000,skips=True": (17.45, 0.30),
            "network=U-Net,examples=500": (17.29, 0.48),
        },
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

    def of(words: str) -> list[float]:
        """Values over seeds of the rows with these factors."""
        wanted = {tuple(word.split("=")) for word in words.split(",")}
        found = [row for row in rows if wanted <= set(row.items())]
        assert len(found) == SEEDS, (words, len(found))
        return [float(row[golden.column]) for row in found]

    base = of(golden.baseline) if golden.baseline else [0.0] * SEEDS
    for words, (mean, deviation) in golden.figures.items():
        differences = [a - b for a, b in zip(of(words), base, strict=True)]
        bound = 4 * deviation * math.sqrt(1 / KNOWN + 1 / SEEDS)
        assert statistics.mean(differences) == pytest.approx(mean, abs=bound), words
