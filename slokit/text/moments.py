"""Moments as programs read them."""

from datetime import UTC, datetime


def rfc3339(unix: float) -> str:
    """A moment in UTC, to the nearest second.

    >>> rfc3339(1_767_225_599.6)
    '2026-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(round(unix), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
