"""What the labels of the kinds stand for, by the flags of the run."""

from experiments._clustering.evidence import Evidence


def legend(evidence: Evidence) -> str:
    """C, β and, where a kind has it, agreement."""
    text = (
        "C: last capacity of the continuous latent in nats; β: weight of the KLs in "
        "the loss without capacities"
    )
    if not evidence.agreed:
        return f"{text}."
    also = beside_agreement(evidence)
    return (
        f"{text}; agreement: the category is also to be that of similar images"
        f"{f', and {also}' if also else ''}."
    )


def beside_agreement(evidence: Evidence) -> str:
    """What else differs between kinds with and without agreement; "" for nothing."""
    if evidence.gamma_c == evidence.gamma:
        return ""
    return (
        f"the category's capacity weighs {evidence.gamma_c:g} instead of "
        f"{evidence.gamma:g}"
    )
