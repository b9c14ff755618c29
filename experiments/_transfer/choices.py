"""All that was chosen, in words, for the report."""

from collections.abc import Mapping

from aejax.metrics import propagation
from experiments._transfer.contest import BATCH_SIZE, INVERSE_PENALTY, NEIGHBOURS
from experiments._transfer.setting import RATES, Setting


def listed(
    setting: Setting, checkpoint: str | None, distortion: float
) -> Mapping[str, str]:
    """What was chosen -> the choice."""
    own = setting.run.settings
    training = (
        f"{own.steps:,} steps of {own.batch_size} training images without labels, "
        f"Adam, one cycle up to {own.learning_rate:g}, squared error per pixel"
    )
    found = {
        "encoder of (1), (2), (5)": checkpoint or f"autoencoder, {training}",
        "encoder of (3)": "the same network as in (2), random weights",
        "codes": "each coordinate shifted and scaled to mean 0 and deviation 1 over "
        "all training images, without labels",
        "MLP": f"one hidden layer of {setting.head.width} ReLU units",
        "training on labels": f"cross-entropy, up to {BATCH_SIZE} labelled images a "
        f"step, Adam, one cycle; an MLP alone: {setting.steps['head']} steps, up to "
        f"{RATES['head']:g}; with the encoder: {setting.steps['network']} steps, up "
        f"to {RATES['network']:g}; the last step counts, none is selected; no "
        "augmentation",
        "logistic regression": f"scikit-learn, inverse L2 penalty C = "
        f"{INVERSE_PENALTY['pixels']:g} on pixels in [0, 1] and "
        f"{INVERSE_PENALTY['codes']:g} on codes",
        "k-NN": f"scikit-learn, k = {NEIGHBOURS}, Euclidean",
        "selection": "learning rates, penalties and the k of k-NN were fixed "
        "beforehand, once for all numbers of labels, on training images of the bundled "
        "digits outside each draw; nothing is selected within a run, and test labels "
        "only measure",
    }
    if distortion:
        found["encoder of (6), (7)"] = (
            f"autoencoder that draws the undistorted image of one distorted at "
            f"random (rotated, scaled, sheared, shifted; strength {distortion:g}), "
            f"{training}"
        )
        found["propagation"] = (
            f"symmetric graph of the {propagation.NEIGHBOURS} nearest neighbours of "
            "all training codes, labelled or not; "
            f"{propagation.ROUNDS} rounds in which each takes {propagation.KEPT:g} of "
            f"its neighbours' scores and {1 - propagation.KEPT:.2g} of its own label; "
            "these constants are the same for all data; a test image, outside the "
            "graph, gets the greatest score summed over its neighbours in it"
        )
    return found
