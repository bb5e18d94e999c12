"""A real loopback HTTP server that treats its callers as a test wants it to."""

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

from tests.support.servers.loopback_server import LoopbackServer, QuietHandler

Behaviour = Callable[["Caller"], None]
EMPTY_VECTOR = {"status": "success", "data": {"resultType": "vector", "result": []}}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str


class Caller(QuietHandler):
    """One request that waits for its answer."""

    protocol_version = "HTTP/1.0"
    callee: "MisbehavingServer"

    def do_GET(self) -> None:
        """Note the request and misbehave."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.callee.seen.append(Seen(self.command, self.path, headers, body))
        self.close_connection = True
        try:
            self.callee.behaviour(self)
        except OSError:
            return

    def do_POST(self) -> None:
        """The same."""
        self.do_GET()

    def reply(
        self,
        status: int = 200,
        body: str | bytes = "",
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        """Send a whole answer; `length` lies about the body's size."""
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def reply_json(self, content: object, status: int = 200, **headers: str) -> None:
        """Send a JSON answer; underscores in header names stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply(status, json.dumps(content), {"Content-Type": "application/json", **named})


class MisbehavingServer(LoopbackServer):
    """Answers every request with `behaviour` and keeps what it saw, while its context is open."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        class Handler(Caller):
            callee = self

        super().__init__(Handler, tls)
        self.behaviour = behaviour
        self.seen: list[Seen] = []
        self.stopping = threading.Event()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stopping.set()
        super().__exit__(kind, fault, at)


def empty(caller: Caller) -> None:
    """Answers like a Prometheus without samples."""
    caller.reply_json(EMPTY_VECTOR)
