"""Generative adversarial networks of latent codes.

Members need in their hparams `learning_rate`; `penalty`, the weight of the penalty of
the critic's slope, is `PENALTY` where it is not given.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax

from aejax import images, sampling
from aejax.algorithm import (
    Algorithm,
    Batch,
    HParams,
    Metrics,
    Optimizer,
    Params,
    State,
    adversarial,
)
from aejax.algorithms.schedules import adam, late_cosine
from aejax.eval.gan import Describe, held_out_terms, own_noise, themselves
from aejax.losses.adversarial import RELATIVISTIC, Objective
from aejax.models.latent_gan import LatentGAN

PENALTY = 0.1
"""Weight of the penalty where members have none of their own."""

Codes = Callable[[Batch, HParams], jax.Array]
"""`(batch, hparams) -> codes [n, d]`, d of at least the model's zdim."""


def of_encoder(batch: Batch, hparams: HParams) -> jax.Array:
    """`batch["code"]`, [n, d], or of [n, encoders, d] those of the member's encoder.

    That is `hparams["encoder"]`, a number from 0 on.
    """
    codes = batch["code"]
    if codes.ndim == 2:
        return codes
    return jnp.take(codes, hparams["encoder"].astype(jnp.int32), axis=1)


def gan(
    model: LatentGAN,
    *,
    steps: int,
    objective: Objective = RELATIVISTIC,
    rounds: int = 1,
    codes: Codes = of_encoder,
    describe: Describe = themselves,
    optimizer: Optimizer | None = None,
) -> Algorithm:
    """The training of a latent GAN: each step its critic, then its generator.

    Its parameters are those of `model`, so `with_ema` averages both networks.

    It records `critic_loss` and `generator_loss`; `gap`, the mean score of real codes
    minus that of generated ones; `penalty`, without its weight; `critic_gradient` and
    `generator_gradient`, the lengths of the gradients. Evaluated are `test_frechet` and
    `test_gap`, see `eval.gan.held_out_terms`.

    Args:
      model: conditional ones get the batch's "label".
      steps: length of the training, in whose second half the learning rate falls.
      objective: what the networks minimise.
      rounds: updates of the critic in every step, each with noise of its own.
      codes: real codes of a batch, best of mean 0 and variance 1; coordinates beyond
        a member's own zdim are dropped.
      describe: features in which `test_frechet` is measured, such as those of decoded
        images.
      optimizer: of each network, instead of Adam with `schedules.late_cosine`.
    """
    real = partial(_own_codes, model, codes)
    losses = {
        "critic": partial(_critic_loss, model, real, objective),
        "generator": partial(_generator_loss, model, real, objective),
    }
    recording = _recording(optimizer or _adam(steps))

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        found, labels = real(held_out, hparams), _labels(model, held_out)
        return held_out_terms(model, params, found, labels, hparams, describe)

    inner = adversarial(
        partial(_initial, model),
        losses,
        dict.fromkeys(losses, recording),
        evaluate,
        rounds={"critic": rounds},
    )

    def step(
        state: State, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[State, Metrics]:
        state, metrics = inner.step(state, batch, key, hparams)
        return state, {**metrics, **_gradients(state)}

    return inner._replace(step=step, params=lambda s: {"params": inner.params(s)})


def _adam(steps: int) -> Optimizer:
    """Without momentum, which makes the two networks circle around each other."""
    return adam(late_cosine(steps), b1=0.0, b2=0.99)


def _initial(
    model: LatentGAN, key: jax.Array, batch: Batch, hparams: HParams
) -> dict[str, Params]:
    """Parameters of each network, at the model's own zdim, not that of the batch."""
    del batch, hparams
    noise = jnp.zeros((1, model.noise_dim), images.loss_dtype(model))
    return model.init(key, noise)["params"]


def _own_codes(
    model: LatentGAN, codes: Codes, batch: Batch, hparams: HParams
) -> jax.Array:
    """Codes [n, zdim] of the padded model, 0 beyond the member's own zdim."""
    found = codes(batch, hparams)[:, : model.zdim].astype(images.loss_dtype(model))
    size = hparams.get("zdim", jnp.int32(model.zdim))
    mask = sampling.mask(model.zdim, size).astype(found.dtype)
    return found * jnp.broadcast_to(mask, found.shape)


def _labels(model: LatentGAN, batch: Batch) -> jax.Array | None:
    return batch["label"] if model.classes else None


def _pair(
    model: LatentGAN,
    codes: Codes,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
) -> tuple[Callable[[jax.Array], jax.Array], jax.Array, jax.Array]:
    """The critic, real codes, and as many generated ones of the same classes."""
    real, labels = codes(batch, hparams), _labels(model, batch)
    noise = own_noise(model, key, len(real), hparams)
    whole = {"params": params}

    def score(codes: jax.Array) -> jax.Array:
        found = model.apply(whole, codes, labels, method="score")
        return found.astype(real.dtype)

    fake = model.apply(whole, noise, labels, method="generate")
    return score, real, fake.astype(real.dtype)


def _critic_loss(
    model: LatentGAN,
    codes: Codes,
    objective: Objective,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
) -> tuple[jax.Array, Metrics]:
    key_noise, key = jax.random.split(key)
    pair = _pair(model, codes, params, batch, key_noise, hparams)
    judged = objective.penalised(*pair, key)
    penalty = judged.penalty.mean()
    loss = objective.critic(judged.real, judged.fake).mean()
    total = loss + hparams.get("penalty", PENALTY) * penalty
    return total, {"gap": (judged.real - judged.fake).mean(), "penalty": penalty}


def _generator_loss(
    model: LatentGAN,
    codes: Codes,
    objective: Objective,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
) -> tuple[jax.Array, Metrics]:
    score, real, fake = _pair(model, codes, params, batch, key, hparams)
    return objective.generator(score(real), score(fake)).mean(), {}


def _recording(optimizer: Optimizer) -> Optimizer:
    """The same, with the length of the last gradient in its state."""

    def recording(hparams: HParams) -> optax.GradientTransformation:
        norm = optax.snapshot("gradient", optax.tree.norm)
        return optax.chain(norm, optimizer(hparams))

    return recording


def _gradients(state: State) -> Metrics:
    return {
        f"{name}_gradient": optax.tree.get(own["opt_state"], "gradient")
        for name, own in state.items()
    }
