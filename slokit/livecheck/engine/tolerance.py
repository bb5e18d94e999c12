"""Which errors of a server concern one query, and which end the whole check.

A check that went on after its server was gone would mistake silence for absent series. Nothing
here retries: that is done below the client.
"""

from slokit.prometheus.errors import (
    AnswerTooLargeError,
    MalformedAnswerError,
    MissingEndpointError,
    NotPrometheusError,
    PrometheusDeniedError,
    PrometheusError,
    PrometheusFailingError,
    PrometheusOverloadedError,
    PrometheusTimeoutError,
    QueryRejectedError,
)

_OF_ONE_QUERY = (QueryRejectedError, AnswerTooLargeError, MissingEndpointError)
_OF_ONE_ENDPOINT = (NotPrometheusError, PrometheusDeniedError, MalformedAnswerError)
PERHAPS_PASSING = (PrometheusTimeoutError, PrometheusOverloadedError, PrometheusFailingError)
_MOST_IN_A_ROW = 3


class Tolerance:
    """Lets pass the errors that one query causes, and a few in a row that may not last."""

    def __init__(self) -> None:
        self._had_answer = False
        self._in_a_row = 0

    def tolerate(self, error: PrometheusError) -> None:
        """Raises the error when it is not about the query, or when nothing else comes."""
        if isinstance(error, _OF_ONE_QUERY):
            self._in_a_row = 0
            return
        self._in_a_row += 1
        passing = isinstance(error, PERHAPS_PASSING) and self._had_answer
        if not passing or self._in_a_row >= _MOST_IN_A_ROW:
            raise error

    def tolerate_endpoint(self, error: PrometheusError) -> None:
        """The same for an endpoint that a proxy may hide or guard while it lets queries through."""
        if not (self._had_answer and isinstance(error, _OF_ONE_ENDPOINT)):
            self.tolerate(error)

    def answered(self) -> None:
        """The server answered."""
        self._had_answer = True
        self._in_a_row = 0
