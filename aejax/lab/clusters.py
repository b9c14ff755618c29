"""What a study of clusters needs beside its models: neighbours, and baselines."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from aejax.eval import clustering, generation, kmeans, neighbours, samples
from aejax.eval.classifier import EvaluationClassifier
from aejax.lab.arrange import AllMeasured
from aejax.lab.data import arrays, unit
from aejax.lab.design import Condition, Measured
from aejax.lab.laboratory import Lab
from aejax.lab.training.trained import Trained
from aejax.models import VAE


def with_neighbours(lab: Lab, count: int) -> dict[str, jax.Array]:
    """Training images and labels, and "near", so many nearest images of each.

    Args:
      lab: that keeps the neighbours for a run that is resumed.
      count: of neighbours; without any there is no "near".
    """
    found = arrays(lab.data.train)
    if not count:
        return found
    images = lab.data.train.images
    places = lab.cached(
        "neighbours", lambda: neighbours.nearest(images, count).tolist()
    )
    return {**found, "near": jnp.asarray(images[np.array(places)])}


def kmeans_baselines(
    lab: Lab, pixels: Condition, codes: Condition, trained: Trained
) -> AllMeasured:
    """k-means with every seed: `accuracy` and `nmi` of as many clusters as classes.

    Args:
      lab: whose test images are measured.
      pixels: the condition of k-means on pixels.
      codes: that of k-means on mean codes.
      trained: the VAEs of `codes`.
    """
    data = lab.data
    train, test = (
        lab.predict(trained, generation.mean_codes, arrays(split)["image"])
        for split in (data.train, data.test)
    )
    flat = (unit(data.train), unit(data.test))
    points = {(pixels, seed): flat for seed in range(lab.options.seeds)}
    for condition, seed, name in lab.alive([codes], trained):
        points[condition, seed] = (train[name], test[name])
    return {
        (condition, seed): Measured(
            kmeans.scores(*found, data.test.labels, data.classes, seed)
        )
        for (condition, seed), found in points.items()
    }


def conditional_samples(
    lab: Lab,
    condition: Condition,
    trained: Trained,
    judge: EvaluationClassifier,
    *,
    count: int,
    shown: int,
) -> AllMeasured:
    """`class_fraction`: samples of a conditional VAE that are classified as intended.

    The arrays are "conditional" [classes, shown, h, w, c] and the number "classified".

    Args:
      lab: the data give the classes.
      condition: of the VAE.
      trained: in which it is.
      judge: the evaluation classifier.
      count: samples; more, where each class would have fewer than another or than
        are shown.
      shown: samples of each class that are kept.
    """
    assert isinstance(condition.model, VAE)
    classes = lab.data.classes
    columns = max(shown, -(-count // classes))
    examples = samples.sheet(classes, columns, condition.model.zdim)
    found = lab.predict(trained, samples.of_class, examples)
    measured = {}
    for _, seed, name in lab.alive([condition], trained):
        rows = found[name].reshape(classes, columns, *lab.data.image_shape)
        kept = {"conditional": rows[:, :shown], "classified": classes * columns}
        fraction = samples.of_their_class(rows, judge)
        measured[condition, seed] = Measured({"class_fraction": fraction}, kept)
    return measured


def categories(
    lab: Lab, trained: Trained, member: str, counts: ArrayLike, shown: int
) -> dict[str, np.ndarray]:
    """How a JointVAE's categories look, ordered by the classes they are matched to.

    Args:
      lab: the data give the classes.
      trained: JointVAEs with as many categories as classes.
      member: which of them.
      counts: [categories, classes] of its test images.
      shown: samples of each category.

    Returns:
      "categories" [categories, shown, h, w, c], and "confusion" [classes, classes].
    """
    data = lab.data
    zdim = max(one.model.zdim for one in trained.members)
    examples = samples.sheet(data.classes, shown, zdim)
    found = lab.predict(trained, samples.of_category, examples)[member]
    rows = found.reshape(data.classes, shown, *data.image_shape)
    order = np.argsort(clustering.match(counts).classes, kind="stable")
    return {"categories": rows[order], "confusion": clustering.confusion(counts)}
