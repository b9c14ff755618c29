r"""Why do autoencoders not generate images, while variational ones do?

An autoencoder's loss asks for good reconstructions only. Where in the space of codes
the images lie it leaves open, so who samples N(0, I) samples holes: places without a
code near, which the decoder never saw. A variational autoencoder (VAE) adds two things.
Its penalty, the KL divergence, brings codes to N(0, I). There are fewer holes then,
samples give clear digits more often (completeness), and the penalty alone already makes
the decoder less steep (continuity). Its noise shows the decoder a neighbourhood of
every code: images change more gradually still. Noise alone has no effect: the encoder
moves codes apart until it does not matter.

The textbook's sentence needs care on both sides. An autoencoder does generate once a
density is fitted to its codes: with a single Gaussian more of its samples are clear
digits than with N(0, I), and its Fréchet distance falls below that of the VAE's own
samples. And a VAE is not free of holes: in these small models, whose codes are not yet
distributed as the prior, a large part of N(0, I) has no code near. It is the penalty
that closes holes here, not the noise: without noise there are fewer of them. Halfway
between two codes the table shows no advantage of the VAE.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import algorithm, lab, models, sampling
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval.clarity import AGREEING, NEIGHBOURS
from aejax.eval.latent_space import Reference, quality
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question_claims import Claims
from aejax.losses import reconstruction, variational
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"L = E_{z \sim q(z|x)} [-\log p(x|z)] + \mathrm{KL}(q(z|x)\,||\,N(0, I))",
        "a VAE's loss; an autoencoder has the first term alone, and no noise in z",
    ),
    (
        r"z = \mu(x) + \sigma(x)\,\varepsilon, \qquad \varepsilon \sim N(0, I)",
        "the noise; without a penalty the encoder can make σ small and μ large",
    ),
    (
        r"\frac{1}{2} \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)",
        "the penalty of one image: least where μ is 0 and σ is 1",
    ),
    (
        r"E_x\, q(z|x) \approx N(0, I)",
        "what samples of N(0, I) need: all codes together look like it",
    ),
)

TERMS = {
    "autoencoder": (False, False),
    "noise alone": (True, False),
    "penalty alone": (False, True),
    "VAE": (True, True),
}
"""Noise in the code, and the penalty."""


def clear(name: str, label: str) -> Measure:
    """The part of some images that are clearly of one class."""
    return Measure(name, f"clear, {label}", "%", ".1f", "higher", scale=100)


MEASURES = (
    PLACE := Measure("place", "distance of codes to N(0, I)", "σ", ".2f", "lower"),
    EMPTY := Measure("empty", "holes in N(0, I)", "%", ".1f", scale=100),
    SPREAD := Measure("spread", "noise over spread", "", ".3f"),
    STEEP := Measure("steep", "steepness of the decoder", "", ".2f", "lower"),
    PRIOR := Measure("prior", "Fréchet, N(0, I)", "", ".2f", "lower"),
    FITTED := Measure("fitted", "Fréchet, fitted Gaussian", "", ".2f", "lower"),
    CLEAR := clear("clear_prior", "N(0, I)"),
    CLEAR_FITTED := clear("clear_fitted", "fitted Gaussian"),
    clear("clear_between", "halfway between codes"),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each kind.", minimum=1)
    steps: int = lab.option(800, "Training steps of each model.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=2)
    zdim: int = lab.option(8, "Length of the code.", minimum=3)
    samples: int = lab.option(1000, "Images sampled from each model.", minimum=50)


def training(steps: int, model: models.VAE) -> algorithm.Algorithm:
    """Reconstruction, with noise in the code and the penalty as members have them."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        shown = im.unit(batch["image"])
        found = model.apply(params, shown, method="encode")
        own = sampling.mask(model.zdim, hparams["zdim"])
        noisy = sampling.reparameterize(key, found.mean, found.log_variance, own)
        code = jnp.where(hparams["noise"] > 0, noisy, found.mean)
        logits = model.apply(params, code, method="logits")
        kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
        error = reconstruction.bernoulli(logits, shown)
        return (error + hparams["penalty"] * kl).mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


