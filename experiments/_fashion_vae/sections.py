"""Tables and figures of the report."""

from collections.abc import Sequence

from aejax.report.figures.grids import reconstructions, sheet
from aejax.report.figures.ranges import Ranges, ranges
from aejax.report.figures.scatter import scatters
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table
from aejax.run import records
from experiments._fashion_vae.evidence import (
    AE_BCE,
    AE_MSE,
    GAUSSIAN,
    KINDS,
    MIXTURE,
    PRIOR,
    Config,
    Evidence,
    Seen,
)

COLUMNS = (
    ("train.loss", Column("train loss", "nats", ".2f")),
    ("test.loss", Column("test loss", "nats", ".2f")),
    ("test.reconstruction", Column("reconstruction", "nats", ".2f")),
    ("test.kl", Column("KL", "nats", ".2f")),
    ("log_likelihood", Column("log-likelihood", "nats", ".2f")),
    ("active", Column("active units", "", ".1f")),
    ("mse", Column("MSE", "per pixel", ".5f")),
    ("frechet.prior", Column("Fréchet distance", "", ".1f")),
)


def row(seen: Seen) -> dict[str, object]:
    """A model's line of results.csv."""
    return {
        "kind": seen.kind,
        "config": seen.config.name,
        "seed": seen.seed,
        "train_loss": seen.train.loss,
        "train_reconstruction": seen.train.reconstruction,
        "train_kl": seen.train.kl,
        "validation_loss": seen.validation_loss,
        "test_loss": seen.test.loss,
        "test_reconstruction": seen.test.reconstruction,
        "test_kl": seen.test.kl,
        "log_likelihood": seen.log_likelihood,
        "active": seen.active,
        "test_mse": seen.mse,
        **{f"frechet_{way.lower()}": value for way, value in seen.frechet.items()},
    }


def headline(evidence: Evidence) -> Table:
    """One row per VAE, mean ± standard deviation over seeds."""
    configs = list(dict.fromkeys([*evidence.layers, *evidence.configs]))
    return _table(evidence, configs)


def _table(evidence: Evidence, configs: Sequence[Config]) -> Table:
    rows: list[list[Cell]] = [
        [
            config.label,
            *(evidence.spread(config, measure) for measure, _ in COLUMNS),
            "*" if config == evidence.best else "",
        ]
        for config in configs
    ]
    caption = (
        f"Mean ± standard deviation over {len(evidence.of(configs[0]))} seed(s) after "
        f"{evidence.epochs:.3g} epochs. Loss is the negative ELBO; the log-likelihood "
        f"is importance-weighted with {evidence.samples} draws; Fréchet distances are "
        f"of samples from the prior. * chosen by held-out training images. "
        f"{evidence.judge}"
    )
    columns = [Column("model"), *(column for _, column in COLUMNS), Column("*")]
    return Table(columns, rows, caption)


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    return [_layers(evidence), _sizes(evidence), _plain(evidence), _training(evidence)]


def layers_title(configs: Sequence[Config]) -> str:
    """The numbers of layers of encoders, input and code included."""
    depths = sorted({len(config.hidden) + 2 for config in configs})
    return f"Encoders of {' and '.join(map(str, depths))} layers"


def _layers(evidence: Evidence) -> Section:
    first = {c.label: evidence.of(c)[0] for c in evidence.layers}
    return Section(
        layers_title(evidence.layers),
        "The input and the code are counted as layers.",
        figures=[
            _reconstructions(evidence, first, "layers"),
            _samples(
                {name: seen.samples[PRIOR] for name, seen in first.items()}, "layers"
            ),
            _codes(evidence, first, "layers"),
        ],
        tables=[_table(evidence, evidence.layers)],
    )


def _sizes(evidence: Evidence) -> Section:
    panels = [
        Ranges(
            column.head,
            {c.label: evidence.spread(c, measure) for c in evidence.configs},
        )
        for measure, column in COLUMNS
        if measure not in ("train.loss", "mse")
    ]
    first = {c.label: evidence.of(c)[0] for c in evidence.configs}
    return Section(
        "Widths and latent sizes",
        figures=[
            Picture(
                ranges(panels),
                "sizes",
                "Measures of each configuration on the test images: mean over seeds "
                "and 95 % interval.",
            ),
            _samples(
                {name: seen.samples[PRIOR] for name, seen in first.items()}, "sizes"
            ),
            _codes(evidence, first, "sizes"),
        ],
        tables=[_table(evidence, evidence.configs)],
    )


def _plain(evidence: Evidence) -> Section:
    best = evidence.best
    first = {name: evidence.of(best, kind)[0] for kind, name in KINDS.items()}
    samples = {
        f"{name}, {way}": pictures
        for name, seen in first.items()
        for way, pictures in seen.samples.items()
    }
    return Section(
        "The chosen shape as a plain autoencoder",
        "An autoencoder has no prior: its samples are decoded from a Gaussian, and "
        "from a mixture of ten, fitted to its training codes.",
        figures=[
            _reconstructions(evidence, first, "plain"),
            _samples(samples, "plain"),
            _codes(evidence, first, "plain"),
        ],
        tables=[_plain_table(evidence)],
    )


def _plain_table(evidence: Evidence) -> Table:
    best = evidence.best
    columns = [
        Column("model"),
        Column("samples from"),
        Column("test cross-entropy", "nats", ".2f"),
        Column("MSE", "per pixel", ".5f"),
        Column("Fréchet distance", "", ".1f"),
    ]
    ways = {"vae": (PRIOR,), AE_BCE: (GAUSSIAN, MIXTURE), AE_MSE: (GAUSSIAN, MIXTURE)}
    rows: list[list[Cell]] = [
        [
            KINDS[kind],
            way,
            evidence.spread(best, "test.reconstruction", kind),
            evidence.spread(best, "mse", kind),
            evidence.spread(best, f"frechet.{way}", kind),
        ]
        for kind in KINDS
        for way in ways[kind]
    ]
    caption = (
        f"{best.label}, mean ± standard deviation over seeds, on the test images. MSE "
        "is of the mean code's picture; the VAE's cross-entropy is of a drawn code's."
    )
    return Table(columns, rows, caption)


def _reconstructions(evidence: Evidence, models: dict[str, Seen], name: str) -> Picture:
    return Picture(
        reconstructions(
            evidence.originals, {label: seen.pictures for label, seen in models.items()}
        ),
        f"reconstructions_{name}",
        "Test images, one of each class, and their reconstructions from the mean code, "
        "seed 0.",
    )


def _samples(pictures: dict, name: str) -> Picture:
    return Picture(
        sheet(list(pictures.items())),
        f"samples_{name}",
        "Samples, the first ten of each model, seed 0; not chosen.",
    )


def _codes(evidence: Evidence, models: dict[str, Seen], name: str) -> Picture:
    return Picture(
        scatters(
            {label: seen.codes for label, seen in models.items()},
            evidence.labels,
            evidence.class_names,
        ),
        f"codes_{name}",
        "Mean codes of test images on their two main axes, coloured by class, seed 0.",
    )


def _training(evidence: Evidence) -> Section:
    configs = list(dict.fromkeys([*evidence.layers, *evidence.configs]))
    runs = {
        config.label: records.curves(
            evidence.records,
            [f"vae,{config.name},seed={s.seed}" for s in evidence.of(config)],
            "test_loss",
        )
        for config in configs
    }
    return Section(
        "Training",
        figures=[
            Picture(
                curves(runs, ylabel="negative ELBO [nats per image]"),
                "training",
                "Loss of the held-out training images during training: mean over "
                "seeds, band from the least to the greatest.",
            )
        ],
    )
