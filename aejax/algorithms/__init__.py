"""What makes an `aejax.algorithm.Algorithm` out of a model."""

from aejax.algorithms.autoencoder import autoencoder
from aejax.algorithms.classifier import classifier
from aejax.algorithms.code_vae import code_vae
from aejax.algorithms.denoising import denoising
from aejax.algorithms.diffusion import diffusion
from aejax.algorithms.few_labels import few_labels
from aejax.algorithms.gan import gan
from aejax.algorithms.joint_vae import joint_hparams, joint_vae
from aejax.algorithms.unmixing import unmixing
from aejax.algorithms.vae import vae

__all__ = [
    "autoencoder",
    "classifier",
    "code_vae",
    "denoising",
    "diffusion",
    "few_labels",
    "gan",
    "joint_hparams",
    "joint_vae",
    "unmixing",
    "vae",
]
