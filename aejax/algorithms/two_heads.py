"""One encoder for images or for classes: reconstruction and classification, weighted.

Both weights are a member's own, so encoders with and without labels are one program.
"""

import jax
import jax.numpy as jnp
import optax

from aejax import images
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.losses import reconstruction
from aejax.models.two_heads import TwoHeads


def two_heads(model: TwoHeads, *, steps: int) -> Algorithm:
    """Its training, in nats per image; members need `learning_rate` in their hparams.

    `images` and `classes` are the weights of the Bernoulli error of the images and of
    the cross-entropy of the classes; `labels` says how many images a member may see
    (`some_of_them`).

    Args:
      model: with a decoder and a classifier.
      steps: length of the learning rate's cycle.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        del key
        shown = images.unit(batch["image"])
        rebuilt, classes = model.apply(params, shown)
        error = reconstruction.bernoulli(rebuilt, shown).mean()
        wrong = optax.softmax_cross_entropy_with_integer_labels(classes, batch["label"])
        return hparams["images"] * error + hparams["classes"] * wrong.mean(), {}

    return gradient(model, loss, one_cycle_adam(steps), draw=some_of_them)


def some_of_them(
    data: Batch, rows: jax.Array, key: jax.Array, hparams: HParams
) -> Batch:
    """Draws only of the images that a member may see; a `batches.Draw`.

    Without `labels` in the hparams these are all. Each seed begins a fifth of the data
    later.
    """
    del key
    count = len(data["label"])
    seen = hparams.get("labels", float(count))
    begin = jnp.asarray(hparams.get("data_seed", 0), jnp.int32) * (count // 5)
    own = (rows % jnp.asarray(seen, jnp.int32) + begin) % count
    return {name: array[own] for name, array in data.items()}
