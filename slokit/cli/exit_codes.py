"""Exit codes: what a CI job may rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """The contract's exit codes."""

    FINE = 0
    ERRORS = 1
    USAGE = 2
    NO_SPECS = 3
    ENVIRONMENT = 4
    BREACHED = 5
    UNKNOWN = 6
