"""Which dense VAE is best, and what does the variational part change?

Trained: VAEs of three and of four layers and VAEs of several widths and latent sizes,
several seeds each, as one program per depth; then the best of these sizes as a plain
autoencoder, with cross-entropy and with squared error. Measured: training and test loss
with its two terms, importance-weighted log-likelihood, active units, and the Fréchet
distance of samples from test images in the features of a classifier. The best is chosen
on held-out training images. Baselines: the plain autoencoders, whose samples come from
a Gaussian and from a mixture fitted to their codes.

The default run, 30 models for 600 steps, takes four minutes on two CPU cores. A
full run (--epochs=20 on 60,000 images) takes about a minute for each model.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp

from aejax import algorithms, lab, models
from aejax.eval import density, generation, generative
from aejax.eval.frechet import frechet_distance
from aejax.eval.pca import principal_plane
from aejax.lab import Condition, Measure, Section, Summary, Versus, classifier
from aejax.lab.training.programs import light
from aejax.losses import reconstruction
from aejax.report.tables import number


@dataclasses.dataclass(frozen=True)
class Options(lab.ClassifierOptions):
    """The design."""

    layers: tuple[str, ...] = lab.option(
        ("400x20", "400-100x20"), "Encoders of several depths: units x latent size."
    )
    configs: tuple[str, ...] = lab.option(
        ("400x50", "400x10", "400x30", "300x35", "300x5", "300x40"),
        "Sizes from which the best is chosen: units x latent size.",
    )
    samples: int = lab.option(200, "Samples of the log-likelihood.", minimum=1)
    steps: int = lab.option(600, "Training steps of each model.", minimum=1)
    batch_size: int = lab.option(100, "Examples per step.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Peak learning rate.", above=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("layers", "configs"):
            words = getattr(self, name)
            try:
                depths = {len(models.mlp_sizes(word)[0]) for word in words}
            except ValueError as error:
                raise lab.OptionError(name, words, str(error)) from error
        if len(depths) > 1:
            reason = "must have equally many layers; see --layers"
            raise lab.OptionError("configs", self.configs, reason)


nats = partial(Measure, unit="nats", format=".2f")
TRAIN_LOSS, *_ = TRAIN = (
    nats("train_loss", "training loss", better="lower"),
    nats("train_reconstruction", "training reconstruction", better="lower"),
    nats("train_kl", "training KL"),
)
VALIDATION = nats("validation_loss", "held-out loss", better="lower")
LOSS, RECONSTRUCTION, KL, GAP, LIKELIHOOD, ACTIVE = TEST = (
    nats("test_loss", "test loss", better="lower"),
    nats("test_reconstruction", "reconstruction", better="lower"),
    nats("test_kl", "KL"),
    nats("gap", "test minus training loss", better="lower"),
    nats("log_likelihood", "log-likelihood", better="higher"),
    Measure("active", "active units", format=".1f"),
)
MSE = Measure("test_mse", "MSE", "per pixel", ".5f", "lower")
PRIOR, GAUSSIAN, MIXTURE = FRECHET = tuple(
    Measure(f"frechet_{way.lower()}", f"Fréchet distance, {way}", "", ".1f", "lower")
    for way in ("prior", "Gaussian", "mixture")
)

PARTS = {"gaussian": 1, "mixture": 10}
"""Parts of the densities fitted to an autoencoder's codes."""

ERRORS = {
    "ae_bce": ("cross-entropy", reconstruction.bernoulli),
    "ae_mse": ("squared error", reconstruction.squared_error),
}


def condition(kind: str, word: str, data: lab.Data) -> Condition:
    """A shape such as 400-100x20 as "vae", or without sampling as one of `ERRORS`."""
    hidden, zdim = models.mlp_sizes(word)
    label = word.replace("x", "-")
    label = f"AE {label} ({ERRORS[kind][0]})" if kind in ERRORS else f"VAE {label}"
    model = models.mlp_vae(zdim, hidden, data.image_shape)
    return Condition({"kind": kind, "config": word}, model, {}, label, f"{kind},{word}")


