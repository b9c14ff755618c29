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

from aejax.models import Autoencoder
from experiments._benchmark import flax_side, flops, goals, vae
from experiments._benchmark.cases import GEMM, Case, cases
from experiments._benchmark.measure import Timing
from experiments._benchmark.summary import Measured

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "experiments.benchmark")
ENVIRONMENT = {**os.environ, "JAX_PLATFORMS": "cpu"}
PICTURES = jax.ShapeDtypeStruct((128, 28, 28, 1), jnp.uint8)


def parameters(model):
    example = jnp.zeros((1, 28, 28, 1))
    tree = jax.eval_shape(model.init, jax.random.key(0), example)
    return traverse_util.flatten_dict(tree["params"], sep="/")


def operations(loss, params):
    """What XLA counts for the gradient of a loss."""
    gradient = jax.jit(jax.grad(lambda p, x: loss(p, x, jax.random.key(0))))
    return gradient.lower(params, PICTURES).cost_analysis()["flops"]


def test_autoencoder_flops_follow_from_its_parameters():
    # conv_i works on a grid of 32 / 2**(i + 1) pixels a side, a dense layer once.
    multiplications = 0
    for name, leaf in parameters(Autoencoder(10, (28, 28, 1))).items():
        *_, layer, kind = name.split("/")
        if kind == "kernel":
            side = 16 >> int(layer[-1]) if layer.startswith("conv_") else 1
            multiplications += math.prod(leaf.shape) * side**2
    first = 16 * 16 * 9 * 32
    assert flops.autoencoder() == 128 * 2 * (3 * multiplications - first)
    assert flops.autoencoder(zdim=32) / 1e9 == pytest.approx(5.27, abs=0.005)


def test_autoencoder_flops_without_padding_are_what_xla_counts():
    # XLA leaves out products with the zeros around a picture. Along one axis of
    # n windows the convolution loses 1 of 3n taps and the transposed one 2 of 4n.
    layers = []
    for side, inputs, outputs in ((16, 1, 32), (8, 32, 64), (4, 64, 128)):
        taps = (3 * side - 1) ** 2
        layers.append(taps * inputs * outputs)
    layers += [2048 * 10, 10 * 2048]
    for side, inputs, outputs in ((4, 128, 64), (8, 64, 32), (16, 32, 1)):
        taps = (4 * side - 2) ** 2
        layers.append(taps * inputs * outputs)
    model = flax_side.PlainAutoencoder()
    shapes = jax.eval_shape(model.init, jax.random.key(0), jnp.zeros((1, 28, 28, 1)))
    counted = operations(lambda *a: flax_side.squared_error(model, *a), shapes)
    assert counted == pytest.approx(flops.training_step(layers, 128), rel=0.01)


def test_vae_flops_are_what_xla_counts():
    model = vae.MlpVae()
    shapes = jax.eval_shape(model.init, jax.random.key(0), jnp.zeros((1, 28, 28, 1)))
    counted = operations(lambda *a: vae.negative_elbo(model, *a), shapes)
    assert flops.vae() == pytest.approx(counted, rel=0.02)


def test_plain_flax_computes_what_aejax_computes():
    pictures = jax.random.uniform(jax.random.key(0), (3, 28, 28, 1))
    ours, plain = Autoencoder(10, (28, 28, 1)), flax_side.PlainAutoencoder()
    params = ours.init(jax.random.key(1), pictures)
    like = jax.eval_shape(plain.init, jax.random.key(0), pictures)
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
        plain.apply({"params": same}, pictures),
        ours.apply(params, pictures),
        atol=1e-4,
    )


@pytest.mark.parametrize("model", ["conv", "mlp"])
def test_pytorch_trains_as_many_parameters(model):
    pytest.importorskip("torch")
    from experiments._benchmark import torch_side

    theirs = torch_side.autoencoder() if model == "conv" else torch_side.Vae()
    ours = Autoencoder(10, (28, 28, 1)) if model == "conv" else vae.MlpVae()
    count = sum(math.prod(leaf.shape) for leaf in parameters(ours).values())
    assert sum(weight.numel() for weight in theirs.parameters()) == count


