"""What can theory say of learned representations, and does it hold when it is run?

Seventeen questions, each answered by a short program: `python -m experiments.theory`
lists them.
"""

from aejax.report.pages import Chapter

CHAPTERS = (
    Chapter(
        "Foundations",
        "New here? Begin with these: derivatives, descent, and what layers can do.",
        ("chain_rule", "gradient_descent", "composition"),
    ),
    Chapter(
        "Layers",
        "Kinds of convolution, and how attention relates to them.",
        ("convolutions", "dilated_convolution", "attention"),
    ),
    Chapter(
        "Autoencoders",
        "What a code keeps, by its size, its loss and its training, and how to tell.",
        ("code_sizes", "pixel_losses", "supervision", "judging"),
    ),
    Chapter(
        "Variational autoencoders",
        "Codes with a distribution: how they are trained, and what they are good for.",
        (
            "reparameterization", "holes", "complex_images", "disentanglement",
            "semi_supervised",
        ),
    ),
    Chapter(
        "Tasks",
        "Two tasks whose loss has to be chosen with care.",
        ("angles", "translation"),
    ),
)  # fmt: skip
"""The questions in groups, in the order in which they are to be read."""
