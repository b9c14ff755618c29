"""What setup.cfg cannot say: folders of the checkout that lie in the package."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
MODELS = "checkpoints/pretrained"

# Studies are `experiments` in the checkout alone: nobody wants that name among the
# packages that are installed.
studies = {
    f"aejax.experiments{name.removeprefix('experiments')}": name.replace(".", "/")
    for name in find_packages(str(ROOT), include=["experiments", "experiments.*"])
}
models = [
    str(path.relative_to(ROOT / MODELS))
    for path in (ROOT / MODELS).glob("*/**/*")
    if path.is_file()
]
setup(
    packages=[
        *find_packages(str(ROOT), include=["aejax", "aejax.*"]),
        *studies,
        "aejax._shipped",
    ],
    package_dir={**studies, "aejax._shipped": MODELS},
    package_data={
        "aejax": ["py.typed", "report/*.html", "report/*.css"],
        "aejax._shipped": models,
    },
)
