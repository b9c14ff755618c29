"""Devices: which one is used, and why another one is not."""

import jax
import pytest

from aejax.lab.training import compiled, machine


@pytest.fixture
def root(tmp_path):
    (tmp_path / "dev" / "vfio").mkdir(parents=True)
    # Of every Linux with that module, and no TPU.
    (tmp_path / "dev" / "vfio" / "vfio").touch()
    return tmp_path


def test_this_machine_uses_what_it_has(caplog):
    with caplog.at_level("INFO", "aejax"):
        machine.announce()
    assert f"{jax.device_count()} x CPU" in caplog.text


@pytest.mark.parametrize(
    ("file", "extra"),
    [
        ("dev/nvidia0", "cuda"),
        ("proc/driver/nvidia/gpus/0000:00:1e.0", "cuda"),
        ("dev/accel0", "tpu"),
        ("dev/vfio/0", "tpu"),
    ],
)
def test_an_idle_accelerator_is_named_with_the_reason(root, file, extra):
    assert machine.idle(root, {}) == []
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).touch()
    (line,) = machine.idle(root, {})
    assert "NOT USED" in line
    assert f"aejax[{extra}" in line
    (line,) = machine.idle(root, {"JAX_PLATFORMS": "cpu"})
    assert "JAX_PLATFORMS=cpu" in line


def test_variables_tell_of_a_tpu(root):
    assert machine.has_tpu(root, {"TPU_WORKER_ID": "0"})
    assert not machine.has_tpu(root, {"TPU_SKIP_MDS_QUERY": "1", "TPU_NAME": ""})


@pytest.mark.parametrize(
    ("driver", "extra"), [("570.1", "cuda12"), ("580.2", "cuda13")]
)
def test_the_driver_decides_on_cuda(root, driver, extra):
    assert machine.cuda_extra(root) == "cuda12"
    file = root / "proc/driver/nvidia/version"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {driver}.86  May\n"
    )
    assert machine.cuda_extra(root) == extra


def test_a_platform_that_is_not_there_is_one_line():
    for error in (AssertionError(), RuntimeError("Unable to initialize\nbackend 'x'")):
        text = str(machine.unusable(error))
        assert "\n" not in text
        assert "JAX_PLATFORMS" in text


def test_the_cache_of_programs_has_a_key_of_processor_and_version(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    text = "processor: 0\nmodel name\t: A\ncpu MHz\t: {}\nflags\t: {}\n\nprocessor: 1\n"

    def key(*fields):
        cpuinfo.write_text(text.format(*fields))
        return compiled.key(cpuinfo)

    assert key(1, "fma") == key(2, "fma") != key(1, "fma avx512f")
    import jaxlib

    assert jaxlib.version.__version__ in key(1, "fma")


def test_few_folders_of_programs_are_kept(tmp_path):
    import os

    for age in range(5):
        (tmp_path / str(age)).mkdir()
        (tmp_path / str(age) / ".used").touch()
        os.utime(tmp_path / str(age) / ".used", (1000 - age, 1000 - age))
    (tmp_path / "of others").mkdir()
    compiled._forget(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"0", "1", "2", "of others"}


def test_one_line_names_every_other_process_on_the_gpu():
    listed = "11, python3, 528 MiB\n12, python3, 18 MiB\n13, julia, 4 MiB\n"
    (line,) = machine.others(listed, own=12)
    assert "11 (python3, 528 MiB)" in line
    assert "13 (julia, 4 MiB)" in line
    assert "12 (" not in line
    assert not list(machine.others("12, python3, 18 MiB\n", own=12))
    assert not list(machine.others("No devices were found\n", own=12))
