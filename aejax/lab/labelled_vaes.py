"""VAEs of a few labels, one for each split: M1, M2 and M1+M2 (Kingma et al. 2014).

Every function trains as many models as the run has seeds, as one program; the seed is
the number of the split. `terms` are the weights of the losses, see
`aejax.algorithms.semi_supervised`: "classification", and "unlabelled" and "labelled",
which are 1 if they lack.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import algorithms, images, models
from aejax.data import Images
from aejax.eval.encoders import Codes
from aejax.lab.design import Condition
from aejax.lab.laboratory import Lab
from aejax.models.labelled_vae import LabelledVAE

Arrays = Mapping[str, Any]

EVERY = 10
"""One test image of so many lends its style to all classes."""


def plain_codes(
    run: Lab, lengths: Mapping[str, int], width: int
) -> dict[str, tuple[Codes, NDArray]]:
    """M1: codes of plain VAEs of several lengths, which know no label.

    Args:
      run: the laboratory.
      lengths: name -> latents.
      width: units of the hidden layer.

    Returns:
      Name -> means of the codes of all images, and the log variances [splits, n, d] of
      the training images.
    """
    train, test = run.data.train.images, run.data.test.images
    conditions = [
        Condition(
            {"m1": name},
            models.mlp_vae(zdim, (width,), run.data.image_shape),
            name=name,
        )
        for name, zdim in lengths.items()
    ]
    trained = run.fit(conditions, partial(algorithms.vae, steps=run.options.steps))

    def encode(model: Any, params: Any, batch: Any) -> Any:
        return model.apply(params, batch, method="encode")[:2]

    both = jnp.asarray(np.concatenate([train, test]))
    encoded, found, cut = run.predict(trained, encode, both), {}, len(train)
    for condition in conditions:
        own = [encoded[condition.member(seed)] for seed in range(run.options.seeds)]
        # Lengths share a program, in which short codes end with zeros.
        d = lengths[condition.name]
        means, spreads = (np.stack(x)[..., :d] for x in zip(*own, strict=True))
        found[condition.name] = Codes(means[:, :cut], means[:, cut:]), spreads[:, :cut]
    return found


def of_pixels(
    run: Lab,
    model: LabelledVAE,
    told: Images,
    rows: NDArray,
    terms: Mapping[str, float],
    *,
    given: bool = False,
    every: int = EVERY,
) -> dict[str, NDArray]:
    """M2 of images, or with other terms its classifier alone, or a conditional VAE.

    Args:
      run: the laboratory.
      model: of rows of pixels.
      told: training images with the labels that are told.
      rows: int [splits, labels], which labels those are.
      terms: weights of the losses.
      given: whether the classes of test images are given, not found.
      every: one test image of so many lends its style to all classes.

    Returns:
      "class" [splits, m] and "style" [splits, m, zdim] of the test images, and "drawn"
      [splits, classes, m / every, length], their styles in all classes.
    """
    arrays = {"input": _flat(told.images), "label": told.labels, "labelled": rows}
    trained = _fit(run, model, arrays, terms, 0.0)

    def describe(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, Any]:
        del hparams
        apply = partial(model.apply, params)
        shown = images.unit(data["input"])
        found = apply(shown, method="classify").argmax(-1)
        classes = data["label"] if given else found
        likely = jax.nn.one_hot(classes, model.classes, dtype=shown.dtype)
        style = apply(shown, likely, method="encode").mean
        each = jnp.eye(model.classes, dtype=shown.dtype)[:, None]
        drawn = apply(style[None, ::every], each, method="decode")
        return {"class": classes, "style": style, "drawn": jax.nn.sigmoid(drawn)}

    tests = run.data.test
    asked = {"input": _flat(tests.images), "label": tests.labels}
    found = run.evaluate(trained, describe, jax.tree.map(jnp.asarray, asked)).values()
    return {name: np.stack([one[name] for one in found]) for name in next(iter(found))}


def of_codes(
    run: Lab,
    model: LabelledVAE,
    told: Images,
    rows: NDArray,
    terms: Mapping[str, float],
    m1: tuple[Codes, NDArray],
    deviation: float,
) -> NDArray:
    """M1+M2: classes of the test images of each split, [splits, m].

    Args:
      run: the laboratory.
      model: of rows that are codes.
      told: training images with the labels that are told.
      rows: int [splits, labels], which labels those are.
      terms: weights of the losses.
      m1: codes and log variances, as `plain_codes` gives them.
      deviation: of a code given class and style.
    """
    codes, spread = m1
    arrays = {"mean": codes.train, "log_variance": spread, "label": told.labels}
    trained = _fit(run, model, arrays | {"labelled": rows}, terms, deviation)

    def classify(model: Any, params: Any, tests: Any, hparams: Any) -> jax.Array:
        own = tests[hparams["seed"].astype(jnp.int32)]
        return model.apply(params, own, method="classify").argmax(-1)

    found = run.evaluate(trained, classify, jnp.asarray(codes.test))
    return np.stack(list(found.values()))


def _fit(
    run: Lab,
    model: LabelledVAE,
    arrays: Arrays,
    terms: Mapping[str, float],
    deviation: float,
) -> Any:
    options = run.options
    make = partial(
        algorithms.semi_supervised,
        steps=options.steps,
        labelled=options.batch_size,
        deviation=deviation,
    )
    # What is evaluated on the way does not count: of the first rows alone.
    few = {"known": np.zeros((8, model.length)), "label": arrays["label"][:8]}
    # Where unlabelled images do not count, one is enough.
    size = options.batch_size if terms.get("unlabelled", 1.0) else 1
    condition = Condition({"model": "m2"}, model, terms)
    return run.fit([condition], make, data=arrays, held_out=few, batch_size=size)


def _flat(shown: NDArray) -> NDArray:
    """Images as rows of pixels."""
    return shown.reshape(len(shown), -1)