@partial(jax.jit, static_argnums=0)
def encode(model: models.VAE, params: Any, images: Any) -> Any:
    """Means and standard deviations of the codes."""
    mean, log_variance, *_ = model.apply(params, images, method="encode")
    return mean, jnp.exp(log_variance / 2)


@partial(jax.jit, static_argnums=0)
def decode(model: models.VAE, params: Any, codes: Any) -> Any:
    """Images of codes."""
    return model.apply(params, codes, method="decode")


def run(options: Options, terms: Mapping[str, tuple[bool, bool]] = TERMS) -> Any:
    """Trains all in one program, and samples each with and without looking at codes.

    Args:
      options: sizes.
      terms: noise and penalty of each kind of model.
    """
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, MEASURES)

    def condition(name: str, zdim: int, seeds: int | None = None) -> lab.Condition:
        model = models.mlp_vae(zdim, (options.hidden,), data.image_shape)
        noise, penalty = map(float, terms[name])
        hparams = {"noise": noise, "penalty": penalty}
        factors = {"model": name, "zdim": zdim}
        return lab.Condition(factors, model, hparams, name, seeds=seeds)

    conditions = [condition(name, options.zdim) for name in terms]
    planes = [condition(name, 2, 1) for name in ("autoencoder", "VAE")]
    trained = laboratory.fit([*conditions, *planes], partial(training, options.steps))
    test = lab.unit(data.test)[: options.samples]
    reference = Reference.of(lab.unit(data.train), test, data.train.labels)
    measured = {}
    for c, seed, name in laboratory.alive(conditions, trained):
        to, back = (partial(way, *trained[name]) for way in (encode, decode))
        scalars, images = quality(to, back, reference, c.hparams["noise"], seed)
        shown = {way: made[:10] for way, made in images.items()}
        measured[c, seed] = lab.Measured(scalars, shown)
    clouds = {
        c["model"]: np.asarray(encode(*trained[name], test)[0])
        for c, _, name in laboratory.alive(planes, trained)
    }
    results = laboratory.results(conditions, measured, [trained])
    facts = {"clear": reference.clear(test), "images": test[:10]}
    return {"results": results, "clouds": clouds, "labels": data.test.labels} | facts


