"""Durations: read as Prometheus writes them, and written for PromQL, labels and people.

A duration is an exact number of seconds, ``Fraction`` or ``int``; it never has a sign.
"""

import re
from fractions import Fraction
from functools import lru_cache

from slokit.text import InvalidTextError
from slokit.text.words import clip, counted

# Seconds of each unit, from the largest down, which is the order in which a duration has them.
SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?",
    re.ASCII,
)
# Go prints no units above hours; scrape intervals of the API may still be written with days.
_GO_SECONDS: dict[str, Fraction | int] = {"ms": Fraction(1, 1000), **SECONDS}
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])", re.ASCII)
_GO_DURATION = re.compile(rf"(?:{_GO_PART.pattern})+", re.ASCII)
_LONGEST_TEXT = 64
# What parse_duration reads, as a regular expression for tools that know no parser.
DURATION_TEXT = _DURATION.pattern


def parse_duration(text: str) -> Fraction:
    """Seconds of a Prometheus duration.

    >>> parse_duration("1h30m"), parse_duration("200ms")
    (Fraction(5400, 1), Fraction(1, 5))

    Raises:
        InvalidTextError: the text is no such duration, or it is zero.
    """
    match = _DURATION.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None or not text:
        raise InvalidTextError(
            f"{clip(text)!r} is no duration", "write it like 30d, 1h30m or 200ms"
        )
    *whole, millis = match.groups()
    seconds = sum(
        int(count or 0) * size for count, size in zip(whole, SECONDS.values(), strict=True)
    )
    total = seconds + Fraction(int(millis or 0), 1000)
    if total <= 0:
        raise InvalidTextError("a duration must be longer than zero", "write it like 5m")
    return total


def parse_go_duration(text: str) -> float | None:
    """Seconds of a duration as Go prints it, which has fractions; None for any other text.

    >>> parse_go_duration("1m30s"), parse_go_duration("1.5s"), parse_go_duration("soon")
    (90.0, 1.5, None)
    """
    if not _GO_DURATION.fullmatch(text):
        return None
    return float(sum(Fraction(each[1]) * _GO_SECONDS[each[2]] for each in _GO_PART.finditer(text)))


def open_range(seconds: Fraction | int) -> str:
    """A range that holds as many samples as fit into it, on every version of Prometheus.

    Ranges are closed on both ends in Prometheus 2 and open on the left in 3. A millisecond short,
    both hold ten samples of thirty seconds in five minutes, never eleven, wherever they lie.

    >>> open_range(300)
    '4m59s999ms'
    """
    return format_duration(Fraction(seconds) - Fraction(1, 1000))


def format_duration(seconds: Fraction | int) -> str:
    """The canonical text of a duration, for PromQL, labels and names.

    Weeks and years are never used, so that 7d stays 7d in labels and names; what is below a
    millisecond is dropped.

    >>> format_duration(604_800), format_duration(Fraction("90.5"))
    ('7d', '1m30s500ms')
    """
    return _canonical(*seconds.as_integer_ratio())


# Whole numbers have quick hashes, which fractions have not.
@lru_cache(maxsize=1024)
def _canonical(numerator: int, denominator: int) -> str:
    millis = numerator * 1000 // denominator
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, millis = divmod(millis, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def readable_duration(seconds: Fraction | float, most_units: int | None = None) -> str:
    """A time in its units from the largest on, to a tenth of a second.

    ``most_units`` keeps the largest ones only, in whole seconds.

    >>> readable_duration(Fraction("51.84")), readable_duration(2592)
    ('51.8s', '43m 12s')
    >>> readable_duration(190_861.3, most_units=2)
    '2d 5h'
    """
    tenths = round(seconds) * 10 if most_units else round(Fraction(seconds) * 10)
    parts = []
    for unit, size in (("d", 864_000), ("h", 36_000), ("m", 600)):
        count, tenths = divmod(tenths, size)
        parts += [f"{count}{unit}"] if count else []
    if tenths or not parts:
        parts.append(f"{tenths / 10:g}s")
    return " ".join(parts[:most_units])


def rough_duration(seconds: float) -> str:
    """A time in one unit, of which there are two or more where there is a smaller one.

    >>> rough_duration(2_592_000), rough_duration(93_600), rough_duration(843)
    ('30 days', '26 hours', '14 minutes')
    """
    days, hours, minutes = (seconds / each for each in (86_400, 3600, 60))
    if days >= 2:
        return f"{days:.0f} days"
    return f"{hours:.0f} hours" if hours >= 2 else counted(max(1, round(minutes)), "minute")
