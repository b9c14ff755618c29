"""Measures of finished codes, images and sweeps: pure functions of arrays.

They run once, on the host, on what a trained model gave (NumPy, SciPy and
scikit-learn); nothing here is differentiated or compiled.
"""
