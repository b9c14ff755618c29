"""Which second stage makes the best new images from an autoencoder's codes?

Trained: an autoencoder for each seed; on its codes GANs of several noise dimensions
(one program), a diffusion model, and a second VAE; and a VAE of images with as large
halves. Fitted: a Gaussian and a mixture. Measured of as many samples as there are test
images, in the features of an evaluation classifier: Fréchet and kernel distance,
precision, recall, classes, copying; and what each costs. Two samplers have a dial, set
on held-out training images: the noise of the longest GAN is shortened, and the
diffusion model is guided away from a smaller one that was trained for a shorter time
(autoguidance, Karras et al., arXiv:2406.02507). Baselines: real training images (the
floor) and reconstructions (the decoder's ceiling). Then paths between two images, in
the noise of the GAN and in latent space.

On the bundled digits the default run takes about four minutes of two CPU cores; on all
of MNIST 10,000 samples of each method are compared, which takes a quarter of an hour or
more (--samples=2000: fewer). As in the README, it takes about forty minutes: with
--dataset=mnist --encoder_steps=4000 --steps=6000 --chunk=500
--guidance=0,0.25,0.5,0.75.
"""

import dataclasses
from functools import partial
from typing import Any

from aejax import algorithms, diffusion, lab, models
from aejax.algorithms.code_vae import sample as sample_code_vae
from aejax.eval import gan, generation
from aejax.lab import Condition, Section, Versus
from aejax.lab.generators import noise_square, quality, sampled, spaces, walks
from aejax.lab.generators.quality import (
    FRECHET,
    HELD_OUT,
    PARAMETERS,
    PRECISION,
    QUALITY,
    RECALL,
    SAMPLING,
)
from aejax.lab.generators.stages import autoguided, selected_gan, weaker_networks


@dataclasses.dataclass(frozen=True)
class Options(lab.SpaceOptions):
    """The second stages, and what is measured of them."""

    noise_dims: tuple[int, ...] = lab.option(
        (2, 5, 10), "Lengths of the GANs' noise.", minimum=1
    )
    truncations: tuple[float, ...] = lab.option(
        (0.85, 1.0), "Factors of the longest GAN's noise.", above=0
    )
    guidance: tuple[float, ...] = lab.option(
        (0.0, 0.5), "Weights of the diffusion model's guidance; 0 is none.", minimum=0
    )
    components: int = lab.option(10, "Gaussians of the mixture.", minimum=2)
    stage_width: int = lab.option(128, "Units of a second stage's layers.", minimum=1)
    sample_steps: int = lab.option(8, "Steps of a diffusion sample.", minimum=1)
    samples: int | None = lab.option(
        None, "Samples measured; one per test image if not given.", minimum=100
    )
    pairs: int = lab.option(500, "Pairs whose paths are measured.", minimum=2)
    frames: int = lab.option(7, "Images on a path, ends included.", minimum=3)
    seeds: int = lab.option(4, "Autoencoders, each with its second stages.", minimum=1)
    steps: int = lab.option(1200, "Training steps of a second stage.", minimum=1)
    batch_size: int = lab.option(128, "Codes per step.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Of a second stage, peak.", above=0)


FLOOR, CEILING = "training images", "reconstructions"
FAIR = "reconstructed training images"
GAUSSIAN, MIXTURE, SECOND_VAE = "Gaussian", "mixture", "two-stage VAE"
GAN, DIFFUSION, VAE = "GAN", "diffusion", "VAE"
WEAKER = "weaker diffusion"
NEUTRAL = {"truncation": 1.0, "guidance": 0.0}
"""Values of the dials with which models were trained."""
HEALTH = {
    "test_frechet": "distance to held-out images",
    "gap": "critic gap",
    "critic_gradient": "gradient norm, critic",
    "generator_gradient": "gradient norm, generator",
}

VAE_RATE = 2e-3
"""Peak learning rate of the VAE of images."""


def check(options: Options, data: lab.Data) -> None:
    """Rejects models that are given, or a mixture, that do not suit the data."""
    spaces.check(options, data)
    known = len(data.train.images)
    if options.components > known:
        reason = f"there are {known} training images"
        raise lab.OptionError("components", options.components, reason)


def named(
    method: str, model: Any = None, dials: tuple[str, ...] = (), **hparams: float
) -> Condition:
    """A method; its dials as it was trained with."""
    factors = {"method": method, **{dial: NEUTRAL[dial] for dial in dials}}
    return Condition(factors, model, hparams, method, method)


