"""The timeout covers the whole request, whatever a server does to stretch it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate

import pytest

from slokit.prometheus import errors
from tests.edge.conftest import Connect
from tests.edge.misbehaving import Behaviour, Caller, MisbehavingServer, empty

TIMEOUT = 0.6


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fails when the block takes longer."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


def hang(caller: Caller) -> None:
    caller.callee.stopping.wait(30)


def drip(lines: bytes) -> Behaviour:
    """Sends `lines`, then a byte every now and then for ever."""

    def behave(caller: Caller) -> None:
        caller.wfile.write(lines)
        while not caller.callee.stopping.wait(0.05):
            caller.wfile.write(b"x")

    return behave


STRETCHED: dict[str, Behaviour] = {
    "no answer": hang,
    "dripping headers": drip(b"HTTP/1.1 200 OK\r\n"),
    "dripping body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"),
    "dripping chunk": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"),
    "endless body": drip(b"HTTP/1.1 200 OK\r\n\r\n"),
    "dripping error": drip(b"HTTP/1.1 500 Oops\r\n\r\n"),
}


@pytest.mark.parametrize("behaviour", STRETCHED.values(), ids=STRETCHED.keys())
def test_a_slow_server_is_left(connect: Connect, behaviour: Behaviour) -> None:
    """A server that hangs or drips one byte at a time is given up when the timeout is over."""
    with MisbehavingServer(behaviour) as server, at_most(TIMEOUT + 1.0):
        with pytest.raises(errors.PrometheusTimeoutError, match=r"within 0\.6 s; ask for less"):
            connect(server.url, timeout=TIMEOUT).instant("up", 0)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first behaviour for the first request, the second for the second."""

    def behave(caller: Caller) -> None:
        behaviours[len(caller.callee.seen) - 1](caller)

    return behave


def test_the_client_works_on_after_a_timeout(connect: Connect) -> None:
    """One question that timed out does not spoil the next."""
    with MisbehavingServer(in_turn(hang, empty)) as server:
        client = connect(server.url, timeout=TIMEOUT)
        with pytest.raises(errors.PrometheusTimeoutError):
            client.instant("up", 0)

        assert client.instant("up", 0) == ()


def busy_once(**headers: str) -> Behaviour:
    """429 at first, then an answer."""

    def behave(caller: Caller) -> None:
        if len(caller.callee.seen) == 1:
            caller.reply_json({}, 429, **headers)
        else:
            empty(caller)

    return behave


def test_a_short_wait_is_waited(connect: Connect) -> None:
    """A 429 whose Retry-After fits into the timeout is asked once more, after that wait."""
    with MisbehavingServer(busy_once(Retry_After="1")) as server:
        client = connect(server.url)
        start = time.monotonic()

        assert client.instant("up", 0) == ()

    assert time.monotonic() - start >= 1.0
    assert client.requests == 2


def test_a_wait_until_a_date(connect: Connect) -> None:
    """A date in Retry-After counts from the server's own clock, not from ours."""

    def behave(caller: Caller) -> None:
        if len(caller.callee.seen) == 1:
            caller.send_response_only(429)
            caller.send_header("Date", formatdate(1000, usegmt=True))
            caller.send_header("Retry-After", formatdate(1001, usegmt=True))
            caller.send_header("Content-Length", "0")
            caller.end_headers()
        else:
            empty(caller)

    with MisbehavingServer(behave) as server:
        assert connect(server.url).instant("up", 0) == ()


REFUSING: dict[str, Callable[[], Behaviour]] = {
    "no header": busy_once,
    "too long": lambda: busy_once(Retry_After="3600"),
    "nonsense": lambda: busy_once(Retry_After="soon"),
    "negative": lambda: busy_once(Retry_After="-1"),
    "no date of its own": lambda: busy_once(Retry_After="Thu, 01 Jan 1970 99:99:99 GMT"),
}


@pytest.mark.parametrize("make", REFUSING.values(), ids=REFUSING.keys())
def test_no_wait_without_a_fitting_retry_after(
    connect: Connect, make: Callable[[], Behaviour]
) -> None:
    """A 429 that names no wait, or too long a one, is reported at once."""
    with MisbehavingServer(make()) as server, at_most(2):
        with pytest.raises(errors.PrometheusOverloadedError, match="try again"):
            connect(server.url).instant("up", 0)

    assert len(server.seen) == 1


def test_a_busy_server_is_asked_twice_at_most(connect: Connect) -> None:
    """A server that is still busy after the wait is reported with the wait that it asks for."""

    def busy(caller: Caller) -> None:
        caller.reply_json({}, 429, Retry_After="0")

    with MisbehavingServer(busy) as server:
        with pytest.raises(errors.PrometheusOverloadedError, match="try again in 0 s"):
            connect(server.url).instant("up", 0)

    assert len(server.seen) == 2


def test_the_server_learns_our_timeout(connect: Connect) -> None:
    """Prometheus gets our timeout, to give up when we do."""
    with MisbehavingServer(empty) as server:
        connect(server.url, timeout=7).instant("up", 0)

    assert "timeout=7.000" in server.seen[0].target
