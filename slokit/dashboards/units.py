"""Units of specs as Grafana calls them."""

_UNITS = {
    "seconds": "s",
    "ms": "ms",
    "us": "µs",
    "minutes": "m",
    "bytes": "bytes",
    "ratio": "percentunit",
    "percent": "percent",
    "per second": "cps",
}


def shown_unit(unit: str) -> str:
    """Grafana's id of a unit; of a word of the user's own, plain numbers.

    >>> shown_unit("seconds"), shown_unit("messages")
    ('s', 'short')
    """
    return _UNITS.get(unit, "short")
