r"""Why do autoencoders not generate images, while variational ones do?

An autoencoder's loss asks for good reconstructions only. Where in the space of codes
the images lie it leaves open, so who samples N(0, I) samples holes: places without a
code near, which the decoder never saw. A variational autoencoder (VAE) adds two things.
Its penalty, the KL divergence, brings codes to N(0, I): there are fewer holes then, and
samples give clear digits more often (completeness). Its noise shows the decoder a
neighbourhood of every code: with both, images change more gradually than with the
penalty alone (continuity). Noise alone has no effect: the encoder moves codes apart
until it does not matter.

The textbook's sentence needs care. An autoencoder does generate once a density is
fitted to its codes: with a single Gaussian its Fréchet distance falls below that of the
VAE's own samples. And a VAE has holes, too, as the table shows.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from aejax import lab, models
from aejax.algorithms.regularized import PLAIN, regularized
from aejax.eval.clarity import AGREEING, NEIGHBOURS
from aejax.eval.latent_space import Reference, encode, of_vae
from aejax.lab import Measure
from aejax.lab.question_claims import all_minus

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
        r"E_x\, q(z|x) \approx N(0, I)",
        "what samples of N(0, I) need: all codes together look like it",
    ),
)

TERMS = {  # noise in the code, penalty
    "autoencoder": (False, False),
    "noise alone": (True, False),
    "penalty alone": (False, True),
    "VAE": (True, True),
}
MEASURES = (
    PLACE := Measure("place", "distance of codes to N(0, I)", "σ", ".2f", "lower"),
    EMPTY := Measure("empty", "holes in N(0, I)", "%", ".1f", scale=100),
    SPREAD := Measure("spread", "noise over spread of codes", "", ".3f"),
    STEEP := Measure("steep", "steepness of the decoder", "", ".2f", "lower"),
    CLEAR := Measure(
        "clear_prior", "clear digits from N(0, I)", "%", ".1f", "higher", scale=100
    ),
    PRIOR := Measure("prior", "Fréchet, N(0, I)", "", ".2f", "lower"),
    FITTED := Measure("fitted", "Fréchet, fitted Gaussian", "", ".2f", "lower"),
)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each kind.", minimum=1)
    steps: int = lab.option(800, "Training steps of each model.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=2)
    zdim: int = lab.option(8, "Length of the code.", minimum=3)
    samples: int = lab.option(1000, "Images sampled from each model.", minimum=50)


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
        own = dict(zip(("noise", "penalty"), map(float, terms[name]), strict=True))
        hparams = PLAIN | own
        factors = {"model": name, "zdim": zdim}
        return lab.Condition(factors, model, hparams, name, seeds=seeds)

    conditions = [condition(name, options.zdim) for name in terms]
    planes = [condition(name, 2, 1) for name in ("autoencoder", "VAE")]
    trained = laboratory.fit(
        conditions + planes, partial(regularized, steps=options.steps)
    )
    test = lab.unit(data.test)[: options.samples]
    reference = Reference.of(lab.unit(data.train), test, data.train.labels)
    measured = {}
    for c, seed, name in laboratory.alive(conditions, trained):
        scalars, images = of_vae(*trained[name], reference, c.hparams["noise"], seed)
        measured[c, seed] = lab.Measured(
            scalars, {k: x[:10] for k, x in images.items()}
        )
    for c, seed, name in laboratory.alive(planes, trained):
        codes, _ = encode(*trained[name], lab.unit(data.test))
        measured[c, seed] = lab.Measured({}, {"codes": np.asarray(codes)})
    return laboratory.results(conditions + planes, measured, [trained])


def claims(results: lab.Results) -> lab.Claims:
    """What the run must show."""
    plain, noise, penalty, vae = (results.find(model=name) for name in TERMS)
    fitted = partial(lab.Versus, plain, against_measure=PRIOR, measures=FITTED)
    pairs = {
        "empty": (vae, plain, EMPTY, "lower"),
        "clear": (vae, plain, CLEAR, "higher"),
        "steep": (vae, plain, STEEP, "lower"),
        "penalty": (penalty, plain, PLACE, "lower"),
        "smooth": (vae, penalty, STEEP, "lower"),
        "escape": (noise, vae, SPREAD, "lower"),
    }
    return all_minus(results, pairs) | {
        "fitted": lab.Expect(
            results, fitted(against=plain), "lower",
            "Fréchet distance of autoencoder's samples: fitted Gaussian minus N(0, I)",
        ),
        "both_own": lab.Expect(
            results, fitted(against=vae), "lower",
            "The same, autoencoder's from fitted Gaussian minus VAE's from N(0, I)",
        ),
    }  # fmt: skip


def figures(results: lab.Results) -> list[Any]:
    """Codes in a plane; samples of each model."""
    clouds = lab.Clouds(
        "codes",
        "Codes of test images, of models with two-dimensional codes. Scales differ, "
        "the circle is the same: the autoencoder's codes reach far beyond it and leave "
        "most of it empty; the VAE's are near it, though not as N(0, I) is.",
        ring=(2.45, "95 % of N(0, I)"),
    )
    sheet = lab.Sheet(
        "samples",
        "Of each model: test digits, rebuilt; from samples of N(0, I), of which the "
        "autoencoder makes smears; from a Gaussian fitted to its codes.",
        among=[results.find(model=name) for name in ("autoencoder", "VAE")],
        arrays={"rebuilt": "rebuilt", "prior": "N(0, I)", "fitted": "fitted"},
    )
    return [*clouds.views(results), *sheet.views(results)]


def tables(results: lab.Results) -> list[Any]:
    """Every measure of every kind of model."""
    note = (
        "Distance: sliced Wasserstein, in standard deviations of N(0, I). Holes: "
        "samples of N(0, I) farther from every code than 95 % would be if codes were "
        "draws from N(0, I). Noise over spread: σ(x) over the standard deviation of "
        "μ(x). Steepness: change of the image (Euclidean, grey levels) per standard "
        "deviation of the codes, 95th percentile. Clear: at least "
        f"{AGREEING} of the {NEIGHBOURS} nearest training images are of one class. "
        "Fréchet distance to test images, in 32 principal components of pixels."
    )
    among = [results.find(model=name) for name in TERMS]
    return [*lab.Summary(MEASURES, among, note=note).views(results)]


QUESTION = lab.Question.of(
    globals(),
    number=11,
    title="Holes in the latent space",
    code=(regularized,),
    small={"steps": 400, "hidden": 64, "samples": 400},
    dataset="mnist_5k",
    references=(
        "Kingma & Welling, Auto-encoding variational Bayes, arXiv:1312.6114",
        "Ghosh et al., arXiv:1903.12436 (a density fitted to an autoencoder's codes)",
    ),
)
