"""What studies of generators share: spaces, samples, what is measured of them."""
