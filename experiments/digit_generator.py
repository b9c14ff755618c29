"""Does a generator draw the digit that it is asked for, while noise gives the shape?

Trained: an autoencoder for each seed; on its codes a GAN with a projection critic
(Miyato & Koyama, arXiv:1802.05637, with the losses of R3GAN) and a diffusion model with
classifier-free guidance (Ho & Salimans, arXiv:2207.12598), both conditioned on the
class; beside them conditional VAEs of images (Sohn, Lee & Yan 2015). Measured, as many
samples of each class: obedience, variability within a class, recall, Fréchet distance,
what noise means in different classes, and what a classifier learns from the samples
alone. Factors of the samples: the truncation of the GAN's noise and the weight of the
guidance. Baselines: real training images, and their reconstructions.

On the bundled digits the default run takes about five minutes of two CPU cores, on all
of MNIST longer (--samples=100: fewer of each class). Trained for longer, as in the
README, it takes 22 minutes:
  --dataset=mnist --zdim=16 --encoder_steps=4000 --steps=4000 --vae_steps=2000
  --score_steps=1000 --chunk=500

With --digits nothing is trained: a shipped generator draws a number.
  python -m experiments.digit_generator --digits=2026 --out=number.png --copies=8
Further flags: --seed for other shapes, --generator for another ImageGenerator, such as
the one that a run leaves in its folder, checkpoints/digit_generator/generator.
"""

import dataclasses
import sys
from functools import partial
from typing import Any

from aejax import algorithms, lab, models
from aejax.eval import readings
from aejax.lab import Condition, Section, Versus, cli
from aejax.lab.generators import conditional, conditional_draws, draw, spaces
from aejax.lab.generators.conditional import (
    LEAK,
    NEW,
    OBEDIENCE,
    QUALITY,
    RECALL,
    SCORE,
    SHAPE,
    VARIABILITY,
)
from aejax.lab.generators.quality import FRECHET
from aejax.lab.generators.stages import selected_gan


@dataclasses.dataclass(frozen=True)
class Options(lab.SpaceOptions):
    """The generators, and what is measured of them."""

    truncations: tuple[float, ...] = lab.option(
        (0.5, 0.7, 1.0), "Factors of the GAN's noise.", above=0
    )
    guidance: tuple[float, ...] = lab.option(
        (0.0, 0.5, 1.0, 2.0), "Weights of the guidance; 0 is none.", minimum=0
    )
    betas: tuple[float, ...] = lab.option(
        (1.0, 3.0), "KL weights of the conditional VAEs.", above=0
    )
    noise_dim: int = lab.option(10, "Length of the GAN's noise.", minimum=1)
    stage_width: int = lab.option(128, "Units of the networks' layers.", minimum=1)
    sample_steps: int = lab.option(8, "Steps of a diffusion sample.", minimum=1)
    samples: int | None = lab.option(
        None,
        "Samples of each class; as many as test images of a class, 1,000 at most, if "
        "not given.",
        minimum=10,
    )
    vae_steps: int = lab.option(700, "Training steps of a VAE.", minimum=1)
    score_steps: int = lab.option(300, "Steps of an accuracy score.", minimum=1)
    seeds: int = lab.option(4, "Autoencoders, each with its generators.", minimum=1)
    steps: int = lab.option(1500, "Training steps on codes.", minimum=1)
    batch_size: int = lab.option(256, "Codes per step.", minimum=1)
    learning_rate: float = lab.option(2e-3, "On codes, peak.", above=0)


FLOOR, CEILING = "training images", "reconstructions"
GAN, DIFFUSION, VAE = "GAN", "diffusion", "VAE"
FACTOR = {GAN: "truncation", DIFFUSION: "guidance", VAE: "beta"}
VAE_RATE = 3e-3


def named(
    method: str,
    value: float | None = None,
    model: Any = None,
    hparams: dict[str, float] | None = None,
) -> Condition:
    """A method with the value of its factor; the one that was trained has no other."""
    if value is None:
        return Condition({"method": method}, label=method, name=method)
    factor = FACTOR[method]
    words = f"β = {value:g}" if method == VAE else f"{factor} {value:g}"
    is_trained = (method, value) in ((GAN, 1), (DIFFUSION, 0))
    return Condition(
        {"method": method, factor: value},
        model,
        hparams or {},
        label=f"{method}, {words}",
        name=method if is_trained else f"{method},{factor}={value:g}",
    )


