"""Holes, continuity and completeness of a latent space, measured.

A hole is a place of N(0, I) without a code near it (`prior.empty`); continuity is a
decoder that is not steep (`steepness`); completeness is that samples give images that
are clearly of one class (`clarity`), and as a whole like real ones (`frechet`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from aejax.eval import prior
from aejax.eval.clarity import is_clear
from aejax.eval.frechet import frechet_distance
from aejax.eval.steepness import steepness
from aejax.eval.whitening import unwhiten, whitening

COMPONENTS = 32


class Reference(NamedTuple):
    """Real images, and the space in which others are compared with them.

    Attributes:
      train: [n, h, w, c] in [0, 1].
      test: [m, h, w, c] in [0, 1].
      labels: int [n], classes of `train`.
      axes: principal components of the pixels of `train`.
    """

    train: NDArray
    test: NDArray
    labels: NDArray
    axes: PCA

    @classmethod
    def of(cls, train: NDArray, test: NDArray, labels: NDArray) -> "Reference":
        """With the first principal components, at most 32."""
        pixels = train.reshape(len(train), -1)
        count = min(COMPONENTS, len(test) - 1, pixels.shape[1])
        axes = PCA(count, svd_solver="covariance_eigh").fit(pixels)
        return cls(train, test, labels, axes)

    def features(self, images: Any) -> NDArray:
        """[k, components] of images [k, h, w, c]."""
        return self.axes.transform(np.reshape(images, (len(images), -1)))

    def clear(self, images: Any) -> float:
        """Fraction of images that are clearly of one class."""
        known = self.features(self.train)
        return float(is_clear(self.features(images), known, self.labels).mean())


@partial(jax.jit, static_argnums=0)
def encode(model: nn.Module, params: Any, images: Any) -> tuple[Any, Any]:
    """Means and standard deviations of the codes that a VAE gives images, [n, d]."""
    mean, log_variance, *_ = model.apply(params, images, method="encode")
    return mean, jnp.exp(log_variance / 2)


@partial(jax.jit, static_argnums=0)
def decode(model: nn.Module, params: Any, codes: Any) -> Any:
    """The images that a VAE gives codes."""
    return model.apply(params, codes, method="decode")


def of_vae(
    model: nn.Module, params: Any, reference: Reference, noise: float, seed: int
) -> tuple[dict[str, float], dict[str, NDArray]]:
    """`quality` of a VAE, or of an autoencoder with the parts of one."""
    to, back = (partial(way, model, params) for way in (encode, decode))
    return quality(to, back, reference, noise, seed)


def quality(
    encode: Callable[[NDArray], tuple[Any, Any]],
    decode: Callable[[Any], Any],
    reference: Reference,
    noise: float = 1.0,
    seed: int = 0,
) -> tuple[dict[str, float], dict[str, NDArray]]:
    """Measures of an encoder and a decoder.

    Args:
      encode: images to means and standard deviations of codes, [n, d] each.
      decode: codes to images.
      reference: real images.
      noise: factor of the noise that codes have in training.
      seed: of noise and samples.

    Returns:
      Numbers, and images by where their codes come from: `prior`, N(0, I); `fitted`, a
      Gaussian fitted to codes; `rebuilt`, test images. The numbers: `place`, distance
      of codes to N(0, I); `empty`, part of N(0, I) that is a hole; `spread`, noise
      relative to the codes' spread; `steep`, steepness, 95th percentile, per standard
      deviation of codes; Fréchet distances by the images' names, and `clear_...`
      fractions, likewise.
    """
    random = np.random.default_rng(seed)
    mean, deviation = map(np.asarray, encode(reference.train))
    own = random.normal(size=mean.shape) * noise
    codes = (mean + deviation * own).astype(np.float32)
    shape = (2, len(reference.test), mean.shape[1])
    z, way = random.normal(size=shape).astype(np.float32)
    fit, at = whitening(codes), np.asarray(encode(reference.test)[0])

    def from_fit(z: NDArray) -> Any:
        return decode(unwhiten(fit, z))

    shown = {"prior": decode(z), "fitted": from_fit(z), "rebuilt": decode(at)}
    real = reference.features(reference.test)
    scalars = {
        "place": prior.distance_to_prior(codes),
        "empty": float(prior.empty(z, codes).mean()),
        "spread": float((deviation.mean(0) / mean.std(0)).mean() * noise),
        "steep": float(np.quantile(steepness(from_fit, z, way), 0.95)),
    }
    for name, images in shown.items():
        scalars[name] = frechet_distance(reference.features(images), real)
        scalars[f"clear_{name}"] = reference.clear(images)
    return scalars, {name: np.asarray(images) for name, images in shown.items()}
