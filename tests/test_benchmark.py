"""The benchmark: what it counts and computes, and that it leaves nothing behind."""

import csv
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import psutil
import pytest
from flax import traverse_util

from aejax.errors import UserError
from aejax.lab import flags
from aejax.lab.run.interrupt import Request
from aejax.models import Autoencoder
from experiments import benchmark
from experiments._benchmark import flax_side, flops, goals, jax_sides, processes, speed
from experiments._benchmark.cases import GEMM, MODELS, Case, cases
from experiments._benchmark.measure import Timing
from experiments._benchmark.summary import Measured

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "experiments.benchmark")
ENVIRONMENT = {**os.environ, "JAX_PLATFORMS": "cpu"}
BATCH = jax.ShapeDtypeStruct((128, 28, 28, 1), jnp.uint8)


def parameters(model):
    example = jnp.zeros((1, *model.image_shape))
    tree = jax.eval_shape(model.init, jax.random.key(0), example)
    return traverse_util.flatten_dict(tree["params"], sep="/")


def operations(loss, params):
    """What XLA counts for the gradient of a loss."""
    gradient = jax.jit(jax.grad(lambda p, x: loss(p, x, jax.random.key(0))))
    return gradient.lower(params, BATCH).cost_analysis()["flops"]


def test_autoencoder_flops_follow_from_its_parameters():
    # conv_i works on a grid of 32 / 2**(i + 1) pixels a side, a dense layer once.
    multiplications = 0
    for name, leaf in parameters(Autoencoder(10, (28, 28, 1))).items():
        *_, layer, kind = name.split("/")
        if kind == "kernel":
            side = 16 >> int(layer[-1]) if layer.startswith("conv_") else 1
            multiplications += math.prod(leaf.shape) * side**2
    first = 16 * 16 * 9 * 32
    assert flops.step("conv") == 128 * 2 * (3 * multiplications - first)
    assert flops.autoencoder(zdim=32) / 1e9 == pytest.approx(5.27, abs=0.005)
    assert flops.step("decorrelation-128") == 4 * flops.step("decorrelation")


def test_autoencoder_flops_without_padding_are_what_xla_counts():
    # XLA leaves out products with the zeros around an image. Along one axis of
    # n windows the convolution loses 1 of 3n taps and the transposed one 2 of 4n.
    layers = []
    for side, inputs, outputs in ((16, 1, 32), (8, 32, 64), (4, 64, 128)):
        taps = (3 * side - 1) ** 2
        layers.append(taps * inputs * outputs)
    layers += [2048 * 10, 10 * 2048]
    for side, inputs, outputs in ((4, 128, 64), (8, 64, 32), (16, 32, 1)):
        taps = (4 * side - 2) ** 2
        layers.append(taps * inputs * outputs)
    init, loss = flax_side.model_of("conv")
    counted = operations(loss, jax.eval_shape(init))
    assert counted == pytest.approx(flops.training_step(layers, 128), rel=0.01)


def test_vae_flops_are_what_xla_counts():
    init, loss = flax_side.model_of("mlp")
    counted = operations(loss, jax.eval_shape(init))
    assert flops.step("mlp") == pytest.approx(counted, rel=0.02)


def test_plain_flax_computes_what_aejax_computes():
    shown = jax.random.uniform(jax.random.key(0), (3, 28, 28, 1))
    ours = Autoencoder(10, (28, 28, 1), width=4)
    plain = flax_side.PlainAutoencoder(width=4)
    params = jax.jit(ours.init)(jax.random.key(1), shown)
    like = jax.eval_shape(plain.init, jax.random.key(0), shown)
    names = {
        **{f"Conv_{i}": f"encoder/conv_{i}" for i in range(3)},
        **{f"ConvTranspose_{2 - i}": f"decoder/conv_{i}" for i in range(3)},
        "Dense_0": "encoder/latent",
        "Dense_1": "decoder/grid",
    }
    own = traverse_util.flatten_dict(params["params"], sep="/")
    same = {
        name: {kind: own[f"{names[name]}/{kind}"].reshape(leaf.shape)
               for kind, leaf in leaves.items()}
        for name, leaves in like["params"].items()
    }  # fmt: skip
    np.testing.assert_allclose(
        jax.jit(plain.apply)({"params": same}, shown),
        jax.jit(ours.apply)(params, shown),
        atol=1e-4,
    )


