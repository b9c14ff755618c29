r"""What do the reconstruction losses MSE, BCE and KL assume, and what do they change?

TODO
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import integrate, special
from scipy import stats as distributions

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

    seeds: int = lab.option(4, "Models of each loss.", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=2)
    zdim: int = lab.option(16, "Length of the code.", minimum=1)


def squared(logits: jax.Array, images: jax.Array) -> jax.Array:
    """Sum of squared errors of an image, [n, h, w, c] to [n]."""
    return reconstruction.pixel_sum(jnp.square(jax.nn.sigmoid(logits) - images))


def pixel_kl(logits: jax.Array, images: jax.Array) -> jax.Array:
    """KL divergence of each pixel's Bernoulli distributions, summed: [n]."""
    entropy = -jax.scipy.special.xlogy(images, images)
    entropy -= jax.scipy.special.xlogy(1 - images, 1 - images)
    return reconstruction.bernoulli(logits, images) - reconstruction.pixel_sum(entropy)


def image_kl(logits: jax.Array, images: jax.Array) -> jax.Array:
    """KL divergence where an image is one distribution over its pixels: [n]."""
    x = images.reshape(len(images), -1)
    x = x / jnp.maximum(x.sum(1, keepdims=True), 1e-6)
    log_p = jax.nn.log_softmax(logits.reshape(x.shape))
    return (jax.scipy.special.xlogy(x, x) - x * log_p).sum(1)


LOSSES = {
    "MSE": squared,
    "BCE": reconstruction.bernoulli,
    "KL of pixels": pixel_kl,
    "KL of images": image_kl,
}
"""Logits and images to nats, or squared grey levels, per image."""

def run(options: Options, losses=LOSSES) -> dict[str, Any]:
    with jax.enable_x64(True):
        pass
    return trained(options, losses)


def training(steps: int, losses: Any, model: Any) -> algorithm.Algorithm:
    """An autoencoder whose members say by their hparams which loss they have."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        del key
        shown = im.unit(batch["image"])
        logits = model.apply(params, shown)
        each = jnp.stack([f(logits, shown).mean() for f in losses.values()])
        return each[hparams["loss_number"].astype(int)], {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


def logits_of(model, params, batch):
    return model.apply(params, batch)


def trained(options, losses):
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, ())
    model = models.MlpAutoencoder(options.zdim, (options.hidden,), data.image_shape)
    conditions = [lab.Condition({"loss": n}, model, {"loss_number": i}) for i, n in enumerate(losses)]
    import time; t = time.time()
    fitted = laboratory.fit(conditions, partial(training, options.steps, losses))
    print("fit", time.time() - t, sum(fitted.seconds.values()))
    test = lab.unit(data.test)
    found = laboratory.predict(fitted, logits_of, data.test.images)
    out = {}
    for c, s, n in laboratory.alive(conditions, fitted):
        l = found[n]
        if c["loss"] == "KL of images":
            p = np.asarray(jax.nn.softmax(l.reshape(len(l), -1))).reshape(l.shape) * test.sum((1, 2, 3), keepdims=True)
        else:
            p = special.expit(l)
        q = np.clip(p, 1e-6, 1 - 1e-6)
        out[c["loss"], s] = dict(
            mse=np.square(p - test).mean(), mse_clip=np.square(np.clip(p, 0, 1) - test).mean(),
            bce=-(test * np.log(q) + (1 - test) * np.log1p(-q)).sum((1, 2, 3)).mean(),
            ikl=np.asarray(image_kl(jnp.asarray(l if c["loss"]=="KL of images" else np.log(q)), jnp.asarray(test))).mean(),
            grey=((p > .1) & (p < .9)).mean(), realgrey=((test > .1) & (test < .9)).mean(), mae=np.abs(p - test).mean(),
            mean=p.mean(), off=(p > 1).mean(), sat=(np.abs(p-.5)>.49).mean(),
        )
        out[c["loss"], s, "p"] = p
    print("bce=kl", [np.abs(out["BCE", s, "p"] - out["KL of pixels", s, "p"]).max() for s in range(options.seeds)])
    return {k: v for k, v in out.items() if len(k) == 2}

if __name__ == "__main__":
    import sys
    f = run(Options(seeds=int(sys.argv[1]), steps=int(sys.argv[2])))
    for k in next(iter(f.values())):
        print("%10s" % k, *["%9.4g ±%7.2g" % (np.mean(v), np.std(v, ddof=1)) for v in [[x[k] for (n, s), x in f.items() if n == m] for m in LOSSES]])
