"""JointVAE: a Gaussian and a categorical latent, without labels.

Dupont, "Learning disentangled joint continuous and discrete representations"
(arXiv:1804.00104). With capacities the loss is, in nats per image,

    reconstruction + gamma |KL_z - C_z(t)| + gamma_c |KL_c - C_c(t)|

where both C grow evenly from 0 within a first share of the training (25,000 steps
in the paper); without them it is reconstruction + beta (KL_z + KL_c). The paper's
reconstruction is the sum of the cross-entropy over pixels, so its gammas of 30 hold
here as they stand.

Beyond the paper, `agreement` weighs how badly an image and another view of it are
told from the rest of the batch (contrastive clustering, Li et al.,
arXiv:2009.09687), once by a projection of the encoder's and once by the categories:
a category is then what stays when the image is turned and stretched, and all
categories are used. The other view is a random distortion of the image, or of one
of its neighbours where the data name these as "near" [examples, neighbours, h, w, c].

Members need in their hyper: `learning_rate`, `capacities` (1 with, 0 without),
`gamma`, `gamma_c`, `beta`, `capacity_z` and `capacity_c` (last values, nats). Where
they have `agreement`, of 0 or more, the model needs a `projection`; without it none
is computed. All are numbers, so that variants are members of one program.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

from aejax import augment, images, keys, sampling, train
from aejax.models.vae import VAE, Posterior
from aejax.objectives import contrastive, reconstruction, variational
from aejax.recipes.schedules import one_cycle_adam
from aejax.recipes.vae import latents_mask

TEMPERATURE = 0.67
"""Of the Gumbel-softmax, the paper's."""

SHARPNESS = 0.5
"""Temperature of the contrast of projections, that of Li et al."""


def recipe(
    model: VAE,
    *,
    steps: int,
    batch_size: int,
    growth: float = 1.0,
) -> train.Recipe:
    """The recipe of `model`.

    Args:
      model: a VAE with `categories`.
      steps: length of the learning rate's cycle.
      batch_size: images per step.
      growth: share of the steps within which capacities grow, above 0.
    """

    def loss(params, batch, key, hyper):
        key_view, key = jax.random.split(key)
        pictures = images.unit(batch["image"], model.param_dtype)
        found = model.apply(params, pictures, method="encode")
        logits = draw(model, params, found, key, hyper)
        error = reconstruction.bernoulli(logits, pictures).mean()
        paid, metrics = penalty(found, hyper, max(1, round(growth * steps)))
        metrics = {"reconstruction": error, **metrics}
        if "agreement" not in hyper:
            return error + paid, metrics
        apart = disagreement(model, params, batch, found, key_view, hyper)
        metrics = {"disagreement": apart, **metrics}
        return error + paid + hyper["agreement"] * apart, metrics

    return train.Recipe(loss, one_cycle_adam(steps), batch_size)


def draw(
    model: VAE,
    params: train.Params,
    found: Posterior,
    key: jax.Array,
    hyper: train.Hyper,
) -> jax.Array:
    """Logits [n, h, w, c] of the pictures of one draw from each posterior."""
    key_z, key_c = jax.random.split(key)
    mask = latents_mask(model, hyper)
    latents = sampling.reparameterize(key_z, found.mean, found.log_variance, mask)
    category = sampling.gumbel_softmax(key_c, categories(found), TEMPERATURE)
    return model.apply(params, latents, None, category, method="logits")


def categories(found: Posterior) -> jax.Array:
    """Logits [n, categories].

    Raises:
      ValueError: the model has no categorical latent.
    """
    if found.logits is None:
        raise ValueError("a JointVAE needs categories=...")
    return found.logits


def projected(found: Posterior) -> jax.Array:
    """The codes [n, projection] by which similar images are to agree.

    Raises:
      ValueError: the model has none.
    """
    if found.projection is None:
        raise ValueError("agreement needs projection=...")
    return found.projection


