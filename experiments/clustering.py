"""Does a VAE with a categorical latent find the classes without labels?

Trained without labels, all as one program: JointVAEs (a Gaussian and a categorical
latent; Dupont 2018, arXiv:1804.00104) with the KL capacities of the paper, without
them, and with a contrastive loss that the paper does not have: the category of an image
is also to be that of its augmented nearest neighbours. Measured on the test set after
each chunk: accuracy with the best one-to-one matching of categories to classes, and
normalised mutual information. Baselines: k-means on pixels, and on the codes of plain
VAEs. Beside them a conditional VAE, which sees labels: how many of its samples does the
evaluation classifier assign to the conditioning class?

The default run takes three to five minutes on two CPU cores, the whole of MNIST with
the paper's kind of network (--dataset=mnist --convolutional --steps=2500) half an hour
on one. The paper's loss needs slow annealing and many steps: --dataset=mnist
--convolutional --agreement=0 --capacities=5 --growth=1 --batch_size=64
--learning_rate=5e-4 --steps=25000 --seeds=3 takes an hour.
"""

import dataclasses
from functools import partial
from typing import Any

from aejax import algorithms, lab, models
from aejax.eval import clustering, kmeans
from aejax.lab import Condition, Measure, Section, Versus, classifier, clusters
from aejax.report import figures


@dataclasses.dataclass(frozen=True)
class Options(lab.ClassifierOptions):
    """The design."""

    zdims: tuple[int, ...] = lab.option((10,), "Sizes of the latent.", minimum=1)
    capacities: tuple[float, ...] = lab.option((10.0,), "KL capacities, nats.", above=0)
    capacity_c: float = lab.option(5.0, "That of the category, nats.", minimum=0)
    betas: tuple[float, ...] = lab.option((1.0,), "KL weights without them.", above=0)
    gamma: float = lab.option(30.0, "Weight of the capacity terms.", minimum=0)
    gamma_c: float = lab.option(0.3, "The category's, if contrastive.", minimum=0)
    agreement: float = lab.option(100.0, "Weight of the contrastive loss.", minimum=0)
    growth: float = lab.option(
        0.7, "Fraction of the steps of the annealing.", minimum=0.01, maximum=1
    )
    neighbours: int = lab.option(5, "Nearest images as views.", minimum=0, maximum=50)
    projection: int = lab.option(64, "Length of the contrasted projection.", minimum=1)
    convolutional: bool = lab.option(False, "Convolutions instead of dense layers.")
    width: int = lab.option(8, "Channels of the first convolution.", minimum=1)
    hidden: int = lab.option(300, "Units of dense layers.", minimum=1)
    samples: int = lab.option(1000, "Samples that are classified.", minimum=10)
    seeds: int = lab.option(4, "Runs of each, with seeds 0, 1 ...", minimum=1)
    batch_size: int = lab.option(128, "Examples per step.", minimum=1)
    learning_rate: float = lab.option(3e-3, "Peak learning rate.", above=0)
    chunk: int | None = lab.option(None, "Steps per chunk, if not an epoch.", minimum=1)


ACCURACY = Measure("accuracy", "accuracy", format=".3f", better="higher")
NMI = Measure("nmi", "NMI", format=".3f", better="higher")
TERMS = (
    Measure("test_reconstruction", "reconstruction", "nats", ".1f"),
    Measure("test_kl_z", "KL of z", "nats", ".2f"),
    Measure("test_kl_c", "KL of category", "nats", ".2f"),
)
CORRECT = Measure("class_fraction", "samples of their class", format=".3f")

JOINT, CONDITIONAL = "joint", "conditional"
PIXELS, CODES = "k-means on pixels", "k-means on VAE codes"
PUBLISHED, PUBLISHED_ON, SOURCE = 0.887, "mnist", "Dupont (2018)"
COLUMNS = 10
"""Samples in a row of a sheet."""


def check(options: Options, data: lab.Data) -> None:
    """Rejects a classifier, or a number of neighbours, that does not suit the data."""
    classifier.check(options, data)
    others = len(data.train.images) - 1
    if options.agreement and options.neighbours > others:
        reason = f"there are {others} other training images"
        raise lab.OptionError("neighbours", options.neighbours, reason)


def network(options: Options, data: lab.Data, zdim: int, **own: Any) -> models.VAE:
    """The network of every model, whatever its latents."""
    shape = data.image_shape
    if options.convolutional:
        return models.conv_vae(zdim, options.hidden, shape, width=options.width, **own)
    return models.mlp_vae(zdim, (options.hidden,) * 2, shape, **own)


