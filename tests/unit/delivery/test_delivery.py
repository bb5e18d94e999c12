import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from slokit import api
from slokit.delivery import DeliveryError, Destination, read_destination, send, short
from slokit.demo.processes import HOST, free_ports
from slokit.diagnostics.errors import UsageError
from slokit.reporting.model import Report
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.unit.reporting.reports import ROW, report

LINK = "https://reports.example.com/week?a=1&b=2"
SECRET = "/services/T000/B000/secret-token"
FAST = 0.01
HARM = "<img src=x onerror=alert(1)>"


class Hook(LoopbackServer):
    """Takes what is posted; answers first with the statuses given, then with 200."""

    def __init__(self, *statuses: int, retry_after: str = "") -> None:
        self.bodies: list[Any] = []
        left, bodies = list(statuses), self.bodies

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = left.pop(0) if left else 200
                if status == 200:
                    bodies.append(body)
                self.send_response(status)
                if retry_after:
                    self.send_header("Retry-After", retry_after)
                if status in (301, 302):
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Handler)


class Mailbox:
    """Keeps what is mailed; refuses first with the replies given."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        if self.replies:
            return self.replies.pop(0)
        parsed = message_from_bytes(envelope.content, policy=default)
        self.messages.append(parsed)
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def burning() -> Report:
    """Five groups, four of which need somebody."""
    measured = [
        replace(ROW.window_measure, budget_remaining_ratio=left) for left in (-0.5, 0.1, 0.2, 0.3)
    ]
    rows = [
        replace(ROW, slo=f"slo-{number}", state=state, window_measure=measure)
        for number, (state, measure) in enumerate(
            zip(("exhausted", "burning", "burning", "burning"), measured, strict=True)
        )
    ]
    return report(ROW, *reversed(rows))


@pytest.fixture
def mailed() -> Iterator[tuple[Mailbox, Controller]]:
    """A mail server of the test's own."""
    box = Mailbox()
    controller = Controller(box, hostname=HOST, port=free_ports(1)[0])
    controller.start()
    yield box, controller
    controller.stop()


def _file(tmp_path: Path, address: str) -> str:
    path = tmp_path / "address"
    path.write_text(address + "\n")
    return str(path)


def test_a_chat_gets_the_worst_three_and_a_link(tmp_path: Path, burning: Report) -> None:
    """Two sentences, the worst first, and where to read on, in Slack's own escapes."""
    with Hook() as hook:
        send(burning, [Destination("slack", _file(tmp_path, hook.url + SECRET))], LINK)
    ((text,),) = [body.values() for body in hook.bodies]
    lines = text.split("\n")

    assert lines[0].startswith("SLOs of prod: Of 5 error budgets")
    assert [line[2:].partition(" ")[0] for line in lines[2:5]] == [
        f"orders-db/slo-{number}" for number in range(3)
    ]
    assert "(cluster=eu): exhausted, -50.0" in lines[2]
    assert lines[5:] == ["<https://reports.example.com/week?a=1&amp;b=2|The whole report>"]


def test_a_webhook_gets_the_whole_json(tmp_path: Path, burning: Report) -> None:
    """The contract, as `--format json` prints it."""
    with Hook() as hook:
        send(burning, [Destination("webhook", _file(tmp_path, hook.url))])

    assert hook.bodies == [json.loads(api.render_report(burning, "json"))]


def test_names_are_text_wherever_they_go(
    tmp_path: Path, mailed: tuple[Mailbox, Controller]
) -> None:
    """Neither a chat nor a mail takes a label's value for markup."""
    box, controller = mailed
    hostile = report(replace(ROW, state="burning", group={"cluster": HARM}))
    mail = f"smtp://127.0.0.1:{controller.port}?from=slo@example.com&to=a@example.com"
    with Hook() as hook:
        send(hostile, [Destination("slack", _file(tmp_path, hook.url))])
    send(hostile, [Destination("email", _file(tmp_path, mail))])
    shown = box.messages[0].get_body(("html",))

    assert "<img" not in hook.bodies[0]["text"]
    assert shown is not None
    assert "<img" not in shown.get_content()


def test_a_mail_has_a_plain_part_an_html_part_and_the_report(
    tmp_path: Path, burning: Report, mailed: tuple[Mailbox, Controller]
) -> None:
    """To all who are named; the whole page is attached."""
    box, controller = mailed
    mail = f"smtp://127.0.0.1:{controller.port}/?from=slo@example.com&to=a@example.com&to=b@x.org"
    send(burning, [Destination("email", _file(tmp_path, mail))], LINK)
    (message,) = box.messages
    plain, shown = message.get_body(("plain",)), message.get_body(("html",))
    (page,) = message.iter_attachments()

    assert box.recipients == ["a@example.com", "b@x.org"]
    assert message["Subject"].startswith("SLOs of prod")
    assert plain is not None
    assert shown is not None
    assert [line for line in plain.get_content().splitlines() if line] == short(burning, LINK)
    assert 'href="https://reports.example.com/week?a=1&amp;b=2"' in shown.get_content()
    assert page.get_filename() == "report.html"
    assert page.get_content().startswith("<!doctype html>")


@pytest.mark.parametrize("statuses", [(503,), (429, 500, 502)])
def test_a_server_that_is_busy_is_tried_again(
    tmp_path: Path, burning: Report, statuses: tuple[int, ...]
) -> None:
    """Four times in all; it has the report once."""
    with Hook(*statuses) as hook:
        send(burning, [Destination("webhook", _file(tmp_path, hook.url))], wait=FAST)

    assert len(hook.bodies) == 1


