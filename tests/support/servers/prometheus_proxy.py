"""A proxy before a real Prometheus: it hides endpoints, refuses queries and dies on demand."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from slokit.text.durations import parse_duration
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.support.servers.process import loopback_session

_JSON = "application/json"
_ERROR = '{{"status":"error","errorType":"{kind}","error":"{words}"}}'


@dataclass(frozen=True)
class Faults:
    """What the proxy does wrong.

    ``hidden`` are paths below /api/v1/ that it answers with 404. A query that holds
    ``too_much`` is refused with 422, one with ``too_slow`` answered with 503. After ``dies_after``
    requests every connection is closed without an answer. A range of more than ``most_points`` is
    refused in Prometheus' words, and what reads more than ``most_seconds`` with ``limit``: a status
    and a body.
    """

    hidden: Collection[str] = ()
    too_much: str = ""
    too_slow: str = ""
    dies_after: int | None = None
    most_points: int | None = None
    most_seconds: float | None = None
    limit: tuple[int, str] = (504, "<html>504 Gateway Time-out</html>")


@dataclass
class Log:
    """The requests that arrived: method, path and headers (lower case)."""

    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class PrometheusProxy(LoopbackServer):
    """Hands requests on to the server at ``upstream``."""

    def __init__(self, upstream: str, faults: Faults | None = None) -> None:
        self.log = Log()
        proxy, todo = self, faults or Faults()
        session = loopback_session()

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                proxy.log.paths.append(self.path)
                proxy.log.headers.append({k.lower(): v for k, v in self.headers.items()})
                if todo.dies_after is not None and len(proxy.log.paths) > todo.dies_after:
                    self.close_connection = True
                    return
                if fault := fault_of(todo, self.path, body):
                    self.answer(fault[0], _JSON, fault[1].encode())
                    return
                kind = {"Content-Type": self.headers.get("Content-Type", "")}
                url = f"{upstream}{self.path}"
                reply = session.request(self.command, url, data=body, headers=kind, timeout=30)
                self.answer(reply.status_code, _JSON, reply.content)

            def do_POST(self) -> None:
                self.do_GET()

        super().__init__(Handler)


def fault_of(faults: Faults, path: str, body: bytes) -> tuple[int, str] | None:
    """The status and body of what is refused; None for what is handed on."""
    endpoint = urlsplit(path).path.removeprefix("/api/v1/")
    text = unquote_plus(f"{path} {body.decode()}")
    if endpoint in faults.hidden:
        return 404, "not found"
    if faults.too_much and faults.too_much in text:
        return 422, _ERROR.format(kind="execution", words="query processing would load too much")
    if faults.too_slow and faults.too_slow in text:
        return 503, _ERROR.format(kind="timeout", words="query timed out")
    given = dict(parse_qsl(urlsplit(path).query) + parse_qsl(body.decode()))
    between = float(given.get("end", 0)) - float(given.get("start", 0)) if "step" in given else 0.0
    if faults.most_points and between / float(given.get("step", 1)) >= faults.most_points:
        words = f"exceeded maximum resolution of {faults.most_points:,} points per timeseries."
        return 400, _ERROR.format(kind="bad_data", words=words)
    ranges = re.findall(r"\[([0-9a-z]+)[\]:]", given.get("query", ""))
    longest = max((float(parse_duration(each)) for each in ranges), default=0.0)
    if faults.most_seconds and between + longest > faults.most_seconds:
        return faults.limit
    return None
