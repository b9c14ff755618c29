"""JointVAE: a Gaussian and a categorical latent, without labels.

Dupont, "Learning disentangled joint continuous and discrete representations"
(arXiv:1804.00104). With capacities the loss is, in nats per image,

    reconstruction + gamma |KL_z - C_z(t)| + gamma_c |KL_c - C_c(t)|

where both C increase linearly from 0 within a first fraction of the training (25,000
steps in the paper); without them it is reconstruction + beta (KL_z + KL_c). The
paper's reconstruction is the sum of the cross-entropy over pixels, so its gammas of 30
apply here unchanged.

Beyond the paper, `contrastive` is the weight of a contrastive loss between an image
and another view of it (contrastive clustering, Li et al., arXiv:2009.09687), once of a
projection of the encoder's and once of the categories: a category is then what stays
when the image is rotated and stretched, and all categories are used. The other view is
a random affine augmentation of the image, or of one of its neighbours where the data
name these as "near" [examples, neighbours, h, w, c].

Members need a `learning_rate` in their hparams, and what `joint_hparams` gives. Where
they have `contrastive`, of 0 or more, the model needs a `projection`; without it none
is computed. All are numbers, so that variants are members of one program.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from aejax import images, keys, sampling
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.algorithms.vae import latents_mask
from aejax.data import augment
from aejax.eval.batching import batched
from aejax.losses import contrastive, reconstruction, variational
from aejax.models.vae import VAE, Posterior

TEMPERATURE = 0.67
"""Of the Gumbel-softmax, the paper's."""

CONTRAST_TEMPERATURE = 0.5
"""Temperature of the contrast of projections, that of Li et al."""


def joint_hparams(
    capacity: float | None, beta: float | None, *, capacity_c: float, gamma: float,
    gamma_c: float, contrastive: float | None = None,
) -> dict[str, float]:  # fmt: skip
    """The hparams of a JointVAE with capacities, or with a beta instead.

    Args:
      capacity: last value of C_z, nats; None for a loss without capacities.
      beta: weight of both KLs in such a loss.
      capacity_c: last value of C_c.
      gamma: weight of the capacity term of z.
      gamma_c: that of the category.
      contrastive: weight of the contrastive loss; None for a program without it.
    """
    found = {"capacities": float(capacity is not None), "capacity_z": capacity or 0.0}
    found |= {"capacity_c": capacity_c, "gamma": gamma, "gamma_c": gamma_c}
    found |= {"beta": beta or 0.0}
    return found if contrastive is None else {**found, "contrastive": contrastive}


def joint_vae(
    model: VAE, *, steps: int, classes: int, annealing: float = 1.0
) -> Algorithm:
    """The training of a JointVAE.

    Evaluated on held-out images: the terms, and `counts` [categories, classes] of
    their most probable category; labels are used for these counts alone.

    Args:
      model: a VAE with `categories`.
      steps: length of the learning rate's cycle.
      classes: number of classes of the held-out images.
      annealing: fraction of the steps within which capacities increase, above 0.
    """
    annealed = max(1, round(annealing * steps))

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        key_view, key = jax.random.split(key)
        shown = images.unit(batch["image"], images.loss_dtype(model))
        found = encode(model, params, shown)
        logits = sample_logits(model, params, found, key, hparams)
        error = reconstruction.bernoulli(logits, shown).mean()
        weighted, metrics = penalty(found, hparams, annealed)
        metrics = {"reconstruction": error, **metrics}
        if "contrastive" not in hparams:
            return error + weighted, metrics
        apart = contrastive_loss(model, params, batch, found, key_view, hparams)
        metrics = {"contrastive_loss": apart, **metrics}
        return error + weighted + hparams["contrastive"] * apart, metrics

    evaluate = partial(held_out_terms, model, classes=classes)
    return gradient(model, loss, one_cycle_adam(steps), evaluate)


def sample_logits(
    model: VAE,
    params: Params,
    found: Posterior,
    key: jax.Array,
    hparams: HParams,
) -> jax.Array:
    """Image logits [n, h, w, c] of one sample of each posterior."""
    key_z, key_c = jax.random.split(key)
    mask = latents_mask(model, hparams)
    latents = sampling.reparameterize(key_z, found.mean, found.log_variance, mask)
    category = sampling.gumbel_softmax(key_c, categories(found), TEMPERATURE)
    logits = model.apply(params, latents, None, category, method="logits")
    return logits.astype(latents.dtype)


