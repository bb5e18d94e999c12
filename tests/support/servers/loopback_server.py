"""A small HTTP server on loopback, run in a thread of the test."""

import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from slokit.demo.processes import HOST


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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news; what else goes wrong is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class LoopbackServer:
    """Serves one handler class on a free loopback port while its context is open."""

    def __init__(self, handler: type[QuietHandler], tls: ssl.SSLContext | None = None) -> None:
        self._server = _Server((HOST, 0), handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = self._server.server_port
        self.target = f"{HOST}:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.target}"

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
