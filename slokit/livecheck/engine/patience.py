"""Which faults of a server concern one question, and which end the whole check."""

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

_OF_ONE_QUESTION = (QueryRejectedError, AnswerTooLargeError, MissingEndpointError)
_OF_ONE_ENDPOINT = (NotPrometheusError, PrometheusDeniedError, MalformedAnswerError)
_PERHAPS_PASSING = (PrometheusTimeoutError, PrometheusOverloadedError, PrometheusFailingError)
_MOST_IN_A_ROW = 3


class Patience:
    """Bears the faults that one question causes, and a few in a row that may pass."""

    def __init__(self) -> None:
        self._had_answer = False
        self._in_a_row = 0

    def bear(self, fault: PrometheusError) -> None:
        """Raises the fault when it is not about the query, or when nothing else comes."""
        if isinstance(fault, _OF_ONE_QUESTION):
            self._in_a_row = 0
            return
        self._bear_passing(fault)

    def bear_endpoint(self, fault: PrometheusError) -> None:
        """The same for an endpoint that a proxy may hide or guard while it lets queries through."""
        if not (self._had_answer and isinstance(fault, _OF_ONE_ENDPOINT)):
            self.bear(fault)

    def _bear_passing(self, fault: PrometheusError) -> None:
        self._in_a_row += 1
        passing = isinstance(fault, _PERHAPS_PASSING) and self._had_answer
        if not passing or self._in_a_row >= _MOST_IN_A_ROW:
            raise fault

    def renew(self) -> None:
        """The server answered."""
        self._had_answer = True
        self._in_a_row = 0
