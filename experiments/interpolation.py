"""What lies between the codes of two pictures?

Trained: convolutional autoencoders of several latent sizes, each over several
seeds, as one program. Drawn: the decoder's pictures on the straight line and on
the arc between the codes of two test images of different classes. Measured, by
a classifier that was trained apart: how near these pictures are to real ones,
how sure and how steady their class is, and how even the way is. Held against:
the cross-fade of the two images.

The default flags train six models for 1,000 steps and measure 500 pairs. A full run
(--dataset=mnist --batch_size=128 --epochs=12) takes about two minutes of two CPU
cores for each model.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from aejax import data, images, latents, sweep, train
from aejax.models import Autoencoder
from aejax.recipes import autoencoding
from aejax.run import app, judge, settings, study
from aejax.run.lists import define_integers
from aejax.run.program import Task, light
from experiments._interpolation.conclusion import conclusion
from experiments._interpolation.evidence import ARC, FADE, LINE, Evidence, Method
from experiments._interpolation.measure import Bank, measure
from experiments._interpolation.pairs import draw_pairs, shown_pairs
from experiments._interpolation.sections import headline, rows, sections

ZDIMS = define_integers("zdims", (10, 64), "Latent sizes.")
WIDTH = flags.DEFINE_integer("width", 16, "Channels of the first layer.", 1)
DEPTH = flags.DEFINE_integer("depth", 3, "Convolutions in each half.", 1, 5)
FC_LAYERS = flags.DEFINE_integer("fc_layers", 0, "Dense layers in each half.", 0)
PAIRS = flags.DEFINE_integer("pairs", 500, "Pairs that are measured.", 2)
FRAMES = flags.DEFINE_integer("frames", 11, "Pictures of a path, ends included.", 3)
PAIR_SEED = flags.DEFINE_integer("pair_seed", 0, "Seed of the random pairs.", 0)
SHOWN = flags.DEFINE_list(
    "shown",
    None,
    "Pairs of test images to be drawn, as in 3-17,250-4; the first four random ones "
    "if not given.",
)
flags.adopt_module_key_flags(settings)
flags.adopt_module_key_flags(judge)

SHOWN_PAIRS = 4
# Enough training codes for their mean.
CODES = 2000


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "interpolation",
        "Between two pictures: paths in latent space",
        experiment,
        own_flags=(
            *("zdims", "width", "depth", "fc_layers"),
            *("pairs", "frames", "pair_seed", "shown", "judge"),
        ),
        default_steps=1000,
        check=check,
    )


def check(dataset: Mapping[str, Any], split: Mapping[str, data.Images]) -> None:
    """Refuses pairs to be shown, or a judge, that do not suit the data."""
    shown_pairs(SHOWN.value, split["test"].labels)
    judge.check(dataset)


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    shown = shown_pairs(SHOWN.value, run.test.labels)
    referee = judge.obtain(run)
    recipe = partial(
        autoencoding.recipe,
        steps=run.settings.steps,
        batch_size=run.settings.batch_size,
    )
    held_out = study.arrays(run.test)
    task = Task(recipe, study.arrays(run.train), autoencoding.evaluate, held_out)
    trained = run.fit(members(run), task)
    pairs = draw_pairs(jax.random.key(PAIR_SEED.value), run.test.labels, PAIRS.value)
    bank = Bank.of(referee, run.test.images)
    drawn = pairs[:SHOWN_PAIRS] if shown is None else shown
    evidence = Evidence(
        judge=referee.statement, pairs=pairs, drawn=drawn, labels=run.test.labels
    )
    fade = cross_fade(run, pairs)
    evidence.add(FADE, 0, measure(referee, bank, fade, pairs))
    evidence.show(FADE, cross_fade(run, drawn))
    for group, params, _ in trained:
        for i, member in enumerate(group.members):
            own = sweep.take(params, group, i, task.example)
            found = paths(run, member.model, own, pairs)
            few = paths(run, member.model, own, drawn)
            for kind in (LINE, ARC):
                method = Method(kind, member.model.zdim)
                seen = measure(referee, bank, found[kind], pairs)
                evidence.add(method, member.seed, seen)
                if member.seed == 0:
                    evidence.show(method, few[kind])
    return study.Results(
        rows=rows(evidence),
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def members(run: study.Study) -> list[sweep.Member]:
    """Every latent size with every seed."""
    sizes = {"width": WIDTH.value, "depth": DEPTH.value, "fc_layers": FC_LAYERS.value}
    return run.members(
        {f"zdim={d}": Autoencoder(d, run.image_shape, **sizes) for d in ZDIMS.value}
    )


def places() -> jax.Array:
    """Where the frames of a path lie, from 0 to 1."""
    return jnp.linspace(0, 1, FRAMES.value)


def cross_fade(run: study.Study, pairs: np.ndarray) -> np.ndarray:
    """The path in pixel space: [pairs, frames, h, w, c] in [0, 1]."""
    first, second = (images.unit(run.test.images[pairs[:, i]]) for i in (0, 1))
    t = places()[:, None, None, None]
    return np.asarray(first[:, None] * (1 - t) + second[:, None] * t)


def paths(
    run: study.Study, model: Autoencoder, params: Any, pairs: np.ndarray
) -> dict[str, np.ndarray]:
    """The decoder's pictures on both paths, each [pairs, frames, h, w, c]."""
    ends = [jnp.asarray(run.test.images[pairs[:, i]]) for i in (0, 1)]
    some = jnp.asarray(run.train.images[:CODES])
    found = light(decoded, model)(params, *ends, some, places())
    return jax.tree.map(np.asarray, found)


def decoded(
    model: Autoencoder,
    params: Any,
    first: jax.Array,
    second: jax.Array,
    some: jax.Array,
    t: jax.Array,
) -> dict[str, jax.Array]:
    """Pictures on the line and on the arc around the mean code of `some` images."""
    encode = partial(model.apply, params, method="encode")
    decode = partial(model.apply, params, method="decode")
    a, b, others = (train.batched(encode, x) for x in (first, second, some))
    codes = {
        LINE: latents.linear(a, b, t),
        ARC: latents.spherical(a, b, t, others.mean(0)),
    }
    shape = (len(first), len(t), *model.image_shape)
    return {
        kind: train.batched(decode, z.reshape(-1, z.shape[-1])).reshape(shape)
        for kind, z in codes.items()
    }


if __name__ == "__main__":
    app.run(main)
