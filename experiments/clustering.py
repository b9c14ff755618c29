"""Does a VAE with a categorical latent find the classes without labels?

Trained: JointVAEs (a Gaussian and a categorical latent, Dupont 2018), with and
without the capacity terms, each over several seeds, all as one program and
without labels; plain VAEs; and a conditional VAE, which is told the label.
Measured on the test set, after about every epoch: accuracy with the best
one-to-one matching of categories to classes, and normalised mutual information.
Held against: k-means on pixels and on the codes of the plain VAEs.

The paper's network is convolutional; these are dense. Beyond its loss there is a
third kind, whose category is also to agree with that of the distorted image.
The default run takes four to seven minutes on two CPU cores: one to compile, and
some two and a half for each 1,000 steps, also with --dataset=mnist.
"""

from collections.abc import Mapping
from typing import Any

from absl import flags

from aejax import sweep, train
from aejax.models import VAE
from aejax.recipes import joint, vae
from aejax.run import app, judge, settings, study
from aejax.run.lists import define_integers, define_numbers
from aejax.run.program import Task
from experiments._clustering import references, samples
from experiments._clustering.conclusion import conclusion
from experiments._clustering.evidence import CODES, PIXELS, Evidence, Variant, best
from experiments._clustering.measure import looks, measure
from experiments._clustering.sections import headline, rows, sections

ZDIMS = define_integers("zdims", (10,), "Lengths of the continuous latent.")
CAPACITIES = define_numbers(
    "capacities",
    (10,),
    "Last capacities of the continuous latent in nats; the paper's is 5.",
)
BETAS = define_numbers("betas", (1,), "Weights of the KL without capacities.")
CAPACITY_C = flags.DEFINE_float(
    "capacity_c", 5, "Last capacity of the category in nats; held at the log of k.", 0
)
GROWTH = flags.DEFINE_float(
    "growth", 0.7, "Share of the training within which capacities grow.", 0.01, 1
)
GAMMA = flags.DEFINE_float("gamma", 30, "Weight of the capacity terms.", 0)
AGREEMENT = flags.DEFINE_float(
    "agreement", 100, "Weight of the agreement of distorted images; 0 for none.", 0
)
GAMMA_C = flags.DEFINE_float(
    "gamma_c", 0.3, "Weight of the category's capacity term beside the agreement.", 0
)
HIDDEN = flags.DEFINE_integer("hidden", 300, "Units of each of two dense layers.", 1)
SAMPLES = flags.DEFINE_integer(
    "samples", 1000, "Samples of the conditional VAE that the judge names.", 10
)
flags.adopt_module_key_flags(settings)
flags.adopt_module_key_flags(judge)
flags.FLAGS.set_default("seeds", 5)
flags.FLAGS.set_default("batch_size", 64)
flags.FLAGS.set_default("learning_rate", 3e-3)


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "clustering",
        "Classes found by a categorical latent",
        experiment,
        own_flags=(
            *("zdims", "capacities", "betas", "capacity_c", "gamma", "gamma_c"),
            *("agreement", "growth", "hidden", "samples", "judge"),
        ),
        default_steps=1500,
    )


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    run = run._replace(settings=looks(run))
    trained = run.fit([*joint_members(run), *other_members(run)], task(run))
    joints = [t for t in trained if t.group.model.categories]
    told = [t for t in trained if t.group.model.classes]
    plain = [t for t in trained if not any(t is other for other in (*joints, *told))]
    seen = measure(run, variants(), joints)
    evidence = Evidence(
        seen=seen,
        references={
            PIXELS: references.on_pixels(run),
            CODES: references.on_codes(run, plain),
        },
        told=samples.ask(run, told, SAMPLES.value),
        samples=samples.of_categories(run, joints, best(seen)),
        dataset=run.dataset["name"],
        classes=run.dataset["class_names"],
        test_images=len(run.test.labels),
    )
    return study.Results(
        rows=rows(evidence),
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def variants() -> list[Variant]:
    """The kinds of JointVAE: without capacities, with each, and with agreement."""
    weights = dict.fromkeys((0.0, AGREEMENT.value))
    return [
        variant
        for zdim in ZDIMS.value
        for variant in (
            *(Variant(zdim, None, beta) for beta in BETAS.value),
            *(
                Variant(zdim, capacity, None, weight)
                for weight in weights
                for capacity in CAPACITIES.value
            ),
        )
    ]


def joint_members(run: study.Study) -> list[sweep.Member]:
    """Every kind of JointVAE with every seed."""
    hidden, classes = (HIDDEN.value,) * 2, len(run.dataset["class_names"])
    return [
        member(
            run,
            variant.name(seed),
            VAE(variant.zdim, hidden, run.image_shape, categories=classes),
            seed,
            hyper(variant),
        )
        for variant in variants()
        for seed in range(run.settings.seeds)
    ]


def hyper(variant: Variant) -> dict[str, float]:
    """What `recipes.joint` takes of a kind."""
    return {
        "capacities": float(variant.capacity is not None),
        "capacity_z": variant.capacity or 0.0,
        "capacity_c": CAPACITY_C.value,
        "gamma": GAMMA.value,
        # Agreement makes categories sure by itself. Held as firmly as in the paper,
        # they would be sure before they agree.
        "gamma_c": GAMMA_C.value if variant.agreement else GAMMA.value,
        "beta": variant.beta or 0.0,
        "agreement": variant.agreement,
    }


def other_members(run: study.Study) -> list[sweep.Member]:
    """A plain VAE of every seed, and a conditional VAE."""
    zdim, hidden, shape = ZDIMS.value[0], (HIDDEN.value,) * 2, run.image_shape
    classes = len(run.dataset["class_names"])
    plain = [
        member(run, f"vae,seed={seed}", VAE(zdim, hidden, shape), seed, {})
        for seed in range(run.settings.seeds)
    ]
    told = VAE(zdim, hidden, shape, classes=classes, told_encoder=True)
    return [*plain, member(run, "conditional,seed=0", told, 0, {})]


def member(
    run: study.Study, name: str, model: VAE, seed: int, own: Mapping[str, float]
) -> sweep.Member:
    """A member with the learning rate and batches of the shared flags."""
    return sweep.Member(
        name=name,
        model=model,
        seed=seed,
        data_seed=0 if run.settings.shared_batches else seed,
        hyper={"learning_rate": run.settings.learning_rate, **own},
    )


def task(run: study.Study) -> Task:
    """JointVAEs learn from images alone; a conditional VAE sees labels, too."""
    how: dict[str, Any] = {
        "steps": run.settings.steps,
        "batch_size": run.settings.batch_size,
    }
    classes = len(run.dataset["class_names"])

    def recipe(model: Any) -> train.Recipe:
        if model.categories:
            return joint.recipe(model, growth=GROWTH.value, **how)
        return vae.recipe(model, **how)

    def evaluate(model: Any, *rest: Any) -> train.Metrics:
        if model.categories:
            return joint.evaluate(model, *rest, classes=classes)
        return vae.evaluate(model, *rest)

    return Task(recipe, study.arrays(run.train), evaluate, study.arrays(run.test))


if __name__ == "__main__":
    app.run(main)
