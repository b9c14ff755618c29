"""Can both images be told from their mean, and what does a short code keep of them?

Trained: networks that get the mean of two images and give both back. Autoencoders of
several latent sizes and a VAE know the mixture by a code of d numbers alone; a U-Net
(Ronneberger, Fischer & Brox 2015) with one encoder and two decoders sees all of it,
with skip connections and without. Each once with two free outputs and once consistent:
as the sum of both images is known, m + δ and m - δ with one predicted δ are enough. A
U-Net with fewer training images beside it. Where nothing says which image of a pair is
the first, the loss is permutation-invariant, and a U-Net with the plain one is trained
beside it. Measured of fixed pairs of training and of test images: squared error, PSNR,
SSIM, and whether a classifier still knows the unmixed digits. References: the mixture
as the answer for both, the mean images of the two sets, and what follows from both
without learning.

The default run takes about five minutes of two CPU cores; its U-Nets are narrow and
barely trained, and all outputs consistent (--consistent=no,yes takes twice as long).
On an H100 a U-Net separates MNIST and (JPEG-coded) CIFAR-10 to 28 dB in a minute:
  --mix=mnist+cifar10 --networks=unet --width=12 --depth=4 --batch_size=128
  --steps=3000 --seeds=1 --pairs=1000
MNIST and Fashion-MNIST to 30.5 dB in two, with --width=32 --batch_size=64
--steps=16000 --schedule=late_cosine. The setting of a published study of CIFAR-10 with
itself (JPEG-coded, too) took three on an H200: after 30,000 steps of 32 (1,920 epochs)
the summed error of training pairs is 0.0403 in [-1, 1], still falling, and test pairs
are worse than without learning:
  --mix=cifar10+cifar10 --pairing=by_class --train_size=1000 --networks=unet
  --skips=yes --width=32 --depth=4 --steps=30000 --schedule=late_cosine --seeds=1

With --image nothing is trained: a shipped network separates a mixture of 32 x 32.
  python -m experiments.unmixing --image=mixed.png --out=parts.png
"""

import dataclasses
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from aejax import algorithms, lab, models
from aejax.algorithms import schedules
from aejax.eval.image import SSIM_SIDE
from aejax.lab import Condition, Section, Versus, cli
from aejax.lab.mixtures import mixed, separate, unmixed
from aejax.lab.mixtures.mixed import Mixed
from aejax.lab.mixtures.unmixed import (
    ACCURACY,
    FIRST,
    MSE,
    PSNR,
    QUALITY,
    SECOND,
    SSIM,
    SUM,
    TRAIN,
    TRAIN_SUM,
)


@dataclasses.dataclass(frozen=True)
class Options(mixed.MixtureOptions):
    """The networks, and what is measured of them."""

    networks: tuple[str, ...] = lab.option(
        ("autoencoder", "vae", "unet"),
        "What is trained.",
        choices=("autoencoder", "vae", "unet"),
    )
    zdims: tuple[int, ...] = lab.option(
        (16, 64, 256), "Latent sizes of the autoencoder; the VAE has the last.",
        minimum=1,
    )  # fmt: skip
    width: int = lab.option(4, "Channels of the U-Net's finest level.", minimum=1)
    depth: int = lab.option(3, "Levels of the U-Net above its bottleneck.", minimum=1)
    code_width: int = lab.option(
        8, "Channels of the first convolution of autoencoder and VAE.", minimum=1
    )
    consistent: tuple[str, ...] = lab.option(
        ("yes",),
        "Whether outputs are consistent; no,yes trains every network with and without.",
        choices=("no", "yes"),
    )
    skips: tuple[str, ...] = lab.option(
        ("yes", "no"),
        "Whether the U-Net has skip connections; yes,no trains it with and without.",
        choices=("yes", "no"),
    )
    growth: tuple[int, ...] = lab.option(
        (500, 1500), "Training images of further U-Nets.", minimum=1
    )
    beta: float = lab.option(0.01, "Weight of the VAE's KL.", minimum=0)
    pairs: int = lab.option(200, "Pairs of each split that are measured.", minimum=1)
    seeds: int = lab.option(4, "Networks of each kind.", minimum=1)
    steps: int = lab.option(300, "Training steps of each network.", minimum=1)
    batch_size: int = lab.option(32, "Pairs per step.", minimum=1)
    learning_rate: float = lab.option(1e-3, "Of Adam, at its highest.", above=0)
    schedule: str = lab.option(
        "constant",
        "Of the learning rate: constant, or falling to 0 in the second half by a "
        "cosine, for long trainings.",
        choices=("constant", "late_cosine"),
    )


SCHEDULES = {
    "constant": schedules.constant,
    "late_cosine": schedules.late_cosine,
}

