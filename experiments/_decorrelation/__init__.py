"""What `experiments.decorrelation` says and draws, from the figures of its run."""
