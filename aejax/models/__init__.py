"""Flax Linen modules that compose. They describe networks and do nothing else.

`Autoencoder`, `Classifier`, `Head`, `mlp_vae` and `conv_vae` are whole models; the
others are parts: encoders, posteriors, decoders and conditioning of a `VAE`, and the
convolutions.
"""

from aejax.models.autoencoder import Autoencoder
from aejax.models.classifier import Classifier
from aejax.models.code_vae import CodeVAE
from aejax.models.common import Activation, ImageShape
from aejax.models.conditioning import AddCondition, OneHot
from aejax.models.conv import Conv, ConvTranspose
from aejax.models.decoders import ConvDecoder, MlpDecoder
from aejax.models.denoiser import Denoiser
from aejax.models.encoders import ConvEncoder, MlpEncoder
from aejax.models.head import Head
from aejax.models.posteriors import Gaussian, GaussianCategorical, Posterior
from aejax.models.vae import VAE
from aejax.models.vaes import conv_vae, mlp_sizes, mlp_vae

__all__ = [
    "VAE",
    "Activation",
    "AddCondition",
    "Autoencoder",
    "Classifier",
    "CodeVAE",
    "Conv",
    "ConvDecoder",
    "ConvEncoder",
    "ConvTranspose",
    "Denoiser",
    "Gaussian",
    "GaussianCategorical",
    "Head",
    "ImageShape",
    "MlpDecoder",
    "MlpEncoder",
    "OneHot",
    "Posterior",
    "conv_vae",
    "mlp_sizes",
    "mlp_vae",
]
