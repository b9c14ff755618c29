"""Tables and figures of the report."""

from collections.abc import Collection, Sequence

from aejax.report.figures.grids import reconstructions
from aejax.report.figures.sizes import against
from aejax.report.figures.tradeoff import Path, tradeoff
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table
from aejax.report.words import listed
from aejax.run import records
from experiments._autoencoding.evidence import Config, Evidence, Seen

LABELS = {
    "zdim": "latent size",
    "depth": "depth",
    "width": "width",
    "fc_layers": "dense layers",
}


def varied(names: Collection[str]) -> str:
    """What is varied, in words: "depth, width and dense layers"."""
    return listed([LABELS[name] for name in names])


def row(seen: Seen) -> dict[str, object]:
    """A member's line of results.csv."""
    return {
        **seen.config._asdict(),
        "seed": seen.seed,
        "test_mse": seen.mse,
        "train_mse": seen.train_mse,
        "psnr": seen.psnr,
        "ssim": seen.ssim,
        "parameters": seen.parameters,
        "flops": seen.flops,
        "train_seconds": seen.seconds,
    }


def headline(evidence: Evidence) -> Table:
    """One row per configuration, mean ± standard deviation over seeds."""
    return _table(evidence, evidence.configs)


def _table(evidence: Evidence, configs: Sequence[Config]) -> Table:
    columns = [
        Column("d"),
        Column("depth"),
        Column("width"),
        Column("dense"),
        Column("test MSE", "per pixel", ".5f"),
        Column("PCA MSE", "per pixel", ".5f"),
        Column("PSNR", "dB", ".2f"),
        Column("SSIM", "", ".3f"),
        Column("parameters", "thousands", ".1f"),
        Column("operations", "MFLOP", ".2f"),
        Column("training", "s", ".1f"),
        Column("best"),
    ]
    rows: list[list[Cell]] = []
    for config in configs:
        one = evidence.of(config)[0]
        rows.append(
            [
                config.zdim,
                config.depth,
                config.width,
                config.fc_layers,
                evidence.spread(config),
                evidence.pca[config.zdim].mse,
                evidence.spread(config, "psnr"),
                evidence.spread(config, "ssim"),
                one.parameters / 1e3,
                one.flops / 1e6,
                one.seconds,
                "*" if config == evidence.best else "",
            ]
        )
    caption = (
        f"Mean ± standard deviation over {evidence.seeds} seed(s) after "
        f"{evidence.epochs:.3g} epochs; SSIM over {evidence.ssim_images:,} of the "
        "test images, the same for all. Parameters and operations (per image) are of "
        "encoder and decoder, training time is one member's share of its program."
    )
    return Table(columns, rows, caption)


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    latent = [_latent(evidence)] if "zdim" in evidence.paths else []
    shapes = {name: path for name, path in evidence.paths.items() if name != "zdim"}
    shape = [_shape(evidence, shapes)] if shapes else []
    return [*latent, *shape, _all(evidence)]


def _latent(evidence: Evidence) -> Section:
    path = evidence.paths["zdim"]
    zdims = [config.zdim for config in path]
    errors = against(
        zdims,
        {"autoencoder": evidence.errors(path)},
        xlabel="latent size d",
        ylabel="test MSE per pixel",
        reference={"PCA": [evidence.pca[d].mse for d in zdims]},
        log_y=True,
    )
    pictures = {
        f"d = {config.zdim}": evidence.of(config)[0].pictures for config in path
    }
    return Section(
        "Latent size",
        figures=[
            Picture(
                errors,
                "latent",
                "Squared error per pixel of the test images against the latent size. "
                "Faint points are seeds, bars their standard deviation.",
            ),
            Picture(
                reconstructions(evidence.originals, pictures),
                "reconstructions",
                "Test images, one of each class, and their reconstructions, seed 0.",
            ),
            _training(evidence, path, "zdim"),
        ],
    )


def _shape(evidence: Evidence, paths: dict[str, Sequence[Config]]) -> Section:
    drawn = {
        LABELS[name]: Path(
            [evidence.of(config)[0].parameters for config in path],
            evidence.errors(path),
            [str(getattr(config, name)) for config in path],
        )
        for name, path in paths.items()
    }
    base = evidence.base
    figure = tradeoff(
        drawn, xlabel="parameters", ylabel="test MSE per pixel", log_y=True
    )
    return Section(
        varied(paths).capitalize(),
        f"All at d = {base.zdim}; what is not varied is depth {base.depth}, width "
        f"{base.width} and {base.fc_layers} dense layers in each half.",
        figures=[
            Picture(
                figure,
                "shapes",
                "Test error against the number of parameters; beside each point the "
                "number that is varied, bars are standard deviations over seeds.",
            ),
            *(_training(evidence, path, name) for name, path in paths.items()),
        ],
    )


def _training(evidence: Evidence, path: Sequence[Config], name: str) -> Picture:
    runs = {
        f"{LABELS[name]} {getattr(config, name)}": records.curves(
            evidence.records,
            [config.member(seen.seed) for seen in evidence.of(config)],
            "test_mse",
        )
        for config in path
    }
    return Picture(
        curves(runs, ylabel="test MSE per pixel", log_y=True),
        f"training_{name}",
        f"Test error during training for each {LABELS[name]}: mean over seeds, band "
        "from the least to the greatest.",
    )


def _all(evidence: Evidence) -> Section:
    return Section("All configurations", tables=[headline(evidence)])
