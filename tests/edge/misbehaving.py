"""A real loopback HTTP server that treats its callers as a test wants it to."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Caller"], None]
EMPTY_VECTOR = {"status": "success", "data": {"resultType": "vector", "result": []}}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str


class Caller(BaseHTTPRequestHandler):
    """One request that waits for its answer."""

    server: "MisbehavingServer"

    def do_GET(self) -> None:
        """Note the request and misbehave."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(Seen(self.command, self.path, headers, body))
        self.close_connection = True
        try:
            self.server.behaviour(self)
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

    def log_message(self, *args: object, **named: object) -> None:
        """Say nothing."""


class MisbehavingServer(ThreadingHTTPServer):
    """Answers every request with `behaviour` and keeps what it saw."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.seen: list[Seen] = []
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", 0), Caller)
        self.scheme = "http"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is no news."""


@contextmanager
def misbehaving(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None
) -> Iterator[MisbehavingServer]:
    """The server, running while the block runs."""
    server = MisbehavingServer(behaviour, tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def empty(caller: Caller) -> None:
    """Answers like a Prometheus without samples."""
    caller.reply_json(EMPTY_VECTOR)
