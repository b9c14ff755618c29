"""Results without training, and a study that trains in no time."""

import contextlib
import dataclasses

import jax
import numpy as np
import pytest

from aejax import data, lab
from aejax.data.tfds import bundled
from aejax.lab import cli
from aejax.lab.results import Results
from aejax.losses.reconstruction import pixel_mse

ERROR = lab.Measure("error", "error", "px", ".3f", better="lower")
"""The measure of results that are made from one array."""


@pytest.fixture(scope="session")
def few_digits():
    """50 training and 50 test digits as the data of a study."""
    found, labels = bundled.digits("test")
    train, test = (
        data.Images(found[rows, :, :, None], labels[rows])
        for rows in (np.arange(0, 1000, 20), np.arange(10, 1000, 20))
    )
    facts = {"name": "few_digits", "class_names": [str(i) for i in range(10)]}
    return lab.Data(facts, train, test)


@pytest.fixture(scope="session")
def make_results(few_digits):
    """`(values, ...) -> Results` of conditions with a factor "size" 1, 2, 4 ..."""

    def make(values, *, measures=None, factors=None, **fields):
        if not isinstance(values, dict):
            values = {"error": values}
        values = {name: np.asarray(v, float) for name, v in values.items()}
        count = len(next(iter(values.values())))
        factors = factors or [{"size": 2**i} for i in range(count)]
        labels = [f"size {2**i}" for i in range(count)]
        conditions = tuple(
            lab.Condition(own, label=label)
            for own, label in zip(factors, labels, strict=True)
        )
        known = [dataclasses.replace(ERROR, name=n, label=n) for n in values]
        return Results(
            options=lab.Options(),
            data=few_digits,
            conditions=conditions,
            measures=tuple(measures or known),
            values=values,
            **fields,
        )

    return make


@dataclasses.dataclass(frozen=True)
class Options(lab.Options):
    """Of the study that trains in no time."""

    zdims: tuple[int, ...] = lab.option((2, 4), "Latent sizes.", minimum=1)
    seeds: int = lab.option(2, "Runs.", minimum=1)
    steps: int = lab.option(6, "Steps.", minimum=1)
    batch_size: int = lab.option(8, "Examples.", minimum=1)
    chunk: int = lab.option(2, "Steps of a chunk.", minimum=1)
    executor: str = lab.option("map", "How.", choices=("map", "vmap", "sharded"))
    learning_rate: float = lab.option(2e-3, "Learning rate.", minimum=0)
    bad: int | None = lab.option(None, "Latent size that diverges.")


MEASURES = (
    lab.Measure("mse", "MSE", "per pixel", ".5f", better="lower"),
    lab.Measure("extent", "extent", format=".3f"),
)


def predict(model, params, batch):
    logits = model.apply(params, batch["image"])
    shown = jax.nn.sigmoid(logits)
    codes = model.apply(params, batch["image"], method="encode")
    return {"codes": codes, "mse": pixel_mse(shown, batch["image"]), "images": shown}


def measure(condition, found, data):
    codes = found["codes"][:, : condition["zdim"]]
    return lab.Measured(
        {"mse": found["mse"].mean(), "extent": codes.std()},
        {"reconstructions": found["images"][data.one_per_class]},
    )


def report(results):
    first, last = results.conditions[0], results.conditions[-1]
    return [
        lab.Section(
            "Errors",
            "Two measures.",
            lab.Versus(first, last, MEASURES),
            lab.Beats(first, MEASURES[0], baseline="mean image"),
            lab.Change(MEASURES[1], "zdim"),
            lab.Caution(True, "Very few images."),
            lab.Summary(MEASURES, beside={"mse": "mean image"}, show_seconds=True),
            lab.Lines(MEASURES, "zdim", references=("mean image",)),
            lab.Forest(MEASURES),
            lab.Images(),
        ),
        lab.Section("Training", lab.Curves("loss", "loss", per_epoch=6.25)),
    ]


@dataclasses.dataclass(frozen=True)
class Study(lab.Experiment):
    """An experiment whose data are at hand."""

    at_hand: lab.Data | None = None

    def load(self, options):
        del options
        return self.at_hand


@pytest.fixture(scope="session")
def study(denoising, make_dense, few_digits):
    """Dense autoencoders of two sizes."""

    def design(options, data):
        del data
        return [
            lab.Condition(
                {"zdim": d},
                make_dense("", d).model,
                {"learning_rate": 3e38} if d == options.bad else {},
                label=f"d = {d}",
            )
            for d in options.zdims
        ]

    def baselines(options, data):
        del options
        mean = lab.unit(data.train).mean(0)
        error = float(np.square(lab.unit(data.test) - mean).mean())
        return {"mean image": {"mse": error}}

    def check(options, data):
        del data
        if max(options.zdims) > 784:
            raise lab.OptionError("zdims", options.zdims, "more than there are pixels")

    return Study(
        name="study",
        title="A study of a test",
        question="Is a test a study?",
        options=Options,
        measures=MEASURES,
        report=report,
        design=design,
        algorithm=lambda options, model: denoising(model),
        predict=predict,
        measure=measure,
        baselines=baselines,
        check=check,
        at_hand=few_digits,
    )


@pytest.fixture
def file_limit():
    """`(bytes) -> context` in which no file can grow beyond that, as on a full disk."""
    resource = pytest.importorskip("resource")

    @contextlib.contextmanager
    def limit(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


@pytest.fixture
def command(study, monkeypatch, capsys):
    """`(*flags) -> (exit code, output, errors)` of the study's command line."""
    monkeypatch.setattr(cli, "configure", lambda: None)

    def run(*flags, experiment=study):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main(experiment, ["study", *map(str, flags)])
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return run


@pytest.fixture
def refused(command):
    """`(*flags) -> complaint`: one line and exit code 1, and nothing else."""

    def run(*flags, **how):
        code, printed, complaint = command(*flags, **how)
        assert code == 1
        assert printed == ""
        assert complaint.startswith("error: ")
        assert complaint.count("\n") == 1
        return complaint

    return run
