"""Lists and prepares the data sets of aejax.

  python -m aejax.data                                  what is prepared where
  python -m aejax.data prepare mnist                    downloads
  python -m aejax.data prepare mnist --source=DIR       from original files in DIR

Original files: the four idx files of MNIST or Fashion-MNIST, gzipped or not; for
CIFAR-10 the folder cifar-10-batches-bin or cifar-10-binary.tar.gz.
"""

import sys
from collections.abc import Sequence

from absl import app, flags, logging

from aejax import terminal
from aejax.data import NAMES, describe, prepare
from aejax.data.tfds import places, sets
from aejax.errors import UserError

_SOURCE = flags.DEFINE_string("source", None, "Where the original files lie.")
_DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "TFDS's data directory [$TFDS_DATA_DIR or ~/tensorflow_datasets]."
)


def main(argv: Sequence[str]) -> None:
    """Runs the command of the command line."""
    # TFDS logs every step; --verbosity=0 shows that.
    if not flags.FLAGS["verbosity"].present:
        logging.set_verbosity(logging.WARNING)
    try:
        match argv[1:]:
            case []:
                _list()
            case ["prepare", name]:
                _prepare(name)
            case _:
                raise UserError(
                    f"Unknown command {' '.join(argv[1:])!r}: "
                    "nothing, or `prepare NAME`; see --help."
                )
    except UserError as error:
        sys.exit(f"aejax.data: {error}")


def _list() -> None:
    root = places.data_root(_DATA_DIR.value)
    print(f"Data sets in {root}:")
    for name in NAMES:
        known = sets.find(name)
        if places.is_prepared(known.folder(root)):
            state = f"prepared, {describe(name, root)['origin']}"
        else:
            state = "bundled, made on first use" if known.is_bundled else "not prepared"
        print(f"  {name:14} {known.builder.VERSION}  {state}")
    print(
        "To get one: `python -m aejax.data prepare NAME`, which downloads it, or with"
    )
    print("--source=DIR takes its original files from DIR.")


def _prepare(name: str) -> None:
    folder = sets.find(name).folder(places.data_root(_DATA_DIR.value))
    was_there = places.is_prepared(folder)
    folder = prepare(name, _DATA_DIR.value, _SOURCE.value)
    origin = describe(name, _DATA_DIR.value)["origin"]
    print(f"{name} is {'already ' * was_there}prepared in {folder} ({origin})")


if __name__ == "__main__":
    with terminal.output():
        app.run(main)
