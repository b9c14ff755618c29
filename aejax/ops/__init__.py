"""Convolutions as matrix products: pure functions of arrays.

Read `conv` for what to call, `bilinear` for what is computed and how it is
differentiated, `transforms` for the algebra, `tiles` and `patches` for the
handling of images.
"""
