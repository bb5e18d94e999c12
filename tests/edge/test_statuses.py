"""Every kind of refusal and wrong answer has its own fault, one clear line each."""

import json

import pytest

from slokit.prometheus import errors
from slokit.prometheus.errors import PrometheusError
from tests.edge.conftest import Connect
from tests.edge.misbehaving import Caller, MisbehavingServer

HTML = "<!DOCTYPE html><html><title>Log in</title></html>"


def api_error(kind: str, text: str) -> str:
    return json.dumps({"status": "error", "errorType": kind, "error": text})


CASES = [
    ("web page", 200, HTML, errors.NotPrometheusError, "web page instead of JSON (200)"),
    ("wrong path", 404, "404 page not found", errors.NotPrometheusError, "no Prometheus API"),
    (
        "foreign JSON",
        200,
        '{"hello": 1}',
        errors.NotPrometheusError,
        "does not answer like Prometheus",
    ),
    ("JSON list", 200, "[]", errors.NotPrometheusError, "does not answer like Prometheus"),
    ("no data", 200, '{"status": "success"}', errors.NotPrometheusError, "like Prometheus"),
    ("cut JSON", 200, '{"status": "succ', errors.NotPrometheusError, "cut off or broken"),
    ("deep JSON", 200, '{"a":' * 99999, errors.NotPrometheusError, "cut off or broken"),
    ("empty", 200, "", errors.NotPrometheusError, "empty body"),
    (
        "wrong port",
        400,
        "Client sent an HTTP request to an HTTPS server.",
        errors.NotPrometheusError,
        "HTTPS server",
    ),
    ("no login", 401, "Unauthorized", errors.PrometheusDeniedError, "wants credentials"),
    ("forbidden", 403, HTML, errors.PrometheusDeniedError, "does not allow this request (403)"),
    ("no tenant", 401, api_error("unauthorized", "no org"), errors.PrometheusDeniedError, "no org"),
    ("method", 405, "", errors.PrometheusDeniedError, "refuses the HTTP method"),
    ("proxy", 407, "", errors.PrometheusDeniedError, "proxy that wants credentials"),
    (
        "bad query",
        400,
        api_error("bad_data", "1:5: parse error"),
        errors.QueryRejectedError,
        "rejects `up`: 1:5: parse error",
    ),
    (
        "execution",
        422,
        api_error("execution", "many-to-many matching"),
        errors.QueryRejectedError,
        "many-to-many matching",
    ),
    (
        "error in a 200",
        200,
        api_error("execution", "too bad"),
        errors.QueryRejectedError,
        "too bad",
    ),
    ("odd error", 422, '{"status": "error"}', errors.QueryRejectedError, "no reason given"),
    ("long query", 414, HTML, errors.QueryRejectedError, "no query this long"),
    (
        "timeout",
        503,
        api_error("timeout", "query timed out"),
        errors.PrometheusOverloadedError,
        "query timed out",
    ),
    (
        "starting",
        503,
        "Service Unavailable",
        errors.PrometheusOverloadedError,
        "Service Unavailable",
    ),
    ("throttled", 429, "slow down", errors.PrometheusOverloadedError, "slow down; try again later"),
    ("crash", 500, api_error("internal", "disk full"), errors.PrometheusFailingError, "disk full"),
    ("gateway", 502, HTML, errors.PrometheusFailingError, "failed with 502; "),
]