def networks(options: Options, zdim: int, data: lab.Data) -> dict[str, list[Condition]]:
    """What is trained, by method."""
    width, own = options.stage_width, {"classes": data.classes}
    gan = models.LatentGAN(
        models.Generator(options.noise_dim, zdim, width, **own),
        models.Critic(width, **own),
    )
    conv: dict[str, Any] = {"width": options.width, "depth": options.depth, **own}
    vae = models.conv_vae(zdim, width, data.image_shape, **conv, condition_encoder=True)
    return {
        GAN: [named(GAN, 1.0, gan)],
        DIFFUSION: [named(DIFFUSION, 0.0, models.Denoiser(zdim, width, **own))],
        VAE: [
            named(VAE, b, vae, {"learning_rate": VAE_RATE, "beta": b})
            for b in sorted(options.betas)
        ],
    }


def fit(
    place: conditional.Conditional, trained: dict[str, list[Condition]]
) -> dict[str, Any]:
    """Trains the generators of all seeds."""
    run, space = place.lab, place.space
    options, data = run.options, run.data
    codes = space.learning(data)
    how = {"steps": options.steps, "codes": spaces.own_space}
    steps, size = options.vae_steps, min(spaces.BATCH_SIZE, len(data.train.images))
    images = {"steps": steps, "batch_size": size, "every": lab.chunk_length(steps, 100)}
    makers: dict[str, tuple[Any, dict[str, Any]]] = {
        GAN: (
            partial(selected_gan, options.steps, space.described(place.judge)),
            codes,
        ),
        DIFFUSION: (partial(algorithms.diffusion, **how), codes),
        VAE: (partial(algorithms.vae, steps=steps), images),
    }
    return {
        name: run.fit(trained[name], maker, stage=name, **own)
        for name, (maker, own) in makers.items()
    }


