"""What makes an `aejax.algorithm.Algorithm` out of a model."""

from aejax.algorithms.autoencoder import autoencoder
from aejax.algorithms.classifier import classifier
from aejax.algorithms.code_vae import code_vae
from aejax.algorithms.denoising import denoising
from aejax.algorithms.diffusion import diffusion
from aejax.algorithms.disentangling import disentangling
from aejax.algorithms.few_labels import few_labels
from aejax.algorithms.gan import gan
from aejax.algorithms.gaussian_vae import gaussian_vae
from aejax.algorithms.joint_vae import joint_hparams, joint_vae
from aejax.algorithms.semi_supervised import semi_supervised
from aejax.algorithms.translation import translation
from aejax.algorithms.unmixing import unmixing
from aejax.algorithms.vae import vae

__all__ = [
    "autoencoder",
    "classifier",
    "code_vae",
    "denoising",
    "diffusion",
    "disentangling",
    "few_labels",
    "gan",
    "gaussian_vae",
    "joint_hparams",
    "joint_vae",
    "semi_supervised",
    "translation",
    "unmixing",
    "vae",
]
