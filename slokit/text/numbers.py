"""Numbers, percentages, rates and limits with units: read exactly, and written for people.

What is read is ``Decimal`` or ``Fraction``: ``1 - 0.999`` is not 0.001 in floats. What is written
for people is rounded, and says so by its digits.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from slokit.text import InvalidTextError
from slokit.text.durations import DURATION_TEXT, SECONDS, format_duration, parse_duration
from slokit.text.words import clip

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LIMIT = re.compile(rf"({_NUMBER.pattern})\s*([a-zA-Zµ%]*)", re.ASCII)
_RATE = re.compile(rf"{_NUMBER.pattern}\s*/\s*(?:{DURATION_TEXT}|[ywdhms]|ms)")
_LONGEST_TEXT = 64
_WIDEST = 24  # powers of ten, both ways: what a float holds in any unit, and its digits in a text

_TIME = {
    "us": Fraction(1, 1_000_000),
    "ms": Fraction(1, 1000),
    **{unit: Fraction(seconds) for unit, seconds in SECONDS.items()},
}
_SIZE = {"B": Fraction(1)}
_SIZE |= {f"{p}B": Fraction(1000) ** n for n, p in enumerate("KMGTPE", start=1)}
_SIZE |= {"kB": Fraction(1000)}
_SIZE |= {f"{p}iB": Fraction(1024) ** n for n, p in enumerate("KMGTPE", start=1)}

# unit name -> (dimension, how many of the dimension's base one of it is)
UNITS: dict[str, tuple[str, Fraction]] = {
    "seconds": ("time", Fraction(1)),
    "ms": ("time", Fraction(1, 1000)),
    "us": ("time", Fraction(1, 1_000_000)),
    "minutes": ("time", Fraction(60)),
    "bytes": ("size", Fraction(1)),
    "ratio": ("share", Fraction(1)),
    "percent": ("share", Fraction(1, 100)),
}

_SUFFIX_UNITS = {
    "_seconds": "seconds",
    "_milliseconds": "ms",
    "_ms": "ms",
    "_microseconds": "us",
    "_usec": "us",
    "_bytes": "bytes",
    "_ratio": "ratio",
}


# What the parsers below read, as regular expressions for tools that know no parser.
PERCENT_TEXT = rf"{_NUMBER.pattern}\s*%"
LIMIT_TEXT = rf"\s*(?:{_LIMIT.pattern}|{DURATION_TEXT})\s*"
RATE_TEXT = rf"\s*{_RATE.pattern}\s*"


def parse_number(text: str) -> Decimal:
    """A plain decimal number.

    Raises:
        InvalidTextError: anything else, NaN and infinity included.
    """
    if len(text) > _LONGEST_TEXT or not _NUMBER.fullmatch(text):
        raise InvalidTextError(f"{clip(text)!r} is no number")
    try:
        value = Decimal(text)
    except InvalidOperation as cause:
        raise InvalidTextError(f"{clip(text)!r} is no number") from cause
    if value and abs(value.adjusted()) > _WIDEST:
        raise InvalidTextError(f"{clip(text)!r} is out of range")
    return value


def parse_percent(text: str) -> Decimal:
    """The ratio of a percentage: ``99.9%`` is 0.999.

    Raises:
        InvalidTextError: there is no percent sign, or no number before it.
    """
    if not text.endswith("%"):
        raise InvalidTextError(f"{clip(text)!r} carries no percent sign", "write it like 99.9%")
    try:
        return parse_number(text[:-1].rstrip()) / 100
    except InvalidTextError as cause:
        raise InvalidTextError(f"{clip(text)!r} is no percentage", "write it like 99.9%") from cause


def format_percent(ratio: Decimal) -> str:
    """The shortest percentage text of a ratio: 0.9990 is ``99.9%``."""
    text = f"{ratio * 100:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of events in a time: the allowance of a rate SLI."""

    events: Decimal
    seconds: Fraction

    @property
    def per_second(self) -> Fraction:
        """Events per second, exact."""
        return Fraction(self.events) / self.seconds

    def __str__(self) -> str:
        return f"{format_number(Fraction(self.events))}/{format_duration(self.seconds)}"