def study(run: lab.Lab) -> lab.Results:
    """The VAEs, then the best size as plain autoencoders."""
    options, data, judge = run.options, run.data, classifier.obtain(run)
    real = judge.features(data.test.images)
    shown = jnp.asarray(data.test.images[data.one_per_class])
    given = {**data.arrays(), "shown": shown, "classifier": judge.params}
    fit = partial(run.fit, held_out=given["validation"])
    words = dict.fromkeys((*options.layers, *options.configs))
    vaes = [condition("vae", word, data) for word in words]
    trained = [fit(vaes, partial(algorithms.vae, steps=options.steps))]
    evaluate = partial(generative.of_vae, judge.model, options.samples)
    found = run.evaluate(trained[0], evaluate, given)
    measured = {}
    for one, seed, name in run.alive(vaes, trained[0]):
        distance = frechet_distance(found[name]["features"], real)
        samples = {"prior": (distance, found[name]["samples"])}
        measured[one, seed] = measure(one, found[name], samples)
    best = chosen(run.results(vaes, measured))
    plain = [condition(kind, best["config"], data) for kind in ERRORS]
    decoded = light(partial(generation.decoded, best.model))
    for one in plain:
        how = {"steps": options.steps, "error": ERRORS[one["kind"]][1]}
        own = fit([one], partial(algorithms.autoencoder, **how), stage=one["kind"])
        found = run.evaluate(own, generative.of_autoencoder, given)
        for _, seed, name in run.alive([one], own):
            codes, decode = found[name]["train_codes"], partial(decoded, own[name][1])
            sample = partial(
                density.frechet_of_samples, codes, real, decode, judge.features
            )
            samples = {way: sample(n, seed) for way, n in PARTS.items()}
            measured[one, seed] = measure(one, found[name], samples)
        trained.append(own)
    facts = {"evaluation classifier": judge.statement}
    return run.results([*vaes, *plain], measured, trained, facts=facts)


def measure(one: Condition, found: Any, samples: Mapping[str, Any]) -> lab.Measured:
    """One model: its line of results.csv, and what the figures show of it.

    `samples` are, by the way of sampling, their Fréchet distance and some images.
    """
    scalars = generative.scalars(found)
    _, zdim = models.mlp_sizes(one["config"])  # Without the padding of the sweep.
    codes = principal_plane(found["codes"][:, :zdim])
    arrays = {"codes": codes, "reconstructions": found["reconstructions"]}
    for way, (distance, images) in samples.items():
        scalars[f"frechet_{way}"] = distance
        arrays[f"samples_{way}"] = images
    return lab.Measured(scalars, arrays)


def chosen(results: lab.Results) -> Condition:
    """The size of the least mean loss on the held-out training images."""
    return results.best(VALIDATION, of_words(results, results.options.configs))


