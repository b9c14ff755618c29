"""What `experiments.likelihood` trains beside it, says and draws."""
