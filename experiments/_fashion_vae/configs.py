"""The configurations that flags name."""

from aejax.errors import UserError
from experiments._fashion_vae.evidence import Config


def parse(flag: str, words: list[str]) -> list[Config]:
    """Configurations from words such as 400x50 or 400-100x20.

    Raises:
      UserError: a word is none, or is given twice, or there are none.
    """
    try:
        found = [Config.parse(word) for word in words]
    except ValueError:
        found = []
    if not found or len(set(found)) < len(found):
        raise UserError(
            f"--{flag}={','.join(words)}: give distinct configurations, units of each "
            "layer and latent size, as in 400x50,400-100x20"
        )
    return found


def equally_deep(flag: str, words: list[str]) -> list[Config]:
    """Configurations that differ in their sizes only.

    Raises:
      UserError: there are none, or some have more layers than others.
    """
    found = parse(flag, words)
    if len({len(config.hidden) for config in found}) > 1:
        raise UserError(f"--{flag} must have equally many layers; see --layers")
    return found
