"""How findings of a live server speak: names, groups and numbers, quoted and kept short."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from slokit.livecheck.engine.likeness import nearest
from slokit.promql.quoting import quote
from slokit.text.units import clip, format_duration

_MOST = 3


def quoted(names: Iterable[str], most: int = _MOST) -> str:
    """``'a', 'b', 'c' and 4 more``."""
    return _short([f"'{clip(name)}'" for name in names], most)


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """A question that names the nearest names; empty when none is near."""
    near = [f"'{clip(name)}'" for name in nearest(word, names)]
    if len(near) > 1:
        return f"did you mean {', '.join(near[:-1])} or {near[-1]}?"
    return f"did you mean {near[0]}?" if near else ""


def group(labels: Mapping[str, str]) -> str:
    """A group as PromQL writes it: ``{cluster="a"}``."""
    return "{" + ",".join(f"{name}={quote(clip(value))}" for name, value in labels.items()) + "}"


def groups(found: Iterable[Mapping[str, str]]) -> str:
    """The first few groups."""
    return _short(sorted(group(labels) for labels in found), _MOST)


def number(value: float) -> str:
    """``1,203,334``."""
    return f"{value:,.0f}"


def seconds(value: float) -> str:
    """A duration in whole seconds, or in milliseconds below ten."""
    exact = Fraction(round(value)) if value >= 10 else Fraction(round(value * 1000), 1000)
    return format_duration(exact)


def span(value: float) -> str:
    """A long time: ``30 days``, or hours below two days."""
    days = value / 86_400
    return f"{days:.0f} days" if days >= 2 else f"{value / 3600:.0f} hours"


def _short(texts: list[str], most: int) -> str:
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    return ", ".join(texts)
