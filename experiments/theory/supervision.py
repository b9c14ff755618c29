r"""What does an encoder keep if it is trained without labels, and what if with them?

TODO
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from aejax import algorithm, lab, models
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval import strokes
from aejax.lab import Measure
from aejax.lab.views import Summary
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure, long
from aejax.report.style import COLOURS, new_figure, settle, styled
from aejax.report.tables import Table


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Encoders of each kind.", minimum=1)
    steps: int = lab.option(500, "Training steps of each encoder.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=1)
    zdim: int = lab.option(16, "Length of the code.", minimum=1)
    shift: int = lab.option(3, "Pixels by which digits are moved at most.", minimum=1)
    labels: tuple[int, ...] = lab.option((50, 150, 500, 1500), "Labelled images; all of them, too.", minimum=20)


class TwoHeads(nn.Module):
    """An encoder whose code goes to a decoder and to a classifier."""

    autoencoder: models.MlpAutoencoder
    classes: int = 10

    def setup(self) -> None:
        """The classifier."""
        self.head = nn.Dense(self.classes)

    def __call__(self, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Images to logits of images and of classes."""
        code = self.encode(images)
        return self.autoencoder.logits(code), self.head(nn.relu(code))

    def encode(self, images: jax.Array) -> jax.Array:
        """Images to codes."""
        return self.autoencoder.encode(images)


def labelled(data: Any, rows: jax.Array, key: jax.Array, hparams: Any) -> Any:
    """Only images that a member may see: so many, from a place that its seed decides."""
    del key
    count = len(data["label"])
    seen = hparams.get("labels", float(count))
    begin = jnp.asarray(hparams.get("data_seed", 0), jnp.int32) * (count // 5)
    own = (rows % jnp.asarray(seen, jnp.int32) + begin) % count
    return {name: array[own] for name, array in data.items()}


def training(steps: int, model: TwoHeads) -> algorithm.Algorithm:
    """Reconstruction or classification, by a member's weights of the two."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        del key
        shown = im.unit(batch["image"])
        rebuilt, classes = model.apply(params, shown)
        error = reconstruction.bernoulli(rebuilt, shown).mean()
        wrong = optax.softmax_cross_entropy_with_integer_labels(classes, batch["label"])
        return hparams["images"] * error + hparams["classes"] * wrong.mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps), draw=labelled)


def moved(images, limit, seed):
    random = np.random.default_rng(seed)
    by = random.integers(-limit, limit + 1, (len(images), 2))
    return np.stack([np.roll(i, s, (0, 1)) for i, s in zip(images, by)]), by


def run(options):
    import time
    data = lab.small_data(options, "mnist_5k")
    parts = {}
    for i, (n, part) in enumerate((("train", data.train), ("test", data.test))):
        images, by = moved(part.images, options.shift, i)
        factors = {"row": by[:, 0], "column": by[:, 1], "width": strokes.stroke_width(part.images), "slant": strokes.slant(part.images)}
        parts[n] = (images, part.labels, factors)
    count = len(parts["train"][1])
    laboratory = lab.small_lab(options, data, ())
    model = TwoHeads(models.MlpAutoencoder(options.zdim, (options.hidden,), data.image_shape))
    sizes = [*options.labels, count]
    conditions = [lab.Condition({"objective": "images", "labels": count}, model, {"images": 1., "classes": 0., "labels": count}, "images")]
    conditions += [lab.Condition({"objective": "classes", "labels": n}, model, {"images": 0., "classes": 1., "labels": n}) for n in sizes]
    conditions += [lab.Condition({"objective": "nothing", "labels": count}, model, {"images": 0., "classes": 0., "labels": count})]
    t = time.time()
    fitted = laboratory.fit(conditions, partial(training, options.steps), data={"image": parts["train"][0], "label": parts["train"][1]}, held_out={"image": parts["test"][0][:8], "label": parts["test"][1][:8]})
    print("fit", time.time() - t, sum(fitted.seconds.values()))
    def outs(model, params, batch):
        code = model.apply(params, batch, method="encode")
        return code, model.apply(params, batch)[1].argmax(-1)
    found = {n: laboratory.predict(fitted, outs, parts[n][0]) for n in parts}
    t = time.time()
    out = {}
    for c, s, n in laboratory.alive(conditions, fitted):
        codes, test = found["train"][n][0], found["test"][n][0]
        m, sd = codes.mean(0), codes.std(0) + 1e-6
        codes, test = (codes - m) / sd, (test - m) / sd
        d = {"own": (found["test"][n][1] == parts["test"][1]).mean()}
        begin = s * (count // 5)
        for k in (sizes if c["objective"] == "images" else [count] if c["labels"] == count else []):
            rows = (np.arange(k) + begin) % count
            with threadpool_limits(1):
                d[f"probe {k}"] = LogisticRegression(max_iter=200, C=1.0).fit(codes[rows], parts["train"][1][rows]).score(test, parts["test"][1])
        for f in parts["train"][2]:
            y, yt = parts["train"][2][f], parts["test"][2][f]
            for q in (0, 1):
                A = lambda x: np.column_stack([np.ones(len(x)), x] + ([x[:, i:i+1] * x[:, i:] for i in range(x.shape[1])] if q else []))
                w = np.linalg.lstsq(A(codes).astype(float), y, rcond=None)[0]
                d[f"{f} {q}"] = 1 - np.square(A(test) @ w - yt).mean() / yt.var()
        out[c["objective"], c["labels"], s] = d
    print("probes", time.time() - t)
    return out

if __name__ == "__main__":
    import sys
    f = run(Options(seeds=int(sys.argv[1]), steps=int(sys.argv[2])))
    groups = list(dict.fromkeys(k[:2] for k in f))
    for g in groups:
        print(g)
        vs = [v for k, v in f.items() if k[:2] == g]
        for k in vs[0]: print("   %12s %7.3f ±%6.3f" % (k, np.mean([v[k] for v in vs]), np.std([v[k] for v in vs], ddof=1)))
