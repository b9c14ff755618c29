"""Every study at its smallest, as flags of its command."""

import pytest

_SMALL = "--dataset=mnist_5k --limit=1000 --seeds=2 --steps=4 --chunk=2 "

SMALLEST = {
    "autoencoding": _SMALL + "--zdims=3,2 --zdim=3 --depth=2 --depths=1,2 --width=2 "
    "--widths=1,2 --fcs=0",
    "clustering": _SMALL + "--hidden=4 --zdims=2 --samples=20",
    "decorrelation": _SMALL + "--zdims=2,3 --width=2 --depth=2",
    "digit_generator": _SMALL + "--truncations=0.5,1 --guidance=0,2 --betas=1,4 "
    "--noise_dim=3 --zdim=3 --width=2 --depth=2 --stage_width=8 --samples=12 "
    "--encoder_steps=4 --vae_steps=4 --score_steps=2 --sample_steps=2",
    "fashion_vae": _SMALL + "--layers=6x2,6-5x2 --configs=6x2,8x3 --samples=20",
    "interpolation": _SMALL + "--zdims=3,2 --width=2 --depth=2 --pairs=4 --frames=3 "
    "--shown=3-50",
    "latent_generators": _SMALL + "--zdim=3 --width=2 --depth=2 --encoder_steps=20 "
    "--noise_dims=2,3 --stage_width=8 --samples=200 --pairs=4 --frames=3 "
    "--sample_steps=2 --components=2",
    "likelihood": _SMALL + "--ks=2,1 --samples=20",
    "transfer": _SMALL + "--labels=10,20 --draws=2 --zdim=3 --width=2 --depth=2 "
    "--head_steps=3 --network_steps=3",
    "unmixing": "--mix=mnist_5k+photo_patches --limit=1000 --width=2 --depth=1 "
    "--code_width=2 --zdims=3,5 --steps=4 --chunk=2 --pairs=12 --seeds=2 --growth=100 "
    "--skips=yes",
    "vae_terms": _SMALL + "--hidden=16 --betas=8 --grid=6",
}


@pytest.fixture(params=SMALLEST)
def study_flags(request):
    """Name of every study in turn, and its flags."""
    return request.param, SMALLEST[request.param].split()
