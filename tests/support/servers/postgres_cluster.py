"""A real PostgreSQL primary and its streaming standbys on loopback, each with its exporter."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from slokit.demo.processes import HOST, free_ports
from tests.support.servers.process import ServerProcess, answers, loopback_session

# What tests/conftest.py looks for: Debian keeps the server's own programs off the search path.
PROGRAMS = ("pg_createcluster", "prometheus-postgres-exporter")
EXPORTER = "prometheus-postgres-exporter"
USER = "postgres"
# Debian's exporter (0.11) lacks the collector `replication` of 0.12 and later; these are its two
# metrics, under the same names and with the same meaning.
QUERIES = {
    "pg_replication": {
        "query": """
            SELECT
              CASE
                WHEN NOT pg_is_in_recovery() THEN 0
                WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                ELSE greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))
              END AS lag_seconds,
              pg_is_in_recovery()::int AS is_replica
        """,
        "metrics": [
            {"lag_seconds": {"usage": "GAUGE", "description": "Replay lag"}},
            {"is_replica": {"usage": "GAUGE", "description": "1 on a standby"}},
        ],
    }
}


@dataclass
class Member:
    """One server: its name, its port, its data, its process and its exporter's."""

    name: str
    port: int
    data: Path
    process: ServerProcess
    metrics: str
    exporter: ServerProcess

    def sql(self, statement: str) -> str:
        """The answer to one statement, as psql prints it bare."""
        return _run("psql", f"--port={self.port}", "-XAtqc", statement).strip()

    def configure(self, setting: str, value: str) -> None:
        """Change a setting of the running server."""
        literal = value.replace("'", "''")
        self.sql(f"ALTER SYSTEM SET {setting} = '{literal}'")
        self.sql("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """End the server at once, as a crash would; its data stays."""
        if self.process.is_running:
            self.process.signal(signal.SIGQUIT)
        self.process.stop()


class PostgresCluster:
    """A primary `pg0` and streaming standbys `pg1`, …, as a context manager.

    PostgreSQL refuses to run as root, so root runs it as the user of Debian's package, in a
    directory of that user. `metrics_targets` are the host:port values of the exporters, in the
    members' order.
    """

    def __init__(self, size: int = 2) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="slokit-pg-"))
        ports = free_ports(2 * size)
        pairs = zip(ports[:size], ports[size:], strict=True)
        self.members = {
            f"pg{number}": self._member(f"pg{number}", *pair) for number, pair in enumerate(pairs)
        }

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._create()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def metrics_targets(self) -> list[str]:
        """Where each member's metrics are, as host:port."""
        return [member.metrics for member in self.members.values()]

    def stop(self) -> None:
        """Stop all servers and remove their data."""
        for member in reversed(self.members.values()):
            member.exporter.kill()
            member.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, name: str) -> None:
        """Start a member and wait until it answers queries."""
        member = self.members[name]
        member.process.start()
        ready = ["pg_isready", f"--host={HOST}", f"--port={member.port}", "--quiet"]
        member.process.wait_until(
            lambda: subprocess.run(ready, check=False).returncode == 0, "ready", timeout=60
        )

    def promote(self, name: str) -> None:
        """Make a standby a primary of its own, and wait until it is."""
        self.members[name].sql("SELECT pg_promote()")

    def _create(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.directory, USER, USER)
        (self.directory / "queries.yaml").write_text(yaml.safe_dump(QUERIES))
        first, *standbys = self.members.values()
        _run("initdb", f"--pgdata={first.data}", "--auth=trust", "--no-sync", connects=False)
        self.start(first.name)
        for member in standbys:
            slot = ["--create-slot", f"--slot={member.name}"]
            copy = [f"--pgdata={member.data}", "--write-recovery-conf", "--checkpoint=fast"]
            _run("pg_basebackup", f"--port={first.port}", *copy, "--no-sync", *slot)
            self.start(member.name)
        for member in self.members.values():
            member.exporter.start()
        for member in self.members.values():
            answering = partial(answers, loopback_session(), f"http://{member.metrics}/metrics")
            member.exporter.wait_until(answering, "answering")

    def _member(self, name: str, port: int, metrics_port: int) -> Member:
        data = self.directory / name
        metrics = f"{HOST}:{metrics_port}"
        source = f"postgresql://{USER}@{HOST}:{port}/postgres?sslmode=disable"
        exporter = [
            "env",
            f"DATA_SOURCE_NAME={source}",
            EXPORTER,
            f"--web.listen-address={metrics}",
            f"--extend.query-path={self.directory / 'queries.yaml'}",
        ]
        return Member(
            name,
            port,
            data,
            ServerProcess(_server_command(data, name, port), self.directory / f"{name}.log"),
            metrics,
            ServerProcess(exporter, self.directory / f"{name}-exporter.log"),
        )


def _server_command(data: Path, name: str, port: int) -> list[str]:
    settings = {
        "cluster_name": name,  # a standby's application_name on the primary
        "port": port,
        "listen_addresses": HOST,
        "unix_socket_directories": data,
        "fsync": "off",
        "shared_buffers": "16MB",
        "max_connections": 20,
    }
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return [*_as_owner(), str(_program("postgres")), "-D", str(data), *options]


def _run(program: str, *arguments: str, connects: bool = True) -> str:
    """Run one of PostgreSQL's programs as the owner of the data; its output."""
    where = [f"--host={HOST}", f"--username={USER}"] if connects else [f"--username={USER}"]
    done = subprocess.run(
        [*_as_owner(), str(_program(program)), *where, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        cwd="/",
        timeout=120,
    )
    assert done.returncode == 0, f"{program}: {done.stderr}"
    return done.stdout


def _as_owner() -> list[str]:
    """What makes a command run as the owner of the data; it keeps the process id."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--"]


def _program(name: str) -> Path:
    """The newest of the installed versions of a PostgreSQL program."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return max(found, key=lambda path: int(path.parts[-3]))
