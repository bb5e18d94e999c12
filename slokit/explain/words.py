"""Exact numbers as people read them."""

from fractions import Fraction

_UNITS = (("d", 86_400), ("h", 3600), ("m", 60))
_DIGITS = 4


def percent(share: Fraction) -> str:
    """A share in percent with at most four significant digits: 1.44%, 0.05%, 231.5%."""
    return f"{decimal(share * 100)}%"


def decimal(value: Fraction) -> str:
    """A number with at most four significant digits below the point; whole parts are kept whole."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    if abs(value) >= 1000:
        return f"{round(value):,}"
    text = f"{float(value):.{_DIGITS}g}"
    return text if "e" not in text else f"{float(value):.12f}".rstrip("0")


def duration(seconds: Fraction) -> str:
    """A time in its units from the largest on, to a tenth of a second: 43m 12s, 51.8s, 2d 2h."""
    rest, parts = round(seconds * 10), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size * 10)
        parts += [f"{count}{unit}"] if count else []
    if rest or not parts:
        parts.append(f"{decimal(Fraction(rest, 10))}s")
    return " ".join(parts)


def events(count: int) -> str:
    """A number of events."""
    return f"{count:,} event{'' if count == 1 else 's'}"


def joined(words: list[str]) -> str:
    """Words in a sentence: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
