"""A member that diverges is frozen where its chunk began, and named by its step."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import executors, train
from aejax.algorithm import gradient, with_best, with_ema

STEPS, EVERY, BATCH_SIZE = 24, 4, 4
RATES = (0.02, 3.0, 0.01)
"""That in the middle diverges: x -> -5 x overflows float32 late, not at once."""


def quadratic(params, batch, key, hparams):
    """Descent multiplies the parameters by 1 - 2 * rate, and by the batch's scale."""
    del key, hparams
    return jnp.square(params["w"]).sum() * batch["x"].mean(), {}


def evaluate(params, held_out, hparams):
    return {
        "sum": params["w"].sum() + held_out["x"].sum(),
        "step": hparams["step"],
        "vector": params["w"],
    }


ALGORITHM = gradient(
    None,
    quadratic,
    lambda hparams: optax.sgd(hparams["learning_rate"]),
    evaluate,
    init=lambda key, batch, hparams: {"w": jax.random.normal(key, (3,)) * 1e12},
)


@pytest.fixture(scope="module")
def data():
    x = np.random.default_rng(0).uniform(0.5, 2, (12, 2))
    return {"x": jnp.asarray(x, jnp.float32)}


def hparams(rates):
    seeds = jnp.arange(len(rates), dtype=jnp.uint32)
    rate = jnp.asarray(rates, jnp.float32)
    return {"seed": seeds, "data_seed": seeds, "learning_rate": rate}


def run(data, executor, rates=RATES, every=EVERY):
    """All chunks: the progress before each and at the end, and each one's metrics."""
    own = hparams(rates)
    begin = partial(train.start, algorithm=ALGORITHM)
    keys = jax.random.split(jax.random.key(0), len(rates))
    progress = jax.vmap(lambda k, h: begin(k, data, h))(keys, own)
    step = partial(
        train.advance, algorithm=ALGORITHM, steps=every, batch_size=BATCH_SIZE
    )
    program = jax.jit(executors.over_members(step, executor))
    seen, found = [jax.device_get(progress)], []
    for first in range(0, STEPS, every):
        progress, metrics = program(progress, own, data, data, jnp.int32(first))
        seen.append(jax.device_get(progress))
        found.append(jax.device_get(metrics))
    return seen, found


def losses_of_a_run_that_goes_on(data):
    """The loss of each step, nan and all, of the member that diverges."""
    own = jax.tree.map(lambda a: a[1], hparams(RATES))
    state = ALGORITHM.init(jax.random.split(jax.random.key(0), 3)[1], data, own)
    run = partial(train.chunk, algorithm=ALGORITHM, steps=STEPS, batch_size=BATCH_SIZE)
    return np.asarray(jax.jit(run)(state, own, data, 0)[1]["loss"])


@pytest.fixture(scope="module", params=executors.NAMES)
def trained(request, data):
    return run(data, request.param)


def member(tree, place):
    return jax.tree.map(lambda a: a[place], tree)


def assert_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_the_step_is_that_of_the_first_loss_that_is_not_finite(trained, data):
    losses = losses_of_a_run_that_goes_on(data)
    first = int(np.argmin(np.isfinite(losses))) + 1
    assert EVERY < first < STEPS - EVERY
    seen, _ = trained
    assert seen[-1].diverged.tolist() == [train.FINE, first, train.FINE]


def test_it_keeps_what_its_chunk_began_with(trained):
    seen, _ = trained
    marked = [progress.diverged[1] != train.FINE for progress in seen]
    chunk = marked.index(True)
    before = member(seen[chunk - 1].state, 1)
    assert np.isfinite(before["params"]["w"]).all()
    for later in seen[chunk:]:
        assert_equal(member(later.state, 1), before)
        assert later.diverged[1] == seen[chunk].diverged[1]


def test_others_are_as_without_it(trained, data, request):
    seen, found = trained
    executor = request.node.callspec.params["trained"]
    alone_seen, alone = run(data, executor, rates=(RATES[0], 0.0, RATES[2]))
    for place in (0, 2):
        assert_equal(member(seen[-1], place), member(alone_seen[-1], place))
        assert_equal(member(found[-1], place), member(alone[-1], place))


def test_a_frozen_member_has_no_metrics(trained):
    _, found = trained
    last = member(found[-1], 1)
    assert np.isnan(last["loss"])
    assert np.isnan(last["sum"])
    assert np.isnan(last["vector"]).all()
    assert last["step"] == 0
    assert np.isfinite(found[-1]["loss"][[0, 2]]).all()


