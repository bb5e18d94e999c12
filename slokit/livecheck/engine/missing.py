"""Which selectors match nothing now, whether they ever did, and which matcher is at fault.

The past is expensive: names are looked up in the index, and samples are read only of metrics that
existed. What the server does not say about the past stays unknown. The matcher at fault is sought
among what is there now: each is tried alone on the bare metric.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Final

from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Answer, Query, QueryBatch, Subject
from slokit.livecheck.engine.series import InputSeries
from slokit.livecheck.engine.server import ServerFacts
from slokit.promql.counting import offset
from slokit.promql.selector import Matcher, Selector
from slokit.text.similar_names import did_you_mean_one_of, is_misspelt, similar_names

_LONGEST_REQUEST: Final = 1200
_MOST_COMPARED: Final = 100
_DAY: Final = 86_400.0
_MOST_VALUES: Final = 200
_MOST_DOTS: Final = 6


class Seen(Enum):
    """How much of a selector the server knows."""

    BEFORE = "before"
    NAME_ONLY = "name only"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Missing:
    """A selector that matches nothing now, and the series of an SLO that it belongs to.

    It was looked for ``late`` seconds ago, where the spec says that its samples come late.
    """

    series: InputSeries
    selector: Selector
    late: Fraction = Fraction(0)

    @property
    def subject(self) -> Subject:
        """What queries about it name when they fail."""
        return self.series.subject

    @property
    def is_alone(self) -> bool:
        """Whether the series is this selector and nothing else, of a side without other parts."""
        return self.series.is_selector and len(self.series.side.parts) == 1


@dataclass(frozen=True)
class Sought:
    """A selector of something else than an SLO, which is looked for like one of an SLO's."""

    selector: Selector
    late: Fraction = Fraction(0)
    subject: Subject | None = None


class Past:
    """How much the server had before of selectors that match nothing now.

    The names are looked up for all of them together, once the first is asked about.
    """

    def __init__(
        self,
        wanted: Callable[[], Iterable[Missing | Sought]],
        server: ServerFacts,
        batch: QueryBatch,
    ) -> None:
        self._wanted = wanted
        self._server = server
        self._batch = batch

    def seen(self, missing: Missing | Sought) -> Seen:
        """How much of a missing selector the server had before."""
        name = missing.selector.metric()
        if self._names is None:
            return Seen.UNKNOWN
        if name and name not in self._names:
            return Seen.NEVER
        matched = self._matched[missing.selector]
        if matched.failure:
            return Seen.UNKNOWN
        return Seen.BEFORE if matched.samples else Seen.NAME_ONLY

    @cached_property
    def _names(self) -> frozenset[str] | None:
        """Of the metrics without series, those that existed before; None if unknown."""
        wanted = sorted({re.escape(missing.selector.metric()) for missing in self._wanted()} - {""})
        found: set[str] = set()
        for chunk in _by_length(wanted):
            named = Selector(None, (Matcher("__name__", "=~", "|".join(chunk)),))
            names = self._server.names(self._server.look_back, [str(named)])
            if names is None:
                return None
            found |= names
        return frozenset(found)

    @cached_property
    def _matched(self) -> Mapping[Selector, Answer]:
        """Whether a selector matched anything; cheap where it never did."""
        known = {"", *(self._names or ())}
        window = wording.seconds(self._server.look_back)
        queries = [
            (m.selector, Query(probes.existed(f"{m.selector}[{window}]"), m.subject))
            for m in self._wanted()
            if m.selector.metric() in known
        ]
        answers = self._batch.ask(query for _, query in queries)
        return {selector: answers[query] for selector, query in queries}


class MissingSeries:
    """Looks up all selectors without series in a few requests.

    ``labels`` says what of a series is there now.
    """

    def __init__(
        self,
        series: Sequence[InputSeries],
        labels: Callable[[InputSeries], Answer],
        server: ServerFacts,
        batch: QueryBatch,
    ) -> None:
        self._series = series
        self._labels = labels
        self._server = server
        self._batch = batch
        self._similar: dict[str, str] = {}
        self._past = Past(lambda: self.all, server, batch)

    @cached_property
    def all(self) -> tuple[Missing, ...]:
        """All selectors that match nothing now; those within expressions come first."""
        inner = [(s, part) for s in self._series if s.needs_all_selectors for part in s.selectors]
        queries = [
            Query(probes.exists(f"{selector}{offset(late)}"), series.subject)
            for series, (selector, late) in inner
        ]
        answers = self._batch.ask(queries)
        absent = [
            Missing(series, *part)
            for (series, part), query in zip(inner, queries, strict=True)
            if answers[query].is_empty
        ]
        whole = [series for series in self._series if series.is_selector]
        # of a pattern on the name, such as x(_total)?, one metric is enough
        there = {s.written_at for s in whole if not self._labels(s).is_empty}
        absent += [Missing(s, *s.selectors[0]) for s in whole if s.written_at not in there]
        return tuple(absent)

    def seen(self, missing: Missing) -> Seen:
        """How much of a missing selector the server had before."""
        return self._past.seen(missing)

    def similar(self, name: str) -> str:
        """A question after the likely name of a metric that never existed; often empty."""
        if name not in self._similar and len(self._similar) < _MOST_COMPARED:
            self._similar[name] = did_you_mean_one_of(name, self._all_names or ())
        return self._similar.get(name, "")

    def is_typo(self, name: str, others: Collection[str] = ()) -> bool:
        """Whether a metric that never existed is all but called like one that does.

        ``others`` are metrics that it is known not to be.
        """
        near = similar_names(name, self._all_names or ()) if self.similar(name) else ()
        return any(is_misspelt(name, each) for each in near if each not in others)

    @property
    def is_server_empty(self) -> bool:
        """Whether the server says that it has no metric at all; asked only if one is missing."""
        never = any(self.seen(missing) is Seen.NEVER for missing in self.all)
        return never and self._all_names is not None and not self._all_names

    @cached_property
    def _all_names(self) -> frozenset[str] | None:
        """Every metric of the last day; None if the server does not say."""
        found = self._server.names(_DAY, [])
        return None if found is None else frozenset(found)


