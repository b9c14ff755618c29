"""A user's own images: folders of image files, and arrays in files of NumPy.

    layout    which files of a folder are images, of which class and split
    pixels    one image file as an array
    decoding  many of them, in parallel; what cannot be read
    folder    a folder as a data set, kept decoded
    arrays    .npy and .npz as a data set
    kept      decoded arrays in a file beside the images, or in a cache directory
    parts     which images are for the test

Imported only when such data are used.
"""