def test_metrics_are_means_over_the_chunk_and_evaluated_after_it(trained, data):
    seen, found = trained
    for number, metrics in enumerate(found):
        w = seen[number + 1].state["params"]["w"][0]
        np.testing.assert_array_equal(metrics["vector"][0], w)
        assert metrics["step"][0] == (number + 1) * EVERY
    own = member(hparams(RATES), 0)
    chunk = partial(
        train.chunk, algorithm=ALGORITHM, steps=EVERY, batch_size=BATCH_SIZE
    )
    _, curves = jax.jit(chunk)(member(seen[1].state, 0), own, data, EVERY)
    np.testing.assert_allclose(found[1]["loss"][0], curves["loss"].mean(), rtol=1e-6)


@pytest.mark.parametrize("every", [1, 8, 24])
def test_the_step_does_not_depend_on_the_chunks(trained, data, every):
    seen, _ = run(data, "map", every=every)
    assert seen[-1].diverged.tolist() == trained[0][-1].diverged.tolist()


def test_parameters_alone_may_diverge(data):
    """The loss of the last step is finite, what it leaves is not."""

    def loss(params, batch, key, hparams):
        del batch, key
        last = hparams["step"] == 3
        return params["w"].sum() * jnp.where(last, jnp.float32(1e38), 0.0) / 1e19, {}

    algorithm = gradient(
        None,
        loss,
        lambda hparams: optax.sgd(jnp.float32(1e30)),
        init=lambda key, batch, hparams: {"w": jnp.ones(2)},
    )
    own = member(hparams(RATES), 0)
    begun = train.start(jax.random.key(0), data, own, algorithm)
    done, metrics = train.advance(
        begun, own, data, data, jnp.int32(0),
        algorithm=algorithm, steps=4, batch_size=BATCH_SIZE,
    )  # fmt: skip
    assert np.isfinite(metrics["loss"])
    assert done.diverged == 4
    assert_equal(done.state["params"], begun.state["params"])


def test_a_measure_may_be_infinite(data):
    algorithm = ALGORITHM._replace(
        evaluate=lambda params, held_out, hparams: {"ratio": jnp.float32(jnp.inf)}
    )
    own = member(hparams(RATES), 0)
    begun = train.start(jax.random.key(0), data, own, algorithm)
    done, metrics = train.advance(
        begun, own, data, data, jnp.int32(0),
        algorithm=algorithm, steps=2, batch_size=BATCH_SIZE,
    )  # fmt: skip
    assert done.diverged == train.FINE
    assert np.isinf(metrics["ratio"])


def test_the_best_parameters_are_kept_and_not_the_last(data):
    """|w - 1| falls while w goes from 4 to -1 in equal steps, then it rises again."""

    def down(params, batch, key, hparams):
        del batch, key, hparams
        return params["w"], {}

    def distance(params, held_out, hparams):
        del held_out, hparams
        return {"distance": jnp.abs(params["w"] - 1)}

    plain = gradient(
        None,
        down,
        lambda hparams: optax.sgd(hparams["learning_rate"]),
        distance,
        init=lambda key, batch, hparams: {"w": jnp.float32(4)},
    )
    own = {"seed": jnp.uint32(0), "data_seed": jnp.uint32(0)}
    own["learning_rate"] = jnp.float32(0.5)
    how = {"steps": 2, "batch_size": BATCH_SIZE}
    for algorithm, w, step in (
        (with_best(plain, "distance"), 1.0, 6),
        (with_best(with_ema(plain, 0.0), "distance"), 1.0, 6),
        (plain, -1.0, None),
    ):
        progress = train.start(jax.random.key(0), data, own, algorithm)
        advance = jax.jit(partial(train.advance, algorithm=algorithm, **how))
        for first in range(0, 10, 2):
            progress, metrics = advance(progress, own, data, data, jnp.int32(first))
        assert float(train.params(progress, algorithm)["w"]) == w
        assert float(metrics["distance"]) == 2.0
        assert (progress.kept and int(progress.kept.step)) == step


def test_a_member_that_diverges_keeps_its_best_parameters(data):
    best = with_best(ALGORITHM, "sum")
    own = jax.tree.map(lambda a: a[1], hparams(RATES))
    progress = train.start(jax.random.key(0), data, own, best)
    advance = partial(train.advance, steps=EVERY, batch_size=BATCH_SIZE)
    program = jax.jit(partial(advance, algorithm=best))
    seen = []
    for first in range(0, STEPS, EVERY):
        progress, metrics = program(progress, own, data, data, jnp.int32(first))
        seen.append(float(metrics["sum"]))
    assert int(progress.diverged) != train.FINE
    chunks = int(np.nanargmin(np.where(np.isfinite(seen), seen, np.nan)))
    assert int(progress.kept.step) == EVERY * (chunks + 1)
    kept = float(progress.kept.params["w"].sum() + data["x"].sum())
    np.testing.assert_allclose(kept, min(s for s in seen if np.isfinite(s)), rtol=1e-5)
