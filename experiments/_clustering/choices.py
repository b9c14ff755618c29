"""The flags of the clustering study."""

from absl import flags

from aejax.run.lists import define_integers, define_numbers

ZDIMS = define_integers("zdims", (10,), "Lengths of the continuous latent.")
CAPACITIES = define_numbers(
    "capacities",
    (10,),
    "Last capacities of the continuous latent in nats; the paper's is 5.",
)
BETAS = define_numbers("betas", (1,), "Weights of the KL without capacities.")
CAPACITY_C = flags.DEFINE_float(
    "capacity_c", 5, "Last capacity of the category in nats; held at the log of k.", 0
)
GROWTH = flags.DEFINE_float(
    "growth", 0.7, "Share of the training within which capacities grow.", 0.01, 1
)
GAMMA = flags.DEFINE_float("gamma", 30, "Weight of the capacity terms.", 0)
AGREEMENT = flags.DEFINE_float(
    "agreement", 100, "Weight of the agreement of similar images; 0 for none.", 0
)
GAMMA_C = flags.DEFINE_float(
    "gamma_c", 0.3, "Weight of the category's capacity term beside the agreement.", 0
)
CONVOLUTIONAL = flags.DEFINE_bool(
    "convolutional", False, "Convolutions, like the paper's, instead of dense layers."
)
WIDTH = flags.DEFINE_integer("width", 8, "Channels of the first convolution.", 1)
PROJECTION = flags.DEFINE_integer(
    "projection", 64, "Length of the code by which distorted images agree.", 1
)
NEIGHBOURS = flags.DEFINE_integer(
    "neighbours", 5, "Similar training images that are to agree; 0: distortions.", 0, 50
)
HIDDEN = flags.DEFINE_integer(
    "hidden", 300, "Units of the layer before the latents, or of both dense layers.", 1
)
SAMPLES = flags.DEFINE_integer(
    "samples", 1000, "Samples of the conditional VAE that the judge names.", 10
)
