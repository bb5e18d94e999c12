"""Where a server limits how many series a query reads: the ledger of some services at a time.

Less time would not help, as each series is there all along. Each query is tried whole first: that
about alerts has few series where that about counts has many.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.prometheus.errors import PrometheusError
from slokit.prometheus.types import Matrix, MetricsSource, Moment, Sample, Series, Step, Vector
from slokit.promql.selector import Matcher

_FINER = 4
_T = TypeVar("_T")


def in_pieces(metrics: MetricsSource, bundle: Bundle) -> MetricsSource:
    """The same server, asked about the bundle's ledger in pieces where it limits series.

    Only for queries of slokit's own, in which each selector names the bundle: an expression that a
    user wrote may do so as well.
    """
    return cast("MetricsSource", _InPieces(metrics, bundle))


class _InPieces:
    def __init__(self, metrics: MetricsSource, bundle: Bundle) -> None:
        self._metrics = metrics
        self._own = str(Matcher(names.BUNDLE, "=", bundle.name))
        self._services = sorted({slo.service for slo in bundle.slos})

    def __getattr__(self, name: str) -> object:
        return getattr(self._metrics, name)

    def instant(self, query: str, at: Moment) -> Vector:
        answers = self._asked(query, lambda promql: self._metrics.instant(promql, at))
        return answers[0] if len(answers) == 1 else tuple(_vector(answers))

    def range(self, query: str, start: Moment, end: Moment, step: Step) -> Matrix:
        answers = self._asked(query, lambda promql: self._metrics.range(promql, start, end, step))
        return answers[0] if len(answers) == 1 else tuple(_matrix(answers))

    def _asked(self, query: str, ask: Callable[[str], _T]) -> list[_T]:
        pieces, most = 1, len(self._services) if self._own in query else 1
        while True:
            try:
                return [ask(promql) for promql in self._queries(query, pieces)]
            except PrometheusError as error:
                if not error.is_many_series or pieces >= most:
                    raise
            pieces = min(pieces * _FINER, most)

    def _queries(self, query: str, pieces: int) -> Iterator[str]:
        if pieces == 1:
            yield query
            return
        for first in range(pieces):
            services = Matcher(names.SERVICE, "=~", "|".join(self._services[first::pieces]))
            yield query.replace(self._own, f"{self._own},{services}")


def _vector(answers: Sequence[Vector]) -> Iterator[Sample]:
    """The samples of all answers.

    What is about one service is in one answer; a sum over all of them is in each, and added up.
    """
    sums: dict[object, Sample] = {}
    for sample in (sample for answer in answers for sample in answer):
        if names.SERVICE in sample.labels:
            yield sample
        else:
            earlier = sums.get(key := frozenset(sample.labels.items()))
            value = sample.value + (earlier.value if earlier else 0.0)
            sums[key] = Sample(sample.labels, value, sample.at)
    yield from sums.values()


def _matrix(answers: Sequence[Matrix]) -> Iterator[Series]:
    """The same of series, moment by moment."""
    sums: dict[object, tuple[Mapping[str, str], dict[float, float]]] = {}
    for series in (series for answer in answers for series in answer):
        if names.SERVICE in series.labels:
            yield series
        else:
            key = frozenset(series.labels.items())
            _, points = sums.setdefault(key, (series.labels, {}))
            for moment, value in series.points:
                points[moment] = points.get(moment, 0.0) + value
    for labels, points in sums.values():
        yield Series(labels, tuple(sorted(points.items())))
