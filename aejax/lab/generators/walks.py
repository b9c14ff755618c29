"""Paths between two images: measures, and those of a GAN beside those of its codes."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from aejax import keys, sampling
from aejax.eval import pairs, walks
from aejax.lab.arrange import AllMeasured
from aejax.lab.blocks.comparisons import Versus
from aejax.lab.blocks.sections import Section
from aejax.lab.blocks.sheets import Sheet
from aejax.lab.blocks.views import Summary
from aejax.lab.design import Condition, Measure, Measured
from aejax.lab.generators.quality import Generators
from aejax.lab.results import Results
from aejax.lab.training.fit import Trained
from aejax.lab.training.programs import light

NEAREST = Measure("nearest", "distance to real images", "", ".3f", better="lower")
CONFIDENCE = Measure("confidence", "classifier confidence", "", ".3f", better="higher")
DIRECT = Measure("direct", "paths with one change", "%", ".1f", "higher", scale=100)
CHANGES = Measure("changes", "class changes", "", ".2f")
UNEVENNESS = Measure("unevenness", "largest / mean step", "", ".2f", better="lower")
DEPARTURE = Measure("departure", "departure from cross-fade", "", ".4f")
MEASURES = (NEAREST, CONFIDENCE, DIRECT, CHANGES, UNEVENNESS, DEPARTURE)

TEST = ("test codes, line", "test codes, arc")
"""Paths between codes of test images."""

WAYS = (walks.NOISE_LINE, walks.NOISE_ARC, walks.LINE, walks.ARC, *TEST)
SHOWN = 3


def walk(
    room: Generators, gan: Condition, trained: Trained, count: int, frames: int
) -> AllMeasured:
    """Paths of a GAN in its noise and between its codes, and between test images.

    Args:
      room: where generated images are measured.
      gan: the condition of a GAN.
      trained: in which it is.
      count: pairs; those of test images are of different classes.
      frames: images on a path, ends included.
    """
    t = jnp.linspace(0, 1, frames)
    ends = pairs.draw(jax.random.key(0), room.lab.data.test.labels, count)
    none, found = np.full_like(ends, -1), {}
    conditions = {way: Condition({"path": way}, label=way, name=way) for way in WAYS}
    for _, seed, name in room.lab.alive([gan], trained):
        model, params = trained[name]
        key = jax.random.fold_in(keys.stream(seed, keys.DRAWS), 1)
        noise = sampling.noise(key, jnp.zeros((2 * count, model.noise_dim)))
        generate = partial(model.apply, params, method="generate")
        made = light(partial(walks.between_noise, generate))(*jnp.split(noise, 2), t)
        tests = jnp.asarray(room.space.of("test", seed))
        real = walks.between_codes(tests[ends[:, 0]], tests[ends[:, 1]], t)
        every = [*made.items(), *zip(TEST, real.values(), strict=True)]
        for way, codes in every:
            known = ends if way in TEST else none
            values, shown = room.paths(seed, codes, known, SHOWN)
            scalars = {m.name: values[m.name] for m in MEASURES}
            found[conditions[way], seed] = Measured(scalars, {"frames": shown})
    return found


def section(
    results: Results, gan: Condition, measures: Sequence[Measure] = MEASURES
) -> Section:
    """Paths in the noise compared with paths between codes, and arcs with lines."""
    noise, noise_arc, line, arc, *tests = (results.find(path=way) for way in WAYS)
    contrasts = ((noise, line), (noise_arc, noise), (arc, line), tests[::-1])
    made = [noise, noise_arc, line, arc]
    shown = {"frames": ""}
    return Section(
        "Paths between two images",
        f"{gan.label}: {results.options.pairs:,} pairs of generated codes are joined "
        "in the noise and in latent space, and as many pairs of codes of test images "
        "of different classes in latent space. The measures are those of "
        "experiments.interpolation.",
        *(Versus(a, b, measures, same_model=True) for a, b in contrasts),
        Summary(measures, [*made, *tests], is_headline=False),
        Sheet("paths", "Pairs of generated codes, seed 0.", made, shown),
        Sheet("test_paths", "Pairs of codes of test images, seed 0.", tests, shown),
    )
