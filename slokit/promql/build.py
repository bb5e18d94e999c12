"""The shapes of PromQL that slokit's expressions are made of. Why: docs/reference/ledger.md.

Every function takes and gives text; a vector is any expression that gives one. A user's own text
goes through :func:`own` first, so that nothing in it can reach beyond its parentheses.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from slokit.promql.selector import Matcher, is_metric_name, label_list, quote
from slokit.promql.selector import label as label_text
from slokit.text.numbers import format_number

IDENTITY = ("bundle", "service", "slo")
IGNORING = f"ignoring ({', '.join(IDENTITY)})"
ON = f"on ({', '.join(IDENTITY)})"
BY = f"by ({', '.join(IDENTITY)})"
_FAR = 10**6


def own(text: str) -> str:
    """The user's expression in parentheses.

    >>> own("errors or failures")
    '(errors or failures)'
    """
    # a comment at its end would swallow our parenthesis
    end = "\n" if "#" in text else ""
    return f"({text.strip()}{end})"


def series(name: str, matchers: Mapping[str, str], *patterns: Matcher) -> str:
    """A selector of one of slokit's own series.

    >>> series("slokit:info", {"bundle": "prod"}, Matcher("window", "=~", "7d|30d"))
    'slokit:info{bundle="prod",window=~"7d|30d"}'
    """
    # without a loop of its own: a large bundle has hundreds of thousands
    parts = list(map(_equal, matchers, matchers.values()))
    if name and not is_metric_name(name):
        # such a name stands in quotes; this spelling is read by every version
        name, parts = "", [f"__name__={quote(name)}", *parts]
    parts += map(str, patterns)
    return f"{name}{{{','.join(parts)}}}" if parts else name


# Thousands of SLOs have the same few labels, and each of them is written dozens of times.
@lru_cache(maxsize=65_536)
def _equal(label: str, value: str) -> str:
    return f"{label_text(label)}={quote(value)}"


def fold(operation: str, labels: Sequence[str], vector: str, parameter: str = "") -> str:
    """An aggregation by labels; over everything when there are none.

    >>> fold("sum", ["cluster", "region"], "up"), fold("sum", [], "up")
    ('sum by (cluster, region) (up)', 'sum(up)')
    >>> fold("quantile", ["cluster"], "up", "0.5")
    'quantile by (cluster) (0.5, up)'
    """
    by = f" by ({label_list(labels)}) " if labels else ""
    inner = f"{parameter}, {vector}" if parameter else vector
    return f"{operation}{by}({inner})"


def rename(vector: str, renamings: Iterable[tuple[str, str]]) -> str:
    """The vector with labels taken from source labels: pairs of (label, source).

    >>> rename("up", [("cluster", "scope")])
    'label_replace(up, "cluster", "$1", "scope", "(?s)(.+)")'
    """
    for label, source in renamings:
        vector = f"label_replace({vector}, {_taken(label, source)})"
    return vector


def move(vector: str, label: str, source: str) -> str:
    """The vector with a label under another name, where it has that label.

    >>> print(move("up", "team", "routing__team"))
    label_replace(label_replace(
    up
    , "team", "$1", "routing__team", "(?s)(.+)"), "routing__team", "", "", "")
    """
    # the outer one finds the empty value of no label, and sets the source to nothing
    replaced = f"label_replace(\n{vector}\n, {_taken(label, source)})"
    return f'label_replace({replaced}, {quote(source)}, "", "", "")'


def _taken(label: str, source: str) -> str:
    # (.+) and not (.*): a series without the source label keeps its own label, where .* empties it.
    # On Prometheus 2 `.` matches no newline without (?s).
    return f'{quote(label)}, "$1", {quote(source)}, "(?s)(.+)"'


def join(vector: str, info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """The vector with labels of an info metric.

    >>> print(join("up", "pg_info", ["instance"], ["region"]))
    up * on (instance) group_left (region) (group by (instance, region) (pg_info)
      and on (instance) (count by (instance) (group by (instance, region) (pg_info)) == 1))
    """
    # An instance whose info has two values at once, as in the middle of a rollout, belongs to no
    # group for sure; as a pair of partners it would fail the rule, and with it the whole group's.
    matched, folded = label_list(by), info_fold(info, by, labels)
    certain = f"({folded}\n  and on ({matched}) (count by ({matched}) ({folded}) == 1))"
    return f"{vector} * on ({matched}) group_left ({label_list(labels)}) {certain}"


def info_fold(info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """An info metric, 1 for each combination of the labels that matter.

    >>> info_fold("pg_info", ["instance"], ["region"])
    'group by (instance, region) (pg_info)'
    """
    # a second info series of an instance, after a restart, would fail the whole join
    return f"group by ({label_list([*by, *labels])}) ({info})"


def events_only(vector: str) -> str:
    """The vector without NaN, infinity and negative samples.

    >>> events_only("(rate(a[5m]) / rate(b[5m]))")
    '(rate(a[5m]) / rate(b[5m])) >= 0 < Inf'
    """
    # no comparison holds for NaN, so `>= 0` drops it too; one NaN would make its group's sum NaN
    return f"{vector} >= 0 < Inf"


def numbers_only(vector: str) -> str:
    """The vector without NaN.

    >>> numbers_only("lag_seconds")
    'lag_seconds <= Inf'
    """
    # reads the vector once, where `x == x` reads it twice
    return f"{vector} <= Inf"


def union(vectors: Sequence[str]) -> str:
    """Several vectors in one, kept apart by a label of their own.

    >>> print(union(["a_total", "b_total"]))
    label_replace(a_total, "side", "0", "", "") or label_replace(b_total, "side", "1", "", "")
    """
    # without it, `or` would drop what has the same labels on a side before, and adding would need
    # both sides to have the same groups
    if len(vectors) == 1:
        return vectors[0]
    terms = [
        f'label_replace({vector}, "side", "{number}", "", "")'
        for number, vector in enumerate(vectors)
    ]
    return " or ".join(terms)


def within(vector: str, low: str | None, high: str | None) -> str:
    """The samples inside of the limits; the limits themselves are inside.

    >>> within("lag_seconds", "0", "0.2")
    'lag_seconds >= 0 <= 0.2'
    """
    inside = vector if low is None else f"{vector} >= {low}"
    return inside if high is None else f"{inside} <= {high}"


def outside(vector: str, low: Fraction, high: Fraction) -> str:
    """1 for samples outside of both limits, 0 inside; the limits themselves are inside.

    >>> outside("up", Fraction(1), Fraction(3))
    'abs(up - 2) > bool 1'
    """
    # The distance from the middle reads the vector once, two comparisons read it twice. Where one
    # limit is a million times the other, the float of the middle no longer tells the smaller one.
    middle = float((low + high) / 2)
    reach = max(abs(float(low) - middle), abs(float(high) - middle))
    if low and high and reach > _FAR * min(abs(low), abs(high)):
        return f"1 - ({vector} >= bool {number(low)}) * ({vector} <= bool {number(high)})"
    return f"abs({vector} - {number(Fraction(middle))}) > bool {number(Fraction(reach))}"


def number(value: Fraction) -> str:
    """A PromQL number; a limit is exact to the float that Prometheus compares with.

    >>> number(Fraction(300)), number(1 - Fraction("0.999"))
    ('300', '0.001')
    """
    return format_number(value)


def bucket_bound(limit: Fraction) -> Matcher:
    r"""A matcher of ``le`` that takes every spelling of a bound.

    >>> print(bucket_bound(Fraction("0.3")))
    le=~"0\\.30*"
    >>> print(bucket_bound(Fraction(10_000_000)))
    le=~"10000000(\\.0*)?|1(\\.0*)?[eE][+]?0*7"
    """
    # `le` is a text: clients write 1 or 1.0, 1e-05 or 0.00001, and Prometheus 3 rewrites them all
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
    # Go writes 1e+06 and 1e-05, Python 1e-05, Java 1.0E-5: case, sign and zeros may differ.
    sign = "-" if exponent < 0 else "[+]?"
    return f"{mantissa}{point}[eE]{sign}0*{abs(exponent)}"
