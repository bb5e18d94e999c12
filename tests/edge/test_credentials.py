"""Secrets come from files, go to the configured server, and into no message."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from slokit.prometheus import errors
from tests.edge.conftest import Connect
from tests.edge.misbehaving import Caller, MisbehavingServer, empty


@pytest.mark.parametrize(
    ("content", "pair"),
    [
        ("ana:pass:word\n", "ana:pass:word"),
        ("ana\npass word\n", "ana:pass word"),
        ("änä:pässwörd", "änä:pässwörd"),
    ],
)
def test_basic_auth(connect: Connect, tmp_path: Path, content: str, pair: str) -> None:
    """A file with `user:password` or with two lines becomes basic authentication."""
    path = tmp_path / "basic"
    path.write_text(content, encoding="utf-8")

    with MisbehavingServer(empty) as server:
        connect(server.url, basic_auth_file=path).instant("up", 0)

    sent = server.seen[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == pair


@pytest.mark.parametrize("key", ["bearer_token_file", "basic_auth_file"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: no such file or directory"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is not text"),
        (b"one\ntwo\nthree", "holds"),
        (b":\n", "holds"),
    ],
)
def test_unusable_files(
    connect: Connect, tmp_path: Path, key: str, content: bytes | None, words: str
) -> None:
    """A file without a usable secret is named with its key, and nothing is sent."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    if (key, content) == ("bearer_token_file", b":\n"):
        path.write_bytes(b"two words")

    with MisbehavingServer(empty) as server:
        with pytest.raises(
            errors.UnreadableCredentialsError, match=re.escape(f"{key} ({path}) {words}")
        ):
            connect(server.url, **{key: path}).instant("up", 0)

    assert server.seen == []


@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_repeated_token_is_masked(connect: Connect, tmp_path: Path, status: int) -> None:
    """A server that quotes our token back does not bring it into the message."""
    path = tmp_path / "token"
    path.write_text("geheim-token")

    def parrot(caller: Caller) -> None:
        caller.reply(status, f"who is {caller.headers['Authorization']}?")

    with MisbehavingServer(parrot) as server:
        with pytest.raises(errors.PrometheusError, match=r"who is Bearer \*\*\*\?") as caught:
            connect(server.url, bearer_token_file=path).instant("up", 0)

    assert "geheim" not in str(caught.value)


def test_netrc_stays_out(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that were not configured for slokit are not sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ana password geheim")
    monkeypatch.setenv("NETRC", str(netrc))

    with MisbehavingServer(empty) as server:
        connect(server.url).instant("up", 0)

    assert "authorization" not in server.seen[0].headers


def test_cookies_stay_out(connect: Connect) -> None:
    """A cookie that one answer sets does not come with the next question."""

    def bake(caller: Caller) -> None:
        caller.reply_json(
            {"status": "success", "data": {"resultType": "vector", "result": []}},
            Set_Cookie="session=1; Path=/",
        )

    with MisbehavingServer(bake) as server:
        client = connect(server.url)
        client.instant("up", 0)
        client.instant("up", 0)

    assert "cookie" not in server.seen[1].headers


def test_headers_of_our_own(connect: Connect) -> None:
    """Configured headers, such as a tenant, come with every request, beside our name."""
    with MisbehavingServer(empty) as server:
        connect(server.url, headers={"X-Scope-OrgID": "team-a"}).instant("up", 0)

    assert server.seen[0].headers["x-scope-orgid"] == "team-a"
    assert server.seen[0].headers["user-agent"] == "slokit"


def test_a_tenant(connect: Connect) -> None:
    """A tenant goes to the configured server with every request, and to no other."""

    def away(caller: Caller) -> None:
        caller.reply(307, "", {"Location": f"{there.url}{caller.path}"})

    with MisbehavingServer(empty) as there, MisbehavingServer(away) as here:
        connect(here.url, tenant="team-a|team-b").instant("up", 0)

    assert here.seen[0].headers["x-scope-orgid"] == "team-a|team-b"
    assert "x-scope-orgid" not in there.seen[0].headers


@pytest.mark.parametrize("settings", [{"tenant": "a"}, {"headers": {"x-scope-orgid": "a"}}])
def test_a_tenant_that_does_not_arrive(connect: Connect, settings: dict[str, Any]) -> None:
    """When a tenant was sent, a server that saw none points to what lies between."""
    with MisbehavingServer(lambda caller: caller.reply(401, "no org id")) as server:
        with pytest.raises(errors.PrometheusDeniedError) as caught:
            connect(server.url, **settings).instant("up", 0)

    assert str(caught.value).endswith(
        "wants a tenant (401): no org id; X-Scope-OrgID was sent: look at any proxy before it"
    )
