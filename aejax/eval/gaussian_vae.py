"""What a VAE of a Gaussian likelihood makes of images: terms, codes, images."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from aejax import images, sampling
from aejax.algorithms.gaussian_vae import terms
from aejax.eval import spectrum
from aejax.eval.collapse import needed


def read(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, jax.Array]:
    """All of it, with the same random numbers whenever it is called.

    Args:
      model: a VAE.
      params: its parameters.
      data: "image" [n, h, w, c], uint8 or in [0, 1].
      hparams: of its training; "deviation" if that is fixed.

    Returns:
      "bound", the negative ELBO per value, "kl", nats per image, and "sigma", the
      deviation; of each coordinate [zdim] "kl_each" and "lost", by what the negative
      log-likelihood rises if the coordinate is noise; images [n, h, w, c]: "shown",
      decoded from the mean codes.
    """
    key, other = jax.random.split(jax.random.key(1))
    error, kl, sigma = terms(model, params, data, key, hparams)
    mean, *_ = model.apply(params, data["image"], method="encode")
    prior = sampling.noise(other, mean)
    decode = partial(model.apply, params, method="decode")
    lost = needed(decode, mean, prior, images.unit(data["image"]))
    return {
        "bound": (error + kl.sum(-1)).mean() / data["image"][0].size,
        "kl": kl.sum(-1).mean(),
        "sigma": sigma,
        "kl_each": kl.mean(0),
        "lost": lost / (2 * sigma**2),
        "shown": decode(mean),
    }


def quality(
    found: Mapping[str, Any],
    originals: NDArray,
    least: float = 0.1,
    band: spectrum.Band = spectrum.FINE,
) -> dict[str, float]:
    """Measures of what was read.

    Args:
      found: by `read`.
      originals: [n, h, w, c] in [0, 1], what `read` was given.
      least: nats from which on a coordinate counts.
      band: of frequencies, in which detail is measured.

    Returns:
      "bound" and "sigma", as read; "mse" of the images; "active", coordinates of a
      larger KL, and "used", those whose loss costs more; "kept", the fraction of detail
      that is shown rightly.
    """
    return {
        "bound": float(found["bound"]),
        "sigma": float(found["sigma"]),
        "mse": float(np.square(found["shown"] - originals).mean()),
        "active": int((found["kl_each"] > least).sum()),
        "used": int((found["lost"] > least).sum()),
        "kept": spectrum.kept(found["shown"], originals, band),
    }
