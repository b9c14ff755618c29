"""k-means, on pixels and on the codes of plain VAEs."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from sklearn.cluster import KMeans

from aejax import images
from aejax.metrics import clustering
from aejax.models import VAE
from aejax.run import predict, study
from aejax.run.fit import Trained
from experiments._clustering.evidence import CODES, PIXELS, Found

STARTS = 4
"""Fits of k-means with other first centres, of which the tightest is taken."""

EXAMPLES = 10_000
"""Training images that k-means sees: the first so many, of a shuffled set."""


def measured(
    run: study.Study, zdims: Sequence[int], trained: list[Trained]
) -> dict[str, list[Found]]:
    """Label -> groups of each seed; plain VAEs have the first of several lengths."""
    codes = CODES if len(zdims) == 1 else f"{CODES}, d = {zdims[0]}"
    return {PIXELS: on_pixels(run), codes: on_codes(run, trained)}


def on_pixels(run: study.Study) -> list[Found]:
    """k-means on the pixels, once per seed."""
    train, test = (
        np.asarray(images.unit(split.images)).reshape(len(split.labels), -1)
        for split in (run.train, run.test)
    )
    return [fitted(run, train, test, seed) for seed in range(run.settings.seeds)]


def on_codes(run: study.Study, trained: list[Trained]) -> list[Found]:
    """k-means on the posterior means of each plain VAE."""
    train, test = (
        predict.for_members(
            means, trained, study.arrays(split)["image"], run.settings.executor
        )
        for split in (run.train, run.test)
    )
    return [
        fitted(run, train[member.name], test[member.name], member.seed)
        for group, _, _ in trained
        for member in group.members
    ]


def means(model: VAE, params: Any, pictures: jax.Array) -> jax.Array:
    """Posterior means of a batch of images."""
    return model.apply(params, pictures, method="encode").mean


def fitted(run: study.Study, train: np.ndarray, test: np.ndarray, seed: int) -> Found:
    """Centres found among training points [n, d], as groups of test points [m, d]."""
    classes = len(run.dataset["class_names"])
    centres = KMeans(classes, n_init=STARTS, random_state=seed).fit(train[:EXAMPLES])
    groups = centres.predict(test)
    return Found(seed, clustering.table(groups, run.test.labels, (classes, classes)))
