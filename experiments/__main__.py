"""Lists the experiments: `python -m experiments`."""

import ast
import pkgutil
from pathlib import Path

HERE = Path(__file__).parent


def first_line(name: str) -> str:
    """The first line of an experiment's docstring, without importing it."""
    folder = HERE / name
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    source = path.read_text()
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def main() -> None:
    """Prints every experiment with what it is about."""
    names = [m.name for m in pkgutil.iter_modules([str(HERE)]) if m.name[0] != "_"]
    for name in sorted(names):
        print(f"python -m experiments.{name:<16} {first_line(name)}")
    print("\nAdd --help to any of them for its flags.")


if __name__ == "__main__":
    main()