@dataclass(frozen=True, slots=True)
class Culprit:
    """A matcher that no series of the metric satisfies, and the values that its label has."""

    matcher: Matcher
    values: tuple[str, ...]

    @property
    def lacks_label(self) -> bool:
        """Whether no series has the label at all."""
        return not self.values

    @property
    def is_unlike_values(self) -> bool:
        """Whether it asks for values of another form than all that there are: 50. among 2xx, 5xx.

        Among 200 and 404 a 5.. may well come; what is no plain pattern is not judged.
        """
        asked = _examples(self.matcher)
        forms = {_form(value) for value in self.values}
        return bool(asked and forms) and not any(_form(each) in forms for each in asked)


_CHOICE = re.compile(r"\[(\w)[^\]^]*\]")
_PLAIN = re.compile(r"[\w .:/-]*")


def _examples(matcher: Matcher) -> list[str]:
    """Values that a matcher would match, where it is plain enough to say.

    A dot stands for a digit or for a letter.
    """
    if matcher.op == "=":
        return [matcher.value]
    if matcher.op != "=~":
        return []
    texts = _CHOICE.sub(r"\1", matcher.value).split("|")
    if not all(map(_PLAIN.fullmatch, texts)) or matcher.value.count(".") > _MOST_DOTS:
        return []
    return [
        "".join(letters)
        for text in texts
        for letters in product(*("0a" if letter == "." else letter for letter in text))
    ]


def _form(value: str) -> str:
    """What a value looks like: each digit a 0, each word an a."""
    return re.sub(r"[^\W\d]+", "a", re.sub(r"\d", "0", value))


def look_up_matchers(batch: QueryBatch, found: Iterable[Missing | Sought]) -> None:
    """Learn everything that ``why_missing`` and ``culprits`` need, in few requests."""
    several = [
        (missing, matcher) for missing in found for matcher in _own_matchers(missing.selector)
    ]
    answers = batch.ask(_alone(missing, matcher) for missing, matcher in several)
    failing = [(m, matcher) for m, matcher in several if answers[_alone(m, matcher)].is_empty]
    batch.ask(_values(missing, matcher) for missing, matcher in failing)
    batch.ask(_any_series(missing) for missing, _ in failing)


def culprits(batch: QueryBatch, missing: Missing | Sought) -> Iterator[Culprit]:
    """The matchers that alone already match nothing of what the metric has now."""
    if not missing.selector.metric() or batch.answer(_any_series(missing)).is_empty:
        return
    for matcher in _own_matchers(missing.selector):
        if batch.answer(_alone(missing, matcher)).is_empty:
            rows = batch.answer(_values(missing, matcher)).samples
            found = sorted({row.labels.get(matcher.label, "") for row in rows} - {""})
            yield Culprit(matcher, tuple(found))


def why_missing(batch: QueryBatch, missing: Missing | Sought) -> str:
    """Which matcher is at fault, and what is likely meant; empty when the server does not say."""
    found = next(culprits(batch, missing), None)
    if found is None:
        if not missing.selector.metric() or batch.answer(_any_series(missing)).is_empty:
            return ""
        return "each matcher matches some series, but no series matches all of them"
    matcher = found.matcher
    if found.lacks_label:
        labels = labels_of(batch, _any_series(missing))
        has = f"they have {wording.quoted(labels, 8)}" if labels else "they have none"
        meant = did_you_mean_one_of(matcher.label, labels)
        return f"no series has the label '{matcher.label}': {meant or has}"
    near = similar_names(matcher.value, found.values)
    values = wording.quoted(near or found.values)
    return f"nothing matches {matcher}: '{matcher.label}' is {values}"


def labels_of(batch: QueryBatch, any_series: Query) -> list[str]:
    """The labels of the one series that a query of probes.any_series gives."""
    samples = batch.answer(any_series).samples
    return sorted({name for sample in samples for name in sample.labels} - {"__name__"})


def _own_matchers(selector: Selector) -> list[Matcher]:
    return [m for m in selector.matchers if m.label != "__name__"] if selector.metric() else []


def _bare_metric(missing: Missing | Sought) -> str:
    return f"{Selector(missing.selector.metric())}{offset(missing.late)}"


def _any_series(missing: Missing | Sought) -> Query:
    return Query(probes.any_series(_bare_metric(missing)), missing.subject)


def _alone(missing: Missing | Sought, matcher: Matcher) -> Query:
    selector = Selector(missing.selector.metric(), (matcher,))
    return Query(probes.exists(f"{selector}{offset(missing.late)}"), missing.subject)


def _values(missing: Missing | Sought, matcher: Matcher) -> Query:
    promql = probes.groups(_bare_metric(missing), [matcher.label], _MOST_VALUES)
    return Query(promql, missing.subject)


def _by_length(texts: Sequence[str]) -> Iterable[list[str]]:
    """Texts in lists that fit into the address of a request."""
    chunk: list[str] = []
    for text in texts:
        if chunk and sum(map(len, chunk)) + len(text) > _LONGEST_REQUEST:
            yield chunk
            chunk = []
        chunk.append(text)
    if chunk:
        yield chunk
