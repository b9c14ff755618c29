"""Flax Linen modules. They describe networks and do nothing else."""

from aejax.models.autoencoder import Autoencoder, Decoder, Encoder
from aejax.models.classifier import Classifier
from aejax.models.conv import Conv, ConvTranspose

__all__ = ["Autoencoder", "Classifier", "Conv", "ConvTranspose", "Decoder", "Encoder"]
