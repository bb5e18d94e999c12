"""Whatever comes back, it is an answer or a PrometheusError of one printable line."""

import json
from io import BytesIO

from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests import PreparedRequest, Response
from urllib3 import HTTPResponse

from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.errors import PrometheusError, one_line, shown_url
from slokit.prometheus.http import BoundedAdapter
from slokit.prometheus.settings import PrometheusSettings
from slokit.prometheus.types import MetricsSource

URL = "http://prometheus.example.com"
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from(["1", "NaN", "+Inf", "-0x"]))
KEYS = [
    "status", "success", "error", "errorType", "data", "result", "resultType", "vector", "matrix",
    "scalar", "metric", "value", "values", "histogram", "histograms", "activeTargets", "groups",
    "rules", "labels", "warnings", "interval", "evaluationTime", "scrapeInterval",
]  # fmt: skip
WORDS = st.one_of(st.sampled_from(KEYS), st.text(max_size=5))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=6)),
    max_leaves=20,
)
TYPED = st.builds(
    lambda kind, result: {"resultType": kind, "result": result},
    st.sampled_from(["vector", "matrix", "scalar", "string"]),
    JSON,
)
BODIES = st.one_of(
    st.binary(max_size=50),
    JSON.map(json.dumps).map(str.encode),
    st.one_of(JSON, TYPED)
    .map(lambda data: {"status": "success", "data": data})
    .map(json.dumps)
    .map(str.encode),
    st.builds(lambda kind, text: {"status": "error", "errorType": kind, "error": text}, WORDS, JSON)
    .map(json.dumps)
    .map(str.encode),
)


def faults_of_all_requests(source: MetricsSource) -> list[str]:
    """The messages of the faults that come out when everything is asked once."""
    messages = []
    for ask in (
        lambda: source.instant("up", 0),
        lambda: source.range("up", 0, 9, 1),
        lambda: source.series(["up"], 0, 1),
        lambda: source.label_values("job", [], 0, 1),
        source.metadata,
        source.targets,
        source.build_info,
        source.runtime_info,
        source.flags,
        source.rules,
    ):
        try:
            ask()
        except PrometheusError as fault:
            messages.append(str(fault))
    return messages


class Canned(BoundedAdapter):
    """A transport that answers every request alike, as if it came from a socket."""

    def __init__(self, status: int, body: bytes, kind: str) -> None:
        super().__init__(most_bytes=1_000_000)
        self.status, self.body, self.headers = status, body, {"Content-Type": kind}

    def send(self, request: PreparedRequest, *_args: object, **_named: object) -> Response:
        """The answer, its body still to be read."""
        raw = HTTPResponse(
            BytesIO(self.body),
            self.headers,
            self.status,
            preload_content=False,
            decode_content=False,
        )
        return self.build_response(request, raw)


def client_of(adapter: Canned) -> PrometheusClient:
    """A client whose requests all go to this transport."""
    client = PrometheusClient(PrometheusSettings(URL))
    client._session.mount(URL, adapter)
    return client


@settings(max_examples=400, deadline=None)
@given(
    status=st.one_of(st.just(200), st.integers(200, 599)),
    body=BODIES,
    kind=st.sampled_from(["application/json", "text/html", ""]),
)
@example(status=200, body=b'{"status":"success","data":[["a"]]}', kind="")
@example(status=200, body=b'{"status":"success","data":{"a":{"b":1}}}', kind="")
@example(status=200, body=b'{"status":"success","data":{"groups":[{"interval":"x"}]}}', kind="")
def test_any_reply_is_an_answer_or_a_fault(status: int, body: bytes, kind: str) -> None:
    """No status and no body, however odd, makes the client raise anything but a fault."""
    client = client_of(Canned(status, body, kind))

    assert all(message.isprintable() for message in faults_of_all_requests(client))
    assert client.requests == 10


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_short_line(text: str, limit: int) -> None:
    """Any text becomes printable and no longer than asked."""
    line = one_line(text, limit)

    assert line.isprintable()
    assert len(line) <= limit


@given(st.text())
def test_a_shown_url_has_no_secrets(text: str) -> None:
    """Whatever stands before the @ or after the ? of an address is not shown."""
    shown = shown_url(f"https://ana:geheim@prometheus.example.com/a?token=geheim#{text}")

    assert shown == "https://prometheus.example.com/a"
