"""What `experiments.fashion_vae` measures, says and draws."""
