"""The command `aejax`, wherever it is installed: `aejax run STUDY`, `aejax data`."""

import ast
import difflib
import importlib.util
import pkgutil
import runpy
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from aejax import terminal

PACKAGE = "aejax.experiments"
"""The studies, as an installed package has them; in a checkout `experiments`."""

USAGE = """usage: aejax COMMAND ...

  aejax run                          lists the studies
  aejax run decorrelation --help     the flags of one
  aejax run decorrelation --zdims=4,8,16,32
  aejax data                         lists the data sets, and prepares them
  aejax --version
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Runs a command line, and exits: 2 where there is no such command."""
    with terminal.output():
        _main(list(sys.argv[1:] if argv is None else argv))


def _main(words: list[str]) -> None:
    match words:
        case [] | ["help" | "-h" | "--help"]:
            print(USAGE, end="")
        case ["--version"]:
            print(metadata.version("aejax"))
        case ["run"] | ["run", "-h" | "--help" | "--list"]:
            print(listing("aejax run "))
        case ["run", name, *flags]:
            _run(name, flags)
        case ["data", *rest]:
            _as_main("aejax.data.__main__", ["aejax data", *rest])
        case [name, *flags] if name in studies():
            _run(name, flags)
        case [other, *_]:
            _refuse(f"there is no command {other!r}; aejax --help lists them")


def listing(prefix: str) -> str:
    """Every study with what it is about.

    Args:
      prefix: of its name in a command.
    """
    found = studies()
    width = max(map(len, found))
    lines = [f"{prefix}{name:<{width}} {text}" for name, text in found.items()]
    return "\n".join([*lines, "", "Add --help to any of them for its flags."])


def studies() -> dict[str, str]:
    """Names of the studies, and the first lines of their docstrings; none imported."""
    folder = Path(_place()).parent
    names = [m.name for m in pkgutil.iter_modules([str(folder)]) if m.name[0] != "_"]
    found = {}
    for name in sorted(names):
        own = folder / name / "__init__.py"
        path = own if own.exists() else folder / f"{name}.py"
        source = path.read_text(encoding="utf-8")
        text = ast.get_docstring(ast.parse(source)) or ""
        found[name] = text.partition("\n")[0]
    return found


def _place() -> str:
    """Imports the package of studies, installed or beside this one; its file."""
    if PACKAGE not in sys.modules:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None:
            folder = Path(__file__).parents[1] / "experiments"
            spec = importlib.util.spec_from_file_location(
                PACKAGE,
                folder / "__init__.py",
                submodule_search_locations=[str(folder)],
            )
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(PACKAGE)
        module = importlib.util.module_from_spec(spec)
        sys.modules[PACKAGE] = module
        spec.loader.exec_module(module)
    return str(sys.modules[PACKAGE].__file__)


def _run(name: str, flags: Sequence[str]) -> None:
    known = studies()
    name = name.removeprefix("experiments.").replace("-", "_")
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        _refuse(f"there is no study {name!r}; {hint}")
    _as_main(f"{PACKAGE}.{name}", [name, *flags])


def _as_main(module: str, argv: list[str]) -> None:
    """Runs a module as `python -m` does, with arguments of its own."""
    sys.argv = argv
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _refuse(reason: str) -> None:
    print(f"error: {reason}", file=sys.stderr)
    sys.exit(2)