def joint_vaes(options: Options, data: lab.Data) -> list[Condition]:
    """Those without capacities, with each, and with the contrastive loss, too."""
    weights = dict.fromkeys((0.0, options.agreement))
    terms: list[tuple[Any, Any, float]] = [(None, b, 0.0) for b in options.betas]
    terms += [(c, None, weight) for weight in weights for c in options.capacities]
    return [joint_vae(options, data, d, *one) for d in options.zdims for one in terms]


def joint_vae(
    options: Options, data: lab.Data, zdim: int, capacity: Any, beta: Any, weight: float
) -> Condition:
    """A JointVAE with either a capacity or a beta; the other is None."""
    hparams = algorithms.joint_hparams(
        capacity,
        beta,
        capacity_c=options.capacity_c,
        gamma=options.gamma,
        # The contrastive loss makes categories certain by itself. Held as firmly as in
        # the paper, they would be certain before they are the same for similar images.
        gamma_c=options.gamma_c if weight else options.gamma,
        # All variants are one program: some have the contrastive loss with weight 0.
        contrastive=weight if options.agreement else None,
    )
    projection = options.projection if options.agreement else 0
    name, label = f"beta={beta or 0:g}", f"β = {beta or 0:g}"
    if capacity is not None:
        name = f"capacity={capacity:g},agreement={weight:g}"
        label = f"C = {capacity:g}{', contrastive' if weight else ''}"
    terms = {"capacity": capacity, "beta": beta, "contrastive": weight}
    return Condition(
        {"method": JOINT, "zdim": zdim, **terms},
        network(options, data, zdim, categories=data.classes, projection=projection),
        hparams,
        label=f"d = {zdim}, {label}",
        name=f"zdim={zdim},{name}",
    )


def others(options: Options, data: lab.Data) -> tuple[Condition, Condition, Condition]:
    """k-means on pixels, k-means on codes of plain VAEs, and the conditional VAE."""
    zdim = options.zdims[0]
    codes = CODES if len(options.zdims) == 1 else f"{CODES}, d = {zdim}"
    own = {"classes": data.classes, "condition_encoder": True}
    plain, labelled = (network(options, data, zdim, **kind) for kind in ({}, own))
    return (
        Condition({"method": PIXELS}, label=PIXELS),
        Condition({"method": codes}, plain, label=codes, name="vae"),
        Condition({"method": CONDITIONAL}, labelled, name=CONDITIONAL, seeds=1),
    )


def study(run: lab.Lab) -> lab.Results:
    """JointVAEs are trained and measured, and what stands beside them."""
    options, data = run.options, run.data
    # Before the training: what is wrong with it should show at once.
    judge = classifier.obtain(run)
    joints, beside = joint_vaes(options, data), others(options, data)
    pixels, codes, conditional = beside
    plain = partial(algorithms.vae, steps=options.steps)
    how = {"classes": data.classes, "annealing": options.growth}
    joint = partial(algorithms.joint_vae, steps=options.steps, **how)
    near = clusters.with_neighbours(run, options.neighbours if options.agreement else 0)
    trained = run.fit(joints, joint, stage="joint", data=near)
    compared = run.fit([codes, conditional], plain, stage="beside")
    records = [{**r, **clustering.scores(r["counts"])} for r in trained.records]
    last = {record["member"]: record for record in records}
    measured = {
        (condition, seed): lab.Measured(last[name])
        for condition, seed, name in run.alive(joints, trained)
    }
    measured |= clusters.kmeans_baselines(run, pixels, codes, compared)
    measured |= clusters.conditional_samples(
        run, conditional, compared, judge, count=options.samples, shown=COLUMNS
    )
    facts, both = {"evaluation classifier": judge.statement}, [trained, compared]
    results = run.results([*joints, *beside], measured, both, facts=facts)
    results = dataclasses.replace(results, records=[*records, *compared.records])
    best, seed = results.best_member(ACCURACY, joints)
    member = best.member(seed)
    shown = clusters.categories(run, trained, member, last[member]["counts"], COLUMNS)
    return results.with_arrays(best, **shown)


def one_term_less(results: lab.Results, one: Condition) -> list[Condition]:
    """Without the contrastive loss, or without capacities, all else being equal."""
    if one["capacity"] is None:
        return []
    capacity = one["capacity"] if one["contrastive"] else None
    same = {"method": JOINT, "zdim": one["zdim"], "capacity": capacity}
    return results.where(**same, contrastive=0)


