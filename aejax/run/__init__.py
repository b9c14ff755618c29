"""The host's side of a run: flags, workdir, progress, checkpoints, interruption.

Everything in here has effects (files, signals, the console); nothing in here is
traced or compiled.
"""
