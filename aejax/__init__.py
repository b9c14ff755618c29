"""aejax: a pure-JAX autoencoder laboratory.

    import aejax
    from functools import partial

    images, labels = aejax.data.load("mnist_5k", "train")
    rate = {"learning_rate": 4e-3}
    members = [
        aejax.Member(f"d={d}", aejax.models.Autoencoder(d), hparams=rate)
        for d in (4, 8, 16)
    ]
    make = partial(aejax.algorithms.autoencoder, steps=1000)
    trained = aejax.fit(members, make, images, steps=1000)
    model, params = trained["d=8"]
    codes = model.apply(params, images, method="encode")

Names are imported when they are first used, so importing aejax takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aejax import algorithms, data, eval, images, lab, losses, models, stats, sweep
    from aejax.algorithm import Algorithm, adversarial, gradient, with_best, with_ema
    from aejax.errors import UserError
    from aejax.lab.training.fit import Trained, fit
    from aejax.pretrained import load, save
    from aejax.sweep import Member

_PLACES = {
    "Algorithm": "algorithm",
    "Member": "sweep",
    "Trained": "lab.training.fit",
    "UserError": "errors",
    "adversarial": "algorithm",
    "fit": "lab.training.fit",
    "gradient": "algorithm",
    "load": "pretrained",
    "save": "pretrained",
    "with_best": "algorithm",
    "with_ema": "algorithm",
}
_MODULES = (
    *("algorithms", "data", "eval", "executors", "lab", "losses", "models"),
    *("images", "sampling", "stats", "sweep", "train"),
)

__all__ = [
    "Algorithm",
    "Member",
    "Trained",
    "UserError",
    "adversarial",
    "algorithms",
    "data",
    "eval",
    "fit",
    "gradient",
    "images",
    "lab",
    "load",
    "losses",
    "models",
    "save",
    "stats",
    "sweep",
    "with_best",
    "with_ema",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"aejax.{_PLACES[name]}"), name)
    if name in _MODULES:
        return import_module(f"aejax.{name}")
    raise AttributeError(f"module 'aejax' has no attribute {name!r}")
