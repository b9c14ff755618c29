"""Trains the classifiers of all runs and has them name the test images."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from aejax import executors
from aejax.metrics import propagation
from aejax.recipes import few_labels
from aejax.run.program import compiler_options
from experiments._transfer.regimes import Regime
from experiments._transfer.setting import Setting, classifier, drawn, start

# Chosen on training images of the bundled digits outside each draw, once for all
# numbers of labels; test labels had no part in it.
BATCH_SIZE = 32
INVERSE_PENALTY = {"pixels": 1.0, "codes": 0.3}
NEIGHBOURS = 1

# Enough for the penalties above.
ITERATIONS = 1000


class Named(NamedTuple):
    """Classes that the runs give to images.

    Attributes:
      test: int [runs, m], of all test images.
      train: int [runs, labels], of the images with which each was trained.
    """

    test: np.ndarray
    train: np.ndarray


class Contest:
    """Names test images in every regime.

    Programs and graphs are kept for the next number of labels.

    Args:
      setting: what all regimes share.
    """

    def __init__(self, setting: Setting):
        self._setting = setting
        self._programs: dict[tuple, Callable] = {}
        self._graphs: dict[tuple, propagation.Graph] = {}

    def names(self, regime: Regime, labels: int) -> Named:
        """What the classifiers of `labels` labelled images say, in one regime."""
        chosen = drawn(self._setting, labels)
        if regime.how in ("head", "network"):
            return self._learned(regime, chosen)
        one = self._propagated if regime.how == "propagation" else self._fitted
        seeds = self._setting.seeds
        found = [one(regime, s, own) for s, own in zip(seeds, chosen, strict=True)]
        test, train = zip(*found, strict=True)
        return Named(np.stack(test), np.stack(train))

    def _learned(self, regime: Regime, chosen: np.ndarray) -> Named:
        """Trains all runs as one program."""
        params, own, tests = start(self._setting, regime, chosen)
        program = self._program(regime, chosen.shape[1])
        found = program(params, own, tests)
        return Named(np.asarray(found["test"]), np.asarray(found["train"]))

    def _program(self, regime: Regime, labels: int) -> Callable[..., Any]:
        """The program of a regime; from random weights it is that of fine-tuning."""
        setting = self._setting
        model = setting.encoders[regime.encoders].model
        kind = (regime.how, model, labels)
        if kind not in self._programs:
            learn = partial(
                few_labels.learn,
                apply=classifier(setting.head, model, regime.how),
                steps=setting.steps[regime.how],
                batch_size=min(BATCH_SIZE, labels),
            )
            self._programs[kind] = jax.jit(
                executors.over_members(learn, setting.run.settings.executor),
                compiler_options=compiler_options(2),
            )
        return self._programs[kind]

    def _fitted(
        self, regime: Regime, seed: int, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Logistic regression or nearest neighbours of one run."""
        train, test = self._plain_inputs(regime, seed)
        space = "codes" if regime.encoders else "pixels"
        model = (
            KNeighborsClassifier(NEIGHBOURS)
            if regime.how == "nearest"
            else LogisticRegression(C=INVERSE_PENALTY[space], max_iter=ITERATIONS)
        )
        # On data this small, threads wait for each other: 20 times slower when busy.
        with threadpool_limits(1):
            model.fit(train[rows], self._setting.run.train.labels[rows])
            return model.predict(test), model.predict(train[rows])

    def _propagated(
        self, regime: Regime, seed: int, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Label propagation of one run."""
        if (regime, seed) not in self._graphs:
            inputs = self._plain_inputs(regime, seed)
            self._graphs[regime, seed] = propagation.graph(*inputs)
        labels = self._setting.run.train.labels[rows]
        train, test = propagation.propagate(
            self._graphs[regime, seed], rows, labels, self._setting.classes
        )
        return test, train[rows]

    def _plain_inputs(self, regime: Regime, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Codes or pixels of training and test images: [n, ...], [m, ...]."""
        if regime.encoders:
            known = self._setting.encoders[regime.encoders]
            return known.train[seed], known.test[seed]
        run = self._setting.run
        flat = [s.images.reshape(len(s.images), -1) for s in (run.train, run.test)]
        return flat[0] / np.float32(255), flat[1] / np.float32(255)
