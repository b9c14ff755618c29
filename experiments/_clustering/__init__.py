"""What `experiments.clustering` says and draws, from the figures of its run."""
