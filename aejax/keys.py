"""Every random stream of a run, derived from one seed.

Nothing that can be derived is stored: the key of step t is
`fold_in(stream(seed, NOISE), t)`, the permutation of epoch e comes from
`fold_in(stream(seed, BATCHES), e)`, what else is random about the batch of step t from
`fold_in(stream(seed, PAIRS), t)`, so the step number alone resumes a run.
"""

import jax

INIT, BATCHES, NOISE, DRAWS, PAIRS = range(5)


def stream(seed: int | jax.Array, name: int) -> jax.Array:
    """The key of one stream (`INIT`, `BATCHES` ... `PAIRS`) of a seed."""
    return jax.random.fold_in(jax.random.key(seed), name)
