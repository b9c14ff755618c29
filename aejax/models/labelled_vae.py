"""A VAE with a class and a style as latents: M2 of semi-supervised learning."""

from typing import ClassVar

import flax.linen as nn
import jax
from jax.typing import DTypeLike

from aejax.models.common import Activation
from aejax.models.dense import DenseLayers
from aejax.models.posteriors import LOG_VARIANCE_LIMIT, Posterior


class LabelledVAE(nn.Module):
    """M2 of Kingma et al. (arXiv:1406.5298), of dense layers.

    p(y) p(z) p(x | y, z), with q(y | x), the classifier, and q(z | x, y). Rows x are
    pixels, for which `decode` gives logits, or the codes of another VAE (M1 + M2), for
    which it gives means.

    Classes are one-hot [..., classes]. They broadcast: with rows [1, n, length] and
    classes [classes, 1, classes] all classes of all rows are computed, and what does
    not depend on the class once.

    Example:
      >>> model = LabelledVAE(length=784)
      >>> params = model.init(jax.random.key(0), rows)
      >>> logits = model.apply(params, rows, method="classify")

    Attributes:
      length: of a row.
      classes: number of classes.
      zdim: length of the style z.
      width: units of each hidden layer.
      depth: hidden layers of each of the three networks.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim", "width")

    length: int
    classes: int = 10
    zdim: int = 20
    width: int = 128
    depth: int = 1
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jax.numpy.float32
    dtype: DTypeLike | None = None

    def setup(self) -> None:
        """Describes the three networks."""
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        hidden = {"activation": self.activation, **types}
        self.classifier = DenseLayers(self.width, self.depth, **hidden)
        self.class_logits = nn.Dense(self.classes, **types)
        self.encoder = DenseLayers(self.width, self.depth, **hidden)
        self.mean = nn.Dense(self.zdim, **types)
        self.log_variance = nn.Dense(self.zdim, **types)
        self.decoder = DenseLayers(self.width, self.depth, **hidden)
        self.rows = nn.Dense(self.length, **types)

    def __call__(self, rows: jax.Array) -> jax.Array:
        """What `decode` gives for rows [n, length], their likeliest class and style."""
        likely = nn.one_hot(self.classify(rows).argmax(-1), self.classes)
        likely = likely.astype(rows.dtype)
        return self.decode(self.encode(rows, likely).mean, likely)

    def classify(self, rows: jax.Array) -> jax.Array:
        """Rows [n, length] to the logits [n, classes] of q(y | x)."""
        return self.class_logits(self.classifier(rows))

    def encode(self, rows: jax.Array, labels: jax.Array) -> Posterior:
        """Rows [..., length] and one-hot classes to q(z | x, y)."""
        x = self.encoder(rows, labels)
        log_variance = self.log_variance(x)
        limit = LOG_VARIANCE_LIMIT
        return Posterior(self.mean(x), jax.numpy.clip(log_variance, -limit, limit))

    def decode(self, latents: jax.Array, labels: jax.Array) -> jax.Array:
        """Styles [..., zdim] and one-hot classes to logits, or means, of the rows."""
        return self.rows(self.decoder(latents, labels))
