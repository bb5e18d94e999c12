"""Connections that fail and bodies that do not arrive whole."""

import gzip
import json
import math

import pytest

from slokit.demo.processes import free_ports
from slokit.prometheus import errors
from tests.edge.conftest import Connect
from tests.edge.misbehaving import EMPTY_VECTOR, Behaviour, Caller, MisbehavingServer

VECTOR = json.dumps(EMPTY_VECTOR)


def raw(content: bytes) -> Behaviour:
    """Sends these bytes and hangs up."""

    def behave(caller: Caller) -> None:
        caller.wfile.write(content)

    return behave


def test_a_closed_port(connect: Connect) -> None:
    """A closed port is said to refuse the connection."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}/prom"

    with pytest.raises(errors.PrometheusUnreachableError) as caught:
        connect(url).instant("up", 0)

    assert str(caught.value) == (
        f"Prometheus at {url} cannot be reached: the connection was refused; "
        "check the URL and that the server runs"
    )


def test_an_unknown_host(connect: Connect) -> None:
    """A host name that does not resolve is said to be one."""
    with pytest.raises(errors.PrometheusUnreachableError, match="host name does not resolve"):
        connect("http://no-such-host.invalid:9090").instant("up", 0)


@pytest.mark.parametrize("host", [".example", "a..b", "x" * 70 + ".example", "xn--a"])
def test_an_impossible_host(connect: Connect, host: str) -> None:
    """A host name that cannot exist is unreachable, not a crash."""
    with pytest.raises(errors.PrometheusUnreachableError):
        connect(f"http://{host}:9090").instant("up", 0)


BROKEN: dict[str, tuple[Behaviour, type[errors.PrometheusError], str]] = {
    "hung up": (raw(b""), errors.PrometheusUnreachableError, "connection broke off"),
    "cut body": (
        lambda caller: caller.reply(200, VECTOR[:20], length=len(VECTOR)),
        errors.PrometheusUnreachableError,
        "broke off in the middle of the answer",
    ),
    "cut chunk": (
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
        errors.PrometheusUnreachableError,
        "broke off",
    ),
    "bad chunk": (
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"),
        errors.PrometheusUnreachableError,
        "broke off",
    ),
    "not HTTP": (
        raw(b"-ERR wrong number of arguments\r\n"),
        errors.NotPrometheusError,
        "speak HTTP",
    ),
    "SSH": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), errors.NotPrometheusError, "does not speak HTTP"),
    "long header": (
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
        errors.NotPrometheusError,
        "does not speak HTTP",
    ),
    "broken gzip": (
        lambda caller: caller.reply(200, b"nonsense", {"Content-Encoding": "gzip"}),
        errors.NotPrometheusError,
        "broken compressed body",
    ),
}


@pytest.mark.parametrize(("behaviour", "fault", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer(
    connect: Connect, behaviour: Behaviour, fault: type[errors.PrometheusError], words: str
) -> None:
    """Each way to break an answer off has its error of one line."""
    with MisbehavingServer(behaviour) as server:
        with pytest.raises(errors.PrometheusError) as caught:
            connect(server.url).instant("up", 0)

    assert type(caught.value) is fault
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_gzip_is_understood(connect: Connect) -> None:
    """A compressed answer is read like any other."""

    def zipped(caller: Caller) -> None:
        caller.reply(200, gzip.compress(VECTOR.encode()), {"Content-Encoding": "gzip"})

    with MisbehavingServer(zipped) as server:
        assert connect(server.url).instant("up", 0) == ()

    assert "gzip" in server.seen[0].headers["accept-encoding"]


def test_a_huge_answer_is_refused(connect: Connect) -> None:
    """The size limit counts what comes out of the decompression."""

    def bomb(caller: Caller) -> None:
        caller.reply(200, gzip.compress(b" " * 5_000_000), {"Content-Encoding": "gzip"})

    with MisbehavingServer(bomb) as server:
        with pytest.raises(errors.AnswerTooLargeError, match="more than 1000000 bytes"):
            connect(server.url, max_bytes=1_000_000).instant("up", 0)


def test_a_huge_error_page_is_still_an_error(connect: Connect) -> None:
    """A failing server's page is read in part only and reported by its status."""
    with MisbehavingServer(lambda caller: caller.reply(500, "<html>" + " " * 3_000_000)) as server:
        with pytest.raises(errors.PrometheusFailingError, match="failed with 500"):
            connect(server.url).instant("up", 0)


def test_odd_values_are_values(connect: Connect) -> None:
    """NaN and the infinities arrive as floats, half characters as replacement characters."""
    values = [("nan", "NaN"), ("inf", "+Inf"), ("-inf", "-Inf"), ("\ud800", "1e3")]
    result = [{"metric": {"v": name}, "value": [1.5, text]} for name, text in values]

    def answer(caller: Caller) -> None:
        caller.reply_json({"status": "success", "data": {"resultType": "vector", "result": result}})

    with MisbehavingServer(answer) as server:
        nan, inf, negative, plain = connect(server.url).instant("up", 0)

    assert math.isnan(nan.value)
    assert (inf.value, negative.value, plain.value) == (math.inf, -math.inf, 1000.0)
    assert plain.labels == {"v": "\ufffd"}


def test_a_dead_proxy_is_named(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the configured proxy is away, the message says so and shows no proxy password."""
    monkeypatch.setenv("http_proxy", f"http://user:geheim@127.0.0.1:{free_ports(1)[0]}")

    with pytest.raises(
        errors.PrometheusUnreachableError, match="behind a proxy that fails"
    ) as caught:
        connect("http://prometheus.invalid").instant("up", 0)

    assert "geheim" not in str(caught.value)
