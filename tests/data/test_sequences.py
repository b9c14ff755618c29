"""Tasks of a wide view: their shapes, and that far inputs say the answer."""

import numpy as np
import pytest

from aejax.data.sequences import DAY, WEEK, canvases, sounds, weeks


def test_pixels_of_digits_have_labels_and_others_none():
    found = canvases(np.random.default_rng(0), 3)
    x, y = found["x"], found["y"]
    assert x.shape == (3, 28, 28, 1) and y.shape == (3, 28, 28)
    assert set(np.unique(y)) <= set(range(-1, 10)) and x.max() <= 1
    assert ((y >= 0) == (x[..., 0] > 0.3)).all()


@pytest.mark.parametrize(("make", "ahead", "period"), [(sounds, 1, 40)])
def test_sounds_repeat_after_their_period(make, ahead, period):
    found = make(np.random.default_rng(0), 4)
    x, y = found["x"][..., 0], found["y"]
    # What comes next was heard one period before.
    error = y[:, period - ahead :] - x[:, : x.shape[1] - period + ahead]
    assert np.square(error).mean() < 0.05 * y.var()


def test_a_series_repeats_weekly_and_not_daily():
    y = weeks(np.random.default_rng(0), 20)["y"]
    weekly, daily = (np.square(y[:, k:] - y[:, :-k]).mean() for k in (WEEK, DAY))
    assert weekly < 1e-9 < daily
