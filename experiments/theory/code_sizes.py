r"""What are under-, exactly and overcomplete autoencoders good for?

TODO
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize

from aejax import algorithm, lab, models
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure, long
from aejax.report.style import COLOURS, new_figure, settle, styled


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each kind.", minimum=1)
    steps: int = lab.option(500, "Training steps of each model.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Peak learning rate.", minimum=0)
    few: int = lab.option(16, "Length of the undercomplete code.", minimum=2)
    noise: float = lab.option(0.4, "Standard deviation of noise in grey levels.", above=0)
    sparsity: float = lab.option(0.1, "Weight of the sparsity penalty.", minimum=0)
    signals: int = lab.option(4, "Signals that are unmixed.", minimum=2)


def sparsity(codes: jax.Array, params: Any) -> jax.Array:
    """Sum of what each unit adds to an image, in length: [n, d] to [n]."""
    kernel = params["params"]["decoder"]["pixels"]["kernel"]
    lengths = jnp.sqrt(jnp.square(kernel).sum((1, 2, 3)) + 1e-8)
    return jnp.abs(codes) @ lengths


def training(steps: int, model: Any) -> algorithm.Algorithm:
    """Squared error of linear outputs; members add noise to inputs, or a penalty."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        clean = batch["image"]
        noise = jax.random.normal(key, clean.shape)
        codes = model.apply(params, clean + hparams["noise"] * noise, method="encode")
        rebuilt = model.apply(params, codes, method="logits")
        error = reconstruction.pixel_sum(jnp.square(rebuilt - clean))
        return (error + hparams["sparsity"] * sparsity(codes, params)).mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


def halved(images: np.ndarray) -> np.ndarray:
    """Images [n, h, w, c] in [0, 1] at half their size, by means of 2 x 2 pixels."""
    n, h, w, c = images.shape
    return images.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))


def linear(x: np.ndarray, size: int, seed: int = 0) -> Any:
    """The encoder [p, d] and decoder [d, p] of a linear autoencoder of rows x [n, p].

    Found by L-BFGS from random weights; the gradient is that of `jax.grad`.
    """
    p = x.shape[1]
    covariance = jnp.asarray(x.T @ x / len(x))

    def loss(w: jax.Array) -> jax.Array:
        encoder, decoder = w[: p * size].reshape(p, size), w[p * size :].reshape(size, p)
        rest = jnp.eye(p) - encoder @ decoder
        return jnp.einsum("ij,ik,kj->", rest, covariance, rest)

    begin = np.random.default_rng(seed).normal(size=2 * p * size) / p**0.5
    found = scipy.optimize.minimize(
        jax.jit(jax.value_and_grad(loss)), begin, jac=True, method="L-BFGS-B",
        options={"maxiter": 3000, "maxfun": 6000, "ftol": 1e-15, "gtol": 1e-10, "maxcor": 30},
    )
    return found.x[: p * size].reshape(p, size), found.x[p * size :].reshape(size, p), found


def subspace(images, size):
    with jax.enable_x64(True):
        x = images.reshape(len(images), -1).astype(np.float64)
        x = x - x.mean(0)
        encoder, decoder, f = linear(x, size)
        print(f.message, f.nit, f.nfev)
    values, axes = np.linalg.eigh(x.T @ x / len(x))
    main = axes[:, ::-1][:, :size]
    angles = np.degrees(scipy.linalg.subspace_angles(decoder.T, main))
    angles_e = np.degrees(scipy.linalg.subspace_angles(encoder, main))
    own = np.abs((decoder / np.linalg.norm(decoder, axis=1, keepdims=True)) @ main).max(1)
    return dict(angles=angles, angles_e=angles_e, own=own, loss=f.fun / values[:-size].sum() - 1, gap=values[::-1][size - 1: size + 1])


KINDS = {
    "undercomplete": ("few", False, False),
    "exactly complete": ("all", False, False),
    "overcomplete": ("more", False, False),
    "overcomplete, sparse": ("more", True, False),
    "overcomplete, denoising": ("more", False, True),
}


def run(options: Options):
    import time
    data = lab.small_data(options, "mnist_5k")
    train, test = (halved(lab.unit(part)) for part in (data.train, data.test))
    t = time.time()
    print(subspace(train, options.few), time.time() - t)
    pixels = int(np.prod(train.shape[1:]))
    sizes = {"few": options.few, "all": pixels, "more": 2 * pixels}
    laboratory = lab.small_lab(options, data, ())
    conditions = [
        lab.Condition(
            {"kind": name},
            models.MlpAutoencoder(sizes[size], (), train.shape[1:], code_activation=nn.relu),
            {"sparsity": options.sparsity * is_sparse, "noise": options.noise * is_noisy},
        )
        for name, (size, is_sparse, is_noisy) in KINDS.items()
    ]
    t = time.time()
    fitted = laboratory.fit(conditions, partial(training, options.steps), data={"image": train}, held_out={"image": test[:64]})
    print("fit", time.time() - t, sum(fitted.seconds.values()))
    noise = options.noise * np.random.default_rng(0).normal(size=test.shape).astype(np.float32)
    foreign = test.reshape(len(test), -1)[:, np.random.default_rng(0).permutation(pixels)].reshape(test.shape)

    def measure(model, params, batch):
        outs = {}
        for k, x in batch.items():
            codes = model.apply(params, x, method="encode")
            outs[k] = (model.apply(params, codes, method="logits"), codes)
        return outs

    found = laboratory.predict(fitted, measure, {"clean": test, "noisy": test + noise, "foreign": foreign})
    out = {}
    for c, s, n in laboratory.alive(conditions, fitted):
        r = found[n]
        mse = lambda a, b: float(np.square(a - b).mean())
        codes = r["clean"][1][:, : c.model.zdim]
        rows = np.random.default_rng(s).permutation(len(test))
        from sklearn.linear_model import LogisticRegression
        from sklearn.neighbors import KNeighborsClassifier
        k = KNeighborsClassifier(1).fit(codes[rows[:200]], data.test.labels[rows[:200]]).score(codes[rows[200:]], data.test.labels[rows[200:]])
        kernel = np.asarray(fitted[n][1]["params"]["decoder"]["pixels"]["kernel"])
        out[c["kind"], s] = dict(error=mse(r["clean"][0], test), passed=mse(r["noisy"][0], r["clean"][0]) / mse(noise, 0),
            denoised=mse(r["noisy"][0], test) / mse(noise, 0), foreign=mse(r["foreign"][0], foreign) / mse(foreign, 0), rel=mse(r["clean"][0], test) / mse(test, 0),
            active=(codes > 1e-4).mean(), activen=(codes > 1e-4).sum(1).mean(), never=(codes.max(0) < 1e-4).mean(), knn=k)
    return out


if __name__ == "__main__":
    import sys
    f = run(Options(seeds=int(sys.argv[1]), steps=int(sys.argv[2]), sparsity=float(sys.argv[3])))
    for k in next(iter(f.values())):
        print("%10s" % k, *["%9.4g ±%7.2g" % (np.mean(v), np.std(v, ddof=1)) for v in [[x[k] for (n, s), x in f.items() if n == m] for m in KINDS]])
