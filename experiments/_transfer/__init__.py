"""What `experiments.transfer` trains, says and draws."""
