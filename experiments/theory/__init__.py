"""What can theory say of learned representations, and does it hold when it is run?

Seventeen questions, each answered by a short program: `python -m experiments.theory`
lists them.
"""
