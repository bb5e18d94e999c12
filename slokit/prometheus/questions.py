"""The seam between prometheus-api-client and whoever answers: a live server or a recording."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests

from slokit.prometheus.verdict import API, Envelope

LONG_ENDPOINTS = ("query", "query_range", "series", "labels")
"""Endpoints that take their parameters as a form too, for queries longer than a URL may be."""
OPTIONAL_ENDPOINTS = (
    "metadata",
    "targets",
    "rules",
    "status/buildinfo",
    "status/runtimeinfo",
    "status/flags",
)
"""Endpoints that compatible servers (Thanos, Mimir, VictoriaMetrics) may lack."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request: the endpoint below /api/v1/ and its parameters, in order, as text."""

    endpoint: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        """The PromQL or the selectors asked for, as a message may quote them; empty if neither."""
        return " ".join(value for name, value in self.params if name in ("query", "match[]"))


Ask = Callable[[Question], Envelope]
"""Answers a question or raises a PrometheusError."""


class SeamSession(requests.Session):
    """The session that the library gets: it hands every request on to ``ask``.

    The answer stays in ``envelope``: the library would throw half of it away.
    """

    def __init__(self, base_url: str, ask: Ask) -> None:
        super().__init__()
        self._base_path = urlsplit(base_url).path
        self._ask = ask
        self.envelope = Envelope(None)

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, params: Any = None, **rest: Any
    ) -> requests.Response:
        """Called by the library, with the address and the parameters that it composed."""
        path = urlsplit(str(url)).path
        endpoint = path.removeprefix(self._base_path).removeprefix(API)
        self.envelope = self._ask(Question(endpoint, flat(params or {})))
        return _empty_success()


def _empty_success() -> requests.Response:
    """Content for the library to unpack; the real one may have shapes that it stumbles over."""
    response = requests.Response()
    response.status_code = 200
    response.raw = BytesIO(b'{"data": {"result": []}}')
    return response


def flat(params: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """``{"a": 1, "b": ["x", "y"]}`` as (a, 1), (b, x), (b, y)."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(name, str(one)) for one in values]
    return tuple(pairs)
