"""The exceptions that mean: the user can mend this."""


class UserError(Exception):
    """A mistake or a lack on the user's side; the message says the way out.

    Entry points print the message as one line and exit with code 1; library
    callers catch it like any other exception.
    """


class AnotherRunError(UserError):
    """What a folder holds cannot be continued by this run; nothing was changed."""
