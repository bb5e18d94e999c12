"""Which errors end a check, and which cost one answer only."""

import pytest

from slokit.livecheck.engine.tolerance import Tolerance
from slokit.prometheus.errors import (
    NotPrometheusError,
    PrometheusDeniedError,
    PrometheusError,
    PrometheusTimeoutError,
    PrometheusUnreachableError,
    QueryRejectedError,
)

URL = "http://localhost:9090"


def test_a_rejected_query_is_always_tolerated() -> None:
    """It says something about the query and nothing about the server."""
    tolerance = Tolerance()
    for _ in range(100):
        tolerance.tolerate(QueryRejectedError(URL, "rejects it"))


@pytest.mark.parametrize(
    "kind", [PrometheusUnreachableError, NotPrometheusError, PrometheusDeniedError]
)
def test_a_server_that_cannot_be_talked_to_ends_the_check(kind: type[PrometheusError]) -> None:
    """No later query would fare better."""
    tolerance = Tolerance()
    tolerance.answered()
    with pytest.raises(kind):
        tolerance.tolerate(kind(URL, "is gone"))


def test_a_first_question_that_times_out_ends_the_check() -> None:
    """A server that never answered is not merely slow."""
    with pytest.raises(PrometheusTimeoutError):
        Tolerance().tolerate(PrometheusTimeoutError(URL, "did not answer"))


def test_three_time_outs_in_a_row_end_the_check() -> None:
    """Two may belong to heavy queries; an answer in between starts the count anew."""
    tolerance = Tolerance()
    error = PrometheusTimeoutError(URL, "did not answer")
    tolerance.answered()
    tolerance.tolerate(error)
    tolerance.tolerate(error)
    tolerance.answered()
    tolerance.tolerate(error)
    tolerance.tolerate(error)
    with pytest.raises(PrometheusTimeoutError):
        tolerance.tolerate(error)


def test_an_endpoint_may_be_forbidden() -> None:
    """A proxy that lets queries through and guards the rest costs one answer; at first, all."""
    tolerance = Tolerance()
    error = PrometheusDeniedError(URL, "does not allow it")
    with pytest.raises(PrometheusDeniedError):
        tolerance.tolerate_endpoint(error)
    tolerance.answered()
    tolerance.tolerate_endpoint(error)