AUTOENCODER, VAE, UNET = "autoencoder", "VAE", "U-Net"
PLAIN, INVARIANT = "plain", "permutation-invariant"
OUTPUTS = (PSNR, FIRST, SECOND)
COURSES = "public course solutions"
PUBLISHED = {
    "mnist+cifar10": (COURSES, {FIRST: 22.2, SECOND: 18.6}),
    "mnist+fashion_mnist": (COURSES, {PSNR: 35.2}),
    "mnist+mnist": ("LASS, Postolache et al. (2023)", {PSNR: 24.2}),
}
"""PSNR in dB that others report of these sets."""


def networks(options: Options, data: Mixed) -> Iterator[tuple[dict[str, Any], Any]]:
    """Factors and model of every network."""
    shape, wanted, sizes = data.image_shape, options.networks, sorted(options.zdims)
    code = partial(models.code_unmixer, image_shape=shape, width=options.code_width)
    net = partial(models.UNet, shape, options.width, options.depth)
    for word in options.consistent:
        both: dict[str, Any] = {"consistent": word == "yes"}
        for d in sizes if "autoencoder" in wanted else ():
            yield {"network": AUTOENCODER, "zdim": d, **both}, code(d, **both)
        if "vae" in wanted:
            model = code(sizes[-1], **both, variational=True)
            yield {"network": VAE, "zdim": sizes[-1], **both}, model
        for skips in options.skips if "unet" in wanted else ():
            own = {"skips": skips == "yes", **both}
            yield {"network": UNET, **own}, net(**own)


def design(options: Options, data: Mixed) -> list[Condition]:
    """Every network; then U-Nets with skips of fewer images, and of the plain loss."""
    whole, found = len(data.pools.first.images), []
    loss = INVARIANT if data.pools.exchangeable else PLAIN
    for factors, model in networks(options, data):
        add = partial(condition, options, whole, factors, model)
        found.append(add(loss, whole))
        if factors.get("skips"):
            is_last = factors["consistent"] == (options.consistent[-1] == "yes")
            sizes = sorted(options.growth) if is_last else []
            found += [add(loss, n) for n in sizes if n < whole]
            found += [add(PLAIN, whole, True)] if loss != PLAIN else []
    return found


def condition(
    options: Options,
    whole: int,
    factors: dict[str, Any],
    model: Any,
    loss: str,
    examples: int,
    plain_beside: bool = False,
) -> Condition:
    """A network, trained with the first of the `whole` training images."""
    without = " without skips" if factors.get("skips") is False else ""
    words = [
        factors["network"] + without,
        *([f"d = {factors['zdim']}"] if "zdim" in factors else []),
        *(["consistent"] if factors["consistent"] else []),
        *([f"{examples:,} images"] if examples < whole else []),
    ]
    hparams = {"invariant": float(loss == INVARIANT), "examples": examples}
    name = [*words, *(["plain loss"] if plain_beside else [])]
    return Condition(
        {**factors, "loss": loss, "examples": examples},
        model,
        {**hparams, "beta": options.beta},
        label=", ".join(name),
        name=",".join(name).replace(" = ", "="),
    )


def unmix(model: Any, params: Any, batch: Any) -> Any:
    """Parts [n, 2, h, w, c] of mixtures."""
    return model.apply(params, batch["image"])


