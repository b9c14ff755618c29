"""What a VAE, or a plain autoencoder in its place, is measured by as a model of images.

For use inside a compiled program, with data that are splits ("train", "validation",
"test", each with "image") and "shown", images whose reconstructions are kept.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import flax.linen as nn
import jax.numpy as jnp

from aejax import keys
from aejax.algorithm import HParams, Params
from aejax.algorithms.autoencoder import all_errors
from aejax.algorithms.vae import held_out_terms
from aejax.eval import classifier, generation
from aejax.eval.likelihood import log_likelihoods
from aejax.losses import reconstruction
from aejax.models import VAE

SPLITS = ("train", "validation", "test")

KEPT = 10
"""Samples that are kept as images."""


def of_vae(
    judge: nn.Module,
    samples: int,
    model: VAE,
    params: Params,
    data: Mapping[str, Any],
    hparams: HParams,
) -> dict[str, Any]:
    """Terms of all splits, likelihood and codes of the test set, prior samples.

    Args:
      judge: classifier, in whose features samples are described.
      samples: importance samples of the log-likelihood.
      model: the network, padded or not.
      params: its parameters.
      data: splits with "label", too, "shown", and "classifier", the parameters of
        `judge`.
      hparams: with `seed`, and `zdim` where the model is padded.

    Returns:
      What `generation.reconstruction` gives of the test images; "terms", of each split
      as `held_out_terms`; "log_likelihood", their mean; "features" of as many prior
      samples as there are test images; "samples", the first of these.
    """
    key, test = keys.stream(hparams["seed"], keys.DRAWS), data["test"]
    drawn = generation.prior_samples(model, params, key, len(test["label"]), hparams)
    likelihoods = log_likelihoods(model, params, test, key, hparams, samples=samples)
    return {
        **generation.reconstruction(model, params, test["image"], data["shown"]),
        "terms": {n: held_out_terms(model, params, data[n], hparams) for n in SPLITS},
        "log_likelihood": likelihoods.mean(),
        "features": classifier.describe(judge, data["classifier"], drawn)[0],
        "samples": drawn[:KEPT],
    }


def of_autoencoder(
    model: VAE, params: Params, data: Mapping[str, Any], hparams: HParams
) -> dict[str, Any]:
    """Terms of all splits, and codes, of a VAE that was trained without sampling.

    Returns:
      What `generation.reconstruction` gives of the test images; "terms", the
      cross-entropy of each split, with a KL of 0; "train_codes" [n, zdim].
    """
    del hparams
    images = {name: data[name]["image"] for name in SPLITS}
    errors = partial(all_errors, model, params, error=reconstruction.bernoulli)
    none = jnp.zeros(())
    return {
        **generation.reconstruction(model, params, images["test"], data["shown"]),
        "terms": {
            name: {"test_reconstruction": errors(x).mean(), "test_kl": none}
            for name, x in images.items()
        },
        "train_codes": generation.mean_codes(model, params, images["train"]),
    }


def scalars(found: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a model, from what `of_vae` or `of_autoencoder` found.

    Returns:
      "active", "test_mse", "log_likelihood" of a VAE; of each split such as "test"
      "test_reconstruction", "test_kl" and their sum, "test_loss"; and "gap", the loss
      of the test set minus that of the training set.
    """
    named = {"active": "active", "mse": "test_mse", "log_likelihood": "log_likelihood"}
    numbers = {new: float(found[old]) for old, new in named.items() if old in found}
    for split, terms in found["terms"].items():
        error, kl = float(terms["test_reconstruction"]), float(terms["test_kl"])
        numbers |= {f"{split}_reconstruction": error, f"{split}_kl": kl}
        numbers[f"{split}_loss"] = error + kl
    return {**numbers, "gap": numbers["test_loss"] - numbers["train_loss"]}
