"""Selectors: a metric's name and its matchers, merged and printed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from slokit.promql.quoting import label, quote


@dataclass(frozen=True, slots=True)
class Matcher:
    """One matcher: ``label op "value"`` with op one of ``= != =~ !~``."""

    label: str
    op: str
    value: str

    def __str__(self) -> str:
        return f"{label(self.label)}{self.op}{quote(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """A bare vector selector; ``name`` is None when only matchers choose the metric."""

    name: str | None
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        if not self.matchers:
            return self.name or "{}"
        return f"{self.name or ''}{{{matcher_list(self.matchers)}}}"

    def inheriting(self, inherited: Iterable[Matcher], extra: Iterable[Matcher] = ()) -> "Selector":
        """With inherited matchers added where the selector says nothing about the label itself.

        ``extra`` matchers are added whatever the selector says.
        """
        # what a side writes itself wins: `code!="200"` there is not narrowed by an inherited `code`
        own = {matcher.label for matcher in self.matchers}
        added = [matcher for matcher in inherited if matcher.label not in own]
        matchers = dict.fromkeys([*self.matchers, *added, *extra])
        return replace(self, matchers=tuple(matchers))

    def renamed(self, suffix: str) -> "Selector":
        """The selector of a sibling metric, such as a histogram's ``_bucket``."""
        if self.name is not None:
            return replace(self, name=self.name + suffix)
        matchers = tuple(
            replace(m, value=m.value + suffix) if m.label == "__name__" and m.op == "=" else m
            for m in self.matchers
        )
        return replace(self, matchers=matchers)

    def metric(self) -> str:
        """The metric's name, or an empty string when a pattern chooses it."""
        if self.name is not None:
            return self.name
        names = [m.value for m in self.matchers if m.label == "__name__" and m.op == "="]
        return names[0] if len(names) == 1 else ""


def matcher_list(matchers: Iterable[Matcher]) -> str:
    """Matchers as they stand between braces."""
    return ",".join(map(str, matchers))


def merge(inherited: Iterable[Matcher], own: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Label by label: what is written replaces what is inherited, the rest is kept."""
    written = tuple(own)
    labels = {matcher.label for matcher in written}
    return (*(m for m in inherited if m.label not in labels), *written)
