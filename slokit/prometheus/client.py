"""The live client: Prometheus' HTTP API as typed answers.

prometheus-api-client composes the requests and reads the answers, over a session of ours that gives
it complete successes only (``http``); the endpoints that it does not know take the same way. Why:
docs/decisions/0001-prometheus-client.md.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, Self, TypeVar
from urllib.parse import quote

from prometheus_api_client.prometheus_connect import PrometheusConnect

from slokit.prometheus import decode
from slokit.prometheus.errors import shown_url
from slokit.prometheus.http import API, PrometheusSession
from slokit.prometheus.settings import PrometheusSettings
from slokit.prometheus.types import (
    Matrix,
    MetricMetadata,
    Moment,
    RuleGroup,
    Step,
    Target,
    Vector,
    joined,
    step_seconds,
    unix_seconds,
)

T = TypeVar("T")
MOST_POINTS: Final = 11_000
"""Prometheus refuses a range of more points per series."""


class PrometheusClient:
    """A live server; meets the MetricsSource protocol. Nothing is read or sent before it is asked.

    One client serves several threads at once: each request has its own deadline and its own
    answer, and the connections are shared. ``requests`` and ``warnings`` count all threads.
    Raises subclasses of PrometheusError, and ValueError for a moment without a time zone.
    """

    def __init__(self, settings: PrometheusSettings) -> None:
        self._url = settings.url
        # Prometheus gives up when we do, instead of working on for an answer that is not awaited.
        self._limit = {"timeout": f"{settings.timeout:.3f}"}
        self._session = PrometheusSession(settings)
        self._library = PrometheusConnect(url=settings.url, session=self._session)
        # It has mounted an adapter that asks a failing server four times over six seconds.
        self._session.mount(settings.url, self._session.adapter)

    @property
    def url(self) -> str:
        """The server's address, as it may be shown."""
        return shown_url(self._url)

    @property
    def requests(self) -> int:
        """How many HTTP requests were sent so far, with redirects and repetitions."""
        return self._session.sent

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the server warned about so far, each text once, in the order of appearance."""
        return self._session.warnings

    @property
    def clock(self) -> float | None:
        """What the server's clock showed at its first answer (Unix seconds), None where unknown."""
        return self._session.clock

    def close(self) -> None:
        """Gives the connections back."""
        self._library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def instant(self, query: str, at: Moment) -> Vector:
        """The value of ``query`` at ``at``; a scalar is one sample without labels."""
        params = {"time": api_text(unix_seconds(at)), **self._limit}
        return self._typed(decode.vector, self._library.custom_query(query, params=params))

    def value(self, query: str, at: Moment) -> float | None:
        """The value of a query that gives one sample; None where it gives none, or several."""
        found = self.instant(query, at)
        return found[0].value if len(found) == 1 else None

    def range(self, query: str, start: Moment, end: Moment, step: Step) -> Matrix:
        """The values of ``query`` at start, start + step, … up to ``end`` inclusive.

        A range of more points than a server answers at once is asked for in pieces.
        """
        width = step_seconds(step)
        parts = pieces(unix_seconds(start), unix_seconds(end), width)
        return joined([self._range(query, first, last, width) for first, last in parts])

    def _range(self, query: str, start: float, end: float, step: float) -> Matrix:
        # The library rounds to whole seconds; what is given as a parameter wins over that.
        exact = {"start": api_text(start), "end": api_text(end), "step": api_text(step)}
        # Of more than 50 moments VictoriaMetrics otherwise answers about others, multiples of the
        # step, which its cache holds. No other server knows the parameter, nor minds it.
        exact["nocache"] = "1"
        found = self._library.custom_query_range(
            query, _utc(start), _utc(end), exact["step"], params=exact | self._limit
        )
        return self._typed(decode.matrix, found)

    def series(self, matchers: Sequence[str], start: Moment, end: Moment) -> list[dict[str, str]]:
        """The label sets of all series that any selector of ``matchers`` finds."""
        first, last = _utc(unix_seconds(start)), _utc(unix_seconds(end))
        found = self._library.get_series(first, last, params={"match[]": list(matchers)})
        return self._typed(decode.label_sets, found)

    def label_values(
        self, label: str, matchers: Sequence[str], start: Moment, end: Moment
    ) -> list[str]:
        """The values of one label among the series that ``matchers`` find (all, if empty)."""
        params = _between(matchers, start, end)
        found = self._library.get_label_values(quote(label, safe=""), params=params)
        return self._typed(decode.texts, found)

    def targets(self) -> list[Target]:
        """The active scrape targets. Raises MissingEndpointError too."""
        return self._typed(decode.targets, self._library.get_targets(state="active"))

    def metadata(self, metric: str | None = None) -> dict[str, list[MetricMetadata]]:
        """Type, help and unit by metric name. Raises MissingEndpointError too."""
        # The library's own method stumbles over an answer that is no object of lists.
        params = {"metric": metric} if metric else {}
        return self._typed(decode.metadata, self._data("metadata", params))

    def build_info(self) -> dict[str, str]:
        """Version and build of the server. Raises MissingEndpointError too."""
        return self._typed(decode.text_map, self._data("status/buildinfo"))

    def runtime_info(self) -> dict[str, str]:
        """Start time, retention and the like, as text. Raises MissingEndpointError too."""
        return self._typed(decode.text_map, self._data("status/runtimeinfo"))

    def flags(self) -> dict[str, str]:
        """The server's command line flags. Raises MissingEndpointError too."""
        return self._typed(decode.text_map, self._data("status/flags"))

    def rules(self) -> list[RuleGroup]:
        """The loaded rule groups. Raises MissingEndpointError too."""
        return self._typed(decode.rule_groups, self._data("rules"))

    def _data(self, endpoint: str, params: dict[str, str] | None = None) -> object:
        """The ``data`` of an endpoint that the library does not know."""
        return self._session.request("GET", f"{self._url}{API}{endpoint}", params=params).json()[
            "data"
        ]

    def _typed(self, read: Callable[[object], T], found: object) -> T:
        with decode.malformed(self._url):
            return read(found)


def api_text(seconds: float) -> str:
    """Seconds as the API reads them: no exponent, no trailing zeros.

    >>> api_text(1_795_479_462.07), api_text(300.0)
    ('1795479462.07', '300')
    """
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def pieces(start: float, end: float, step: float) -> Iterator[tuple[float, float]]:
    """The range from ``start`` to ``end`` in parts of MOST_POINTS points, all on one grid."""
    points = math.floor((end - start) / step + 1e-6) + 1
    for first in range(0, max(points, 1), MOST_POINTS):
        last = min(first + MOST_POINTS, points) - 1
        upto = end if last == points - 1 else round(start + last * step, 3)
        yield round(start + first * step, 3), upto


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _between(matchers: Sequence[str], start: Moment, end: Moment) -> dict[str, object]:
    return {
        "match[]": list(matchers),
        "start": api_text(unix_seconds(start)),
        "end": api_text(unix_seconds(end)),
    }
