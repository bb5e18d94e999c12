"""A small HTTP server on loopback, run in a thread of the test."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

from tests.support.servers.loopback import HOST


class QuietHandler(BaseHTTPRequestHandler):
    """A request handler that writes no log lines."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_line: object) -> None:
        """Write nothing."""

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        """Send one complete answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class LoopbackServer:
    """Serves one handler class on a free loopback port while its context is open."""

    def __init__(self, handler: type[QuietHandler]) -> None:
        self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = self._server.server_port
        self.target = f"{HOST}:{self.port}"
        self.url = f"http://{self.target}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
