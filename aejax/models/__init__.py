"""Flax Linen modules. They describe networks and do nothing else."""

from aejax.models.autoencoder import Autoencoder, Decoder, Encoder
from aejax.models.classifier import Classifier
from aejax.models.conv import Conv, ConvTranspose
from aejax.models.head import Head
from aejax.models.vae import VAE, Posterior

__all__ = [
    "VAE",
    "Autoencoder",
    "Classifier",
    "Conv",
    "ConvTranspose",
    "Decoder",
    "Encoder",
    "Head",
    "Posterior",
]
