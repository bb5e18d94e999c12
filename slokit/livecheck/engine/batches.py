"""Many small queries in few requests, all about one moment; a faulty one does not hide the others.

Owns how queries travel (batching, halving, the limit on requests) and keeps what each answered and
which SLOs wanted it. It knows no metric and writes no finding; which errors end the check is said
in tolerance.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from slokit.diagnostics.finding import Location
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.tolerance import PERHAPS_PASSING, Tolerance
from slokit.model.slo import Slo
from slokit.prometheus.errors import PrometheusError, QueryRejectedError
from slokit.prometheus.types import Matrix, MetricsSource, Sample, Series, Vector
from slokit.promql.selector import Matcher, label_list
from slokit.promql.tokens import narrowed

T = TypeVar("T")
Element = TypeVar("Element", Sample, Series)
MOST_CHARACTERS: Final = 16_000
"""Some servers take no query of more than 16 KiB."""
MOST_TOGETHER: Final = 120
HEAVY_REQUESTS: Final = 20
OUT_OF_REQUESTS: Final = "the limit on requests was reached"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a query is about: an SLO, or one thing that it reads, and where that is written.

    ``name`` is how a message calls it: ``'http_requests_total'``. Equal are two subjects of one
    SLO with one name, wherever they are written.
    """

    slo_id: str
    name: str
    slo: Slo = field(compare=False, repr=False)
    location: Location = field(compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, the moment it is evaluated at, and the subject to name when it fails.

    Without times it is evaluated at the check's own moment. ``ago`` goes back from there, for
    samples that come late. With a ``step`` it gives series over the ``back`` seconds before, as a
    range query does. All times are seconds.

    ``is_like_rules`` says that the rules read the same samples by a function of the same kind: they
    are rejected whenever it is.
    """

    promql: str
    subject: Subject | None = field(default=None, compare=False)
    ago: float = 0.0
    back: float = 0.0
    step: float = 0.0
    is_like_rules: bool = False

    @property
    def times(self) -> tuple[float, float, float]:
        """What queries of one request have in common."""
        return self.ago, self.back, self.step


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query gave: samples, or series where it has a step.

    ``failure`` says why there is no answer, in the server's words; ``is_rejected`` whether the
    server will never evaluate this query, in contrast to having been too slow or busy.
    """

    samples: Vector = ()
    series: Matrix = ()
    failure: str = ""
    is_rejected: bool = False

    @property
    def value(self) -> float | None:
        """The only sample's value; None when there is none."""
        return self.samples[0].value if self.samples else None

    @property
    def is_empty(self) -> bool:
        """Whether the server answered that nothing is there."""
        return not self.samples and not self.series and not self.failure


@dataclass(frozen=True, slots=True)
class Failure:
    """A query without an answer, and everything that wanted one."""

    query: Query
    answer: Answer
    subjects: tuple[Subject, ...]


class QueryBatch:
    """Sends queries to one server about one moment (Unix seconds) and keeps the answers.

    After ``most_requests`` requests every further query is left without an answer. Every method
    raises a PrometheusError when the server cannot be talked to, or not any more.
    """

    def __init__(self, source: MetricsSource, at: float, most_requests: int) -> None:
        self.source = source
        self.at = at
        self._answers: dict[Query, Answer] = {}
        self._subjects: dict[Query, dict[Subject, None]] = {}
        self._before = source.requests
        self._most = most_requests
        self._tolerance = Tolerance()
        self._matchers: tuple[Matcher, ...] = ()

    @property
    def is_spent(self) -> bool:
        """Whether no further request may be made."""
        return self.source.requests - self._before >= self._most

    def narrow_to_one_replica(self, replica_labels: Sequence[str]) -> None:
        """Ask from now on about one replica alone, the one with most targets that are there.

        Series that several replicas measured would be counted as often.
        """
        if not replica_labels:
            return
        found = self.answer(Query(f"count by ({label_list(replica_labels)}) (up)")).samples
        ranked = sorted(found, key=lambda s: (-s.value, sorted(s.labels.items())))
        self._matchers = tuple(
            Matcher(name, "=", value)
            for s in ranked[:1]
            for name, value in sorted(s.labels.items())
        )

    def ask(self, queries: Iterable[Query]) -> Mapping[Query, Answer]:
        """The answers to these queries, learnt in as few requests as possible."""
        wanted = self._noted(queries)
        for chunk in self._chunks(wanted):
            self._fill(chunk)
        return {query: self._answers[query] for query in wanted}

    def ask_while_quick(self, queries: Iterable[Query]) -> Mapping[Query, Answer]:
        """The same of queries that read much: once the server is too slow, no more is asked.

        What is not asked has the failure that came first.
        """
        wanted, failure = self._noted(queries), ""
        for chunk in self._chunks(wanted):
            try:
                if not failure:
                    self._fill(chunk, halves=False)
            except PERHAPS_PASSING as error:
                failure = _words(error)
            self._answers |= {q: Answer(failure=failure) for q in chunk if q not in self._answers}
        return {query: self._answers[query] for query in wanted}

    def ask_heavy(self, queries: Iterable[Query]) -> None:
        """Learn the answers to queries that read much: one a request, and only so many."""
        new = [query for query in self._noted(queries) if query not in self._answers]
        for query in new[:HEAVY_REQUESTS]:
            self._fill([query])
        self._answers |= dict.fromkeys(new[HEAVY_REQUESTS:], Answer(failure=OUT_OF_REQUESTS))

    def answer(self, query: Query) -> Answer:
        """The answer to a query, which is asked now if it was not before."""
        return self._answers.get(query) or self.ask([query])[query]

    def failures(self) -> list[Failure]:
        """Every query that has no answer."""
        return [
            Failure(query, answer, tuple(self._subjects[query]))
            for query, answer in self._answers.items()
            if answer.failure
        ]

    def fetch(self, request: Callable[[MetricsSource], T]) -> T | None:
        """What a request that is no query gives; None when the server has no answer to it."""
        if self.is_spent:
            return None
        try:
            found = request(self.source)
        except PrometheusError as error:
            self._tolerance.tolerate_endpoint(error)
            return None
        self._tolerance.answered()
        return found

    def _noted(self, queries: Iterable[Query]) -> list[Query]:
        """The queries, each once. Two SLOs may want the same one: every subject is kept."""
        wanted: dict[Query, None] = {}
        for query in queries:
            subjects = self._subjects.setdefault(query, {})
            if query.subject:
                subjects[query.subject] = None
            wanted[query] = None
        return list(wanted)

    def _fill(self, chunk: Sequence[Query], *, halves: bool = True) -> None:
        if self.is_spent:
            self._answers |= dict.fromkeys(chunk, Answer(failure=OUT_OF_REQUESTS))
            return
        try:
            answers = self._send(chunk)
        except PrometheusError as error:
            self._tolerance.tolerate(error)
            if not halves and isinstance(error, PERHAPS_PASSING):
                raise
            self._halve(chunk, error)
            return
        self._tolerance.answered()
        self._answers |= zip(chunk, answers, strict=True)

    def _chunks(self, queries: Iterable[Query]) -> Iterator[Sequence[Query]]:
        """New queries about the same times, so many together as a request takes."""
        by_times: dict[tuple[float, float, float], list[Query]] = {}
        for query in queries:
            if query not in self._answers:
                by_times.setdefault(query.times, []).append(query)
        for same in by_times.values():
            chunk: list[Query] = []
            length = 0
            for query in same:
                promql = narrowed(query.promql, self._matchers)
                size = len(probes.marked(promql, MOST_TOGETHER).encode()) + len("\nor\n")
                if chunk and (length + size > MOST_CHARACTERS or len(chunk) == MOST_TOGETHER):
                    yield chunk
                    chunk, length = [], 0
                chunk.append(query)
                length += size
            yield chunk

    def _send(self, chunk: Sequence[Query]) -> list[Answer]:
        """One request; the answers in the order of the queries."""
        texts = [narrowed(query.promql, self._matchers) for query in chunk]
        promql = texts[0] if len(texts) == 1 else probes.together(texts)
        ago, back, step = chunk[0].times
        end = self.at - ago
        if step:
            matrix = self.source.range(promql, end - back, end, step)
            return [Answer(series=tuple(found)) for found in _apart(matrix, len(chunk))]
        vector = self.source.instant(promql, end)
        return [Answer(tuple(found)) for found in _apart(vector, len(chunk))]

    def _halve(self, chunk: Sequence[Query], error: PrometheusError) -> None:
        if len(chunk) == 1:
            is_rejected = isinstance(error, QueryRejectedError)
            self._answers[chunk[0]] = Answer(failure=_words(error), is_rejected=is_rejected)
            return
        middle = len(chunk) // 2
        self._fill(chunk[:middle])
        self._fill(chunk[middle:])


def _words(error: PrometheusError) -> str:
    """The server's own words, without our query before them."""
    return error.what.split("`: ", 1)[-1]


def _apart(found: Sequence[Element], count: int) -> list[list[Element]]:
    """The elements of a joint answer by the position of their query, without our own label."""
    if count == 1:
        return [list(found)]
    apart: list[list[Element]] = [[] for _ in range(count)]
    for element in found:
        labels = dict(element.labels)
        number = labels.pop(probes.MARKER, "")
        if number.isdecimal() and int(number) < count:
            apart[int(number)].append(replace(element, labels=labels))
    return apart