def study(run: lab.Lab) -> lab.Results:
    """Trains all networks; measures what they give for fixed pairs."""
    options, data = run.options, mixed.of(run)
    pairs, conditions = unmixed.enter(run), design(options, data)
    trained = run.fit(
        conditions,
        partial(
            algorithms.unmixing,
            steps=options.steps,
            schedule=SCHEDULES[options.schedule],
        ),
        data=data.pools.arrays(),
        held_out=data.held_out_pairs(options.pairs),
    )
    found = run.predict(trained, unmix, {"image": pairs.mixtures})
    measured = {
        (one, seed): pairs.measure(found[name])
        for one, seed, name in run.alive(conditions, trained)
    }
    fixed = {
        Condition({"network": name}, label=name, name=name, seeds=1): answer
        for name, answer in pairs.references(data.pools).items()
    }
    # They have no networks: one value, which is paired with every seed.
    measured |= {(c, s): m for c, m in fixed.items() for s in range(options.seeds)}
    return run.results(
        [*fixed, *conditions], measured, [trained], facts=pairs.statements
    )


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown."""
    originals, *answers = (results.find(network=name) for name in unmixed.REFERENCES)
    trained = [c for c in results.conditions if "examples" in c.factors]
    whole, loss = max(c["examples"] for c in trained), trained[0]["loss"]
    main = [c for c in trained if (c["examples"], c["loss"]) == (whole, loss)]
    skips = [c for c in main if c.factors.get("skips")]
    codes = [c for c in main if c["network"] == AUTOENCODER]
    best = [*codes[-1:], *skips[-1:]] or main[-1:]
    note = f"{results.options.pairs:,} pairs; {results.facts['assignment']}."
    return [
        Section(
            "Unmixed images",
            unmixed.MEANING,
            *(Versus(c, answers[-1], OUTPUTS) for c in best),
            *published(results, best[-1]),
            *(unmixed.sheet(split, [originals, *best]) for split in ("test", "train")),
            lab.Summary(QUALITY, [*answers, *main], note=note),
            lab.Forest(QUALITY, [*answers, *main], name="quality", note=note),
        ),
        Section(
            "What a code of d numbers keeps, and what skip connections buy",
            *trends(codes),
            *lab.matched(results, skips, OUTPUTS, skips=False),
            *(Versus(c, codes[-1], OUTPUTS) for c in skips if codes),
            lab.Lines(
                (FIRST, SECOND, TRAIN),
                "zdim",
                "latent size d",
                series="consistent",
                names={False: "free outputs", True: "consistent outputs"},
                references=[*skips, answers[-1]],
                among=codes,
                name="codes",
            ),
        ),
        Section(
            "Free and consistent outputs",
            "Consistent outputs are m + δ and m - δ: their mean is the mixture m, both "
            "have the same error, and one decoder is enough.",
            *lab.matched(results, main, OUTPUTS, consistent=False),
        ),
        order(results, skips),
        growth(results, skips[-1:]),
        Section(
            "Classes of the unmixed images of the first set",
            *accuracies(results, originals, [answers[-1], *main]),
        ),
        Section(
            "Training",
            lab.Curves("test_psnr", "PSNR [dB], test pairs", False, main),
            lab.Summary(
                (*MSE, TRAIN_SUM, SUM),
                [*answers, *main],
                is_headline=False,
                show_seconds=True,
                note="Sums are of both outputs, of images in [-1, 1].",
            ),
        ),
    ]


def trends(codes: list[Condition]) -> list[lab.Trend]:
    """PSNR over the latent size, of free and of consistent outputs apart."""
    kinds = ([c for c in codes if c["consistent"] is kind] for kind in (False, True))
    return [lab.Trend(OUTPUTS, "zdim", label="latent size d", among=k) for k in kinds]


def published(results: lab.Results, best: Condition) -> list[lab.Beats]:
    """What others report of the same two sets."""
    source, known = PUBLISHED.get(results.data.name, ("", {}))
    return [lab.Beats(best, m, value=v, source=source) for m, v in known.items()]


def order(results: lab.Results, skips: list[Condition]) -> Section:
    """Where nothing says which image is the first: the two losses."""
    twice = results.find(network=unmixed.TWICE)
    plain = [c for c in (results.like(c, loss=PLAIN) for c in skips) if c]
    apart = [c for c in plain if c not in skips]
    return Section(
        "The order of the outputs",
        "Nothing in these mixtures says which image is the first. By the plain loss "
        "the best answer is then the mean of both, twice; the permutation-invariant "
        "loss takes the order of the smaller error (Yu et al., arXiv:1607.00325).",
        *lab.matched(results, skips, OUTPUTS, loss=PLAIN),
        *(Versus(c, twice, PSNR) for c in apart),
        *([lab.Summary((PSNR, *QUALITY), [twice, *apart, *skips])] if apart else []),
    )


def growth(results: lab.Results, skips: list[Condition]) -> Section:
    """A U-Net of more and more training images."""
    sizes = sorted(
        {c["examples"] for c in results.conditions if "examples" in c.factors}
    )
    found = (results.like(c, examples=n) for c in skips for n in sizes)
    among = [c for c in found if c]
    measures, label = (PSNR, TRAIN, *SSIM), "training images"
    curves = lab.Lines(
        measures, "examples", label, series_label="U-Net", among=among, name="growth"
    )
    return Section(
        "Training images",
        lab.Trend((PSNR, TRAIN), "examples", label=label, among=among),
        *([curves] if len(among) > 1 else []),
    )


def accuracies(
    results: lab.Results, originals: Condition, among: list[Condition]
) -> list[Any]:
    """What a classifier reads in the first output; nothing of a set without classes."""
    statement = results.facts.get("evaluation classifier")
    if statement is None:
        return []
    return [
        statement,
        *lab.each_versus(among[:-1], originals, ACCURACY, headline=()),
        Versus(among[-1], originals, ACCURACY),
        lab.Summary((ACCURACY,), [originals, *among], is_headline=False),
    ]


EXPERIMENT = lab.Experiment(
    name="unmixing",
    title="Both images from their mean",
    question=__doc__,
    options=Options,
    measures=(PSNR, *QUALITY, *MSE, SUM, TRAIN_SUM, ACCURACY),
    study=study,
    report=report,
    source=mixed.load,
    needs=lab.Needs(side=SSIM_SIDE),
)


def main() -> None:
    """Runs the study, or separates the image that is given."""
    if cli.asks_for("image", sys.argv):
        cli.command(separate.run)
    lab.main(EXPERIMENT)


if __name__ == "__main__":
    main()
