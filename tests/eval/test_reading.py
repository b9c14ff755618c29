"""Probes of codes: what is in them is read, what is not is not."""

import numpy as np

from aejax.eval.reading import quadratic, read_class, read_numbers
from aejax.eval.unlabelled import without_labels


def split(x):
    return x[:300], x[300:]


def test_classes_are_read_where_codes_say_them():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 400)
    codes = np.eye(3)[labels] + random.normal(0, 0.1, (400, 3))
    (train, test), (known, right) = split(codes), split(labels)
    assert read_class(train, known, test, right) > 0.99
    assert read_class(train, random.permutation(known), test, right) < 0.6
    few = read_class(train[:9] * [1, 100, 1], known[:9], test * [1, 100, 1], right)
    over = train * [1, 100, 1]
    scaled = read_class(over[:9], known[:9], test * [1, 100, 1], right, over=over)
    assert scaled > 0.95 and few > 0.3


def test_products_of_codes_are_read_and_noise_is_not():
    random = np.random.default_rng(0)
    codes = random.normal(size=(400, 3))
    numbers = np.stack([codes[:, 0] * codes[:, 1], codes[:, 2]], 1) + 5
    (train, test), (known, right) = split(codes), split(numbers)
    assert read_numbers(train, known, test, right) > 0.99
    assert read_numbers(train, random.normal(size=(300, 2)), test, right) < 0.1
    assert quadratic(codes).shape == (400, 9)


def test_a_copy_of_the_images_is_trusted_and_noise_is_not():
    random = np.random.default_rng(0)
    groups = np.repeat(10 * np.eye(10, 12), 6, 0)
    images = (groups + random.normal(0, 0.5, groups.shape)).reshape(60, 3, 4)
    good = without_labels(images.reshape(60, -1), images, 0)
    bad = without_labels(random.normal(size=(60, 2)), images, 0)
    assert good["trust"] > 0.95 > 0.7 > bad["trust"]
    assert good["silhouette"] > bad["silhouette"]
    assert bad["rank"] <= 2.001 < good["rank"]
