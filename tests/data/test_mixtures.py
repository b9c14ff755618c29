"""Pairs of two data sets: one size, fair pools, fixed and drawn pairs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from aejax import data
from aejax.data import Images, mixtures, shapes, splits
from aejax.data.tfds import official
from aejax.errors import UserError


def images(n, shape, classes, seed=0):
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(n) % classes).astype(np.int32)
    return Images(random.integers(0, 256, (n, *shape)).astype(np.uint8), labels)


GREY = images(61, (28, 28, 1), 10)
COLOUR = images(41, (32, 32, 3), 4, seed=1)


@pytest.fixture
def sets(monkeypatch):
    """Small sets under the names of large ones."""
    known = {"mnist": GREY, "cifar10": COLOUR}
    monkeypatch.setattr(data, "load", lambda name, split, data_dir: known[name])


class TestNames:
    def test_a_mixture_is_two_sets(self):
        assert mixtures.names("mnist+cifar10") == ("mnist", "cifar10")
        assert mixtures.names("cifar10+cifar10") == ("cifar10", "cifar10")

    @pytest.mark.parametrize("mix", ["mnist", "", "+", "mnist+cifar10+mnist", "a,b"])
    def test_anything_else_is_refused_in_one_line(self, mix):
        with pytest.raises(UserError) as refusal:
            mixtures.names(mix)
        assert "\n" not in str(refusal.value)
        assert "two data sets" in str(refusal.value) or "''" in str(refusal.value)

    def test_an_unknown_set_is_answered_with_the_likely_one(self, tmp_path):
        with pytest.raises(UserError, match=r"'cifar'.*mean cifar10\?"):
            mixtures.resolve("mnist_5k+cifar", tmp_path)


class TestResolve:
    @pytest.fixture
    def offline(self, monkeypatch):
        nowhere = {"file": "http://127.0.0.1:9/"}
        for kind in (official.MNIST, official.Cifar10):
            monkeypatch.setattr(kind, "urls", lambda self: nowhere)

    def test_bundled_sets_stand_in_for_the_default_and_are_named(
        self, offline, tmp_path
    ):
        name, note = mixtures.resolve(None, tmp_path)
        assert name == "mnist_5k+photo_patches"
        for word in ("mnist is neither", "cifar10 is neither", *name.split("+")):
            assert word in note
        assert mixtures.resolve(name, tmp_path) == (name, "")
        pools = mixtures.load(name, "test", tmp_path)
        assert pools.first.images.shape == pools.second.images.shape
        assert pools.first.images.shape == (1000, 32, 32, 3)

    def test_a_mixture_that_was_asked_for_is_never_replaced(self, offline, tmp_path):
        with pytest.raises(UserError, match=r"127\.0\.0\.1:9 cannot be reached"):
            mixtures.resolve("mnist+cifar10", tmp_path)
        assert not any(tmp_path.iterdir())


class TestShapes:
    def test_all_get_the_larger_height_width_and_channels(self):
        assert shapes.common(GREY, COLOUR) == (32, 32, 3)
        assert shapes.common(GREY) == (28, 28, 1)
        tall = Images(np.zeros((2, 40, 16, 1), np.uint8), np.zeros(2, np.int32))
        assert shapes.common(tall, COLOUR) == (40, 32, 3)

    def test_resizing_is_bilinear(self):
        found = shapes.brought_to(GREY, (32, 32, 1)).images
        assert (found.dtype, found.shape) == (np.uint8, (61, 32, 32, 1))
        exact = jax.image.resize(
            GREY.images.astype(np.float32), found.shape, "bilinear"
        )
        # Rounded to grey levels, once per axis.
        assert np.abs(found - np.asarray(exact)).max() < 1.01

    def test_grey_is_spread_to_equal_channels_and_labels_stay(self):
        found = shapes.brought_to(GREY, (28, 28, 3))
        for channel in range(3):
            np.testing.assert_array_equal(
                found.images[..., channel], GREY.images[..., 0]
            )
        np.testing.assert_array_equal(found.labels, GREY.labels)

    def test_what_fits_stays(self):
        assert shapes.brought_to(COLOUR, (32, 32, 3)).images is COLOUR.images

    def test_colours_are_not_taken_away(self):
        with pytest.raises(UserError, match="3 channels cannot be brought to 1"):
            shapes.brought_to(COLOUR, (32, 32, 1))


@pytest.mark.usefixtures("sets")
class TestPools:
    def test_any_pairing_takes_everything(self):
        pools = mixtures.load("mnist+cifar10", "train")
        arrays = pools.arrays()
        assert {n: a.shape for n, a in arrays.items()} == {
            "first": (61, 32, 32, 3),
            "second": (41, 32, 32, 3),
        }
        assert not pools.exchangeable
        np.testing.assert_array_equal(arrays["second"], COLOUR.images)
        np.testing.assert_array_equal(pools.first.labels, GREY.labels)

    def test_images_of_one_set_are_exchangeable(self):
        pools = mixtures.load("cifar10+cifar10", "train")
        assert pools.exchangeable
        assert pools.first is pools.second

    def test_a_shape_may_be_asked_for(self):
        pools = mixtures.load("mnist+mnist", "train", shape=(32, 32, 3))
        assert pools.first.images.shape == (61, 32, 32, 3)
        assert mixtures.load("mnist+mnist", "train").first.images.shape[1:] == (
            28,
            28,
            1,
        )

    def test_by_class_the_halves_of_the_classes_are_apart(self):
        pools = mixtures.load("mnist+mnist", "train", pairing="by_class")
        assert {*pools.first.labels.tolist()} == {0, 1, 2, 3, 4}
        assert {*pools.second.labels.tolist()} == {5, 6, 7, 8, 9}
        assert len(pools.first.labels) + len(pools.second.labels) == 61
        assert not pools.exchangeable

    def test_a_size_means_as_many_images_of_each_class_in_all(self):
        pools = mixtures.load("mnist+mnist", "train", pairing="by_class", size=40)
        counts = [np.bincount(p.labels, minlength=10) for p in pools[:2]]
        np.testing.assert_array_equal(counts[0], [4] * 5 + [0] * 5)
        np.testing.assert_array_equal(counts[1], [0] * 5 + [4] * 5)
        both = mixtures.load("mnist+cifar10", "train", size=40)
        assert [len(p.labels) for p in both[:2]] == [40, 40]

    def test_a_smaller_choice_is_part_of_a_larger_one(self):
        few, many = (
            {image.tobytes() for image in splits.some_of_each_class(GREY, n).images}
            for n in (20, 50)
        )
        assert few < many
        assert (len(few), len(many)) == (20, 50)

    @pytest.mark.parametrize(
        ("mix", "how", "message"),
        [
            ("mnist+cifar10", {"pairing": "by_class"}, "needs one data set twice"),
            (
                "mnist+mnist",
                {"pairing": "other"},
                "'other' is not one of any, by_class",
            ),
            ("mnist+mnist", {"size": 25}, "25 training images: .*multiples of the 10"),
            ("mnist+mnist", {"size": 70}, "70 training images: the rarest class has 6"),
            ("mnist+mnist", {"size": 0}, "fewer than one of each of the 10"),
            ("cifar10+mnist", {"shape": (28, 28, 1)}, "3 channels cannot"),
        ],
    )
    def test_what_does_not_suit_is_refused_in_one_line(self, mix, how, message):
        with pytest.raises(UserError, match=message) as refusal:
            mixtures.load(mix, "train", **how)
        assert "\n" not in str(refusal.value)


def rows_of(pool, taken):
    """Which images of a pool were taken."""
    known = {image.tobytes(): row for row, image in enumerate(pool.images)}
    return [known[image.tobytes()] for image in taken.images]


@pytest.mark.usefixtures("sets")
class TestPairs:
    def test_of_two_sets_the_larger_one_s_images_are_in_one_pair_each(self):
        pools = mixtures.load("mnist+cifar10", "test")
        found = mixtures.pairs(pools)
        assert sorted(rows_of(pools.first, found.first)) == list(range(61))
        counts = np.bincount(rows_of(pools.second, found.second), minlength=41)
        assert {*counts.tolist()} == {1, 2}
        firsts = rows_of(pools.first, found.first)
        np.testing.assert_array_equal(found.first.labels, GREY.labels[firsts])

    def test_of_one_set_every_image_is_in_one_pair_only(self):
        pools = mixtures.load("mnist+mnist", "test")
        found = mixtures.pairs(pools)
        firsts, seconds = (rows_of(pools.first, taken) for taken in found[:2])
        assert (len(firsts), len({*firsts, *seconds})) == (30, 60)
        assert found.exchangeable

    def test_fewer_pairs_are_the_first_ones_and_a_seed_gives_others(self):
        pools = mixtures.load("mnist+cifar10", "test")
        whole, few, other = (
            mixtures.pairs(pools),
            mixtures.pairs(pools, 7),
            mixtures.pairs(pools, 7, seed=1),
        )
        for name in ("first", "second"):
            every, some, others = (p.arrays()[name] for p in (whole, few, other))
            assert len(some) == 7
            np.testing.assert_array_equal(every[:7], some)
            assert (some != others).any()
        assert len(mixtures.pairs(pools, 1000).first.labels) == 61


ARRAYS = {
    "first": jnp.arange(20, dtype=jnp.uint8).reshape(20, 1, 1, 1),
    "second": jnp.arange(100, 106, dtype=jnp.uint8).reshape(6, 1, 1, 1),
}


class TestDraw:
    def test_a_member_sees_so_many_of_each_array_as_its_examples(self):
        """Two members of one program, of 3 and of all images."""

        def seen(examples):
            rows = jnp.arange(20, dtype=jnp.int32)
            hparams = {"examples": examples}
            return mixtures.draw(ARRAYS, rows, jax.random.key(1), hparams)

        found = jax.jit(jax.vmap(seen))(jnp.array([3.0, 20.0]))
        for name, known in found.items():
            assert set(np.ravel(known[0])) <= set(np.ravel(ARRAYS[name][:3]))
        assert set(np.ravel(found["first"][0])) == set(np.ravel(ARRAYS["first"][:3]))
        np.testing.assert_array_equal(found["first"][1], ARRAYS["first"])

    def test_the_rows_are_of_the_first_images_with_any_second_one(self):
        rows = jnp.array([3, 19, 0], jnp.int32)
        found = jax.jit(mixtures.draw)(ARRAYS, rows, jax.random.key(0), {})
        assert found["first"].ravel().tolist() == [3, 19, 0]
        assert found["first"].dtype == found["second"].dtype == jnp.uint8
        assert {*found["second"].ravel().tolist()} <= set(range(100, 106))

    def test_second_images_are_drawn_evenly_and_apart_from_the_first(self):
        rows = jnp.arange(20, dtype=jnp.int32)
        keys = jax.random.split(jax.random.key(0), 600)
        drawn = jax.jit(jax.vmap(lambda key: mixtures.draw(ARRAYS, rows, key, {})))(
            keys
        )
        table = np.zeros((20, 6))
        firsts, seconds = (np.ravel(drawn[name]) for name in ("first", "second"))
        np.add.at(table, (firsts, seconds - 100), 1)
        assert stats.chisquare(table.sum(0)).pvalue > 1e-3
        assert stats.chi2_contingency(table).pvalue > 1e-3

    def test_one_image_of_each_is_a_pair(self):
        cut = {name: a[:1] for name, a in ARRAYS.items()}
        found = mixtures.draw(cut, jnp.zeros(1, jnp.int32), jax.random.key(5), {})
        assert [int(found[name].item()) for name in ("first", "second")] == [0, 100]