def test_vae_loss_of_a_code_that_says_nothing_is_known():
    # All weights zero: every pixel costs log 2, and the posterior is the prior.
    model = vae.MlpVae()
    pictures = jax.random.uniform(jax.random.key(0), (5, 28, 28, 1))
    params = jax.tree.map(jnp.zeros_like, model.init(jax.random.key(1), pictures))
    loss = vae.negative_elbo(model, params, pictures, jax.random.key(2))
    assert float(loss) == pytest.approx(784 * math.log(2), rel=1e-6)


def timing(contender, members, seconds, model="conv"):
    case = Case(model, contender, members, 10)
    return Timing(case, tuple(seconds), 10**9, None, 1, "")


def test_ratios_are_taken_within_each_round():
    # The machine is ten times slower in the second round; the ratio is not.
    eager = timing("torch-eager", 1, [1.0, 10.0, 1.0])
    ours = timing("aejax-map", 4, [2.0, 20.0, 2.4])
    gemm = timing(GEMM, 1, [0.05, 0.5, 0.1], model=GEMM)
    measured = Measured([gemm, eager, ours], [])
    assert ours.ms == pytest.approx(60)
    assert measured.ratio(ours, "torch-eager") == pytest.approx((0.5, 0.5, 0.6))
    assert measured.ratio(ours, "flax") is None
    assert measured.peak == pytest.approx(200e9)
    assert measured.share(ours) == pytest.approx(1 / 12)
    (verdict,) = goals.verdicts(measured, "aejax-map", on_cpu=True)
    assert verdict.endswith("0.750: reached.")


def test_only_aejax_trains_several_members_and_calls_last_alike():
    rows = cases("conv", ["aejax-vmap", "aejax-map", "flax"], [1, 4, 12], 50)
    found = [(row.contender, row.members, row.steps) for row in rows]
    assert found == [
        (GEMM, 1, 5),
        ("aejax-vmap", 1, 50),
        ("aejax-vmap", 4, 25),
        ("aejax-vmap", 12, 8),
        ("aejax-map", 4, 25),
        ("aejax-map", 12, 8),
        ("flax", 1, 12),
    ]


def benchmark(workdir, *flags):
    return subprocess.run(
        [*COMMAND, f"--workdir={workdir}", *flags],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_benchmark_runs_from_flags_to_report(tmp_path):
    flags = ("--models=mlp", "--contenders=aejax-map,flax", "--members=1")
    done = benchmark(tmp_path, *flags, "--rounds=1", "--steps=2")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["contender"] for row in rows] == ["aejax-map", "flax"]
    for row in rows:
        assert float(row["ms"]) == float(row["round_1_ms"]) > 0
        assert float(row["compile_seconds"]) > 0
        assert float(row["peak_memory_bytes"]) > 1e8
    assert float(rows[1]["to_plain_flax"]) == 1
    assert "cold cache" in done.stdout
    assert "Time to the first step" in (tmp_path / "report.html").read_text()
    again = benchmark(tmp_path, *flags, "--rounds=1", "--steps=2")
    assert again.stdout == done.stdout


def test_stopped_benchmark_leaves_nothing_behind(tmp_path):
    with subprocess.Popen(
        [*COMMAND, f"--workdir={tmp_path / 'run'}", "--contenders=flax"],
        cwd=ROOT,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    ) as stopped:
        while "starting" not in stopped.stderr.readline():
            pass
        while not (workers := psutil.Process(stopped.pid).children()):
            pass
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(timeout=60) == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    # A worker whose own start was interrupted ends when it finds its input closed.
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not [w for w in alive if w.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [
        ("--contenders=aejax-map,keras", "--contenders=aejax-map,keras: give each of"),
        ("--models=", "--models="),
        ("--seeds=3", "the benchmark has no --seeds"),
    ],
)
def test_wrong_flags_end_in_one_line(tmp_path, flag, complaint):
    done = benchmark(tmp_path / "none", flag)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {complaint}")
    assert not (tmp_path / "none").exists()
