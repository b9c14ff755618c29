"""Forward mode pays for inputs, reverse mode for outputs and for depth."""

import jax

from aejax.eval.modes import costs, memory


def test_each_mode_pays_for_its_own():
    with jax.enable_x64(True):
        found = costs((1, 8), width=4)
        inputs, outputs = found["inputs"], found["outputs"]
        assert inputs["forward"][1] > 3 * inputs["reverse"][1]
        assert outputs["reverse"][1] > 3 * outputs["forward"][1]
        kept = memory((4, 64), width=8)["bytes"]
    assert kept["reverse"][1] > kept["reverse"][0] + 40 * 8 * 8
    assert kept["forward"][1] < kept["reverse"][1] / 4
