"""Which faults end a check, and which cost one answer only."""

import pytest

from slokit.livecheck.engine.patience import Patience
from slokit.prometheus.errors import (
    NotPrometheusError,
    PrometheusDeniedError,
    PrometheusError,
    PrometheusTimeoutError,
    PrometheusUnreachableError,
    QueryRejectedError,
)

URL = "http://localhost:9090"


def test_a_rejected_query_is_borne_for_ever() -> None:
    """It says something about the query and nothing about the server."""
    patience = Patience()
    for _ in range(100):
        patience.bear(QueryRejectedError(URL, "rejects it"))


@pytest.mark.parametrize(
    "kind", [PrometheusUnreachableError, NotPrometheusError, PrometheusDeniedError]
)
def test_a_server_that_cannot_be_talked_to_ends_the_check(kind: type[PrometheusError]) -> None:
    """No later query would fare better."""
    patience = Patience()
    patience.renew()
    with pytest.raises(kind):
        patience.bear(kind(URL, "is gone"))


def test_a_first_question_that_times_out_ends_the_check() -> None:
    """A server that never answered is not merely slow."""
    with pytest.raises(PrometheusTimeoutError):
        Patience().bear(PrometheusTimeoutError(URL, "did not answer"))


def test_three_time_outs_in_a_row_end_the_check() -> None:
    """Two may belong to heavy queries; an answer in between starts the count anew."""
    patience = Patience()
    fault = PrometheusTimeoutError(URL, "did not answer")
    patience.renew()
    patience.bear(fault)
    patience.bear(fault)
    patience.renew()
    patience.bear(fault)
    patience.bear(fault)
    with pytest.raises(PrometheusTimeoutError):
        patience.bear(fault)


def test_an_endpoint_may_be_forbidden() -> None:
    """A proxy that lets queries through and guards the rest costs one answer; at first, all."""
    patience = Patience()
    fault = PrometheusDeniedError(URL, "does not allow it")
    with pytest.raises(PrometheusDeniedError):
        patience.bear_endpoint(fault)
    patience.renew()
    patience.bear_endpoint(fault)
