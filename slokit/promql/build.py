"""The only place that composes PromQL. Shapes and their reasons: docs/concepts.md.

Every function takes and gives text. A user's own text goes through :func:`own` first, so that
nothing in it can reach beyond its parentheses.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from slokit.promql.quoting import quote
from slokit.promql.selector import Matcher
from slokit.text.numbers import format_number

IDENTITY = ("bundle", "service", "slo")
IGNORING = f"ignoring ({', '.join(IDENTITY)})"
ON = f"on ({', '.join(IDENTITY)})"
BY = f"by ({', '.join(IDENTITY)})"
_FAR = 10**6


def own(text: str) -> str:
    """The user's expression in parentheses; a comment at its end cannot swallow ours."""
    end = "\n" if "#" in text else ""
    return f"({text.strip()}{end})"


def series(name: str, matchers: Mapping[str, str], *patterns: Matcher) -> str:
    """A selector of one of slokit's own series."""
    parts = [f"{label}={quote(value)}" for label, value in matchers.items()]
    parts += [str(pattern) for pattern in patterns]
    return f"{name}{{{','.join(parts)}}}" if parts else name


def fold(operation: str, labels: Sequence[str], vector: str, parameter: str = "") -> str:
    """An aggregation by labels; over everything when there are none."""
    by = f" by ({', '.join(labels)}) " if labels else ""
    inner = f"{parameter}, {vector}" if parameter else vector
    return f"{operation}{by}({inner})"


def rename(vector: str, renamings: Iterable[tuple[str, str]]) -> str:
    """The vector with labels taken from source labels: pairs of (label, source)."""
    for label, source in renamings:
        vector = f'label_replace({vector}, {quote(label)}, "$1", {quote(source)}, "(.+)")'
    return vector


def join(vector: str, info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """The vector with labels of an info metric; a duplicate info series breaks nothing."""
    matched = ", ".join(by)
    return (
        f"{vector} * on ({matched}) group_left ({', '.join(labels)}) {info_fold(info, by, labels)}"
    )


def info_fold(info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """An info metric, one series for each combination of the labels that matter."""
    return f"group by ({', '.join([*by, *labels])}) ({info})"


def rate(selector: str, window: str) -> str:
    """Events per second of counters."""
    return f"rate({selector}[{window}])"


def events_only(vector: str) -> str:
    """The vector without NaN, infinity and negative samples."""
    return f"{vector} >= 0 < Inf"


def numbers_only(vector: str) -> str:
    """The vector without NaN; one reading of it, where ``x == x`` takes two."""
    return f"{vector} <= Inf"


def union(vectors: Sequence[str]) -> str:
    """Several vectors in one, kept apart by a label of their own."""
    if len(vectors) == 1:
        return vectors[0]
    terms = [
        f'label_replace({vector}, "side", "{number}", "", "")'
        for number, vector in enumerate(vectors)
    ]
    return " or ".join(terms)


def within(vector: str, low: str | None, high: str | None) -> str:
    """The samples inside of the limits; the limits themselves are inside."""
    inside = vector if low is None else f"{vector} >= {low}"
    return inside if high is None else f"{inside} <= {high}"


def outside(vector: str, low: Fraction, high: Fraction) -> str:
    """1 for samples outside of both limits, 0 inside; the limits themselves are inside.

    One reading of the vector, by its distance from the middle, unless the limits are so far apart
    that a float of the one drowns in the other.
    """
    middle = float((low + high) / 2)
    reach = max(abs(float(low) - middle), abs(float(high) - middle))
    if low and high and reach > _FAR * min(abs(low), abs(high)):
        return f"1 - ({vector} >= bool {number(low)}) * ({vector} <= bool {number(high)})"
    return f"abs({vector} - {number(Fraction(middle))}) > bool {number(Fraction(reach))}"


def number(value: Fraction) -> str:
    """A PromQL number; a limit is exact to the float that Prometheus compares with."""
    return format_number(value)


def bucket_bound(limit: Fraction) -> Matcher:
    """A matcher of ``le`` that takes every spelling of a bound: 0.3, 0.30, 1, 1.0, 1e-05, 1.0E7."""
    text = _decimal(limit)
    whole, _, fraction = text.partition(".")
    plain = rf"{whole}\.{fraction}0*" if fraction else rf"{whole}(\.0*)?"
    spellings = [plain]
    if limit and (abs(limit) >= 10**6 or abs(limit) < Fraction(1, 1000)):
        spellings.append(_scientific(text))
    return Matcher("le", "=~", "|".join(spellings))


def _decimal(value: Fraction) -> str:
    """All digits of a finite decimal fraction, or the float's digits where it has no end."""
    text = f"{float(value):.15f}" if value.denominator % 3 == 0 else _exact(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(value: Fraction) -> str:
    digits = 0
    while (value * 10**digits).denominator != 1 and digits < 30:
        digits += 1
    scaled = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return f"{scaled[:-digits]}.{scaled[-digits:]}" if digits else scaled


def _scientific(decimal: str) -> str:
    whole, _, fraction = decimal.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = (
        len(whole) - 1 if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")) + 1)
    )
    mantissa, rest = digits[0], digits[1:].rstrip("0")
    point = rf"\.{rest}0*" if rest else r"(\.0*)?"
    sign = "-" if exponent < 0 else "[+]?"
    return f"{mantissa}{point}[eE]{sign}0*{abs(exponent)}"
