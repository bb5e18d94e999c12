"""How findings of a live server write names, groups and numbers: quoted and kept short.

What comes from a server is foreign text: label values are quoted as PromQL quotes them and clipped.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from slokit.promql.selector import quote
from slokit.text.durations import format_duration
from slokit.text.words import clip, first_few
from slokit.text.words import quoted as in_quotes

_MOST = 3


def quoted(names: Iterable[str], most: int = _MOST) -> str:
    """The first few names.

    >>> quoted(["a", "b", "c", "d"])
    "'a', 'b', 'c' and 1 more"
    """
    return first_few(in_quotes(names), most)


def group(labels: Mapping[str, str]) -> str:
    """A group as PromQL writes it.

    >>> group({"cluster": "a"})
    '{cluster="a"}'
    """
    return "{" + ",".join(f"{name}={quote(clip(value))}" for name, value in labels.items()) + "}"


def groups(found: Iterable[Mapping[str, str]]) -> str:
    """The first few groups, sorted."""
    return first_few(sorted(group(labels) for labels in found), _MOST)


def number(value: float) -> str:
    """A count.

    >>> number(1203334.2)
    '1,203,334'
    """
    return f"{value:,.0f}"


def seconds(value: float) -> str:
    """A duration in whole seconds, or in milliseconds below ten.

    >>> seconds(75.0), seconds(7.5)
    ('1m15s', '7s500ms')
    """
    exact = Fraction(round(value)) if value >= 10 else Fraction(round(value * 1000), 1000)
    return format_duration(exact)
