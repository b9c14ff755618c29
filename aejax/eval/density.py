"""Densities fitted to codes, to sample from a decoder without a prior of its own.

A plain autoencoder becomes a generative model by a density that is fitted to its
codes afterwards (Ghosh et al., arXiv:1903.12436: a Gaussian, a mixture of ten).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from aejax.eval.frechet import frechet_distance

# Added to variances: codes that do not vary in a direction are no error.
_LEAST_VARIANCE = 1e-4


def mixture_samples(
    codes: NDArray, count: int, *, parts: int = 1, seed: int = 0
) -> NDArray[np.float32]:
    """Samples of a Gaussian mixture with full covariances, fitted to codes by EM.

    Args:
      codes: [n, d], n of at least `parts`.
      count: number of samples.
      parts: Gaussians of the mixture; 1 for a single one.
      seed: of the fit and of the samples.

    Returns:
      [count, d], in random order.
    """
    # In single precision the sample covariance may be slightly indefinite.
    mixture = GaussianMixture(parts, reg_covar=_LEAST_VARIANCE, random_state=seed)
    samples, _ = mixture.fit(np.asarray(codes, np.float64)).sample(count)
    # scikit-learn gives them part after part.
    order = np.random.default_rng(seed).permutation(count)
    return np.asarray(samples[order], np.float32)


def frechet_of_samples(
    codes: NDArray,
    real: NDArray,
    decode: Callable[[NDArray], NDArray],
    describe: Callable[[NDArray], NDArray],
    parts: int = 1,
    seed: int = 0,
    *,
    kept: int = 10,
) -> tuple[float, NDArray]:
    """Fréchet distance of images decoded from a density that is fitted to codes.

    Args:
      codes: [n, d] of training images.
      real: [m, f] features of real images; as many are sampled.
      decode: latents [m, d] to images.
      describe: images to features [m, f].
      parts: Gaussians of the mixture that is fitted.
      seed: of the fit and of the samples.
      kept: how many images are returned.

    Returns:
      The distance, and the first images.
    """
    images = decode(mixture_samples(codes, len(real), parts=parts, seed=seed))
    return frechet_distance(describe(images), real), np.asarray(images[:kept])
