"""What is trained: JointVAEs of several kinds, plain VAEs, a conditional VAE."""

from collections.abc import Mapping
from typing import Any

from aejax import sweep
from aejax.models import VAE
from aejax.run import study
from experiments._clustering import choices
from experiments._clustering.evidence import Variant


def variants() -> list[Variant]:
    """The kinds of JointVAE: without capacities, with each, and with agreement."""
    weights = dict.fromkeys((0.0, choices.AGREEMENT.value))
    return [
        variant
        for zdim in choices.ZDIMS.value
        for variant in (
            *(Variant(zdim, None, beta) for beta in choices.BETAS.value),
            *(
                Variant(zdim, capacity, None, weight)
                for weight in weights
                for capacity in choices.CAPACITIES.value
            ),
        )
    ]


def joint_members(run: study.Study) -> list[sweep.Member]:
    """Every kind of JointVAE with every seed."""
    classes = len(run.dataset["class_names"])
    projection = choices.PROJECTION.value if choices.AGREEMENT.value else 0
    return [
        member(
            run,
            variant.name(seed),
            network(run, variant.zdim, categories=classes, projection=projection),
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
        "capacity_c": choices.CAPACITY_C.value,
        "gamma": choices.GAMMA.value,
        # Agreement makes categories sure by itself. Held as firmly as in the paper,
        # they would be sure before they agree.
        "gamma_c": choices.GAMMA_C.value if variant.agreement else choices.GAMMA.value,
        "beta": variant.beta or 0.0,
        "agreement": variant.agreement,
    }


def other_members(run: study.Study) -> list[sweep.Member]:
    """A plain VAE of every seed, and a conditional VAE."""
    zdim, classes = choices.ZDIMS.value[0], len(run.dataset["class_names"])
    plain = [
        member(run, f"vae,seed={seed}", network(run, zdim), seed, {})
        for seed in range(run.settings.seeds)
    ]
    told = network(run, zdim, classes=classes, told_encoder=True)
    return [*plain, member(run, "conditional,seed=0", told, 0, {})]


def network(run: study.Study, zdim: int, **kind: Any) -> VAE:
    """The network of every member, whatever its kind."""
    if not choices.CONVOLUTIONAL.value:
        return VAE(zdim, (choices.HIDDEN.value,) * 2, run.image_shape, **kind)
    return VAE(
        zdim,
        (choices.HIDDEN.value,),
        run.image_shape,
        convolutional=True,
        width=choices.WIDTH.value,
        **kind,
    )


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
