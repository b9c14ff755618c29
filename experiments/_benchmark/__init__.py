"""The rooms of `experiments.benchmark`."""