def study(run: lab.Lab) -> lab.Results:
    """Trains, samples and measures all generators, and real images beside them."""
    options = run.options
    place = conditional.enter(run, options.samples)
    trained = networks(options, place.space.model.zdim, run.data)
    fitted = fit(place, trained)
    [gan], [plain] = trained[GAN], trained[DIFFUSION]
    truncations = sorted({*options.truncations, 1.0})
    weights = sorted({*options.guidance, 0.0})
    guided = partial(readings.guided, steps=options.sample_steps)
    known = [(t, gan if t == 1 else named(GAN, t)) for t in truncations]
    other = [(w, named(DIFFUSION, w) if w else plain) for w in weights]
    alone = {condition: [(1.0, condition)] for condition in trained[VAE]}
    found = {
        **place.real(named(FLOOR)),
        **place.real(named(CEILING), decoded=True),
        **conditional_draws.draws(place, fitted[GAN], readings.truncated, {gan: known}),
        **conditional_draws.draws(place, fitted[DIFFUSION], guided, {plain: other}),
        **conditional_draws.draws(place, fitted[VAE], readings.decoded, alone),
    }
    measured = place.measured(found, options.score_steps)
    for key, value in conditional_draws.leaks(place, fitted[VAE], trained[VAE]).items():
        measured[key] = measured[key].with_scalars(leak=value)
    conditional_draws.keep(place, fitted[GAN], gan)
    parts = [*fitted.values(), *([place.space.trained] if place.space.trained else [])]
    facts = {"evaluation classifier": place.judge.statement, "samples": place.count}
    conditions = list(dict.fromkeys(condition for condition, _ in measured))
    return run.results(conditions, measured, parts, unit="noises", facts=facts)


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown."""
    floor, ceiling = (results.find(method=m) for m in (FLOOR, CEILING))
    gans, diffusions, vaes = (results.where(method=m) for m in (GAN, DIFFUSION, VAE))
    plain, free = results.find(method=GAN, truncation=1), results.find(guidance=0)
    made = [*gans, *diffusions, *vaes]
    guided = diffusions[min(1, len(diffusions) - 1)]
    shown = [plain, guided, vaes[-1]]
    paper = results.data.name if results.data.name in PUBLISHED else "mnist"
    note = f"{results.facts['samples']:,} samples of each class."
    return [
        Section(
            "Does it draw the class that it is asked for?",
            conditional.MEANING,
            *sheets("samples", "samples, all of other noise.", shown),
            Versus(plain, vaes[0], (OBEDIENCE, VARIABILITY)),
            Versus(free, vaes[0], (OBEDIENCE, VARIABILITY)),
            Versus(plain, free, (OBEDIENCE, VARIABILITY, RECALL, FRECHET), headline=()),
            Versus(plain, ceiling, OBEDIENCE),
            lab.Summary(QUALITY, note=note),
            lab.Forest(QUALITY, name="methods", note=note),
        ),
        Section(
            "What truncation and guidance buy",
            *levers(plain, gans, (floor, ceiling)),
            *levers(free, diffusions, (floor, ceiling)),
        ),
        Section(
            "What a classifier learns from the samples alone",
            *(
                Versus(c, floor, SCORE, headline=None if c is plain else ())
                for c in made
            ),
            Versus(ceiling, floor, SCORE),
            lab.Best(SCORE, among=made),
            lab.Published(
                SCORE,
                dict.fromkeys((plain, free), PUBLISHED[paper]),
                "Lesort et al. (2018)",
                paper,
                differs=PAPER,
            ),
        ),
        Section(
            "The same noise in every class",
            conditional.INDEPENDENCE,
            *(lab.Beats(c, SHAPE, value=0.0, source="unrelated shapes") for c in shown),
            Versus(plain, guided, SHAPE, headline=()),
            *sheets("shared", "images in a column have the same noise.", shown),
            lab.Summary((SHAPE, NEW), made, is_headline=False),
        ),
        Section(
            "Why conditional VAEs disobey",
            "A VAE is sampled as if its latents were N(0, I) whatever the class. Where "
            "they still tell the class of a test image, a decoder has learnt to listen "
            "to both, and most samples of the prior contradict the class that it is "
            "given. The column has the accuracy with which logistic regression reads "
            "the class from the latents.",
            *by_beta(vaes),
            lab.Summary((OBEDIENCE, VARIABILITY, LEAK), vaes, is_headline=False),
        ),
        Section(
            "Training",
            "The parameters of the least distance are kept.",
            lab.Curves("test_frechet", DISTANCE, True, [plain], name="training"),
        ),
    ]


def by_beta(vaes: list[Condition]) -> list[Any]:
    """Of at least three values a trend, of two their difference."""
    measures = (OBEDIENCE, VARIABILITY, LEAK)
    if len(vaes) > 2:
        return [lab.Trend(measures, "beta", label="β", among=vaes)]
    return [Versus(vaes[-1], vaes[0], measures)] if len(vaes) > 1 else []


DISTANCE = "distance to held-out images"
CURVES = (OBEDIENCE, VARIABILITY, SCORE)
PUBLISHED = {"mnist": 0.974, "fashion_mnist": 0.844}
PAPER = ("it is the best of eight seeds", "one GAN is trained per class")


def sheets(array: str, words: str, shown: list[Condition]) -> list[lab.Sheet]:
    """Images of some methods, classes as rows."""
    return [
        lab.Sheet(
            f"{array}_{c['method']}",
            f"{c.label}: {words} Seed 0, not selected.",
            [c],
            {array: ""},
            "classes",
        )
        for c in shown
    ]


def levers(standard: Condition, among: list[Condition], levels: Any) -> list[Any]:
    """The same models, sampled in several ways."""
    factor = FACTOR[standard["method"]]
    return [
        *(
            Versus(c, standard, (OBEDIENCE, SHAPE), same_model=True, headline=())
            for c in among
            if c is not standard
        ),
        lab.Trend(CURVES, factor, "linear", among=among),
        lab.Lines(
            CURVES,
            factor,
            log2x=False,
            series_label=standard["method"],
            references=levels,
            among=among,
            name=factor,
        ),
    ]


EXPERIMENT = lab.Experiment(
    name="digit_generator",
    title="Images of a class that is asked for",
    question=__doc__,
    options=Options,
    measures=(*QUALITY, SHAPE, NEW, LEAK),
    study=study,
    check=spaces.check,
    report=report,
    hold_out=10,
    needs=lab.Needs(classes=2, each=4),
)


def main() -> None:
    """Runs the study, or draws the digits that are asked for."""
    if cli.asks_for("digits", sys.argv):
        cli.command(draw.run)
    lab.main(EXPERIMENT)


if __name__ == "__main__":
    main()
