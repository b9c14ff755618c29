r"""How is a representation judged without labels?

TODO
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from threadpoolctl import threadpool_limits

from aejax import algorithm, lab, models, sampling, stats
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval.correlation import correlation
from aejax.eval.similarity import linear_cka
from aejax.lab import Measure
from aejax.losses import reconstruction, variational
from aejax.report.lessons import DataFigure, long
from aejax.report.style import COLOURS, MARKERS, new_figure, settle, styled

KINDS = {
    "plain": {},
    "hardly trained": {"learning_rate": 1e-4},
    "denoising": {"corruption": 0.5},
    "VAE": {"noise": 1.0, "penalty": 1.0},
    "VAE, β = 4": {"noise": 1.0, "penalty": 4.0},
}
"""What an encoder's training adds to reconstruction."""

CRITERIA = {
    "error": "reconstruction error (less)",
    "rank": "effective rank",
    "trust": "trustworthiness",
    "stable": "stability over seeds (CKA)",
    "silhouette": "silhouette",
    "davies": "Davies–Bouldin (less)",
    "calinski": "Calinski–Harabasz",
}
"""Each as a value of which more counts as better."""


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Encoders of each kind and size.", minimum=2)
    steps: int = lab.option(300, "Training steps of each encoder.", minimum=1)
    zdims: tuple[int, ...] = lab.option((2, 4, 8, 16, 32), "Lengths of the code.", minimum=1)
    hidden: int = lab.option(64, "Units of the hidden layers.", minimum=1)
    images: int = lab.option(500, "Test images that are judged by.", minimum=50)
    labels: int = lab.option(1000, "Labelled images of a probe.", minimum=20)


def training(steps: int, model: models.VAE) -> algorithm.Algorithm:
    """Reconstruction, and whatever a member adds to it."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        shown, (first, second) = im.unit(batch["image"]), jax.random.split(key)
        dirt = hparams["corruption"] * jax.random.normal(first, shown.shape)
        found = model.apply(params, shown + dirt, method="encode")
        own = sampling.mask(model.zdim, hparams["zdim"])
        noisy = sampling.reparameterize(second, found.mean, found.log_variance, own)
        code = jnp.where(hparams["noise"] > 0, noisy, found.mean)
        logits = model.apply(params, code, method="logits")
        kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
        error = reconstruction.bernoulli(logits, shown)
        return (error + hparams["penalty"] * kl).mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


def looked_at(model, params, batch):
    code = model.apply(params, batch, method="encode").mean
    error = jnp.square(model.apply(params, code, method="decode") - im.unit(batch)).mean((1, 2, 3))
    return code, error


def without_labels(codes, error, images, seed) -> dict[str, float]:
    """The criteria"""
    groups = KMeans(10, n_init=1, random_state=seed).fit_predict(codes)
    return {
        "error": -error.mean(),
        "rank": correlation(codes).effective_rank,
        "trust": trustworthiness(images, codes, n_neighbors=10),
        "silhouette": silhouette_score(codes, groups),
        "davies": -davies_bouldin_score(codes, groups),
        "calinski": calinski_harabasz_score(codes, groups),
    }


def probe(train, labels, test, right):
    mean, std = train.mean(0), train.std(0) + 1e-6
    model = LogisticRegression(max_iter=200).fit((train - mean) / std, labels)
    return model.score((test - mean) / std, right)


def run(options):
    import time
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, ())
    base = {"corruption": 0.0, "noise": 0.0, "penalty": 0.0}
    conditions = [
        lab.Condition({"kind": kind, "zdim": d}, models.mlp_vae(d, (options.hidden,), data.image_shape), {**base, **own})
        for kind, own in KINDS.items() for d in options.zdims
    ]
    t = time.time()
    fitted = laboratory.fit(conditions, partial(training, options.steps))
    print("fit", time.time() - t, sum(fitted.seconds.values()))
    t = time.time()
    seen = {p: laboratory.predict(fitted, looked_at, x) for p, x in (("train", data.train.images[: options.labels]), ("test", data.test.images))}
    print("predict", time.time() - t)
    t = time.time()
    n = options.images
    flat = lab.unit(data.test)[:n].reshape(n, -1)
    found = {}
    for c, s, name in laboratory.alive(conditions, fitted):
        codes = {p: seen[p][name][0][:, : c["zdim"]] for p in seen}
        with threadpool_limits(1):
            d = without_labels(codes["test"][:n], seen["test"][name][1], flat, s)
            d["accuracy"] = probe(codes["train"], data.train.labels[: options.labels], codes["test"], data.test.labels)
        others = [seen["test"][c.member(o)][0][:, : c["zdim"]] for o in range(options.seeds) if o != s]
        d["stable"] = np.mean([linear_cka(codes["test"], o) for o in others])
        found[c, s] = d
    print("judge", time.time() - t)
    return found, conditions


if __name__ == "__main__":
    import sys, pickle
    o = Options(seeds=int(sys.argv[1]), steps=int(sys.argv[2]))
    f, cs = run(o)
    ks = [*CRITERIA, "accuracy"]
    print("%28s" % "", *["%9s" % k for k in ks])
    for c in cs:
        print("%28s" % c.label, *["%9.3g" % np.mean([f[c, s][k] for s in range(o.seeds)]) for k in ks])
    A = {k: np.array([[f[c, s][k] for s in range(o.seeds)] for c in cs]) for k in ks}
    pickle.dump((A, [(c["kind"], c["zdim"]) for c in cs]), open("/tmp/hae/judge.pkl", "wb"))
    for k in CRITERIA:
        print("%12s" % k, stats.rank_correlation(A[k].mean(1), A["accuracy"].mean(1)), [round(stats.rank_correlation(A[k][:, s], A["accuracy"][:, s]).value, 2) for s in range(o.seeds)])
