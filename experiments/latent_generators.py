"""Which second stage makes the best new images from an autoencoder's codes?

Trained: an autoencoder for each seed; on its codes GANs of several noise dimensions
(one program), a diffusion model, and a second VAE; and a VAE of images with as large
halves. Fitted: a Gaussian and a mixture. Measured of as many samples as there are test
images, in the features of an evaluation classifier: Fréchet and kernel distance,
precision, recall, classes, copying; and what each costs. Baselines: real training
images (the floor) and reconstructions (the decoder's ceiling). Then paths between two
images, in the noise of the GAN and in latent space.

The default run takes about five minutes of two CPU cores. The whole of MNIST, with
--dataset=mnist --encoder_steps=10000 --steps=20000, takes about two hours.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from aejax import algorithm, algorithms, diffusion, keys, lab, models
from aejax.algorithms.code_vae import sample as sample_code_vae
from aejax.eval import gan, generation, prior
from aejax.lab import Condition, Section, Versus, generators, spaces, walks
from aejax.lab.generators import (
    FRECHET,
    PARAMETERS,
    PRECISION,
    QUALITY,
    RECALL,
    SAMPLING,
)
from aejax.lab.programs import light
from aejax.report import figures


@dataclasses.dataclass(frozen=True)
class Options(lab.SpaceOptions):
    """The second stages, and what is measured of them."""

    noise_dims: tuple[int, ...] = lab.option(
        (2, 5, 10), "Lengths of the GANs' noise.", minimum=1
    )
    components: int = lab.option(10, "Gaussians of the mixture.", minimum=2)
    stage_width: int = lab.option(128, "Units of a second stage's layers.", minimum=1)
    sample_steps: int = lab.option(8, "Steps of a diffusion sample.", minimum=1)
    samples: int | None = lab.option(
        None, "Samples measured; one per test image if not given.", minimum=100
    )
    pairs: int = lab.option(500, "Pairs whose paths are measured.", minimum=2)
    frames: int = lab.option(9, "Images on a path, ends included.", minimum=3)
    seeds: int = lab.option(4, "Autoencoders, each with its second stages.", minimum=1)
    steps: int = lab.option(4000, "Training steps of a second stage.", minimum=1)
    batch_size: int = lab.option(128, "Codes per step.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Of a second stage, peak.", above=0)


FLOOR, CEILING = "training images", "reconstructions"
FAIR = "reconstructed training images"
GAUSSIAN, MIXTURE, SECOND_VAE = "Gaussian", "mixture", "two-stage VAE"
GAN, DIFFUSION, VAE = "GAN", "diffusion", "VAE"
HEALTH = {
    "test_frechet": "distance to held-out images",
    "gap": "critic gap",
    "critic_gradient": "gradient norm, critic",
    "generator_gradient": "gradient norm, generator",
}

EMA, VAE_RATE = 0.998, 2e-3
"""Of a GAN's parameters; peak learning rate of the VAE of images."""

SQUARE = 15
"""Images on a side of the square of two-dimensional noise."""


def named(method: str, model: Any = None, **hparams: float) -> Condition:
    """A method without further factors."""
    return Condition({"method": method}, model, hparams, method, method)


