"""The tenant of a shared Mimir or Cortex: from slokit.yaml or the command line, and its lack."""

from pathlib import Path

import pytest

from tests.edge.misbehaving import Caller, MisbehavingServer, empty
from tests.support.command import Ran
from tests.support.command_here import slokit

HEADER = "x-scope-orgid"


def mimir(caller: Caller) -> None:
    """Answers as Mimir does: nothing without a tenant."""
    if caller.headers.get("X-Scope-OrgID"):
        empty(caller)
    else:
        caller.reply(401, "no org id\n")


def ask(project: Path, server: MisbehavingServer, settings: str, *options: str) -> Ran:
    """Run `slokit check` with these further settings below `prometheus:`."""
    project_file = project / "slokit.yaml"
    server_settings = f"prometheus:\n  url: {server.url}\n{settings}"
    project_file.write_text(f"bundle: test\nspecs: spec.yaml\n{server_settings}")
    return slokit(project, "check", *options)


@pytest.mark.parametrize(
    ("settings", "options", "sent"),
    [
        ("  tenant: shop\n", [], "shop"),
        ("", ["--tenant", "shop"], "shop"),
        ("  tenant: shop\n", ["--tenant", "other"], "other"),
        ("  headers: {X-Scope-OrgID: shop}\n", [], "shop"),
        ("  headers: {x-scope-orgid: shop}\n", ["--tenant", "other"], "other"),
        ("  headers: {x-scope-orgid: shop, X-More: a}\n", ["--tenant", "other"], "other"),
        ("  tenant: shop|till\n  headers: {X-More: a}\n", [], "shop|till"),
    ],
)
def test_a_tenant_is_sent(project: Path, settings: str, options: list[str], sent: str) -> None:
    """What slokit.yaml names goes along with each request; the command line replaces it."""
    with MisbehavingServer(mimir) as server:
        ran = ask(project, server, settings, *options)

    assert ran.code != 4, ran.err
    assert {seen.headers[HEADER] for seen in server.seen} == {sent}


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_missing_tenant_is_named(project: Path, command: str) -> None:
    """A 401 for want of a tenant says how to give one, and speaks of no token."""
    with MisbehavingServer(mimir) as server:
        ran = slokit(project, command, "--prometheus", server.url)

    assert (ran.code, ran.out) == (4, "")
    assert ran.err == (
        f"slokit: Prometheus at {server.url} wants a tenant (401): no org id; "
        "give --tenant NAME, or `tenant:` below `prometheus:` in slokit.yaml "
        "(sent as X-Scope-OrgID)\n"
    )


@pytest.mark.parametrize(
    ("settings", "options", "words"),
    [
        ("", ["--tenant", ""], "the tenant is empty"),
        ("  tenant: ''\n", [], "the tenant is empty"),
        ("", ["--tenant", "a\nb"], "the header X-Scope-OrgID cannot be sent"),
        ("  headers: {x-scope-orgid: a}\n  tenant: b\n", [], "are both given"),
        ("  tenant: a\n  headers: {x-scope-orgid: b}\n", [], "are both given"),
    ],
)
def test_a_tenant_that_cannot_be_meant(
    project: Path, settings: str, options: list[str], words: str
) -> None:
    """It is refused before the server is asked."""
    with MisbehavingServer(empty) as server:
        ran = ask(project, server, settings, *options)

    assert ran.code == 2, ran
    assert words in ran.err
    assert server.seen == []


@pytest.mark.parametrize("written", ["17", "'17'", "007"])
def test_a_tenant_of_digits(project: Path, written: str) -> None:
    """Digits are sent as they are written, with quotes or without."""
    with MisbehavingServer(mimir) as server:
        ran = ask(project, server, f"  tenant: {written}\n")

    assert ran.code != 4, ran
    assert {seen.headers[HEADER] for seen in server.seen} == {written.strip("'")}
