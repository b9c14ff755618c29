"""What is measured of a trained model, on the host and on the device."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from aejax import data, images, keys, sampling, sweep, train
from aejax.metrics.frechet import frechet_distance
from aejax.metrics.likelihood import active_units, log_likelihood
from aejax.models import VAE
from aejax.objectives import reconstruction
from aejax.recipes import autoencoding
from aejax.recipes import vae as variational
from aejax.run import study
from aejax.run.judge import Judge
from aejax.run.program import light
from experiments._fashion_vae.evidence import (
    GAUSSIAN,
    MIXTURE,
    PRIOR,
    Config,
    Seen,
    Terms,
)

Params = Any

# Samples that the report shows of each model.
SHOWN = 10
# Parts of the mixture fitted to an autoencoder's codes.
PARTS = 10


class Tools(NamedTuple):
    """What all measurements of a run share.

    Attributes:
      splits: "train", "validation" and "test" arrays on the device.
      judge: the classifier.
      features: of the test images.
      shown: places of the test images that the report shows.
      originals: these images in [0, 1].
      samples: draws behind a log-likelihood.
    """

    splits: Mapping[str, Mapping[str, jax.Array]]
    judge: Judge
    features: np.ndarray
    shown: np.ndarray
    originals: np.ndarray
    samples: int

    @staticmethod
    def of(
        run: study.Study, split: Mapping[str, data.Images], judge: Judge, samples: int
    ) -> "Tools":
        """The tools of a run."""
        splits = {name: study.arrays(part) for name, part in split.items()}
        shown = study.one_per_class(run.test.labels)[:SHOWN]
        return Tools(
            splits={**splits, "test": study.arrays(run.test)},
            judge=judge,
            features=judge.look(run.test.images)[0],
            shown=shown,
            originals=np.asarray(images.unit(run.test.images[shown])),
            samples=samples,
        )

    def distance(self, pictures: np.ndarray) -> float:
        """Fréchet distance of pictures to the test images."""
        return frechet_distance(self.judge.look(pictures)[0], self.features)


def vae(tools: Tools, member: sweep.Member, params: Params) -> Seen:
    """Measures a VAE."""
    key = keys.stream(member.seed, keys.DRAWS)
    found = _run(light(_terms, member.model), params, tools.splits, key)
    test = tools.splits["test"]
    facts = _run(light(_facts, member.model), params, test, key)
    likelihood = _run(
        light(_likelihood, member.model, tools.samples), params, test, key
    )
    terms = {name: Terms(*map(float, pair)) for name, pair in found.items()}
    return Seen(
        kind="vae",
        config=Config(member.model.hidden, member.model.zdim),
        seed=member.seed,
        train=terms["train"],
        test=terms["test"],
        validation_loss=terms["validation"].loss,
        mse=float(facts["mse"]),
        log_likelihood=float(likelihood),
        active=int(facts["active"]),
        frechet={PRIOR: tools.distance(facts["samples"])},
        codes=_projected(facts["codes"]),
        pictures=facts["pictures"][tools.shown],
        samples={PRIOR: facts["samples"][:SHOWN]},
    )


def plain(tools: Tools, member: sweep.Member, params: Params, kind: str) -> Seen:
    """Measures a plain autoencoder: it has no prior, so its codes are fitted."""
    key = keys.stream(member.seed, keys.DRAWS)
    losses = _run(light(_cross_entropies, member.model), params, tools.splits, key)
    facts = _run(light(_facts, member.model), params, tools.splits["test"], key)
    codes = _run(light(_codes, member.model), params, tools.splits["train"], key)
    latents = fitted_samples(codes, len(tools.features), member.seed)
    samples = {
        way: _run(light(_decoded, member.model), params, jnp.asarray(z), key)
        for way, z in latents.items()
    }
    terms = {name: Terms(float(value), 0.0) for name, value in losses.items()}
    return Seen(
        kind=kind,
        config=Config(member.model.hidden, member.model.zdim),
        seed=member.seed,
        train=terms["train"],
        test=terms["test"],
        validation_loss=terms["validation"].loss,
        mse=float(facts["mse"]),
        log_likelihood=None,
        active=int(facts["active"]),
        frechet={way: tools.distance(pictures) for way, pictures in samples.items()},
        codes=_projected(facts["codes"]),
        pictures=facts["pictures"][tools.shown],
        samples={way: pictures[:SHOWN] for way, pictures in samples.items()},
    )


def fitted_samples(codes: np.ndarray, count: int, seed: int) -> dict[str, np.ndarray]:
    """Codes drawn from a Gaussian and from a mixture fitted to [n, zdim] codes."""
    # In single precision the sample covariance may be a little indefinite.
    codes = codes.astype(np.float64)
    return {
        way: GaussianMixture(parts, reg_covar=1e-4, random_state=seed)
        .fit(codes)
        .sample(count)[0][np.random.default_rng(seed).permutation(count)]
        .astype(np.float32)
        for way, parts in ((GAUSSIAN, 1), (MIXTURE, PARTS))
    }


def _run(program: Any, *arguments: Any) -> Any:
    return jax.tree.map(np.asarray, program(*arguments))


def _terms(model: VAE, params: Params, splits: Any, key: jax.Array) -> dict[str, Any]:
    each = partial(variational.terms, model, params, key=key, hyper={})

    def means(split: Any) -> tuple[jax.Array, jax.Array]:
        error, kl = train.batched(lambda batch: each(batch=batch), split, 1000)
        return error.mean(), kl.mean()

    return {name: means(split) for name, split in splits.items()}


def _likelihood(
    model: VAE, samples: int, params: Params, split: Any, key: jax.Array
) -> jax.Array:
    estimate = partial(log_likelihood, model, params, samples=samples)
    return train.batched(lambda b: estimate(b, key, {}), split, 250).mean()


def _cross_entropies(
    model: VAE, params: Params, splits: Any, key: jax.Array
) -> dict[str, Any]:
    del key
    return {
        name: autoencoding.errors(
            model, params, split["image"], reconstruction.bernoulli
        ).mean()
        for name, split in splits.items()
    }


def _facts(model: VAE, params: Params, split: Any, key: jax.Array) -> dict[str, Any]:
    """Codes, reconstructions of the mean codes, samples from the prior."""
    codes = _codes(model, params, split, key)
    pictures = _decoded(model, params, codes, key)
    error = jnp.square(pictures - images.unit(split["image"])).mean()
    prior = sampling.noise(key, codes)
    return {
        "codes": codes,
        "pictures": pictures,
        "mse": error,
        "active": active_units(codes),
        "samples": _decoded(model, params, prior, key),
    }


def _codes(model: VAE, params: Params, split: Any, key: jax.Array) -> jax.Array:
    del key
    encode = partial(model.apply, params, method="encode")
    return train.batched(lambda x: encode(x).mean, split["image"], 1000)


def _decoded(model: VAE, params: Params, latents: Any, key: jax.Array) -> jax.Array:
    del key
    decode = partial(model.apply, params, method="decode")
    return train.batched(decode, latents, 1000)


def _projected(codes: np.ndarray) -> np.ndarray:
    return PCA(min(2, codes.shape[1]), random_state=0).fit_transform(codes)
