"""Every model may be zero-padded, and `verify_padding` knows those that may not."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import models, padding
from aejax.models import decoders, encoders, posteriors

SHAPE = (8, 8, 1)
SMALL = {"image_shape": SHAPE, "width": 2, "depth": 2}
NATIVE = {**SMALL, "method": "native"}
RANDOM = np.random.default_rng(0)
IMAGES = jnp.asarray(RANDOM.integers(0, 256, (3, *SHAPE)), jnp.uint8)
CODES = jnp.asarray(RANDOM.normal(size=(3, 4)), jnp.float32)
LABELS = jnp.arange(3)
JOINT = {"categories": 3, "projection": 2}
CLASSES = {"classes": 3, "condition_encoder": True}
GAN = models.LatentGAN(models.Generator(4, 3, 5, 2), models.Critic(6, 3))
CLASS_GAN = models.LatentGAN(
    models.Generator(4, 2, 5, 3, 3, nn.gelu), models.Critic(4, 2, 3, nn.elu)
)
FITTING = {
    "autoencoder": (models.Autoencoder(3, **SMALL), IMAGES),
    "autoencoder, dense": (models.Autoencoder(3, **SMALL, fc_layers=2), IMAGES),
    "native": (models.Autoencoder(3, **SMALL, method="native"), IMAGES),
    "half": (models.Autoencoder(3, **SMALL, dtype=jnp.bfloat16), IMAGES),
    "classifier": (models.Classifier(4, 3, **SMALL), IMAGES),
    "head": (models.Head(3, 5, nn.gelu), CODES),
    "mlp_vae": (models.mlp_vae(2, (7, 5), SHAPE, **JOINT), IMAGES),
    "mlp_vae, class": (models.mlp_vae(2, (5,), SHAPE, **CLASSES), (IMAGES, LABELS)),
    "conv_vae": (models.conv_vae(2, 5, **SMALL), IMAGES),
    "conv_vae, class": (
        models.conv_vae(2, 5, **SMALL, **CLASSES, **JOINT, activation=nn.silu),
        (IMAGES, LABELS),
    ),
    "unet": (models.UNet(**SMALL), IMAGES),
    "unet, no skips": (models.UNet(**NATIVE, skips=False, activation=nn.gelu), IMAGES),
    "unet, consistent": (models.UNet(**NATIVE, consistent=True), IMAGES),
    "code_unmixer": (models.code_unmixer(2, 5, **SMALL), IMAGES),
    "code_unmixer, vae": (
        models.code_unmixer(2, 5, **SMALL, variational=True, consistent=True),
        IMAGES,
    ),
    "encoder": (models.ConvEncoder(3, 2, 2), IMAGES),
    "dense encoder": (models.MlpEncoder((6, 3)), IMAGES),
    "decoder": (models.ConvDecoder(**SMALL), CODES),
    "dense decoder": (models.MlpDecoder(SHAPE, (5, 4)), CODES),
    "code_vae": (models.CodeVAE(4, 5), CODES),
    "denoiser": (models.Denoiser(4, 5, 2, classes=3), (CODES, CODES[:, 0], LABELS)),
    "gaussian": (models.Gaussian(2), CODES),
    "joint": (models.GaussianCategorical(2, categories=3), CODES),
    "generator": (models.Generator(4, 2, 5, 2, 3), (CODES, LABELS)),
    "critic": (models.Critic(5, 2, 3), (CODES, LABELS)),
    "latent gan": (GAN, CODES),
    "image generator": (
        models.ImageGenerator(
            models.Generator(4, 3, 5, 2, 3), models.ConvDecoder(**SMALL)
        ),
        (CODES, LABELS),
    ),
    "latent gan, class": (CLASS_GAN, (CODES, LABELS)),
    "dense autoencoder": (models.MlpAutoencoder(2, (5, 4), SHAPE), IMAGES),
    "labelled_vae": (models.LabelledVAE(4, 3, 2, 5), CODES),
    "translator": (models.Translator(SHAPE, 3, 2), IMAGES),
}


QUICK = ("autoencoder", "mlp_vae")
"""The others are proven in the slow tests."""


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in FITTING
    ],
)
def test_models_may_be_padded(name):
    padding.verify_padding(*FITTING[name])


@pytest.mark.parametrize("name", ["autoencoder", "mlp_vae", "conv_vae, class"])
def test_codes_of_padded_models_are_padded_codes(name):
    padding.verify_padding(*FITTING[name], method="encode")


def test_every_part_is_tried():
    tried = {type(part).__name__ for model, _ in FITTING.values() for part in [model]}
    public = {
        name
        for room in (models, encoders, decoders, posteriors)
        for name, part in vars(room).items()
        if isinstance(part, type) and getattr(part, "sizes", ())
    }
    assert public <= tried


class Net(nn.Module):
    """Two layers of channels, put together in a way that is given."""

    sizes = ("width",)
    width: int = 4
    kind: str = "plain"

    @nn.compact
    def __call__(self, codes):
        one = nn.relu(nn.Dense(self.width)(codes))
        two = nn.relu(nn.Dense(self.width)(one))
        match self.kind:
            case "added":
                two = nn.Dense(self.width)(one) + nn.Dense(self.width)(two)
            case "concatenated":
                two = jnp.concatenate([one, two], -1)
            case "layer norm":
                two = nn.LayerNorm()(two)
            case "group norm":
                two = nn.GroupNorm(1)(two)
            case "batch norm":
                two = nn.BatchNorm(use_running_average=False)(two)
            case "two groups":
                two = nn.GroupNorm(2)(two)
            case "sigmoid":
                two = nn.sigmoid(two)
        return nn.Dense(3)(two)


@pytest.mark.parametrize("kind", ["plain", "added"])
def test_additive_skips_may_be_padded(kind):
    padding.verify_padding(Net(kind=kind), CODES)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("concatenated", "the result differs.*layer of their own"),
        ("layer norm", "the result differs.*each channel by itself"),
        ("group norm", "the result differs"),
        ("two groups", "cannot be made"),
        ("batch norm", "batch_stats"),
        ("sigmoid", "gradient of params/Dense_2/kernel is not 0.*map 0 to 0"),
    ],
)
def test_what_mixes_channels_is_refused(kind, message):
    with pytest.raises(padding.PaddingError, match=message):
        padding.verify_padding(Net(kind=kind), CODES)


def test_sizes_have_to_be_named():
    with pytest.raises(padding.PaddingError, match="Dense names no fields"):
        padding.verify_padding(nn.Dense(3), CODES)
    with pytest.raises(ValueError, match=r"\['depth'\] are not among"):
        padding.verify_padding(Net(), CODES, {"depth": 3})
    padding.verify_padding(Net(), CODES, {"width": 9})
    with pytest.raises(padding.PaddingError, match="cannot be padded"):
        padding.verify_padding(Net(), CODES, {"width": 3})


def test_sizes_of_parts_have_dotted_names():
    model = models.conv_vae(2, 5, **SMALL)
    assert padding.sizes(model) == {
        "encoder.features": 5,
        "encoder.width": 2,
        "encoder.fc_width": 256,
        "posterior.zdim": 2,
        "decoder.width": 2,
        "decoder.fc_width": 5,
    }
    assert padding.with_sizes(model, {"posterior.zdim": 7}).zdim == 7
    assert padding.with_sizes(model, padding.sizes(model)) == model
    assert padding.sizes(models.Autoencoder(3)) == {
        "zdim": 3, "width": 32, "fc_width": 256,
    }  # fmt: skip


def test_the_largest_has_every_size_of_the_largest():
    small, wide = (models.mlp_vae(d, h, SHAPE) for d, h in ((5, (3, 4)), (2, (6, 2))))
    large = padding.largest([small, wide])
    assert large == models.mlp_vae(5, (6, 4), SHAPE)


def test_unpad_undoes_pad():
    trees = [
        jax.eval_shape(models.mlp_vae(d, (h,), SHAPE).init, jax.random.key(0), IMAGES)
        for d, h in ((2, 3), (3, 5))
    ]
    params = jax.tree.map(lambda a: jnp.ones(a.shape), trees[0])
    padded = padding.pad(params, trees[1])
    assert jax.tree.map(jnp.shape, padded) == jax.tree.map(jnp.shape, trees[1])
    back = padding.unpad(padded, trees[0])
    jax.tree.map(np.testing.assert_array_equal, back, params)
    assert all(
        a.sum() == b.sum()
        for a, b in zip(jax.tree.leaves(padded), jax.tree.leaves(params), strict=True)
    )
