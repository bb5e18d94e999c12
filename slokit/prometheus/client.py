"""The live client: Prometheus' HTTP API as typed questions and answers.

prometheus-api-client composes the requests; everything below its session is ours, since the library
repeats a 503 over six seconds, drops error texts, warnings and result types, and knows no deadline
(docs/decisions/0001-prometheus-client.md).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Self, TypeVar
from urllib.parse import quote

from prometheus_api_client.prometheus_connect import PrometheusConnect

from slokit.prometheus import reading
from slokit.prometheus.errors import MalformedAnswerError, shown_url
from slokit.prometheus.moments import as_text, joined, pieces, seconds, step_seconds
from slokit.prometheus.questions import Ask, Question, SeamSession
from slokit.prometheus.server import Server
from slokit.prometheus.settings import PrometheusSettings
from slokit.prometheus.types import (
    Matrix,
    MetricMetadata,
    Moment,
    RuleGroup,
    Step,
    Target,
    Vector,
)
from slokit.prometheus.verdict import Envelope

T = TypeVar("T")
_WHOSE_FAULT = "check that the URL leads to Prometheus' own API"


class MetricsClient:
    """Asks by way of ``ask`` and reads the answers; meets the MetricsSource protocol.

    Not for several threads at once. All methods raise subclasses of PrometheusError, and ValueError
    for a moment without a time zone.
    """

    def __init__(self, url: str, ask: Ask) -> None:
        self._url = url
        self._ask = ask
        self._session = SeamSession(url, self._answer)
        self._library = PrometheusConnect(url=url, session=self._session)
        self._warnings: dict[str, None] = {}

    @property
    def url(self) -> str:
        """The server's address, as it may be shown."""
        return shown_url(self._url)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the server warned about so far, each text once, in the order of appearance."""
        return tuple(self._warnings)

    def instant(self, query: str, at: Moment) -> Vector:
        """The value of ``query`` at ``at``; a scalar is one sample without labels."""
        time = as_text(seconds(at))
        return self._read(
            reading.vector, lambda: self._library.custom_query(query, params={"time": time})
        )

    def range(self, query: str, start: Moment, end: Moment, step: Step) -> Matrix:
        """The values of ``query`` at start, start + step, … up to ``end`` inclusive.

        A range of more points than a server answers at once is asked for in pieces.
        """
        width = step_seconds(step)
        parts = pieces(seconds(start), seconds(end), width)
        return joined([self._range(query, first, last, width) for first, last in parts])

    def _range(self, query: str, start: float, end: float, step: float) -> Matrix:
        exact = {"start": as_text(start), "end": as_text(end), "step": as_text(step)}
        return self._read(
            reading.matrix,
            lambda: self._library.custom_query_range(
                query, _utc(start), _utc(end), exact["step"], params=exact
            ),
        )

    def series(self, matchers: Sequence[str], start: Moment, end: Moment) -> list[dict[str, str]]:
        """The label sets of all series that any selector of ``matchers`` finds."""
        first, last = _utc(seconds(start)), _utc(seconds(end))
        return self._read(
            reading.label_sets,
            lambda: self._library.get_series(first, last, params={"match[]": list(matchers)}),
        )

    def label_values(
        self, label: str, matchers: Sequence[str], start: Moment, end: Moment
    ) -> list[str]:
        """The values of one label among the series that ``matchers`` find (all, if empty)."""
        params = _span(matchers, start, end)
        return self._read(
            reading.texts,
            lambda: self._library.get_label_values(quote(label, safe=""), params=params),
        )

    def label_names(self, matchers: Sequence[str], start: Moment, end: Moment) -> list[str]:
        """The label names among the series that ``matchers`` find (all, if empty)."""
        params = _span(matchers, start, end)
        return self._read(reading.texts, lambda: self._library.get_label_names(params=params))

    def metadata(self, metric: str | None = None) -> dict[str, list[MetricMetadata]]:
        """Type, help and unit by metric name. Raises MissingEndpointError too."""
        return self._fetch(reading.metadata, "metadata", *([("metric", metric)] if metric else []))

    def targets(self) -> list[Target]:
        """The active scrape targets. Raises MissingEndpointError too."""
        return self._read(reading.targets, lambda: self._library.get_targets(state="active"))

    def build_info(self) -> dict[str, str]:
        """Version and build of the server. Raises MissingEndpointError too."""
        return self._fetch(reading.text_map, "status/buildinfo")

    def runtime_info(self) -> dict[str, str]:
        """Start time, retention and the like, as text. Raises MissingEndpointError too."""
        return self._fetch(reading.text_map, "status/runtimeinfo")

    def flags(self) -> dict[str, str]:
        """The server's command line flags. Raises MissingEndpointError too."""
        return self._fetch(reading.text_map, "status/flags")

    def rules(self) -> list[RuleGroup]:
        """The loaded rule groups. Raises MissingEndpointError too."""
        return self._fetch(reading.rule_groups, "rules")

    def _read(self, read: Callable[[object], T], call: Callable[[], object]) -> T:
        """Lets the library ask, and reads what the session kept of the answer."""
        call()
        return self._typed(read, self._session.envelope.data)

    def _fetch(self, read: Callable[[object], T], endpoint: str, *params: tuple[str, str]) -> T:
        """Asks an endpoint that the library does not know."""
        return self._typed(read, self._answer(Question(endpoint, params)).data)

    def _typed(self, read: Callable[[object], T], data: object) -> T:
        try:
            return read(data)
        except reading.UnexpectedShapeError as error:
            raise MalformedAnswerError(self._url, f"answers {error}", _WHOSE_FAULT) from error

    def _answer(self, question: Question) -> Envelope:
        envelope = self._ask(question)
        self._warnings.update(dict.fromkeys(envelope.warnings))
        return envelope


class PrometheusClient(MetricsClient):
    """A live server. Nothing is read or sent before the first question."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._server = Server(settings)
        super().__init__(settings.url, self._server.ask)

    @property
    def requests(self) -> int:
        """How many HTTP requests were sent so far, with redirects and repetitions."""
        return self._server.sent

    def close(self) -> None:
        """Gives the connections back."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _span(matchers: Sequence[str], start: Moment, end: Moment) -> dict[str, object]:
    return {
        "match[]": list(matchers),
        "start": as_text(seconds(start)),
        "end": as_text(seconds(end)),
    }
