"""The measures of JointVAEs, from what was recorded while they were trained."""

from collections.abc import Sequence

import numpy as np
from absl import flags

from aejax.run import records, study
from aejax.run.fit import Trained
from aejax.run.settings import Settings, chunk_length
from experiments._clustering.evidence import Found, Seen, Variant


def looks(run: study.Study) -> Settings:
    """The settings, with a look after about every epoch unless --chunk says else."""
    if flags.FLAGS["chunk"].present:
        return run.settings
    epoch = max(1, len(run.train.labels) // run.settings.batch_size)
    return run.settings._replace(chunk=chunk_length(run.settings.steps, epoch))


def measure(
    run: study.Study, variants: Sequence[Variant], trained: Sequence[Trained]
) -> list[Seen]:
    """Every kind of JointVAE with every seed."""
    noted = records.read(run.workdir / "metrics.jsonl")
    seconds = {m.name: spent for group, _, spent in trained for m in group.members}
    epoch = len(run.train.labels) / run.settings.batch_size
    return [
        look(variant, seed, noted, epoch, seconds[variant.member(seed)])
        for variant in variants
        for seed in range(run.settings.seeds)
    ]


def look(
    variant: Variant,
    seed: int,
    noted: Sequence[records.Record],
    epoch: float,
    seconds: float,
) -> Seen:
    """One JointVAE; `epoch` is in steps."""
    own = [record for record in noted if record["member"] == variant.member(seed)]
    found = [Found(seed, np.array(record["counts"])) for record in own]
    return Seen(
        variant=variant,
        found=found[-1],
        epochs=np.array([record["step"] for record in own]) / epoch,
        accuracy=np.array([one.accuracy for one in found]),
        nmi=np.array([one.nmi for one in found]),
        last=own[-1],
        seconds=seconds,
    )