def test_the_server_says_when_to_try_again(tmp_path: Path, burning: Report) -> None:
    """Retry-After is waited for."""
    with Hook(429, retry_after="1") as hook:
        begun = time.monotonic()
        send(burning, [Destination("webhook", _file(tmp_path, hook.url))], wait=FAST)

    assert time.monotonic() - begun >= 1
    assert len(hook.bodies) == 1


@pytest.mark.parametrize(("status", "tried"), [(503, 4), (404, 1), (302, 1)])
def test_a_server_that_refuses_is_named_without_its_secret(
    tmp_path: Path, burning: Report, status: int, tried: int
) -> None:
    """What is busy is tried four times, what says no once; no redirect is followed."""
    with Hook(*[status] * tried) as hook:
        where = Destination("slack", _file(tmp_path, hook.url + SECRET))
        with pytest.raises(DeliveryError) as fault:
            send(burning, [where], wait=FAST)

    assert str(fault.value).endswith(f"127.0.0.1 answers {status}")
    assert "secret-token" not in str(fault.value)
    assert hook.bodies == []


@pytest.mark.parametrize("asked", ["soon", "-5", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_wait_that_is_none_is_our_own(tmp_path: Path, burning: Report, asked: str) -> None:
    """A Retry-After that no one can read, or that is past, keeps no report from being sent."""
    with Hook(429, retry_after=asked) as hook:
        send(burning, [Destination("webhook", _file(tmp_path, hook.url))], wait=FAST)

    assert len(hook.bodies) == 1


def _endless(part: bytes, pause: float) -> type[QuietHandler]:
    """A server whose answer has no end, a part of it every so often."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True
            with contextlib.suppress(OSError):
                for _ in range(int(20 / pause)):
                    self.wfile.write(part)
                    time.sleep(pause)

    return Handler


def test_an_answer_without_an_end_is_not_read(tmp_path: Path, burning: Report) -> None:
    """Its head says that the report is taken."""
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with LoopbackServer(_endless(head + b"x" * 1000, 0.05)) as server:
        begun = time.monotonic()
        send(burning, [Destination("slack", _file(tmp_path, server.url))], wait=FAST)

    assert time.monotonic() - begun < 10


def test_an_answer_that_never_comes_together_is_given_up(
    tmp_path: Path, burning: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then keeps no timeout of a socket from beginning anew."""
    monkeypatch.setattr("slokit.delivery._LONGEST_TRY", 0.4)
    with LoopbackServer(_endless(b"H", 0.05)) as server:
        where = Destination("slack", _file(tmp_path, server.url + SECRET))
        with pytest.raises(DeliveryError) as fault:
            send(burning, [where], wait=FAST)

    assert str(fault.value).endswith("127.0.0.1 does not answer in time")


def test_one_that_fails_keeps_no_other_from_it(tmp_path: Path, burning: Report) -> None:
    """The fault comes at the end, and names all that failed."""
    (tmp_path / "away").write_text("http://127.0.0.1:9/" + SECRET)
    away = Destination("slack", str(tmp_path / "away"))
    with Hook() as hook:
        there = Destination("webhook", _file(tmp_path, hook.url))
        with pytest.raises(DeliveryError, match="cannot be reached") as fault:
            send(burning, [away, there, replace(away, file="missing")], wait=FAST)

    assert len(hook.bodies) == 1
    assert "cannot read missing" in str(fault.value)
    assert "secret-token" not in str(fault.value)


def test_mail_that_is_put_off_is_tried_again(
    tmp_path: Path, burning: Report, mailed: tuple[Mailbox, Controller]
) -> None:
    """A 4xx is for now; a 5xx is for good."""
    box, controller = mailed
    box.replies = ["451 later", "421 busy"]
    mail = f"smtp://127.0.0.1:{controller.port}?from=slo@example.com&to=a@example.com"
    where = Destination("email", _file(tmp_path, mail))
    send(burning, [where], wait=FAST)
    box.replies = ["554 no", "554 no"]

    assert len(box.messages) == 1
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1 answers 554"):
        send(burning, [where], wait=FAST)
    assert box.replies == ["554 no"]


@pytest.mark.parametrize(
    ("kind", "address", "words"),
    [
        ("slack", "not an address", "holds no address that begins with https://"),
        ("slack", "ftp://example.com", "holds no address that begins with https://"),
        ("slack", "https:///services/secret-token", "holds no address that begins with https://"),
        ("webhook", "", "holds no address that begins with https://"),
        ("email", "smtp://example.com", "has no ?from=… and &to=…"),
        ("email", "https://example.com", "holds no address that begins with smtps://"),
        ("email", "smtp://[::1", "its file holds no address"),
        ("email", "smtp://example.com:x?from=a&to=b", "its file holds no address"),
    ],
)
def test_a_file_that_holds_no_address_is_named(
    tmp_path: Path, burning: Report, kind: str, address: str, words: str
) -> None:
    """With what is wanted there; nothing of it is quoted."""
    with pytest.raises(DeliveryError) as fault:
        send(burning, [Destination(kind, _file(tmp_path, address))], wait=FAST)

    assert words in str(fault.value)


@pytest.mark.parametrize("text", ["slack", "slack:", "https://example.com", "chat:file"])
def test_a_destination_is_a_kind_and_a_file(text: str) -> None:
    """An address on the command line would be seen by every process."""
    with pytest.raises(UsageError):
        read_destination(text)