def of_words(results: lab.Results, words: Sequence[str]) -> list[Condition]:
    """The VAEs of these shapes."""
    return [results.find(kind="vae", config=word) for word in words]


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown; every number comes from `results`."""
    best, vaes = chosen(results), results.where(kind="vae")
    by_size = sorted(vaes, key=lambda c: models.mlp_sizes(c["config"])[::-1])
    held_out = f"{len(results.data.held_out.images):,} held-out training images"
    note = f"Negative ELBO of the {held_out}."
    curves = lab.Curves("test_loss", "held-out loss [nats]", among=by_size, note=note)
    found = [depths(results), sizes(results, best, held_out), plain(results, best)]
    return [*found, Section("Training", curves)]


def depths(results: lab.Results) -> Section:
    """Encoders of several depths, each compared with the first one."""
    layers = of_words(results, results.options.layers)
    depth = {c: 2 + len(models.mlp_sizes(c["config"])[0]) for c in layers}
    counts = sorted(set(depth.values()))
    pairs = [sorted((layers[0], c), key=depth.__getitem__) for c in layers[1:]]
    compared = (LOSS, RECONSTRUCTION, KL, TRAIN_LOSS, GAP)
    return Section(
        f"Encoders of {' and '.join(map(str, counts))} layers",
        "The input and the code are counted as layers.",
        *(Versus(deep, shallow, compared) for shallow, deep in pairs),
        lab.Images(among=layers, file="reconstructions_layers"),
        *drawings("layers", layers),
    )


def sizes(results: lab.Results, best: Condition, held_out: str) -> Section:
    """Widths and latent sizes; the tables have the encoders of several depths, too."""
    vaes = partial(Summary, among=results.where(kind="vae"), marked=best)
    among = of_words(results, results.options.configs)
    likelihood = number(results.mean(LIKELIHOOD, best), LIKELIHOOD.format)
    active, (_, zdim) = results.mean(ACTIVE, best), models.mlp_sizes(best["config"])
    star = f"* chosen by {held_out}."
    return Section(
        "Widths and latent sizes",
        lab.Best(LOSS, VALIDATION, among, held_out),
        *lab.each_versus(among, best, (LOSS, RECONSTRUCTION, KL), headline=()),
        lab.Explanation(
            f"{best.label} has a log-likelihood of {likelihood} nats, and {active:.1f} "
            f"of {zdim} units are active. {results.facts['evaluation classifier']}"
        ),
        lab.Forest((*TEST[:3], *TEST[4:], PRIOR), among, name="sizes"),
        *drawings("sizes", among),
        vaes(
            (TRAIN_LOSS, LOSS, RECONSTRUCTION, KL, LIKELIHOOD),
            note="Loss is the negative ELBO; the log-likelihood is importance-weighted "
            f"with {results.options.samples} samples. {star}",
        ),
        vaes(
            (ACTIVE, MSE, PRIOR),
            note="Fréchet distances are of samples of the prior from the test images, "
            f"in the features of the evaluation classifier. {star}",
        ),
    )


def plain(results: lab.Results, best: Condition) -> Section:
    """The best size with and without the variational part."""
    bce, mse = (results.find(kind=kind) for kind in ERRORS)
    among = [best, bce, mse]
    return Section(
        "The chosen size as a plain autoencoder",
        "A plain autoencoder has no prior: its samples are decoded from a Gaussian and "
        f"from a mixture of {PARTS['mixture']}, fitted to its training codes.",
        *lab.each_versus(among, best, MSE),
        *(Versus(bce, best, m, against_measure=PRIOR) for m in (GAUSSIAN, MIXTURE)),
        lab.Images(among=among, file="reconstructions_plain"),
        *drawings("plain", among),
        Summary(
            (RECONSTRUCTION, MSE, *FRECHET),
            among,
            note="MSE is of images decoded from mean codes; the VAE's reconstruction "
            "(cross-entropy) of those decoded from a sample of the posterior. Fréchet "
            "distances are of samples of the prior or of a fitted density.",
            is_headline=False,
        ),
    )


def drawings(name: str, among: Sequence[Condition]) -> list[object]:
    """Samples and codes of models."""
    ways = {f"samples_{way.lower()}": way for way in ("prior", "Gaussian", "mixture")}
    samples = "samples of each model, seed 0; not selected."
    codes = "Mean codes of the test images on two principal axes, by class, seed 0."
    return [
        lab.Sheet(f"samples_{name}", f"First {samples}", among, ways),
        lab.Clouds(f"codes_{name}", codes, among),
    ]


EXPERIMENT = lab.Experiment(
    name="fashion_vae",
    title="Dense variational autoencoders",
    question=__doc__,
    options=Options,
    measures=(*TRAIN, VALIDATION, *TEST, MSE, *FRECHET),
    study=study,
    check=classifier.check,
    report=report,
    dataset="fashion_mnist",
    hold_out=10,
    needs=lab.Needs(classes=2, images=12),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
