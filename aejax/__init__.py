"""aejax: a pure-JAX autoencoder laboratory."""
