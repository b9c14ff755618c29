"""Semi-supervised VAEs: a few labelled rows, and many without a label (M2).

Kingma et al. (arXiv:1406.5298), in nats per row:

    L(x, y) = -log p(x | y, z) + KL(q(z | x, y) || p(z)) - log p(y)      labelled
    U(x)    = sum_y q(y | x) L(x, y) - H(q(y | x))                       unlabelled

and the training minimises unlabelled U + labelled L + classification CE, where CE is
the cross-entropy of q(y | x) on labelled rows. The three weights are a member's own:
with U and L of weight 0 the classifier is alone. `unlabelled` and `labelled` are 1
where members lack them; they need `learning_rate` and `classification`. The set of
labelled rows is that of the member's seed.
"""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax

from aejax import images, sampling
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.algorithms.vae import latents_mask
from aejax.batches import Draw
from aejax.eval.batching import batched
from aejax.losses import reconstruction, variational
from aejax.models.labelled_vae import LabelledVAE


def semi_supervised(
    model: LabelledVAE, *, steps: int, labelled: int, deviation: float = 0.0
) -> Algorithm:
    """The training of an M2, on pixels or on the codes of another VAE.

    Data are "input", rows [n, length] in [0, 1] or uint8 pixels; or, for codes, their
    "mean" and "log_variance" [models, n, length], of which every step draws anew, from
    the model of the member's seed. Beside them "label" [n] and "labelled", int
    [splits, count], which rows have a label that may be used.

    Records `unlabelled`, `labelled` and `classification`, the three terms; evaluated on
    "input" with "label" as `test_accuracy`.

    Args:
      model: the network.
      steps: length of the learning rate's cycle.
      labelled: labelled rows per step, drawn with repetition.
      deviation: standard deviation of rows given y and z; 0 for Bernoulli pixels.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        every, one = jax.random.split(key)
        own = partial(bounds, model, params, hparams=hparams, deviation=deviation)
        labels = jax.nn.one_hot(batch["label"], model.classes, dtype=jnp.float32)
        logits = model.apply(params, batch["known"], method="classify")
        terms = {
            "unlabelled": _unlabelled(model, params, batch["input"], every, own),
            "labelled": own(batch["known"], labels, one).mean(),
            "classification": optax.softmax_cross_entropy(logits, labels).mean(),
        }
        total = hparams.get("unlabelled", 1.0) * terms["unlabelled"]
        total += hparams.get("labelled", 1.0) * terms["labelled"]
        return total + hparams["classification"] * terms["classification"], terms

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        del hparams
        classify = partial(model.apply, params, method="classify")
        rows = held_out["known" if "known" in held_out else "input"]
        logits = batched(classify, images.unit(rows))
        return {"test_accuracy": (logits.argmax(-1) == held_out["label"]).mean()}

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> Params:
        del hparams
        return model.init(key, batch["input"])

    return gradient(
        model, loss, one_cycle_adam(steps), evaluate, init=init, draw=draw(labelled)
    )


def bounds(
    model: LabelledVAE,
    params: Params,
    rows: jax.Array,
    labels: jax.Array,
    key: jax.Array,
    hparams: HParams,
    deviation: float = 0.0,
) -> jax.Array:
    """L(x, y) with one sample of z, nats, of the shape that rows and labels have.

    Args:
      model: the network.
      params: its parameters.
      rows: [..., length] in [0, 1], or codes.
      labels: one-hot [..., classes].
      key: of the sample.
      hparams: `zdim` where the model is padded.
      deviation: as in `semi_supervised`.
    """
    found = model.apply(params, rows, labels, method="encode")
    mask = latents_mask(model, hparams)
    latents = sampling.reparameterize(key, found.mean, found.log_variance, mask)
    shown = model.apply(params, latents, labels, method="decode")
    if deviation:
        scale = jnp.full_like(shown, 2 * math.log(deviation))
        error = -variational.log_normal(rows, shown, scale).sum(-1)
    else:
        # Three axes of pixels, of which two are 1.
        shaped = (a[..., None, :, None] for a in (shown, rows))
        error = reconstruction.bernoulli(*shaped)
    kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
    return error + kl + math.log(model.classes)


def _unlabelled(
    model: LabelledVAE,
    params: Params,
    rows: jax.Array,
    key: jax.Array,
    own: Callable[..., jax.Array],
) -> jax.Array:
    """Mean U of rows [n, length]: every class of every row is decoded."""
    every = jnp.eye(model.classes, dtype=rows.dtype)[:, None]
    found = own(rows[None], every, key)
    log_q = jax.nn.log_softmax(model.apply(params, rows, method="classify")).T
    return (jnp.exp(log_q) * (found + log_q)).sum(0).mean()


def draw(labelled: int) -> Draw:
    """Unlabelled rows "input" of a step, and so many labelled ones, "known"."""

    def drawn(data: Batch, rows: jax.Array, key: jax.Array, hparams: HParams) -> Batch:
        key_rows, key_codes = jax.random.split(key)
        sets = data["labelled"]
        split = jnp.asarray(hparams.get("seed", 0), jnp.int32)
        places = jax.random.randint(key_rows, (labelled,), 0, sets.shape[1])
        known = jnp.minimum(sets[split % len(sets)][places], len(data["label"]) - 1)
        both = jnp.concatenate([rows, known])
        if "mean" in data:
            model = split % len(data["mean"])
            mean, spread = (data[k][model][both] for k in ("mean", "log_variance"))
            found = sampling.reparameterize(key_codes, mean, spread)
        else:
            found = images.unit(data["input"][both])
        return {
            "input": found[: len(rows)],
            "known": found[len(rows) :],
            "label": data["label"][known],
        }

    return drawn