@pytest.mark.parametrize("name", MODELS)
def test_plain_flax_trains_as_many_parameters(name):
    theirs = jax.eval_shape(flax_side.model_of(name)[0])
    ours = parameters(jax_sides.network(name)).values()
    count = sum(math.prod(leaf.shape) for leaf in ours)
    assert sum(leaf.size for leaf in jax.tree.leaves(theirs)) == count


def test_vae_loss_of_a_code_that_says_nothing_is_known():
    # All weights zero: every pixel costs log 2, and the posterior is the prior.
    init, loss = flax_side.model_of("mlp")
    shown = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1), np.uint8)
    zero = jax.tree.map(lambda a: jnp.zeros(a.shape), jax.eval_shape(init))
    found = jax.jit(loss)(zero, jnp.asarray(shown), jax.random.key(2))
    assert float(found) == pytest.approx(784 * math.log(2), rel=1e-4)


def timing(contender, members, seconds, model="conv"):
    case = Case(model, contender, members, 10)
    return Timing(case, tuple(seconds), 10**9, None, 1, "")


def test_ratios_are_taken_within_each_round():
    # The machine is ten times slower in the second round; the ratio is not.
    eager = timing("torch-eager", 1, [1.0, 10.0, 1.0])
    per_core = timing("torch-per-core", 2, [1.0, 10.0, 1.0])
    ours = timing("aejax-map", 4, [2.0, 20.0, 2.4])
    gemm = timing(GEMM, 1, [0.05, 0.5, 0.1], model=GEMM)
    measured = Measured([gemm, eager, per_core, ours], [])
    assert ours.ms == pytest.approx(60)
    assert measured.ratio(ours, "torch-eager") == pytest.approx((0.5, 0.5, 0.6))
    assert measured.ratio(ours, "torch-per-core") == pytest.approx((1, 1, 1.2))
    assert measured.ratio(ours, "flax") is None
    assert measured.peak == pytest.approx(200e9)
    assert measured.fraction(ours) == pytest.approx(1 / 12)
    (verdict,) = goals.verdicts(measured, lambda members: "aejax-map", on_cpu=True)
    assert verdict.endswith("the goal of at most 0.750 is reached.")


def test_only_aejax_trains_several_members_and_calls_last_alike():
    contenders = ["aejax-vmap", "aejax-map", "flax", "torch-per-core"]
    rows = cases("conv", contenders, [1, 4, 12], 50, cores=2)
    found = [(row.contender, row.members, row.steps) for row in rows]
    assert found == [
        (GEMM, 1, 5),
        ("aejax-vmap", 1, 50),
        ("aejax-vmap", 4, 25),
        ("aejax-vmap", 12, 10),
        ("aejax-map", 4, 25),
        ("aejax-map", 12, 10),
        ("flax", 1, 12),
        ("torch-per-core", 2, 50),
    ]
    assert all(Case.read(row.written()) == row for row in rows)


def test_only_the_tuned_contenders_of_pytorch_get_a_tuned_malloc(tmp_path, monkeypatch):
    monkeypatch.setenv("MALLOC_TOP_PAD_", "1")
    own = {
        name: processes.environment(Case("mlp", name, 1, 1), tmp_path)
        for name in ("aejax-map", "torch-eager", "torch-default-malloc")
    }
    assert processes.MALLOC.items() <= own["torch-eager"].items()
    assert not processes.MALLOC.keys() & own["torch-default-malloc"].keys()
    assert not processes.MALLOC.keys() & own["aejax-map"].keys()


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [
        ("--contenders=aejax-map,keras", "--contenders=aejax-map,keras: keras is not"),
        ("--models=", "--models="),
        ("--seeds=3", "Unknown command line flag 'seeds'"),
        ("--compare=size", "--compare=size: value should be one of"),
        ("--compare=vae --members=3", "Unknown command line flag 'members'"),
    ],
)
def test_wrong_flags_are_refused(flag, complaint):
    with pytest.raises(UserError, match=complaint):
        benchmark.run(["benchmark", *flag.split()])


