"""Mail by TLS: whom it trusts, and that no password goes without it. The server is aiosmtpd."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from slokit.delivery import DeliveryError, Destination, send
from slokit.demo.processes import HOST, free_ports
from slokit.reporting.model import Report
from tests.support.servers.certificates import Authority
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.unit.delivery.test_delivery import Mailbox
from tests.unit.reporting.reports import report

pytestmark = pytest.mark.programs("openssl")

QUERY = "?from=slo@example.com&to=team@example.com"
FAST = 0.01


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the mail server's certificate."""
    made = Authority(tmp_path_factory.mktemp("ca"))
    made.make()
    return made


@contextmanager
def mail_server(authority: Authority, *, implicit: bool) -> Iterator[tuple[Mailbox, int]]:
    """A server that takes mail of `me`, whose password is `p@ss`, after TLS alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))

    def who(_server: Any, _session: Any, _envelope: Any, _kind: Any, data: Any) -> AuthResult:
        known = (data.login, data.password) == (b"me", b"p@ss")
        return AuthResult(success=known, handled=False)

    (port,) = free_ports(1)
    box = Mailbox()
    controller = Controller(
        box,
        hostname=HOST,
        port=port,
        ssl_context=context if implicit else None,
        tls_context=None if implicit else context,
        authenticator=who,
        # its own STARTTLS is all the TLS that it knows of
        auth_required=not implicit,
        auth_require_tls=not implicit,
    )
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def mail(tmp_path: Path, address: str) -> Report:
    """Send a report to an address."""
    file = tmp_path / "address"
    file.write_text(address)
    send(report(), [Destination("email", str(file))], "", FAST)
    return report()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_login_by_tls_is_taken(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """STARTTLS and TLS from the start, with a certificate that the machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    with mail_server(authority, implicit=scheme == "smtps") as (box, port):
        mail(tmp_path, f"{scheme}://me:p%40ss@{HOST}:{port}{QUERY}")

    assert box.recipients == ["team@example.com"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_unknown_certificate_gets_nothing(
    tmp_path: Path, authority: Authority, scheme: str
) -> None:
    """One line that says so, without the password; it is not tried again."""
    with (
        mail_server(authority, implicit=scheme == "smtps") as (box, port),
        pytest.raises(DeliveryError) as fault,
    ):
        mail(tmp_path, f"{scheme}://me:p%40ss@{HOST}:{port}{QUERY}")

    assert "has a certificate that is not trusted" in str(fault.value)
    assert "ss@" not in str(fault.value)
    assert box.messages == []


def test_a_wrong_password_is_said_so(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password itself is not."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    with (
        mail_server(authority, implicit=False) as (box, port),
        pytest.raises(DeliveryError, match="does not take the user and password: 535") as fault,
    ):
        mail(tmp_path, f"smtp://me:secret@{HOST}:{port}{QUERY}")

    assert "secret" not in str(fault.value)
    assert box.messages == []


def test_no_password_goes_unencrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to another machine, where somebody between took away STARTTLS."""
    sent: list[str] = []
    box, (port,) = Mailbox(), free_ports(1)
    controller = Controller(box, hostname=HOST, port=port)
    controller.start()
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda at, *given, **named: connect((HOST, at[1]))
    )
    monkeypatch.setattr(smtplib.SMTP, "login", lambda *given: sent.append(str(given)))
    try:
        with pytest.raises(DeliveryError, match=r"mail\.example\.com offers no TLS"):
            mail(tmp_path, f"smtp://me:p%40ss@mail.example.com:{port}{QUERY}")
    finally:
        controller.stop()

    assert (sent, box.messages) == ([], [])


@contextmanager
def hook(authority: Authority, name: str) -> Iterator[tuple[list[bytes], int]]:
    """A webhook by TLS, and what was posted to it."""
    bodies: list[bytes] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(200, "text/plain", b"ok")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(name))
    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield bodies, server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_is_trusted_by_its_certificate(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, it gets nothing, once, and the message names the fault and not the address."""
    monkeypatch.setenv("NO_PROXY", "*")
    file = tmp_path / "address"
    with hook(authority, "hook") as (bodies, port):
        file.write_text(f"https://{HOST}:{port}/services/secret-token")
        where = [Destination("webhook", str(file))]
        with pytest.raises(DeliveryError, match="certificate that is not trusted") as fault:
            send(report(), where, "", FAST)
        assert bodies == []
        assert "secret-token" not in str(fault.value)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca))
        send(report(), where, "", FAST)

        assert len(bodies) == 1


def test_a_webhook_without_tls_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https:// to a server that speaks http://."""
    monkeypatch.setenv("NO_PROXY", "*")
    file = tmp_path / "address"
    with LoopbackServer(QuietHandler) as server:
        file.write_text(f"{server.url.replace('http', 'https')}/services/secret-token")
        with pytest.raises(DeliveryError, match="does not speak TLS") as fault:
            send(report(), [Destination("slack", str(file))], "", FAST)

    assert "secret-token" not in str(fault.value)
