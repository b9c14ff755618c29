"""The studies. Each is one file and one command: `python -m experiments.NAME`."""
