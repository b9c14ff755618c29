"""How fast is aejax, and does it train what PyTorch trains?

--compare=speed times training steps: convolutional autoencoders, a VAE of dense layers
and a U-Net, several numbers of members, every executor; compared with PyTorch (eager,
compiled, with tuned and default malloc, in a process per core), plain Flax, and the
speed of a matrix product. The contenders compute in turn, so that ratios hold on a
machine that is not quite idle.

--compare=vae trains one VAE by aejax and by PyTorch, and shows both losses.
--compare=likelihood does so with VAE and IWAE, evaluated by the same program.

The last two need PyTorch. Each comparison has flags of its own: add --help. A
finished run is shown again; --overwrite measures anew.
"""

from collections.abc import Sequence
from importlib import import_module

from absl import flags as absl_flags

from aejax.lab import cli, flags

PLACES = {
    "vae": "._benchmark.agreement",
    "likelihood": "._benchmark.likelihood",
}
"""Comparisons that are experiments of the laboratory, and where they are."""

COMPARISONS = ("speed", *PLACES)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the comparison that the command line names, and exits."""
    cli.command(run, argv)


def run(arguments: Sequence[str]) -> None:
    """Runs a comparison, or shows its flags."""
    compare = chosen(arguments)
    # PyTorch and what surrounds it are imported where they are needed.
    if compare == "speed":
        from ._benchmark import speed

        options, question = speed.Options, __doc__
    else:
        experiment = import_module(PLACES[compare], __package__).EXPERIMENT
        options, question = experiment.options, experiment.question
    if flags.HELP & set(arguments[1:]):
        command = f"{cli.IN_CHECKOUT}benchmark --compare={compare}"
        print(cli.as_called(flags.help_text(options, command, question or "")))
    elif compare == "speed":
        speed.main(arguments)
    else:
        cli.run(experiment, arguments)


def chosen(arguments: Sequence[str]) -> str:
    """The value of --compare among any other flags.

    Raises:
      UserError: there is no such comparison.
    """
    found = absl_flags.FlagValues()
    absl_flags.DEFINE_enum(
        "compare", COMPARISONS[0], COMPARISONS, "", flag_values=found
    )
    try:
        found(list(arguments), known_only=True)
    except absl_flags.Error as error:
        raise flags.UserError(str(error)) from error
    return found.compare


if __name__ == "__main__":
    main()
