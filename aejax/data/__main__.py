"""Lists and prepares the data sets of aejax.

  python -m aejax.data                                  what is prepared where
  python -m aejax.data prepare mnist                    downloads
  python -m aejax.data prepare mnist --source=DIR       from original files in DIR
  python -m aejax.data prepare mnist --again            anew, where it is damaged

Original files: the four idx files of MNIST, Fashion-MNIST, KMNIST or EMNIST, gzipped or
not, Keras' mnist.npz, or EMNIST's gzip.zip; of CIFAR-10 the binary version or that for
Python, as folder or archive; of svhn_cropped train_32x32.mat and test_32x32.mat.

Own images need no preparing: every experiment takes their folder, or a file .npy or
.npz, as --dataset=PATH.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import app, flags, logging

from aejax import terminal
from aejax.data import NAMES, describe, prepare
from aejax.data.tfds import foreign, places, sets
from aejax.errors import UserError

_SOURCE = flags.DEFINE_string("source", None, "Where the original files lie.")
_AGAIN = flags.DEFINE_bool("again", False, "Prepare anew what is there, as if damaged.")
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
        print(f"  {name:16} {sets.find(name).builder.VERSION}  {_state(name, root)}")
    for name, folder in foreign.prepared(root).items():
        print(f"  {name:16} {folder.name}  prepared by TFDS itself")
    print(
        "To get one: `python -m aejax.data prepare NAME`, which downloads it, or with"
    )
    print("--source=DIR takes its original files from DIR. Own images: --dataset=PATH")
    print("of any experiment takes a folder, or a file .npy or .npz.")


def _state(name: str, root: Path) -> str:
    known = sets.find(name)
    if not places.is_prepared(known.folder(root)):
        return "bundled, made on first use" if known.is_bundled else "not prepared"
    try:
        return f"prepared, {describe(name, root)['origin']}"
    except UserError as error:
        return f"damaged: {error}"


def _prepare(name: str) -> None:
    if name not in NAMES:
        folder = prepare(name, _DATA_DIR.value, _SOURCE.value, again=_AGAIN.value)
        print(f"{name} is prepared in {folder}")
        return
    folder = sets.find(name).folder(places.data_root(_DATA_DIR.value))
    was_there = places.is_prepared(folder) and not _AGAIN.value
    folder = prepare(name, _DATA_DIR.value, _SOURCE.value, again=_AGAIN.value)
    origin = describe(name, _DATA_DIR.value)["origin"]
    print(f"{name} is {'already ' * was_there}prepared in {folder} ({origin})")


if __name__ == "__main__":
    with terminal.output():
        app.run(main)
