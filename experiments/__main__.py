"""Lists the experiments: `python -m experiments`."""

from aejax import terminal
from aejax.commands import listing

if __name__ == "__main__":
    with terminal.output():
        print(listing("python -m experiments."))