def claims(found: Any) -> Claims:
    """What the run must show."""
    results = found["results"]
    plain, noise, penalty, vae = (results.find(model=name) for name in TERMS)
    versus = lab.Expecting(results).versus
    best = partial(lab.Versus, plain, against_measure=PRIOR, measures=FITTED)
    return {
        "place": versus(
            vae, plain, PLACE, "lower",
            "Codes of a VAE lie nearer to N(0, I) than those of an autoencoder",
        ),
        "empty": versus(
            vae, plain, EMPTY, "lower",
            "Holes: fewer samples of N(0, I) have no code near with a VAE",
        ),
        "prior": versus(
            vae, plain, PRIOR, "lower",
            "Samples of N(0, I) give images nearer to digits with a VAE: Fréchet "
            "distance",
        ),
        "clear": versus(
            vae, plain, CLEAR, "higher",
            "Completeness: samples of N(0, I) give clear digits more often with a VAE",
        ),
        "steep": versus(
            vae, plain, STEEP, "lower",
            "Continuity: the decoder of a VAE is less steep",
        ),
        "escape": versus(
            noise, vae, SPREAD, "lower",
            "Noise without a penalty loses its effect: noise relative to the spread "
            "of codes, compared with a VAE",
        ),
        "penalty": versus(
            penalty, plain, PLACE, "lower",
            "The penalty alone puts codes in place: distance to N(0, I), compared "
            "with an autoencoder",
        ),
        "penalty_prior": versus(
            penalty, plain, PRIOR, "lower",
            "and brings samples of N(0, I) nearer to digits: Fréchet distance",
        ),
        "penalty_steep": versus(
            penalty, plain, STEEP, "lower", "and makes the decoder less steep"
        ),
        "smooth": versus(
            vae, penalty, STEEP, "lower",
            "Noise makes it less steep still: a VAE, compared with the penalty alone",
        ),
        "closed": versus(
            penalty, vae, EMPTY, "lower",
            "but closes no holes: there are fewer with the penalty alone",
        ),
        "fitted": lab.Expect(
            results, best(against=plain), "lower",
            "An autoencoder generates better from a Gaussian fitted to its codes "
            "than from N(0, I): Fréchet distance",
        ),
        "fitted_clear": lab.Expect(
            results, lab.Versus(plain, plain, CLEAR_FITTED, against_measure=CLEAR),
            "higher", "and gives clear digits more often",
        ),
        "both_own": lab.Expect(
            results, best(against=vae), "lower",
            "and better than a VAE from N(0, I): Fréchet distance",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Codes in a plane; samples of each model."""
    results, labels = found["results"], found["labels"]
    names = list(map(str, range(labels.max() + 1)))
    clouds, ring = found["clouds"], (2.45, "95 % of N(0, I)")
    shown = labels[: len(next(iter(clouds.values())))]
    rows = [("digits", found["images"])]
    for name in ("autoencoder", "VAE"):
        rebuilt = results.array("rebuilt", results.find(model=name))
        rows.append((f"{name}, rebuilt", rebuilt))
    for measure, how in ((PRIOR, "N(0, I)"), (FITTED, "fitted")):
        for name in ("autoencoder", "penalty alone", "VAE"):
            own = results.find(model=name)
            label = f"{name}, {how}: {results.mean(measure, own):.1f}"
            rows.append((label, results.array(measure.name, own)))
    return [
        DataFigure(
            drawn.scatters(clouds, shown, names, ring),
            "codes",
            "Codes of test images, of models with two-dimensional codes; the scales "
            "differ, the circle is the same. The autoencoder's codes reach far beyond "
            "it and leave most of it empty; the VAE's are near it, though not as "
            "N(0, I) is.",
        ),
        DataFigure(
            drawn.sheet(rows, block=3),
            "samples",
            f"Models with codes of length {results.conditions[0]['zdim']}. Above: test "
            "digits and their reconstructions. Middle: from the same samples of "
            "N(0, I); the autoencoder's are smears. Below: from a Gaussian fitted to "
            "each model's codes. Numbers: Fréchet distance, mean over seeds.",
        ),
    ]


def tables(found: Any) -> list[Any]:
    """Every measure of every kind of model."""
    results, data = found["results"], found["results"].data
    note = (
        f"Training on {len(data.train.images):,} images of {data.name}. Distance: "
        "sliced Wasserstein, in standard deviations of N(0, I). Holes: samples of "
        "N(0, I) whose nearest code is farther than it would be with a probability of "
        "95 % if codes were draws from N(0, I), so 5 % by chance. Noise over spread: "
        "σ(x) over the standard deviation of μ(x). Steepness: change of the image "
        "(Euclidean, grey levels) per standard deviation of the codes, 95th percentile "
        "of places and directions. Fréchet distance to test images, in 32 principal "
        f"components of pixels. Clear: at least {AGREEING} of the {NEIGHBOURS} nearest "
        f"training images are of one class; of test images {found['clear']:.1%} are."
    )
    heads = {"model": "model"}
    return [*Summary(MEASURES, factors=heads, note=note).views(results)]


QUESTION = lab.Question.of(
    globals(),
    number=11,
    title="Holes in the latent space",
    code=(training,),
    small={"steps": 400, "hidden": 64, "samples": 400},
    dataset="mnist_5k",
    references=(
        "Kingma & Welling, Auto-encoding variational Bayes, arXiv:1312.6114",
        "Ghosh et al., From variational to deterministic autoencoders, "
        "arXiv:1903.12436 (an autoencoder with a penalty and a fitted density "
        "generates as well as a VAE)",
    ),
)
