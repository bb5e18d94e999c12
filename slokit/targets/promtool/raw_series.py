"""One raw series as a test writes it: labels that a selector matches, or just misses."""

from collections.abc import Mapping
from dataclasses import dataclass

from slokit.promql import build
from slokit.promql.selector import Matcher, Selector
from slokit.targets.promtool.label_values import accepts, value


@dataclass(frozen=True, slots=True)
class RawSeries:
    """A series of a scraped metric. ``grows``: its number is a growth per second, not a value."""

    name: str
    labels: tuple[tuple[str, str], ...]
    grows: bool = False

    def __str__(self) -> str:
        return build.series(self.name, dict(self.labels))

    def get(self, label: str) -> str:
        """The label's value; empty when it has none."""
        if label == "__name__":
            return self.name
        for name, text in self.labels:
            if name == label:
                return text
        return ""

    def with_label(self, label: str, text: str) -> "RawSeries":
        """The series with one more label, or without one where its text is empty."""
        labels = {**dict(self.labels), label: text}
        kept = tuple(sorted((k, v) for k, v in labels.items() if v))
        return RawSeries(self.name, kept, self.grows)


def selects(selector: Selector, series: RawSeries) -> bool:
    """Whether the selector matches the series."""
    if selector.name is not None and selector.name != series.name:
        return False
    return all(accepts(m, series.get(m.label)) for m in selector.matchers)


def series_of(
    selector: Selector, wanted: Mapping[str, str], *, grows: bool = False, number: int = 0
) -> RawSeries | None:
    """A series that the selector matches and that has the wanted labels; None if there is none.

    ``number`` chooses another one, where a pattern leaves a choice.
    """
    by_label: dict[str, tuple[Matcher, ...]] = {}
    for matcher in selector.matchers:
        by_label[matcher.label] = (*by_label.get(matcher.label, ()), matcher)
    names = (Matcher("__name__", "=", selector.name),) if selector.name is not None else ()
    name = value("__name__", (*names, *by_label.pop("__name__", ())))
    if not name or (not names and not selector.matchers):
        return None
    labels = {label: text for label, text in wanted.items() if text}
    for label, matchers in by_label.items():
        if label in labels:
            if not all(accepts(m, labels[label]) for m in matchers):
                return None
            continue
        free = any(m.op in ("=~", "!~", "!=") for m in matchers)
        found = value(label, matchers, number if free else 0)
        if found is not None:
            labels[label] = found
        elif not all(accepts(m, "") for m in matchers):
            return None
    return RawSeries(name, tuple(sorted(labels.items())), grows)


def decoys(selector: Selector, series: RawSeries) -> list[RawSeries]:
    """Series like this one, each just missed by one matcher of the selector."""
    found = []
    for matcher in selector.matchers:
        if matcher.label != "__name__":
            others = tuple(m for m in selector.matchers if m.label == matcher.label)
            text = _missing(matcher, tuple(m for m in others if m is not matcher))
            if text is not None:
                found.append(series.with_label(matcher.label, text))
    return found


_OPPOSITE = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def _missing(matcher: Matcher, others: tuple[Matcher, ...]) -> str | None:
    """A value that satisfies all matchers of its label but this one."""
    opposite = Matcher(matcher.label, _OPPOSITE[matcher.op], matcher.value)
    if not matcher.value:
        return "" if matcher.op == "!=" and all(accepts(m, "") for m in others) else None
    return value(matcher.label, (*others, opposite))
