"""Times of the command line: a moment in the past, as people write it."""

from datetime import UTC, datetime

from slokit.diagnostics.errors import UsageError

_EARLIEST = 366 * 86_400.0
_SKEW = 60.0


def moment_of(text: str | None, now: float) -> float:
    """Unix seconds of a time as given; now, to the second, without one.

    Raises:
        UsageError: the text is no time, or one that no server knows anything about.
    """
    if text is None:
        return float(int(now))
    moment = _moment(text)
    if moment > now + _SKEW:
        raise UsageError(f"--at: {text} lies in the future")
    if moment < _EARLIEST:
        raise UsageError(f"--at: {text} lies before any metrics; write 2026-05-04T12:00:00Z")
    return moment


def _moment(text: str) -> float:
    try:
        if text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit():
            return float(text)
        moment = datetime.fromisoformat(text)
    except ValueError as cause:
        raise UsageError(f"--at: {text!r} is no time; write 2026-05-04T12:00:00Z") from cause
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
