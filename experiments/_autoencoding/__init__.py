"""What `experiments.autoencoding` says and draws, from the figures of its run."""
