"""A real Redis primary, its replica and three Sentinels on loopback, each with its exporter."""

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from slokit.demo.processes import HOST, free_ports
from tests.support.servers.process import ServerProcess, answers, loopback_session

EXPORTER = "prometheus-redis-exporter"
PROGRAMS = ("redis-server", "redis-sentinel", EXPORTER)
SENTINELS, SERVERS, QUORUM = 3, 2, 2
_SENTINEL = """\
port {port}
bind {host}
dir {directory}
sentinel monitor sessions {host} {primary} {quorum}
sentinel down-after-milliseconds sessions 1000
sentinel failover-timeout sessions 3000
"""


@dataclass
class Member:
    """A Redis server or a Sentinel: its port, its process, and where its metrics are."""

    port: int
    process: ServerProcess
    exporter: ServerProcess
    metrics: str

    def ask(self, *words: str) -> str:
        """The first bytes of the answer to a command; raises OSError when there is none soon."""
        with socket.create_connection((HOST, self.port), timeout=0.3) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(4096).decode()

    def is_primary(self) -> bool:
        """Whether it answers that it is the primary; silence is no."""
        try:
            return "master" in self.ask("ROLE").split()
        except OSError:
            return False

    def hang(self) -> None:
        """Stop it from running: its connections stay open and unanswered."""
        self.process.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self.process.signal(signal.SIGCONT)


@dataclass(frozen=True)
class RedisSentinel:
    """The servers, of which the first is the primary to begin with, and the Sentinels."""

    servers: tuple[Member, ...]
    sentinels: tuple[Member, ...]

    def has_one_primary(self) -> bool:
        """Whether exactly one server says that it is the primary."""
        return sum(server.is_primary() for server in self.servers) == 1


@contextmanager
def redis_sentinel(directory: Path) -> Iterator[RedisSentinel]:
    """All of them, running; stopped at the end."""
    ports = iter(free_ports(2 * (SERVERS + SENTINELS)))
    primary = next(ports)
    with ExitStack() as stack:
        servers = tuple(
            _member(stack, directory, port, next(ports), _server(directory, port, primary))
            for port in (primary, next(ports))
        )
        sentinels = tuple(
            _member(stack, directory, port, next(ports), _sentinel(directory, port, primary))
            for port in (next(ports) for _ in range(SENTINELS))
        )
        yield RedisSentinel(servers, sentinels)


def _server(directory: Path, port: int, primary: int) -> list[str]:
    home = directory / str(port)
    home.mkdir()
    role = [] if port == primary else ["--replicaof", HOST, str(primary)]
    where = ["--port", str(port), "--bind", HOST, "--dir", str(home)]
    # the replica asks again soon where the primary is lost
    return ["redis-server", *where, "--save", "", "--repl-ping-replica-period", "1", *role]


def _sentinel(directory: Path, port: int, primary: int) -> list[str]:
    # Sentinel writes down in its configuration what it learns
    file = directory / f"{port}.conf"
    values = {"port": port, "primary": primary, "directory": directory, "quorum": QUORUM}
    file.write_text(_SENTINEL.format(host=HOST, **values))
    return ["redis-sentinel", str(file)]


def _member(
    stack: ExitStack, directory: Path, port: int, metrics: int, command: list[str]
) -> Member:
    process = ServerProcess(command, directory / f"{port}.log")
    at = f"{HOST}:{metrics}"
    asked = ["-redis.addr", f"redis://{HOST}:{port}", "-web.listen-address", at]
    exporter = ServerProcess([EXPORTER, *asked], directory / f"{metrics}.log")
    member = Member(port, process, exporter, at)
    for one in (process, exporter):
        one.start()
        # at once: a member that hangs would take no notice of a signal
        stack.callback(one.kill)
    process.wait_until(lambda: _is_there(member), "answering")
    session = loopback_session()
    exporter.wait_until(lambda: answers(session, f"http://{at}/metrics"), "answering")
    return member


def _is_there(member: Member) -> bool:
    try:
        return bool(member.ask("PING"))
    except OSError:
        return False
