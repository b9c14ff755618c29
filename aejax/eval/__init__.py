"""Measures of finished codes, images and sweeps: pure functions of arrays.

They run once, on what a trained model gave: most on the host (NumPy, SciPy and
scikit-learn); those of all pairs of images, and those that train a classifier of their
own, as programs on the device.
"""
