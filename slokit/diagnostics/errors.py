"""Faults that are neither the user's spec nor a bug of slokit; each ends a command in one line."""


class BrokenEnvironmentError(Exception):
    """Something outside slokit does not work: a file, a server, a missing program.

    Raised at an edge with its cause; the command line shows it as one line and exits with code 4.
    The message names what was tried and, where there is one, what to do; it never holds
    credentials.
    """


class UsageError(Exception):
    """The command was called wrongly: a target, a format or a file that does not exist."""


class NoSpecsError(Exception):
    """There is no spec to work on."""
