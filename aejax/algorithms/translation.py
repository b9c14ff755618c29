"""Translation of images between two styles, with partners or without.

Two translators, a to b and b to a, are trained against a critic of each style. Per
image, all weights a member's own, so that these are members of one program:

    GAN               the critics alone
    CycleGAN          + cycle H(a, back(there(a)))   (Zhu et al., arXiv:1703.10593)
    conditional GAN   + error H(b, there(a)), and critics that see the original, too
                      (pix2pix, Isola et al., arXiv:1611.07004; `paired` = 1)

H is the cross-entropy of pixels, mean over the image, where these papers have the
absolute difference: its gradient does not end where a sigmoid is sure. Members need
`learning_rate`; weights are 0 where members lack them, also `penalty`, of the critics'
slopes where the objective has one; `pairing` says which of the partners a member gets.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from aejax import images
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, adversarial
from aejax.algorithms.schedules import adam, late_cosine
from aejax.losses.adversarial import LEAST_SQUARES, Objective
from aejax.models.translator import Translation

STYLES = ("b", "a")
"""Order of the directions along the first axis of parameters: to b, and to a."""


def translation(
    model: Translation, *, steps: int, objective: Objective = LEAST_SQUARES
) -> Algorithm:
    """The training of translators in both directions: each step critics, then them.

    Data are "a", images [n, h, w, c], uint8 or in [0, 1], and "b", [pairings, n, h, w,
    c], their partners in the other style. Parameters are those of the "translators"
    and the "critics", both [2, ...] in the order of `STYLES`; see `translate`.

    Records the losses, and `cycle` and `error`, the cross-entropies of both directions
    together, in nats per pixel; `cycle` is 0 of members that do not use it.

    Args:
      model: the networks.
      steps: length of the training, in whose second half the learning rate falls.
      objective: what critics and translators minimise.
    """

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> dict[str, Params]:
        del hparams
        like = images.unit(batch["a"])
        parts = {
            "translators": (model.translator, like),
            "critics": (model.critic, jnp.concatenate([like, like], -1)),
        }
        return {
            name: jax.vmap(part.init, (0, None))(_two_keys(key, i), example)
            for i, (name, (part, example)) in enumerate(parts.items())
        }

    losses = {
        "critics": partial(_critics_loss, model, objective),
        "translators": partial(_translators_loss, model, objective),
    }
    # With little momentum, which makes networks circle around each other.
    optimizer = adam(late_cosine(steps), b1=0.5, b2=0.99)
    return adversarial(init, losses, dict.fromkeys(losses, optimizer), draw=draw)


def draw(data: Batch, rows: jax.Array, key: jax.Array, hparams: HParams) -> Batch:
    """Images and their partners, of the member's own `pairing`."""
    del key
    pairing = jnp.asarray(hparams.get("pairing", 0), jnp.int32) % len(data["b"])
    return {"a": data["a"][rows], "b": data["b"][pairing][rows]}


def translate(
    model: Translation, params: Params, to: str, shown: jax.Array
) -> jax.Array:
    """Images in the other style, in [0, 1].

    Args:
      model: the networks.
      params: of all of them, as `translation` gives them.
      to: "a" or "b".
      shown: [n, h, w, c], uint8 or in [0, 1].
    """
    place = STYLES.index(to)
    own = jax.tree.map(lambda leaf: leaf[place], params["translators"])
    return jax.nn.sigmoid(model.translator.apply(own, shown))


def both_ways(
    model: Translation, params: Params, shown: Batch, hparams: HParams | None = None
) -> dict[str, jax.Array]:
    """`translate` of images of both styles, each into the other.

    Args:
      model: the networks.
      params: of all of them.
      shown: "a" and "b", each [n, h, w, c].
      hparams: not used; evaluations of trained members hand them over.
    """
    del hparams
    sources = dict(zip(STYLES, STYLES[::-1], strict=True))
    return {to: translate(model, params, to, shown[of]) for to, of in sources.items()}


def _critics_loss(
    model: Translation,
    objective: Objective,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
) -> tuple[jax.Array, Metrics]:
    sources, reals = _directions(batch)
    fakes = jax.nn.sigmoid(_logits(model, params["translators"], sources))

    def judge(one: tuple) -> jax.Array:
        own, source, real, fake = one
        score = partial(_score, model, own, source.shape, hparams)
        first, second = (_beside(source, shown) for shown in (real, fake))
        judged = objective.penalised(score, first, second, key)
        penalty = hparams.get("penalty", 0.0) * judged.penalty
        return (objective.critic(judged.real, judged.fake) + penalty).mean()

    return lax.map(judge, (params["critics"], sources, reals, fakes)).sum(), {}


def _translators_loss(
    model: Translation,
    objective: Objective,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
) -> tuple[jax.Array, Metrics]:
    del key
    (sources, reals), own = _directions(batch), params["translators"]
    logits = _logits(model, own, sources)
    made = jax.nn.sigmoid(logits)

    def judge(one: tuple) -> jax.Array:
        critic, source, real, fake = one
        score = partial(_score, model, critic, source.shape, hparams)
        scores = (score(_beside(source, shown)) for shown in (real, fake))
        return objective.generator(*scores).mean()

    def cycle(own: Params, made: jax.Array) -> jax.Array:
        other = jax.tree.map(lambda leaf: leaf[::-1], own)
        return _cross_entropy(_logits(model, other, made), sources)

    def nothing(own: Params, made: jax.Array) -> jax.Array:
        del own
        return jnp.zeros((), made.dtype)

    weight = jnp.asarray(hparams.get("cycle", 0.0))
    # Not computed for members without it where they run one after another.
    around = lax.cond(weight > 0, cycle, nothing, own, made)
    error = _cross_entropy(logits, reals)
    total = lax.map(judge, (params["critics"], sources, reals, made)).sum()
    total += weight * around + hparams.get("error", 0.0) * error
    return total, {"cycle": around, "error": error}


def _directions(batch: Batch) -> tuple[jax.Array, jax.Array]:
    """Images to translate, and their partners, of both directions: [2, n, h, w, c]."""
    a, b = images.unit(batch["a"]), images.unit(batch["b"])
    return jnp.stack([a, b]), jnp.stack([b, a])


def _logits(model: Translation, translators: Params, sources: jax.Array) -> jax.Array:
    """Of both directions; a loop, so that they are one program's code."""
    return lax.map(lambda one: model.translator.apply(*one), (translators, sources))


def _cross_entropy(logits: jax.Array, shown: jax.Array) -> jax.Array:
    """Nats per pixel of [2, n, h, w, c], of both directions together."""
    return 2 * (jax.nn.softplus(logits) - logits * shown).mean()


def _beside(source: jax.Array, shown: jax.Array) -> jax.Array:
    """Both as rows [n, 2 h w c], as penalties of slopes take them."""
    return jnp.concatenate([source, shown], -1).reshape(len(source), -1)


def _score(
    model: Translation,
    critic: Params,
    shape: tuple[int, ...],
    hparams: HParams,
    pairs: jax.Array,
) -> jax.Array:
    """Scores [n] of rows; of members that are not `paired` the source is covered."""
    both = pairs.reshape(len(pairs), *shape[1:3], -1)
    source, shown = jnp.split(both, 2, axis=-1)
    source *= jnp.asarray(hparams.get("paired", 0.0), source.dtype)
    return model.critic.apply(critic, jnp.concatenate([source, shown], -1))[:, 0]


def _two_keys(key: jax.Array, number: int) -> jax.Array:
    return jax.random.split(jax.random.fold_in(key, number))
