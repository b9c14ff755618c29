"""What each coordinate of a latent space stands for: images as it alone changes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax.losses import variational


def traversals(
    model: Any,
    params: Any,
    shown: jax.Array | NDArray,
    steps: int = 9,
    reach: float = 2.0,
) -> NDArray:
    """Images [zdim, steps, h, w, c] as each coordinate alone goes from end to end.

    Coordinates are in the order of how much the images need them (mean KL), the others
    stay at the code of the first image.

    Args:
      model: a VAE.
      params: its parameters.
      shown: [n, h, w, c], by which the order is found; the first one is changed.
      steps: on the way from -reach to reach.
      reach: ends of each coordinate.
    """
    mean, log_variance, *_ = model.apply(params, shown, method="encode")
    zdim = mean.shape[1]
    kl = variational.gaussian_kl(mean, log_variance).mean(0)
    order = np.asarray(jnp.argsort(-kl))
    walk = jnp.linspace(-reach, reach, steps)[None, :, None].astype(mean.dtype)
    axes = jnp.eye(zdim, dtype=mean.dtype)[order][:, None]
    latents = (axes * walk + (1 - axes) * mean[:1][None]).reshape(-1, zdim)
    drawn = np.asarray(model.apply(params, latents, method="decode"))
    return drawn.reshape(len(order), steps, *drawn.shape[1:])