def trained_stages(
    options: Options, zdim: int, data: lab.Data
) -> dict[str, list[Condition]]:
    """What is trained, by the kind of training."""
    width = options.stage_width
    gans = [
        Condition(
            {"method": GAN, "noise_dim": k},
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
        DIFFUSION: [named(DIFFUSION, models.Denoiser(zdim, width))],
        VAE: [named(VAE, images, learning_rate=VAE_RATE)],
    }


def gan_algorithm(options: Options, describe: Any, model: Any) -> algorithm.Algorithm:
    """R3GAN's losses; what is kept has the least distance to held-out images."""
    made = algorithms.gan(
        model, steps=options.steps, codes=spaces.own_space, describe=describe
    )
    return algorithm.with_best(algorithm.with_ema(made, EMA), "test_frechet")


def fit(
    room: generators.Generators, stages: dict[str, list[Condition]]
) -> dict[str, Any]:
    """Trains every second stage of all seeds, and the VAEs of images."""
    run, space = room.lab, room.space
    options, data = run.options, run.data
    codes = {
        "data": space.data("train", data.train.labels),
        "held_out": space.data("validation", data.held_out.labels),
    }
    how = {"steps": options.steps, "codes": spaces.own_space}
    makers: dict[str, tuple[Any, dict[str, Any]]] = {
        SECOND_VAE: (partial(algorithms.code_vae, **how), codes),
        GAN: (partial(gan_algorithm, options, space.described(room.judge)), codes),
        DIFFUSION: (partial(algorithms.diffusion, **how), codes),
        VAE: (
            partial(algorithms.vae, steps=options.encoder_steps),
            spaces.schedule(options, data),
        ),
    }
    return {
        name: run.fit(stages[name], maker, stage=name, **own)
        for name, (maker, own) in makers.items()
    }


def samplers(options: Options, count: int) -> dict[str, Callable[..., Any]]:
    """How each trained model is sampled: to codes, or to images of the VAE."""

    def draw(sample: Any, model: Any, params: Any, data: Any, hparams: Any) -> Any:
        del data
        key = keys.stream(hparams["seed"], keys.DRAWS)
        return sample(model, params, key, count, hparams)

    known = {
        SECOND_VAE: sample_code_vae,
        GAN: gan.sample,
        DIFFUSION: partial(diffusion.sample, steps=options.sample_steps),
        VAE: generation.prior_samples,
    }
    return {name: partial(draw, sample) for name, sample in known.items()}


def study(run: lab.Lab) -> lab.Results:
    """Trains, samples and measures all second stages; then paths and the square."""
    room = generators.enter(run, run.options.samples)
    stages = trained_stages(run.options, room.space.model.zdim, run.data)
    fitted = fit(room, stages)
    measured = {**room.floor(named(FLOOR)), **room.ceiling(named(CEILING), "test")}
    measured |= room.ceiling(named(FAIR), "train")
    measured |= room.fitted(named(GAUSSIAN), 1)
    measured |= room.fitted(named(MIXTURE), run.options.components)
    for name, draw in samplers(run.options, room.count).items():
        found = run.evaluate(fitted[name], draw, ())
        for condition, seed, member in run.alive(stages[name], fitted[name]):
            own, made = fitted[name][member], found[member]
            cost: dict[str, Any] = {"parameters": generators.numbers(own[1])}
            if seed == 0:
                time = generators.seconds_per_thousand(draw, own, room.count)
                cost["sampling"] = time
            images = made if name == VAE else room.space.decode(seed, made)
            measured[condition, seed] = room.measure(images, cost)
    longest, ends = stages[GAN][-1], (run.options.pairs, run.options.frames)
    measured |= walks.walk(room, longest, fitted[GAN], *ends)
    trained = [*fitted.values(), *([room.space.trained] if room.space.trained else [])]
    facts = {"evaluation classifier": room.judge.statement, "samples": room.count}
    conditions = list(dict.fromkeys(condition for condition, _ in measured))
    results = run.results(conditions, measured, trained, unit="pairs", facts=facts)
    return with_square(room, results, stages[GAN], fitted[GAN])


def with_square(
    room: generators.Generators, results: lab.Results, gans: Any, fitted: Any
) -> lab.Results:
    """Adds the images of a grid of two-dimensional noise, where a GAN has that."""
    for condition, seed, name in room.lab.alive(gans, fitted):
        if condition["noise_dim"] == 2 and seed == 0:
            model, params = fitted[name]
            noise = jnp.asarray(prior.quantile_grid(SQUARE), jnp.float32)
            codes = light(partial(model.apply, method="generate"))(params, noise)
            square = room.space.decode(seed, codes)
            return results.with_arrays(condition, square=square)
    return results


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown."""
    floor, ceiling, fair, mixture, diffuse = (
        results.find(method=m) for m in (FLOOR, CEILING, FAIR, MIXTURE, DIFFUSION)
    )
    gans, everything = results.where(method=GAN), results.conditions
    stages = [c for c in everything if "method" in c.factors]
    made = [c for c in stages if c not in (floor, ceiling, fair)]
    main, bars = (gans[-1], diffuse), (mixture, fair, ceiling)
    others = [c for c in made if c not in (mixture, *main)]
    note = f"{results.facts['samples']:,} samples, and as many test images."
    measures = (FRECHET, PRECISION, RECALL)
    return [
        Section(
            "Images of every second stage",
            generators.MEANING,
            lab.Sheet(
                "samples",
                "First samples of each method, seed 0, not selected; their key is "
                "aejax.keys.stream(seed, aejax.keys.DRAWS).",
                stages,
            ),
            *(Versus(c, other, FRECHET) for c in main for other in bars),
            lab.Summary(QUALITY, stages, note=note),
            lab.Forest(QUALITY, stages, name="methods", note=note),
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
            lab.Figure("square", draw_square, SQUARE_CAPTION),
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


SQUARE_CAPTION = (
    "The square of two-dimensional noise, seed 0. Its places are quantiles of the "
    "normal distribution: every image stands for an equal share of the samples."
)


def draw_square(results: lab.Results) -> Any:
    """The images of a grid of two-dimensional noise; None without such a GAN."""
    known = results.labelled("square") if "square" in results.arrays else {}
    tinted = {label: np.zeros(len(images), bool) for label, images in known.items()}
    return figures.decoded_planes(known, tinted) if known else None


EXPERIMENT = lab.Experiment(
    name="latent_generators",
    title="New images from the codes of an autoencoder",
    question=__doc__,
    options=Options,
    measures=(*QUALITY, PARAMETERS, SAMPLING, *walks.MEASURES),
    study=study,
    check=spaces.check,
    report=report,
    hold_out=10,
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