def trained_stages(
    options: Options, zdim: int, data: lab.Data
) -> dict[str, list[Condition]]:
    """What is trained, by the kind of training."""
    width = options.stage_width
    gans = [
        Condition(
            {"method": GAN, "noise_dim": k, "truncation": NEUTRAL["truncation"]},
            models.LatentGAN(models.Generator(k, zdim, width), models.Critic(width)),
            label=f"GAN, noise {k}",
            name=f"{GAN},noise_dim={k}",
        )
        for k in sorted(options.noise_dims)
    ]
    images = models.conv_vae(
        zdim, width, data.image_shape, width=options.width, depth=options.depth
    )
    return {
        SECOND_VAE: [
            named(SECOND_VAE, models.CodeVAE(zdim, 2 * width, 3), learning_rate=3e-3)
        ],
        GAN: gans,
        DIFFUSION: [named(DIFFUSION, models.Denoiser(zdim, width), ("guidance",))],
        WEAKER: [named(WEAKER, models.Denoiser(zdim, max(1, width // 4)))],
        VAE: [named(VAE, images, learning_rate=VAE_RATE)],
    }


def fit(room: quality.Generators, stages: dict[str, list[Condition]]) -> dict[str, Any]:
    """Trains every second stage of all seeds, and the VAEs of images."""
    run, space = room.lab, room.space
    options, data = run.options, run.data
    codes = space.learning(data)
    how = {"steps": options.steps, "codes": spaces.own_space}
    short = {"steps": max(1, options.steps // 8)}
    makers: dict[str, tuple[Any, dict[str, Any]]] = {
        SECOND_VAE: (partial(algorithms.code_vae, **how), codes),
        GAN: (
            partial(selected_gan, options.steps, space.described(room.judge)),
            codes,
        ),
        DIFFUSION: (partial(algorithms.diffusion, **how), codes),
        WEAKER: (partial(algorithms.diffusion, **how | short), codes | short),
        VAE: (
            partial(algorithms.vae, steps=options.encoder_steps),
            spaces.schedule(options, data),
        ),
    }
    return {
        name: run.fit(stages[name], maker, stage=name, **own)
        for name, (maker, own) in makers.items()
    }


def samples(
    room: quality.Generators, stages: dict[str, list[Condition]], fitted: Any
) -> dict[tuple[Condition, int], lab.Measured]:
    """Samples of all that was trained, and with other values of the dials."""
    options = room.lab.options
    known: dict[str, Any] = {
        SECOND_VAE: sample_code_vae,
        GAN: gan.sample,
        DIFFUSION: partial(diffusion.sample, steps=options.sample_steps),
        VAE: generation.prior_samples,
    }
    found: dict[tuple[Condition, int], lab.Measured] = {}
    for name, sample in known.items():
        whole = {condition: condition for condition in stages[name]}
        found |= sampled.measured(
            room, fitted[name], sample, whole, are_images=name == VAE
        )
    longest, (diffuse,) = stages[GAN][-1], stages[DIFFUSION]
    for factor in sorted({*options.truncations} - {NEUTRAL["truncation"]}):
        shorter = partial(gan.sample, truncation=factor)
        one = {longest: sampled.read(longest, "truncation", factor)}
        found |= sampled.measured(room, fitted[GAN], shorter, one, with_cost=False)
    weaker, helpers = weaker_networks(fitted[WEAKER])
    for weight in sorted({*options.guidance} - {NEUTRAL["guidance"]}):
        guided = autoguided(weaker, weight, options.sample_steps)
        one = {diffuse: sampled.read(diffuse, "guidance", weight)}
        found |= sampled.measured(
            room, fitted[DIFFUSION], guided, one, helpers=helpers, with_cost=False
        )
    return found


def study(run: lab.Lab) -> lab.Results:
    """Trains, samples and measures all second stages; then paths and the square."""
    room = quality.enter(run, run.options.samples)
    stages = trained_stages(run.options, room.space.model.zdim, run.data)
    fitted = fit(room, stages)
    measured = {**room.floor(named(FLOOR)), **room.ceiling(named(CEILING), "test")}
    measured |= room.ceiling(named(FAIR), "train")
    measured |= room.fitted(named(GAUSSIAN), 1)
    measured |= room.fitted(named(MIXTURE), run.options.components)
    measured |= samples(room, stages, fitted)
    longest, ends = stages[GAN][-1], (run.options.pairs, run.options.frames)
    measured |= walks.walk(room, longest, fitted[GAN], *ends)
    trained = [*fitted.values(), *([room.space.trained] if room.space.trained else [])]
    facts = {"evaluation classifier": room.judge.statement, "samples": room.count}
    conditions = list(dict.fromkeys(condition for condition, _ in measured))
    results = run.results(conditions, measured, trained, unit="pairs", facts=facts)
    return noise_square.added(room, results, stages[GAN], fitted[GAN])


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown."""
    floor, ceiling, fair, mixture, diffuse = (
        results.where(method=m)[0] for m in (FLOOR, CEILING, FAIR, MIXTURE, DIFFUSION)
    )
    gans = results.where(method=GAN, truncation=NEUTRAL["truncation"])
    stages = [
        c
        for c in results.conditions
        if "method" in c.factors
        and {**c.factors, **NEUTRAL}.items() >= c.factors.items()
    ]
    made = [c for c in stages if c not in (floor, ceiling, fair)]
    dials = {
        dial: sampled.readings(results, whole, dial)
        for dial, whole in (("truncation", gans[-1]), ("guidance", diffuse))
    }
    main = [results.best(HELD_OUT, some) for some in dials.values()]
    others = [c for c in made if c not in (mixture, *main)]
    shown = [*stages, *(c for c in main if c not in stages)]
    note = f"{results.facts['samples']:,} samples, and as many test images."
    measures = (FRECHET, PRECISION, RECALL)
    return [
        Section(
            "Images of every second stage",
            quality.MEANING,
            lab.Sheet(
                "samples",
                "First samples of each method, seed 0, not selected; their key is "
                "aejax.keys.stream(seed, aejax.keys.DRAWS).",
                shown,
            ),
            *(Versus(c, b, FRECHET) for c in main for b in (mixture, fair, ceiling)),
            lab.Summary(QUALITY, shown, note=note),
            lab.Forest(QUALITY, shown, name="methods", note=note),
        ),
        Section(
            "All second stages compared, and what they cost",
            lab.Best(FRECHET, among=made),
            *(Versus(c, mixture, FRECHET, headline=()) for c in others),
            lab.Summary(
                (PARAMETERS, SAMPLING),
                made,
                exact=(PARAMETERS.name, SAMPLING.name),
                note="Sampling without the decoder, but of the VAE with it.",
                show_seconds=True,
                is_headline=False,
            ),
        ),
        Section(
            "Shorter noise, and guidance",
            DIALS,
            *(lab.Best(FRECHET, HELD_OUT, some, IMAGES) for some in dials.values()),
            *(
                part
                for dial, some in dials.items()
                if len(some) > 1
                for part in (
                    changes(dial, some),
                    lab.Lines(
                        measures,
                        dial,
                        log2x=False,
                        series="method",
                        references=(fair, ceiling),
                        among=some,
                        name=dial,
                    ),
                )
            ),
            lab.Summary(
                (HELD_OUT, *measures),
                [c for some in dials.values() for c in some],
                is_headline=False,
            ),
        ),
        Section(
            "Length of the noise",
            lab.Trend(measures, "noise_dim", label="the noise dimension", among=gans),
            lab.Lines(
                measures,
                "noise_dim",
                "noise dimension",
                series_label=GAN,
                references=(mixture, diffuse, ceiling),
                among=gans,
                name="noise",
            ),
            noise_square.FIGURE,
        ),
        Section(
            "Training of the GANs",
            "The parameters, averaged over steps, are those after the chunk with the "
            "least Fréchet distance to held-out training images: of samples, and of as "
            "many reconstructions of held-out images.",
            *(
                lab.Curves(name, label, name == "test_frechet", gans, name=name)
                for name, label in HEALTH.items()
            ),
        ),
        Section(
            "Nearest training images",
            lab.Sheet(
                "copies",
                "Samples, and below each the training image that is nearest to it in "
                "the classifier's features; seed 0.",
                main,
                {"samples": "samples", "nearest": "nearest"},
            ),
        ),
        walks.section(results, gans[-1]),
    ]


def changes(dial: str, some: list[Condition]) -> lab.Trend | Versus:
    """Of at least three values a trend; of two, what their distances do not say."""
    if len(some) > 2:
        return lab.Trend((FRECHET, PRECISION, RECALL), dial, "linear", among=some)
    return Versus(some[-1], some[0], (PRECISION, RECALL), headline=())


IMAGES = "held-out training images"
DIALS = (
    "Noise times a factor below 1 gives more typical and less various images. Guidance "
    "goes (1 + w) times the velocity of the diffusion model minus w times that of a "
    "weaker one: a quarter as wide, trained for an eighth of the steps. The values "
    f"that are compared with other methods have the least distance to {IMAGES}; test "
    "images had no part in their choice."
)
EXPERIMENT = lab.Experiment(
    name="latent_generators",
    title="New images from the codes of an autoencoder",
    question=__doc__,
    options=Options,
    measures=(*QUALITY, HELD_OUT, PARAMETERS, SAMPLING, *walks.MEASURES),
    study=study,
    check=check,
    report=report,
    hold_out=10,
    needs=lab.Needs(classes=2, images=12),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
