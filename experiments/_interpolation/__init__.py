"""What `experiments.interpolation` measures, says and draws."""
