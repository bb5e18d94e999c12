"""The version of slokit, which `slokit --version` prints and new CI jobs install."""

__version__ = "0.1.0"