@pytest.mark.parametrize(
    ("status", "body", "fault", "words"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_each_answer_has_its_fault(
    connect: Connect, status: int, body: str, fault: type[PrometheusError], words: str
) -> None:
    """A refused or foreign answer becomes its own fault, in one line that names the server."""
    with MisbehavingServer(lambda caller: caller.reply(status, body)) as server:
        with pytest.raises(PrometheusError) as caught:
            connect(server.url).instant("up", 0)

    message = str(caught.value)
    assert type(caught.value) is fault
    assert words in message
    assert message.startswith(f"Prometheus at {server.url} ")
    assert "\n" not in message
    assert len(server.seen) == 1


LIMITS = [
    ("Mimir", "the query exceeded the maximum number of series (limit: 10 series)", True),
    ("Mimir's chunks", "the query exceeded the maximum number of chunks (limit: 9 chunks)", False),
    ("Cortex", "the query hit the max number of series limit (limit: 10 series)", True),
    ("Thanos", "fetch series for block: exceeded series limit: limit 10 violated (got 11)", True),
    ("VictoriaMetrics", "the number of matching timeseries exceeds 10; narrow down", True),
    ("Prometheus", "query processing would load too many samples into memory", False),
    ("resolution", "exceeded maximum resolution of 11,000 points per timeseries.", False),
]


@pytest.mark.parametrize(
    ("words", "is_of_series"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS]
)
def test_a_limit_on_series_is_told_from_one_on_samples(
    connect: Connect, words: str, is_of_series: bool
) -> None:
    """Both are too much; of the one less time would help, of the other fewer services."""
    body = json.dumps({"status": "error", "errorType": "execution", "error": words})
    with MisbehavingServer(lambda caller: caller.reply(422, body)) as server:
        with pytest.raises(PrometheusError) as caught:
            connect(server.url).instant("up", 0)

    assert (caught.value.is_too_much, caught.value.is_many_series) == (True, is_of_series)


def test_the_reason_behind_a_repeated_query_is_shown(connect: Connect) -> None:
    """VictoriaMetrics says the query first, in which any word may stand, however long it is."""
    echo = (
        'cannot execute "sum(rate(memory_limit_bytes{job=\\"a\\"}[5m]))' + " + limit" * 90 + '": '
    )
    body = json.dumps({"status": "error", "errorType": "422", "error": f"{echo}no such function"})
    with MisbehavingServer(lambda caller: caller.reply(422, body)) as server:
        with pytest.raises(PrometheusError) as caught:
            connect(server.url).instant("up", 0)

    assert str(caught.value).endswith('cannot execute "…": no such function')
    assert not caught.value.is_too_much


def test_a_servers_text_cannot_steer_the_terminal(connect: Connect) -> None:
    """Escape sequences, line breaks and bidi marks in an error text do not reach the message."""
    nasty = "bad\x1b[31m\r\nquery\u202e\u2028\x9b2J\x00"

    with MisbehavingServer(
        lambda caller: caller.reply(400, api_error("bad_data", nasty))
    ) as server:
        with pytest.raises(errors.QueryRejectedError) as caught:
            connect(server.url).instant("up\x1b[2J\n", 0)

    assert str(caught.value).isprintable()


def test_long_texts_are_clipped(connect: Connect) -> None:
    """Neither a long query nor a long error text floods the line."""
    text = api_error("bad_data", "y" * 100_000)

    with MisbehavingServer(lambda caller: caller.reply(400, text)) as server:
        with pytest.raises(errors.QueryRejectedError) as caught:
            connect(server.url).instant("x" * 100_000, 0)

    assert len(str(caught.value)) < 600
    assert "xxx…`" in str(caught.value)


@pytest.mark.parametrize("status", [400, 404, 405, 501])
@pytest.mark.parametrize("method", ["metadata", "targets", "build_info", "flags", "rules"])
def test_an_endpoint_that_not_all_servers_have(connect: Connect, status: int, method: str) -> None:
    """What Thanos, Mimir or VictoriaMetrics lack is a MissingEndpointError; callers survive it."""
    with MisbehavingServer(lambda caller: caller.reply(status, "unsupported path")) as server:
        with pytest.raises(errors.MissingEndpointError):
            getattr(connect(server.url), method)()


def test_warnings_are_kept_once(connect: Connect) -> None:
    """Warnings, infos and VictoriaMetrics' partial mark are collected, each text once."""

    def warn(caller: Caller) -> None:
        caller.reply_json(
            {
                "status": "success",
                "data": {"resultType": "vector", "result": []},
                "warnings": ["store down\x07", "store down\x07"],
                "infos": ["not a counter"],
                "isPartial": True,
            }
        )

    with MisbehavingServer(warn) as server:
        client = connect(server.url)
        client.instant("up", 0)
        client.instant("up", 1)

    assert client.warnings == (
        "store down",
        "not a counter",
        "partial response: some of the storage did not answer",
    )
    assert client.requests == 2


SHAPES: list[object] = [
    [],
    None,
    {"resultType": "vector"},
    {"resultType": "vector", "result": {}},
    {"resultType": "vector", "result": [1]},
    {"resultType": "vector", "result": [{"metric": {}, "value": [1]}]},
    {"resultType": "vector", "result": [{"metric": {}, "value": [1, "x"]}]},
    {"resultType": "vector", "result": [{"metric": {"a": 1}, "value": [1, "1"]}]},
    {"resultType": "vector", "result": [{"metric": {}, "value": [1, True]}]},
    {"resultType": "matrix", "result": []},
    {"resultType": "string", "result": [1, "x"]},
    {"resultType": "scalar", "result": []},
]


@pytest.mark.parametrize("data", SHAPES, ids=[json.dumps(shape) for shape in SHAPES])
def test_wrong_shapes_are_malformed(connect: Connect, data: object) -> None:
    """Valid JSON of another shape than an instant answer has is MalformedAnswerError."""

    def answer(caller: Caller) -> None:
        caller.reply_json({"status": "success", "data": data})

    with MisbehavingServer(answer) as server:
        with pytest.raises(errors.MalformedAnswerError, match=r"answers .* instead of"):
            connect(server.url).instant("up", 0)