@pytest.mark.parametrize("compare", benchmark.COMPARISONS)
def test_each_comparison_has_help_of_its_own(compare, capsys):
    benchmark.run(["benchmark", f"--compare={compare}", "--help"])
    shown = capsys.readouterr().out
    assert f"experiments.benchmark --compare={compare}" in shown
    assert ("--contenders" in shown) == (compare == "speed")


def test_scratch_is_emptied_first_and_gone_at_the_end(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "of a killed run").touch()
    with processes.scratch(tmp_path / "cache") as place:
        assert not list(place.iterdir())
        (place / "file").touch()
    assert not list(tmp_path.iterdir())


class Tree:
    """Stands for a worker's command: a process with a child; neither ever answers."""

    SCRIPT = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])\n"
        "time.sleep(99)\n"
    )


def family(pid):
    return psutil.Process(pid).children(recursive=True)


def test_a_stopped_worker_takes_all_that_it_started_with_it(tmp_path, monkeypatch):
    popen, request, seen = subprocess.Popen, Request(), []

    def start(command, **options):
        process = popen([sys.executable, "-c", Tree.SCRIPT], **options)
        while not family(process.pid):
            assert process.poll() is None
        seen.extend([psutil.Process(process.pid), *family(process.pid)])
        request.signum = signal.SIGTERM
        return process

    monkeypatch.setattr(processes.subprocess, "Popen", start)
    with pytest.raises(processes.Interrupted, match="stopped by SIGTERM"):
        processes.Worker(Case("mlp", "flax", 1, 1), tmp_path / "flax", request)
    assert len(seen) == 2
    assert not any(process.is_running() for process in seen)


def run_benchmark(workdir, *given):
    return subprocess.run(
        [*COMMAND, f"--workdir={workdir}", *given],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
def test_benchmark_runs_from_flags_to_report(tmp_path):
    given = ("--models=mlp", "--contenders=aejax-map,aejax-sharded,flax", "--steps=2")
    done = run_benchmark(tmp_path, *given, "--members=1,2", "--rounds=1")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["contender"], row["members"]) for row in rows] == [
        *(("aejax-map", "1"), ("aejax-map", "2"), ("aejax-sharded", "2")),
        ("flax", "1"),
    ]
    for row in rows:
        assert float(row["ms"]) == float(row["round_1_ms"]) > 0
        assert float(row["compile_seconds"]) > 0
        assert float(row["peak_memory_bytes"]) > 1e8
    assert float(rows[-1]["to_flax"]) == 1
    assert "Time to the first step" in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "cache").exists()
    again = run_benchmark(tmp_path, *given, "--members=1,2", "--rounds=1")
    assert again.stdout == done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("when", ["starting flax", "round 2"])
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_stopped_benchmark_leaves_nothing_behind(tmp_path, when, signum):
    own = ("--models=mlp", "--contenders=flax", "--rounds=999", "--starts=false")
    when = {"starting flax": "starting mlp-flax-1"}.get(when, when)
    with subprocess.Popen(
        [*COMMAND, f"--workdir={tmp_path / 'run'}", *own],
        cwd=ROOT,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    ) as stopped:
        while when not in stopped.stderr.readline():
            assert stopped.poll() is None
        workers = family(stopped.pid)
        stopped.send_signal(signum)
        while stopped.poll() is None:
            workers += family(stopped.pid)
            stopped.stderr.read(1)
        assert stopped.returncode == 128 + signum
    assert workers
    assert not any(worker.is_running() for worker in workers)
    left = {path.name for path in tmp_path.rglob("*") if path.name != ".lock"}
    assert left == {"run", ".aejax.json", "config.json"}


def test_options_are_recorded_without_where_they_are_written():
    options = flags.parse(speed.Options, ["benchmark", "--rounds=2", "--workdir=x"])
    assert options.rounds == 2
    assert not {"workdir", "overwrite"} & options.deciding().keys()