def claims(results: lab.Results, baselines: list[Condition]) -> list[Any]:
    """Every term with and without it, then compared with k-means and the paper."""
    joints, options = results.where(method=JOINT), results.options
    first = {"zdim": options.zdims[0], "capacity": options.capacities[0]}
    main = results.find(**first, contrastive=options.agreement)
    found: list[Any] = []
    for c in joints:
        headline = None if c in results.where(**first) else ()
        less = one_term_less(results, c)
        found += [Versus(c, b, (ACCURACY, NMI), headline=headline) for b in less]
    for c in joints:
        headline = None if c is main else ()
        found += [Versus(c, b, ACCURACY, headline=headline) for b in baselines]
    paper = [] if options.convolutional else ["its network is convolutional"]
    paper += ["its loss has no contrastive term"] if options.agreement else []
    values, weak = dict.fromkeys(joints, PUBLISHED), options.gamma_c
    return [
        *found,
        lab.Best(ACCURACY, among=joints),
        lab.Caution(
            options.agreement > 0 and weak != options.gamma,
            "Models with the contrastive loss also weight the category's capacity term "
            f"by {weak:g} instead of {options.gamma:g}: the two changes are not "
            "separated.",
        ),
        lab.Published(ACCURACY, values, SOURCE, PUBLISHED_ON, [main], paper),
    ]


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown."""
    joints, [conditional] = (results.where(method=m) for m in (JOINT, CONDITIONAL))
    shown = [c for c in results.conditions if c is not conditional]
    baselines = shown[len(joints) :]
    best, seed = results.best_member(ACCURACY, joints)
    highest = results.of(ACCURACY, best)[seed]
    names, count = results.data.class_names, results.array("classified", conditional)
    recognised = f"{results.mean(CORRECT, conditional):.1%} of {count or 0:,} samples"
    curves = partial(
        lab.Curves,
        among=joints,
        per_epoch=results.steps_per_epoch,
        levels=baselines,
        note="k-means is drawn at its level after its own fit.",
    )
    return [
        Section(
            "Categories compared with classes",
            "Labels serve only to match categories to classes, one to one. Accuracy is "
            "the fraction of the test images whose category is matched to their class; "
            f"NMI needs no matching. k-means is fitted to {kmeans.EXAMPLES:,} training "
            f"images at most, the best of {kmeans.STARTS} starts.",
            *claims(results, baselines),
            curves("accuracy", "accuracy on the test images", name="training_accuracy"),
            curves("nmi", "NMI on the test images", name="training_nmi"),
            lab.Forest((ACCURACY, NMI), shown, range(len(shown)), "methods"),
            lab.Summary(
                (ACCURACY, NMI),
                shown,
                ranges=(ACCURACY.name,),
                note="C: final KL capacity of the latent in nats; β: weight of the KL "
                "without capacities; range: from the worst to the best seed.",
            ),
            lab.Models(
                (ACCURACY, NMI, *TERMS),
                joints,
                "Every JointVAE; its terms are means over the test images.",
            ),
        ),
        Section(
            "The best seed",
            f"The model of the highest accuracy, {highest:.3f}: {best.label}, seed "
            f"{seed}. It is chosen by the test labels, so it shows what is possible, "
            "not what to expect.",
            lab.Sheet(
                "categories",
                "Samples of each category (rows, ordered by the class to which it is "
                "matched); a column has one sample of the Gaussian latent.",
                rows="classes",
            ),
            lab.Figure(
                "confusion",
                lambda r: figures.confusion(r.array("confusion", best), names),
                "Test images of each class (rows) by the class of their category.",
            ),
        ),
        Section(
            "Conditional VAE",
            "The evaluation classifier assigns the conditioning class to "
            f"{recognised}. {results.facts['evaluation classifier']}",
            lab.Sheet(
                "conditional",
                f"Samples of the conditional VAE, d = {results.options.zdims[0]}: rows "
                "are the conditioning class, a column has one sample of the latent.",
                rows="classes",
            ),
        ),
    ]


EXPERIMENT = lab.Experiment(
    name="clustering",
    title="Classes found by a categorical latent",
    question=__doc__,
    options=Options,
    measures=(ACCURACY, NMI, *TERMS, CORRECT),
    study=study,
    check=check,
    report=report,
    needs=lab.Needs(classes=2, images=2),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
