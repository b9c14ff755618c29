"""Images are uint8, or floats in [0, 1]; anything else is refused with the way out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import images, models, pretrained
from aejax.data import Images
from aejax.errors import UserError
from aejax.eval import encoders, image, likelihood, pca
from aejax.eval.classifier import make
from aejax.lab.training import fit

WRONG = {
    "int64": lambda x: x.astype(np.int64),
    "int32": lambda x: x.astype(np.int32),
    "uint16": lambda x: x.astype(np.uint16),
    "bool": lambda x: x > 127,
    "to 255": lambda x: x.astype(np.float32),
    "from -1": lambda x: (x / 127.5 - 1).astype(np.float32),
    "nan": lambda x: np.full(x.shape, np.nan, np.float32),
}
SAYS = {
    "to 255": "/ 255", "from -1": r"\(images \+ 1\) / 2", "nan": "not finite",
}  # fmt: skip


@pytest.fixture(params=WRONG)
def wrong(request, digits):
    """Images of another type or range, and what is said of them."""
    name = request.param
    return WRONG[name](np.asarray(digits)), SAYS.get(name, name)


def test_bytes_and_floats_are_taken(digits):
    plain = np.asarray(digits)
    floats = (plain / 255).astype(np.float32)
    for right in (plain, digits, floats, jnp.asarray(floats, jnp.bfloat16), plain[:0]):
        images.check(right)
    np.testing.assert_array_equal(images.checked_bytes(floats), plain)


def test_anything_else_is_refused(wrong):
    given, says = wrong
    with pytest.raises(UserError, match=says) as refusal:
        images.check(given)
    assert isinstance(refusal.value, ValueError)
    assert "\n" not in str(refusal.value)
    if not np.issubdtype(given.dtype, np.floating):
        with pytest.raises(UserError, match=says):
            images.unit(given)


def test_fit_refuses_them_before_training(wrong, digits, make_dense, denoising):
    given, says = wrong
    for data, held_out in (
        (given, None),
        (Images(given, None), None),
        ({"image": given}, None),
        (digits, given),
        (digits, {"image": given}),
    ):
        with pytest.raises(UserError, match=says):
            fit.fit(
                [make_dense("a", 2)], denoising, data,
                held_out=held_out, steps=1, batch_size=8,
            )  # fmt: skip


def test_evaluations_refuse_them(wrong, digits):
    given, says = wrong
    right = np.asarray(images.unit(digits))
    model = models.Autoencoder(2, width=2, depth=1)
    for do in (
        lambda: likelihood.binarized_once(given),
        lambda: encoders.pixels(given, given),
        lambda: encoders.standardised(model, [], given, given),
        lambda: make(model, {}, given, np.zeros(len(given)), "").classify(given),
    ):
        with pytest.raises(UserError, match=says):
            do()
    for do in (
        lambda: image.mse(given, right),
        lambda: pca.pca_reference(given, right, (2,)),
    ):
        with pytest.raises(ValueError, match=r"\[0, 1\]|finite"):
            do()


MODELS = {
    "autoencoder": lambda: models.Autoencoder(2, width=2, depth=1),
    "mlp_vae": lambda: models.mlp_vae(2, (4,), (28, 28, 1)),
    "conv_vae": lambda: models.conv_vae(2, 4, (28, 28, 1), width=2),
    "classifier": lambda: models.Classifier(4, 10, (28, 28, 1), width=2),
    "unet": lambda: models.UNet((28, 28, 1), 2, 1),
    "unmixer": lambda: models.code_unmixer(2, image_shape=(28, 28, 1), width=2),
}
ENCODE = {"classifier": "describe", "unet": "__call__"}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_checks_size_type_and_range(name, random_parameters, tmp_path):
    model = MODELS[name]()
    params, method = random_parameters(model), ENCODE.get(name, "encode")
    bad = {
        "28, 28, 1": np.zeros((1, 32, 32, 1), np.uint8),
        r"28, 28, 1\], not \[1, 28, 28\]": np.zeros((1, 28, 28), np.uint8),
        "int32": np.zeros((1, 28, 28, 1), np.int32),
        "/ 255": np.full((1, 28, 28, 1), 255, np.float32),
    }
    for says, given in bad.items():
        with pytest.raises(UserError, match=says):
            model.apply(params, given, method=method)
    # Within a compiled program sizes and types are known, too.
    apply = jax.jit(lambda own, x: model.apply(own, x, method=method))
    for says in ("28, 28, 1", "int32"):
        with pytest.raises(UserError, match=says):
            jax.eval_shape(apply, params, bad[says])
    if name == "autoencoder":
        pretrained.save(tmp_path / "model", model, params)
        loaded, own = pretrained.load(tmp_path / "model")
        with pytest.raises(UserError, match="int32"):
            loaded.apply(own, bad["int32"], method="encode")


def test_images_that_a_program_closes_over_are_checked(random_parameters, digits):
    model = MODELS["autoencoder"]()
    params = random_parameters(model)
    program = jax.jit(lambda own, x: model.apply(own, x, method="encode"))
    jax.eval_shape(lambda own: program(own, digits), params)
    floats = digits.astype(jnp.float32)
    with pytest.raises(UserError, match="255"):
        jax.eval_shape(lambda own: model.apply(own, floats, method="encode"), params)
