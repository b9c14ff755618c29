"""Does a VAE with a categorical latent find the classes without labels?

Trained: JointVAEs (a Gaussian and a categorical latent, Dupont 2018), with and
without the capacity terms, each over several seeds, all as one program and
without labels; plain VAEs; and a conditional VAE, which is told the label.
Measured on the test set, after about every epoch: accuracy with the best
one-to-one matching of categories to classes, and normalised mutual information.
Held against: k-means on pixels and on the codes of the plain VAEs.

The paper's network is convolutional; these are with --convolutional, and dense by
default. Beyond its loss there is a third kind, whose category is also to agree with
that of similar images: distortions of its nearest neighbours among the training
images. The default run takes three to five minutes on two CPU cores; the whole of
MNIST with --dataset=mnist --convolutional --steps=2500 half an hour on one. The
paper's loss wants slow capacities and many steps: its own length, --dataset=mnist
--convolutional --agreement=0 --capacities=5 --growth=1 --batch_size=64
--learning_rate=5e-4 --steps=25000 --seeds=3, takes an hour of one core.
"""

from collections.abc import Mapping
from typing import Any

from absl import flags

from aejax import data, train
from aejax.recipes import joint, vae
from aejax.run import app, judge, settings, study
from aejax.run.fit import Trained
from aejax.run.program import Task
from experiments._clustering import choices, references, samples
from experiments._clustering.conclusion import conclusion
from experiments._clustering.evidence import Evidence, best
from experiments._clustering.measure import looks, measure
from experiments._clustering.members import joint_members, other_members, variants
from experiments._clustering.neighbours import with_neighbours
from experiments._clustering.sections import headline, rows, sections

flags.adopt_module_key_flags(choices)
flags.adopt_module_key_flags(settings)
flags.adopt_module_key_flags(judge)
flags.FLAGS.set_default("seeds", 5)
flags.FLAGS.set_default("batch_size", 128)
flags.FLAGS.set_default("learning_rate", 3e-3)


def main() -> None:
    """Trains, measures and reports."""
    study.conduct(
        "clustering",
        "Classes found by a categorical latent",
        experiment,
        own_flags=(
            *("zdims", "capacities", "betas", "capacity_c", "gamma", "gamma_c"),
            *("agreement", "growth", "convolutional", "width", "hidden"),
            *("projection", "neighbours", "samples", "judge"),
        ),
        default_steps=1000,
        check=check,
    )


def check(dataset: Mapping[str, Any], split: Mapping[str, data.Images]) -> None:
    """Refuses a --judge that cannot judge these images."""
    del split
    judge.check(dataset)


def experiment(run: study.Study) -> study.Results:
    """What is trained, what is measured, what is drawn."""
    run = run._replace(settings=looks(run))
    # Before the training: what is wrong with it should show at once.
    judged = judge.obtain(run)
    trained = run.fit([*joint_members(run), *other_members(run)], task(run))
    evidence = gathered(run, trained, judged)
    return study.Results(
        rows=rows(evidence),
        table=headline(evidence),
        conclusion=conclusion(evidence),
        sections=sections(evidence),
    )


def gathered(run: study.Study, trained: list[Trained], judged: judge.Judge) -> Evidence:
    """Measures of all that was trained, and of k-means beside it."""
    joints = [t for t in trained if t.group.model.categories]
    told = [t for t in trained if t.group.model.classes]
    plain = [t for t in trained if not any(t is other for other in (*joints, *told))]
    seen = measure(run, variants(), joints)
    return Evidence(
        seen=seen,
        references=references.measured(run, choices.ZDIMS.value, plain),
        told=samples.ask(run, told, judged, choices.SAMPLES.value),
        samples=samples.of_categories(run, joints, best(seen)),
        dataset=run.dataset["name"],
        classes=run.dataset["class_names"],
        test_images=len(run.test.labels),
        convolutional=choices.CONVOLUTIONAL.value,
        gamma=choices.GAMMA.value,
        gamma_c=choices.GAMMA_C.value,
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
            return joint.recipe(model, growth=choices.GROWTH.value, **how)
        return vae.recipe(model, **how)

    def evaluate(model: Any, *rest: Any) -> train.Metrics:
        if model.categories:
            return joint.evaluate(model, *rest, classes=classes)
        return vae.evaluate(model, *rest)

    neighbours = choices.NEIGHBOURS.value if choices.AGREEMENT.value else 0
    data = with_neighbours(run, neighbours)
    return Task(recipe, data, evaluate, study.arrays(run.test))


if __name__ == "__main__":
    app.run(main)