def parse_rate(text: str) -> Rate:
    """A rate such as ``2/30d`` or ``1/h``.

    Raises:
        InvalidTextError: the text is no rate. A rate of zero is read; its users refuse it.
    """
    hint = "write it like 2/30d, 1/h or 20/d"
    count, slash, duration = text.partition("/")
    if not slash:
        raise InvalidTextError(f"{clip(text)!r} is no rate", hint)
    duration = duration.strip()
    duration = duration if duration[:1].isdigit() else f"1{duration}"
    try:
        events, seconds = parse_number(count.strip()), parse_duration(duration)
    except InvalidTextError as cause:
        raise InvalidTextError(f"{clip(text)!r} is no rate", hint) from cause
    if events < 0:
        raise InvalidTextError(f"{clip(text)!r} is negative", hint)
    return Rate(events, seconds)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as written: a number and the dimension of its unit, if it has one.

    ``dimension`` is time, size, share or None for a bare number, and ``value`` counts seconds,
    bytes, ratios or whatever the metric counts.
    """

    value: Fraction
    dimension: str | None
    text: str


def parse_limit(text: str) -> Limit:
    """A limit such as ``200ms``, ``51.2ms``, ``16GiB``, ``70%`` or ``5000``.

    Raises:
        InvalidTextError: the text is no number with a known unit.
    """
    hint = "write it like 200ms, 16GiB, 70% or 5000"
    match = _LIMIT.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        try:
            return Limit(parse_duration(text), "time", text)
        except InvalidTextError:
            raise InvalidTextError(f"{clip(text)!r} is no limit", hint) from None
    number, unit = Fraction(parse_number(match[1])), match[2]
    if not unit:
        return Limit(number, None, text)
    if unit == "%":
        return Limit(number / 100, "share", text)
    for dimension, table in (("time", _TIME), ("size", _SIZE)):
        if unit in table:
            return Limit(number * table[unit], dimension, text)
    raise InvalidTextError(f"{clip(text)!r} has the unknown unit {unit!r}", hint)


_LIKE = {"time": "200ms or 5s", "size": "16GiB or 500MB", "share": "70%"}


def in_unit(limit: Limit, unit: str) -> Fraction:
    """The limit in a metric's own unit; a bare number is in it already.

    Raises:
        InvalidTextError: the limit has a unit that the metric's unit cannot be converted to.
    """
    if limit.dimension is None:
        return limit.value
    if unit not in UNITS:
        known = f"the metric's unit is {unit!r}" if unit else "the metric's unit is not known"
        raise InvalidTextError(
            f"{limit.text!r} has a unit, but {known}",
            "say `unit: seconds` (or ms, us, minutes, bytes, ratio, percent), "
            "or write a bare number",
        )
    dimension, size = UNITS[unit]
    if dimension != limit.dimension:
        raise InvalidTextError(
            f"{limit.text!r} is no number of {unit}", f"such as {_LIKE[dimension]}"
        )
    return limit.value / size


def express(value: float, unit: str, like: str) -> str:
    """A number of a metric's unit, in the unit that another limit was written in.

    ``express(0.25, "seconds", like="300ms")`` is ``250ms``.
    """
    match = _LIMIT.fullmatch(like.strip())
    written = match[2] if match else "s"
    if not written or unit not in UNITS:
        return f"{value:.12g}"
    scales = {"%": Fraction(1, 100), **_TIME, **_SIZE}
    exact = Fraction(f"{value:.12g}") * UNITS[unit][1] / scales[written]
    return f"{float(exact):.12g}{written}"


def unit_of_metric(name: str) -> str:
    """The unit that a metric's suffix says, or an empty string. ``_percent`` is never guessed."""
    bare = name.removesuffix("_total").removesuffix("_bucket")
    return next((unit for end, unit in _SUFFIX_UNITS.items() if bare.endswith(end)), "")


def format_number(value: Fraction) -> str:
    """The shortest decimal text that reads back as the float nearest to the value."""
    count, parts = value.as_integer_ratio()
    if parts == 1 and abs(count) < 10**15:
        return str(count)
    return repr(count / parts).removesuffix(".0")


def readable(value: Fraction) -> str:
    """A number with at most four significant digits below the point; whole parts are kept whole.

    >>> readable(Fraction(1, 3)), readable(Fraction(25_920_001, 10)), readable(Fraction(43_200))
    ('0.3333', '2,592,000', '43,200')
    """
    if value.denominator == 1:
        return f"{value.numerator:,}"
    if abs(value) >= 1000:
        return f"{round(value):,}"
    text = f"{float(value):.4g}"
    return text if "e" not in text else f"{float(value):.12f}".rstrip("0")


def readable_percent(share: Fraction) -> str:
    """An exact share in percent, with at most four significant digits.

    >>> readable_percent(Fraction(1, 1000)), readable_percent(Fraction(2315, 1000))
    ('0.1%', '231.5%')
    """
    return f"{readable(share * 100)}%"


def measured_percent(ratio: float, digits: int = 1) -> str:
    """A measured ratio in percent with a fixed number of digits; less than all is never 100 %.

    >>> measured_percent(0.99962, 2), measured_percent(0.99999)
    ('99.96 %', '99.9 %')
    """
    text = f"{ratio * 100:.{digits}f}"
    if ratio < 1 and float(text) >= 100:
        text = f"{100 - 10**-digits:.{digits}f}"
    return f"{text} %"


def measured_count(value: float) -> str:
    """A measured count: in thousand millions (G), millions (M), whole, or with three digits.

    >>> measured_count(12_345_678), measured_count(1234), measured_count(0.5)
    ('12.3M', '1,234', '0.5')
    """
    if value >= 10_000_000:
        size, unit = (1e9, "G") if value >= 10_000_000_000 else (1e6, "M")
        return f"{value / size:,.1f}{unit}"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.3g}"
