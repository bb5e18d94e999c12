"""How findings of a live server speak: names, groups and numbers, quoted and kept short."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from slokit.livecheck.engine.likeness import nearest
from slokit.promql.quoting import quote
from slokit.text.durations import format_duration, rough_duration
from slokit.text.words import clip, first_few, joined
from slokit.text.words import quoted as in_quotes

_MOST = 3


def quoted(names: Iterable[str], most: int = _MOST) -> str:
    """``'a', 'b', 'c' and 4 more``."""
    return first_few(in_quotes(names), most)


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """A question that names the nearest names; empty when none is near."""
    near = in_quotes(nearest(word, names))
    return f"did you mean {joined(near, 'or')}?" if near else ""


def group(labels: Mapping[str, str]) -> str:
    """A group as PromQL writes it: ``{cluster="a"}``."""
    return "{" + ",".join(f"{name}={quote(clip(value))}" for name, value in labels.items()) + "}"


def groups(found: Iterable[Mapping[str, str]]) -> str:
    """The first few groups."""
    return first_few(sorted(group(labels) for labels in found), _MOST)


def number(value: float) -> str:
    """``1,203,334``."""
    return f"{value:,.0f}"


def seconds(value: float) -> str:
    """A duration in whole seconds, or in milliseconds below ten."""
    exact = Fraction(round(value)) if value >= 10 else Fraction(round(value * 1000), 1000)
    return format_duration(exact)


def span(value: float) -> str:
    """A long time: ``30 days``, or hours below two days."""
    return rough_duration(value)
