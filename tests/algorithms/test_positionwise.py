"""Networks that answer at every position."""

from functools import partial

import jax.numpy as jnp
import numpy as np

from aejax import Member, fit
from aejax.algorithms.positionwise import positionwise
from aejax.losses.positions import continued
from aejax.models.dilated import DilatedStack


def test_a_series_is_continued_better_than_by_its_mean(standard_promotion):
    t = np.arange(40) + np.arange(16)[:, None]
    wave = np.sin(2 * np.pi * t / 8).astype(np.float32)
    data = {"x": wave[:, :-1, None], "y": wave[:, 1:]}
    model = DilatedStack(1, (1, 2), 6, 2, causal=True)
    make = partial(positionwise, judge=partial(continued, first=8), steps=60)
    members = [Member("one", model, 0, 0, {"learning_rate": 1e-2})]
    fitted = fit(members, make, data, steps=60, batch_size=8, every=60)
    output = model.apply(fitted["one"][1], jnp.asarray(data["x"]))
    assert continued(output, jnp.asarray(data["y"]), 8)[1] < 0.2