def divergences(found: Posterior) -> tuple[jax.Array, jax.Array]:
    """KL of the Gaussian and of the categorical part, nats: [n] and [n]."""
    kl_z = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
    return kl_z, variational.categorical_kl(categories(found))


def penalty(
    found: Posterior, hyper: train.Hyper, steps: int
) -> tuple[jax.Array, train.Metrics]:
    """What a batch pays for its KLs, and these, in nats.

    Capacities have grown to their last values after `steps` steps.
    Both forms are computed and `hyper["capacities"]` takes one: they cost nothing
    beside the network.
    """
    kl_z, kl_c = divergences(found)
    step = hyper["step"].astype(found.mean.dtype)
    goal_z, goal_c = (
        variational.warm_up(step, steps, hyper[name])
        for name in ("capacity_z", "capacity_c")
    )
    # A category cannot carry more than log k nats.
    goal_c = jnp.minimum(goal_c, math.log(categories(found).shape[-1]))
    held = hyper["gamma"] * variational.capacity_penalty(kl_z, goal_z)
    held += hyper["gamma_c"] * variational.capacity_penalty(kl_c, goal_c)
    free = hyper["beta"] * (kl_z + kl_c).mean()
    paid = jnp.where(hyper["capacities"] > 0, held, free)
    return paid, {"kl_z": kl_z.mean(), "kl_c": kl_c.mean()}


def disagreement(
    model: VAE,
    params: train.Params,
    batch: train.Data,
    found: Posterior,
    key: jax.Array,
    hyper: train.Hyper,
) -> jax.Array:
    """How badly images and other views of them find each other, nats.

    0 for a member whose `agreement` is 0, and not computed for it where the executor
    runs members one after another.

    Raises:
      ValueError: the model has no projection, whatever the member's `agreement`.
    """

    def measured(params: train.Params, found: Posterior) -> jax.Array:
        views = other_views(key, batch).astype(found.mean.dtype)
        other = model.apply(params, views, method="encode")
        first, second = (jax.nn.softmax(categories(one)) for one in (found, other))
        one, two = projected(found), projected(other)
        apart = contrastive.info_nce(one, two, SHARPNESS)
        return apart + contrastive.cluster_contrast(first, second)

    def zero(params: train.Params, found: Posterior) -> jax.Array:
        del params
        return jnp.zeros((), found.mean.dtype)

    return lax.cond(hyper["agreement"] > 0, measured, zero, params, found)


def other_views(key: jax.Array, batch: train.Data) -> jax.Array:
    """A distortion of each image, or of one of its neighbours: [n, h, w, c]."""
    key_choice, key = jax.random.split(key)
    pictures = batch["image"]
    if "near" in batch:
        n, neighbours = batch["near"].shape[:2]
        chosen = jax.random.randint(key_choice, (n,), 0, neighbours)
        pictures = batch["near"][jnp.arange(n), chosen]
    return augment.distort(key, pictures)


def evaluate(
    model: VAE,
    params: train.Params,
    hyper: train.Hyper,
    held_out: train.Data,
    *,
    classes: int,
) -> train.Metrics:
    """Terms of the held-out images, and `counts` [categories, classes] of them.

    The counts are of the likeliest category; labels are used for them alone.
    """
    key = keys.stream(hyper["seed"], keys.DRAWS)

    def each(batch: train.Data) -> tuple[jax.Array, ...]:
        pictures = images.unit(batch["image"], model.param_dtype)
        found = model.apply(params, pictures, method="encode")
        logits = draw(model, params, found, key, hyper)
        error = reconstruction.bernoulli(logits, pictures)
        likeliest = categories(found).argmax(-1).astype(jnp.int32)
        return error, *divergences(found), likeliest

    error, kl_z, kl_c, category = train.batched(each, dict(held_out), 1000)
    empty = jnp.zeros((model.categories, classes), jnp.int32)
    return {
        "test_reconstruction": error.mean(),
        "test_kl_z": kl_z.mean(),
        "test_kl_c": kl_c.mean(),
        "counts": empty.at[category, held_out["label"]].add(1),
    }
