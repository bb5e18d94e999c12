"""Redirects are followed with the question intact, and with credentials only at home."""

from pathlib import Path

import pytest

from slokit.prometheus import errors
from tests.edge.conftest import Connect
from tests.edge.misbehaving import Behaviour, Caller, MisbehavingServer, empty


def move_to(base: str, status: int = 302, *, keep_query: bool = True) -> Behaviour:
    """Redirects every request to the same path below `base`."""

    def behave(caller: Caller) -> None:
        target = caller.path if keep_query else caller.path.partition("?")[0]
        caller.reply(status, "", {"Location": f"{base}{target}"})

    return behave


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """A file with a bearer token."""
    path = tmp_path / "token"
    path.write_text("geheim-token\n")
    return path


def test_another_host_sees_no_credentials(connect: Connect, token_file: Path) -> None:
    """A redirect to another server carries neither the token nor the configured headers."""
    with MisbehavingServer(empty) as there, MisbehavingServer(move_to(there.url)) as here:
        client = connect(
            here.url, bearer_token_file=token_file, headers={"X-Api-Key": "geheim-key"}
        )
        assert client.instant("up", 0) == ()

    assert here.seen[0].headers["authorization"] == "Bearer geheim-token"
    assert here.seen[0].headers["x-api-key"] == "geheim-key"
    assert "geheim" not in str(there.seen[0])
    assert client.requests == 2


def test_the_same_host_keeps_them(connect: Connect, token_file: Path) -> None:
    """A redirect within the server carries the token on."""

    def behave(caller: Caller) -> None:
        if caller.path.startswith("/prom/"):
            return empty(caller)
        return caller.reply(308, "", {"Location": f"/prom{caller.path}"})

    with MisbehavingServer(behave) as server:
        assert connect(server.url, bearer_token_file=token_file).instant("up", 0) == ()

    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer geheim-token"] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_long_query_survives(connect: Connect, status: int) -> None:
    """A redirected POST stays a POST with its whole body, whatever the status."""
    query = "x" * 5000

    with MisbehavingServer(empty) as there, MisbehavingServer(move_to(there.url, status)) as here:
        connect(here.url).instant(query, 0)

    assert there.seen[0].method == "POST"
    assert f"query={query}" in there.seen[0].body


def test_a_circle_is_left(connect: Connect) -> None:
    """Endless redirects end after a few."""
    with MisbehavingServer(move_to("")) as server:
        with pytest.raises(errors.NotPrometheusError, match="redirects in a circle"):
            connect(server.url).instant("up", 0)

    assert len(server.seen) == 6


def test_a_login_page_elsewhere_is_named(connect: Connect) -> None:
    """When a redirect ends at a login page, the message names that address without its query."""

    def login(caller: Caller) -> None:
        if caller.path.startswith("/login"):
            return caller.reply(200, "<html>Log in</html>")
        return caller.reply(302, "", {"Location": "/login?state=geheim#x"})

    with MisbehavingServer(login) as server:
        with pytest.raises(errors.NotPrometheusError) as caught:
            connect(server.url).instant("up", 0)

    assert f"web page instead of JSON (200) after a redirect to {server.url}/login;" in str(
        caught.value
    )
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://x/y", "http://[::1", "http://host:port/", "http://"]
)
def test_a_redirect_to_nowhere(connect: Connect, location: str) -> None:
    """A redirect to something that is not HTTP, or no address at all, is one clear fault."""
    with MisbehavingServer(lambda caller: caller.reply(302, "", {"Location": location})) as server:
        with pytest.raises(
            (errors.NotPrometheusError, errors.PrometheusUnreachableError)
        ) as caught:
            connect(server.url).instant("up", 0)

    assert str(caught.value).isprintable()


def test_a_redirect_without_an_address(connect: Connect) -> None:
    """A 302 without Location is not Prometheus."""
    with MisbehavingServer(lambda caller: caller.reply(302)) as server:
        with pytest.raises(errors.NotPrometheusError, match=r"\(302\)"):
            connect(server.url).instant("up", 0)


def test_redirects_share_one_deadline(connect: Connect) -> None:
    """Slow redirects do not each get the whole timeout."""

    def slow(caller: Caller) -> None:
        caller.callee.stopping.wait(0.3)
        caller.reply(302, "", {"Location": caller.path})

    with MisbehavingServer(slow) as server:
        with pytest.raises(errors.PrometheusTimeoutError):
            connect(server.url, timeout=0.5).instant("up", 0)
