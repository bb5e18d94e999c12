"""A live server as something that answers questions: the wire, and a verdict on what it brings."""

from slokit.prometheus.questions import LONG_ENDPOINTS, OPTIONAL_ENDPOINTS, Question
from slokit.prometheus.settings import PrometheusSettings
from slokit.prometheus.verdict import API, Asked, Envelope, envelope_of
from slokit.prometheus.wire import Wire


class Server:
    """Answers one question with one HTTP request, or two when it is asked to wait."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._settings = settings
        self._wire = Wire(settings)

    @property
    def sent(self) -> int:
        """HTTP requests so far."""
        return self._wire.sent

    def ask(self, question: Question) -> Envelope:
        """The server's answer. Raises a PrometheusError."""
        params = question.params
        if question.endpoint in ("query", "query_range"):
            # Prometheus gives up when we do, instead of working for nobody.
            params = (*params, ("timeout", f"{self._settings.timeout:.3f}"))
        path = f"{API}{question.endpoint}"
        reply = self._wire.fetch(path, params, may_post=question.endpoint in LONG_ENDPOINTS)
        optional = question.endpoint in OPTIONAL_ENDPOINTS
        settings, hidden = self._settings, self._wire.hidden
        asked = Asked(settings.url, question.query, optional, hidden, settings.has_credentials)
        return envelope_of(reply, asked)

    def close(self) -> None:
        """Gives the connections back."""
        self._wire.close()
