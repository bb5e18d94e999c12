"""How queries travel to a server, and who is named when one of them has no answer."""

import re
from typing import cast

from slokit.livecheck.engine.batches import (
    HEAVY_REQUESTS,
    MOST_TOGETHER,
    OUT_OF_REQUESTS,
    Query,
    QueryBatch,
    Subject,
)
from slokit.prometheus.errors import PrometheusOverloadedError, QueryRejectedError
from slokit.prometheus.types import Matrix, MetricsSource, Sample, Series, Vector
from tests.support.history.made_up import slo

AT = 1000.0
URL = "http://localhost:9090"
MARKED = re.compile(r'label_replace\(\((.*)\), "slokit_query", "(\d+)", "", ""\)')


class Server:
    """Answers each query with a sample or series that carries the query as a label."""

    url = URL
    warnings = ()

    def __init__(self, rejects: str = "?", is_busy_at: str = "?") -> None:
        self.requests = 0
        self.asked: list[tuple[str, tuple[float, ...]]] = []
        self._rejects = rejects
        self._is_busy_at = is_busy_at

    def instant(self, query: str, at: float) -> Vector:
        labels = self._labels(query, (at,))
        return tuple(Sample(each, 1.0, at) for each in labels)

    def range(self, query: str, start: float, end: float, step: float) -> Matrix:
        labels = self._labels(query, (start, end, step))
        return tuple(Series(each, ((start, 1.0), (end, 1.0))) for each in labels)

    def _labels(self, query: str, times: tuple[float, ...]) -> list[dict[str, str]]:
        self.requests += 1
        self.asked.append((query, times))
        if self._rejects in query:
            raise QueryRejectedError(URL, f"rejects `{query}`: bad data")
        if self._is_busy_at in query:
            raise PrometheusOverloadedError(URL, "is too busy")
        joint = [match.groups() for match in map(MARKED.fullmatch, query.split("\nor\n")) if match]
        if not joint:
            return [{"query": query}]
        return [{"query": promql, "slokit_query": number} for promql, number in joint]


def batch(server: Server, most: int = 1000) -> QueryBatch:
    return QueryBatch(cast("MetricsSource", server), AT, most)


def about(name: str) -> Subject:
    found = slo(name=name)
    return Subject(found.id, "'x'", found, found.location)


def test_many_queries_share_a_request_and_get_their_own_answers() -> None:
    """Of a joint answer each query has its own samples, without the label that separated them."""
    server = Server()
    queries = [Query(f"q{number}") for number in range(MOST_TOGETHER + 1)]
    answers = batch(server).ask(queries)
    assert server.requests == 2
    assert all(
        [sample.labels for sample in answers[query].samples] == [{"query": query.promql}]
        for query in queries
    )


def test_a_query_is_sent_once() -> None:
    """What was asked before, about whatever subject, costs nothing."""
    server = Server()
    one = batch(server)
    one.ask([Query("up", about("a")), Query("up", about("b"))])
    one.answer(Query("up", about("c")))
    assert server.requests == 1


def test_a_rejected_query_names_all_of_its_subjects_and_hides_no_other() -> None:
    """Two SLOs asked it: both are named. The server's words stand without our query before them."""
    one = batch(Server(rejects="bad"))
    sound = Query("good")
    answers = one.ask([Query("bad", about("a")), sound, Query("bad", about("b"))])
    (failed,) = one.failures()
    assert answers[sound].samples
    assert [subject.slo_id for subject in failed.subjects] == ["shop/a", "shop/b"]
    assert failed.answer.failure == "bad data"
    assert failed.answer.is_rejected


def test_a_busy_server_rejects_nothing() -> None:
    """Being too slow or busy says nothing about the query."""
    one = batch(Server(is_busy_at="slow"))
    one.ask([Query("quick")])
    answer = one.answer(Query("slow"))
    assert answer.failure
    assert not answer.is_rejected


def test_a_query_may_be_about_an_earlier_moment() -> None:
    """Samples that come late are asked for as of then; other moments take another request."""
    server = Server()
    batch(server).ask([Query("now"), Query("late", ago=600), Query("later", ago=600)])
    assert [times for _, times in server.asked] == [(AT,), (AT - 600,)]


def test_queries_over_a_range_share_requests_too() -> None:
    """With a step, an answer has series over the time before the moment."""
    server = Server()
    queries = [Query(name, ago=60, back=600, step=30) for name in ("a", "b")]
    answers = batch(server).ask(queries)
    assert [times for _, times in server.asked] == [(AT - 660, AT - 60, 30)]
    assert [series.labels for series in answers[queries[1]].series] == [{"query": "b"}]
    assert answers[queries[1]].series[0].points == ((AT - 660, 1.0), (AT - 60, 1.0))
    assert not answers[queries[0]].is_empty


def test_requests_are_limited() -> None:
    """What is beyond the limit has a failure that says so, and is not rejected."""
    server = Server()
    one = batch(server, most=1)
    one.ask([Query("a")])
    answer = one.answer(Query("b"))
    assert answer.failure == OUT_OF_REQUESTS
    assert not answer.is_rejected
    assert one.fetch(lambda source: source.url) is None
    assert server.requests == 1


def test_heavy_queries_travel_alone_and_are_few() -> None:
    """A query over a month of samples shares no request with others."""
    server = Server()
    one = batch(server)
    queries = [Query(f"q{number}") for number in range(HEAVY_REQUESTS + 1)]
    one.ask_heavy(queries)
    assert server.requests == HEAVY_REQUESTS
    assert one.answer(queries[-1]).failure == OUT_OF_REQUESTS


def test_what_reads_much_is_asked_while_the_server_is_quick() -> None:
    """The first query that is too slow ends it: the others are not sent, and say why."""
    server = Server(is_busy_at="slow")
    asked = batch(server)
    asked.ask([Query("first")])
    queries = [Query("slow", ago=1.0), Query("a", ago=2.0), Query("b", ago=3.0)]
    answers = asked.ask_while_quick(queries)
    assert [answers[query].failure for query in queries] == ["is too busy"] * 3
    assert server.requests == 2


def test_what_is_rejected_among_what_reads_much_hides_no_other() -> None:
    """One query that the server rejects is found by halving, as everywhere."""
    server = Server(rejects="wrong")
    queries = [Query("wrong"), Query("right")]
    answers = batch(server).ask_while_quick(queries)
    assert [answers[query].is_rejected for query in queries] == [True, False]
