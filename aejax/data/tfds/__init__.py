"""Data sets in TFDS's layout, prepared and read without TensorFlow.

These modules are imported only when a data set is really used: they need TFDS,
requests, Pillow, protobuf and array_record, which nothing else here does.
"""
