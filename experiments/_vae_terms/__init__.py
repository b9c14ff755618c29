"""What `experiments.vae_terms` says and draws, from the figures of its run."""
