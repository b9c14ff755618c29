"""`python -m aejax`: the command `aejax`."""

from aejax.commands import main

if __name__ == "__main__":
    main()
