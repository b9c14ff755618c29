"""What is trained: JointVAEs of several kinds, plain VAEs, a conditional VAE."""

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
    fields = {"categories": len(run.dataset["class_names"])}
    if choices.AGREEMENT.value:
        fields["projection"] = choices.PROJECTION.value
    kinds = variants()
    return run.members(
        {kind.name: network(run, kind.zdim, **fields) for kind in kinds},
        {kind.name: hyper(kind) for kind in kinds},
    )


def hyper(variant: Variant) -> dict[str, float]:
    """What `recipes.joint` takes of a kind."""
    own: dict[str, float] = {
        "capacities": float(variant.capacity is not None),
        "capacity_z": variant.capacity or 0.0,
        "capacity_c": choices.CAPACITY_C.value,
        "gamma": choices.GAMMA.value,
        # Agreement makes categories sure by itself. Held as firmly as in the paper,
        # they would be sure before they agree.
        "gamma_c": choices.GAMMA_C.value if variant.agreement else choices.GAMMA.value,
        "beta": variant.beta or 0.0,
    }
    # All kinds are one program: where one agrees, the others do so with weight 0.
    if choices.AGREEMENT.value:
        own["agreement"] = variant.agreement
    return own


def other_members(run: study.Study) -> list[sweep.Member]:
    """A plain VAE of every seed, and a conditional VAE of the first."""
    zdim, classes = choices.ZDIMS.value[0], len(run.dataset["class_names"])
    plain = run.members({"vae": network(run, zdim)})
    told = network(run, zdim, classes=classes, told_encoder=True)
    return [*plain, *run.members({"conditional": told})[:1]]


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
