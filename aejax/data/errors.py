"""How a data set fails to arrive."""

from aejax.errors import UserError


class UnavailableError(UserError):
    """The data cannot be had here: not downloaded, or not written."""