def encode(model: VAE, params: Params, shown: jax.Array) -> Posterior:
    """The posterior of images [n, h, w, c], in their type."""
    found = model.apply(params, shown, method="encode")
    return jax.tree.map(lambda a: a.astype(shown.dtype), found)


def categories(found: Posterior) -> jax.Array:
    """Logits [n, categories].

    Raises:
      ValueError: the model has no categorical latent.
    """
    if found.logits is None:
        raise ValueError("a JointVAE needs categories=...")
    return found.logits


def projected(found: Posterior) -> jax.Array:
    """The codes [n, projection] of the contrastive loss.

    Raises:
      ValueError: the model has none.
    """
    if found.projection is None:
        raise ValueError("a contrastive loss needs projection=...")
    return found.projection


def divergences(found: Posterior) -> tuple[jax.Array, jax.Array]:
    """KL of the Gaussian and of the categorical part, nats: [n] and [n]."""
    kl_z = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
    return kl_z, variational.categorical_kl(categories(found))


def penalty(
    found: Posterior, hparams: HParams, steps: int
) -> tuple[jax.Array, Metrics]:
    """The weighted KL terms of a batch, and the KLs, in nats.

    Capacities have increased to their last values after `steps` steps.
    Both forms are computed and `hparams["capacities"]` takes one: they cost nothing
    beside the network.
    """
    kl_z, kl_c = divergences(found)
    step = hparams["step"].astype(found.mean.dtype)
    goal_z, goal_c = (
        variational.warm_up(step, steps, hparams[name])
        for name in ("capacity_z", "capacity_c")
    )
    # A category cannot carry more than log k nats.
    goal_c = jnp.minimum(goal_c, math.log(categories(found).shape[-1]))
    held = hparams["gamma"] * variational.capacity_penalty(kl_z, goal_z)
    held += hparams["gamma_c"] * variational.capacity_penalty(kl_c, goal_c)
    free = hparams["beta"] * (kl_z + kl_c).mean()
    paid = jnp.where(hparams["capacities"] > 0, held, free)
    return paid, {"kl_z": kl_z.mean(), "kl_c": kl_c.mean()}


def contrastive_loss(
    model: VAE,
    params: Params,
    batch: Batch,
    found: Posterior,
    key: jax.Array,
    hparams: HParams,
) -> jax.Array:
    """The contrastive loss between images and other views of them, nats.

    0 for a member whose `contrastive` is 0, and not computed for it where the executor
    runs members one after another.

    Raises:
      ValueError: the model has no projection, whatever the member's weight.
    """

    def measured(params: Params, found: Posterior) -> jax.Array:
        views = other_views(key, batch).astype(found.mean.dtype)
        other = encode(model, params, views)
        first, second = (jax.nn.softmax(categories(one)) for one in (found, other))
        one, two = projected(found), projected(other)
        apart = contrastive.info_nce(one, two, CONTRAST_TEMPERATURE)
        return apart + contrastive.cluster_contrast(first, second)

    def zero(params: Params, found: Posterior) -> jax.Array:
        del params
        return jnp.zeros((), found.mean.dtype)

    return lax.cond(hparams["contrastive"] > 0, measured, zero, params, found)


def other_views(key: jax.Array, batch: Batch) -> jax.Array:
    """An augmentation of each image, or of one of its neighbours: [n, h, w, c]."""
    key_choice, key = jax.random.split(key)
    shown = batch["image"]
    if "near" in batch:
        n, neighbours = batch["near"].shape[:2]
        chosen = jax.random.randint(key_choice, (n,), 0, neighbours)
        shown = batch["near"][jnp.arange(n), chosen]
    return augment.distort(key, shown)


def held_out_terms(
    model: VAE, params: Params, held_out: Batch, hparams: HParams, *, classes: int
) -> Metrics:
    """Terms of held-out images in nats, and counts [categories, classes]."""
    key = keys.stream(hparams["seed"], keys.DRAWS)

    def each(batch: Batch) -> tuple[jax.Array, ...]:
        shown = images.unit(batch["image"], images.loss_dtype(model))
        found = encode(model, params, shown)
        logits = sample_logits(model, params, found, key, hparams)
        error = reconstruction.bernoulli(logits, shown)
        likeliest = categories(found).argmax(-1).astype(jnp.int32)
        return error, *divergences(found), likeliest

    error, kl_z, kl_c, category = batched(each, dict(held_out), 1000)
    empty = jnp.zeros((model.categories, classes), jnp.int32)
    return {
        "test_reconstruction": error.mean(),
        "test_kl_z": kl_z.mean(),
        "test_kl_c": kl_c.mean(),
        "counts": empty.at[category, held_out["label"]].add(1),
    }
