"""Why a selector matches nothing: which of its matchers no series satisfies, and what there is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.asker import Asker
from slokit.livecheck.engine.likeness import nearest
from slokit.promql.selector import Matcher, Selector

_MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Culprit:
    """A matcher that no series of the metric satisfies, and the values that its label has."""

    matcher: Matcher
    values: tuple[str, ...]

    @property
    def lacks_label(self) -> bool:
        """Whether no series has the label at all."""
        return not self.values


def look_up(asker: Asker, selectors: Iterable[Selector]) -> None:
    """Learn everything that ``explain`` and ``culprits`` need, in few requests."""
    several = [(s, m) for s in selectors for m in _own(s)]
    asker.ask(_alone(s, m) for s, m in several)
    failing = [(s, m) for s, m in several if asker.answer(_alone(s, m)).is_empty]
    asker.ask(_values(s, m) for s, m in failing)
    asker.ask(one_series(_bare(s)) for s, _ in failing)


def culprits(asker: Asker, selector: Selector) -> Iterator[Culprit]:
    """The matchers that alone already match nothing of what the metric has now."""
    if not selector.metric() or asker.answer(one_series(_bare(selector))).is_empty:
        return
    for matcher in _own(selector):
        if asker.answer(_alone(selector, matcher)).is_empty:
            rows = asker.answer(_values(selector, matcher)).samples
            found = sorted({row.labels.get(matcher.label, "") for row in rows} - {""})
            yield Culprit(matcher, tuple(found))


def explain(asker: Asker, selector: Selector) -> str:
    """Which matcher is at fault, and what is likely meant; empty when it cannot be told."""
    found = list(culprits(asker, selector))
    if found:
        return _about(asker, selector, found[0])
    if not selector.metric() or asker.answer(one_series(_bare(selector))).is_empty:
        return ""
    return "each matcher matches some series, but no series matches all of them"


def one_series(vector: str) -> str:
    """The query that ``labels_of`` reads the answer of."""
    return probes.any_series(vector)


def labels_of(asker: Asker, vector: str) -> list[str]:
    """The labels of one of the series."""
    samples = asker.answer(one_series(vector)).samples
    return sorted({name for sample in samples for name in sample.labels} - {"__name__"})


def _about(asker: Asker, selector: Selector, culprit: Culprit) -> str:
    matcher = culprit.matcher
    if culprit.lacks_label:
        labels = labels_of(asker, _bare(selector))
        meant = wording.did_you_mean(matcher.label, labels)
        has = f"they have {wording.quoted(labels, 8)}" if labels else "they have none"
        return f"no series has the label '{matcher.label}': {meant or has}"
    near = nearest(matcher.value, culprit.values)
    values = wording.quoted(near or culprit.values)
    return f"nothing matches {matcher}: '{matcher.label}' is {values}"


def _own(selector: Selector) -> list[Matcher]:
    return [m for m in selector.matchers if m.label != "__name__"] if selector.metric() else []


def _bare(selector: Selector) -> str:
    return str(Selector(selector.metric()))


def _alone(selector: Selector, matcher: Matcher) -> str:
    return probes.exists(str(replace(Selector(selector.metric()), matchers=(matcher,))))


def _values(selector: Selector, matcher: Matcher) -> str:
    return probes.groups(_bare(selector), [matcher.label], _MOST_VALUES)
