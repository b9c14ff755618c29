"""Without a terminal a line now and then says how far a training is."""

import logging

import numpy as np
import pytest

from aejax.lab.run import progress


def shown(caplog, steps, seconds, loss=0.5):
    caplog.clear()
    with caplog.at_level(logging.INFO, "aejax"):
        bar = progress.Progress(0, 100, seconds=seconds)
        for step in steps:
            bar.show(step, loss)
        bar.close()
    return [record.getMessage() for record in caplog.records]


def test_a_line_has_step_rate_loss_and_time_left(caplog):
    lines = shown(caplog, range(10, 101, 10), 0)
    assert len(lines) == 9
    for line in lines:
        assert "\r" not in line
        for word in (" of 100", "per second", "mean loss 0.5", " left"):
            assert word in line
    assert "mean loss" not in shown(caplog, [10], 0, loss=None)[0]


def test_lines_are_rare(caplog):
    assert shown(caplog, np.arange(1, 101), 3600) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (40.4, "40 s"), (600, "10 min"), (7500, "2 h 5 min")],
)
def test_durations_are_readable(seconds, words):
    assert progress.duration(seconds) == words


def test_a_terminal_that_has_gone_is_no_reason_to_stop(monkeypatch):
    bar = progress.Progress(0, 100)
    bar._bar.disable = False

    def gone(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(bar._bar, "update", gone)
    bar.show(10, 0.5)
    bar.show(20, 0.5)
    bar.close()
