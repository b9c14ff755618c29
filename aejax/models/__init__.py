"""Flax Linen modules that compose. They describe networks and do nothing else.

`Autoencoder`, `MlpAutoencoder`, `Classifier`, `Head`, `mlp_vae`, `conv_vae`, `UNet`,
`code_unmixer`, `LatentGAN` and `ImageGenerator` are whole models; the others are parts:
encoders, posteriors, decoders and conditioning of a `VAE`, generator and critic of a
`LatentGAN`, and the convolutions.
"""

from aejax.models.autoencoder import Autoencoder
from aejax.models.classifier import Classifier
from aejax.models.code_vae import CodeVAE
from aejax.models.common import Activation, ImageShape
from aejax.models.conditioning import AddCondition, OneHot
from aejax.models.conv import Conv, ConvTranspose
from aejax.models.critic import Critic
from aejax.models.decoders import ConvDecoder, MlpDecoder
from aejax.models.denoiser import Denoiser
from aejax.models.encoders import ConvEncoder, MlpEncoder
from aejax.models.generator import Generator
from aejax.models.head import Head
from aejax.models.image_generator import ImageGenerator
from aejax.models.labelled_vae import LabelledVAE
from aejax.models.latent_gan import LatentGAN
from aejax.models.mlp_autoencoder import MlpAutoencoder
from aejax.models.posteriors import Gaussian, GaussianCategorical, Posterior
from aejax.models.translator import Translation, Translator
from aejax.models.unet import UNet
from aejax.models.unmixer import CodeUnmixer, code_unmixer
from aejax.models.vae import VAE
from aejax.models.vaes import conv_vae, mlp_sizes, mlp_vae

__all__ = [
    "VAE",
    "Activation",
    "AddCondition",
    "Autoencoder",
    "Classifier",
    "CodeUnmixer",
    "CodeVAE",
    "Conv",
    "ConvDecoder",
    "ConvEncoder",
    "ConvTranspose",
    "Critic",
    "Denoiser",
    "Gaussian",
    "GaussianCategorical",
    "Generator",
    "Head",
    "ImageGenerator",
    "ImageShape",
    "LabelledVAE",
    "LatentGAN",
    "MlpAutoencoder",
    "MlpDecoder",
    "MlpEncoder",
    "OneHot",
    "Posterior",
    "Translation",
    "Translator",
    "UNet",
    "code_unmixer",
    "conv_vae",
    "mlp_sizes",
    "mlp_vae",
]
