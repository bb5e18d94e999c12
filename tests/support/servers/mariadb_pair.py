"""A real MariaDB primary and its replica on loopback, each with its exporter."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from slokit.demo.processes import HOST, free_ports
from tests.support.servers.process import ServerProcess, answers, loopback_session

EXPORTER = "prometheus-mysqld-exporter"
PROGRAMS = ("mariadbd", "mariadb", "mariadb-install-db", EXPORTER)
CONNECTIONS = 20
_USERS = f"""\
SET sql_log_bin = 0;
CREATE USER IF NOT EXISTS tests@'{HOST}';
GRANT ALL ON *.* TO tests@'{HOST}' WITH GRANT OPTION;
"""
_ERROR = 0xFF


@dataclass
class Member:
    """One server: its port, one that is kept for administrators, its processes, its metrics."""

    port: int
    spare: int
    process: ServerProcess
    exporter: ServerProcess
    metrics: str

    def sql(self, statement: str) -> str:
        """The answer to a statement, bare; raises CalledProcessError when there is none."""
        asked = [
            "mariadb",
            "--no-defaults",
            f"--host={HOST}",
            f"--port={self.spare}",
            "--user=tests",
        ]
        words = [*asked, "--connect-timeout=2", "--skip-column-names", "--batch", "-e", statement]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    def is_writable(self) -> bool:
        """Whether it answers that it accepts writes; silence is no."""
        try:
            return self.sql("SELECT @@read_only") == "0"
        except subprocess.CalledProcessError:
            return False

    def follow(self, primary: "Member") -> None:
        """Replicate from another server, and accept no writes."""
        source = f"MASTER_HOST='{HOST}', MASTER_PORT={primary.port}, MASTER_USER='tests'"
        position = "MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1"
        self.sql(f"SET GLOBAL read_only=1; CHANGE MASTER TO {source}, {position}; START SLAVE")

    def is_answering(self) -> bool:
        """Whether it accepts connections."""
        try:
            return bool(self.sql("SELECT 1"))
        except subprocess.CalledProcessError:
            return False

    def connect(self) -> socket.socket | None:
        """A connection of its own that stays before the log-in; None when it is refused."""
        connection = socket.create_connection((HOST, self.port), timeout=5)
        # four bytes of length and number, then what it is: a greeting or an error
        if connection.recv(4096)[4] != _ERROR:
            return connection
        connection.close()
        return None


@dataclass
class MariadbPair:
    """The two servers, by what they are at the moment."""

    primary: Member
    replica: Member

    def has_one_primary(self) -> bool:
        """Whether exactly one server accepts writes."""
        return sum(one.is_writable() for one in (self.primary, self.replica)) == 1

    def fail_over(self) -> None:
        """Promote the replica; the dead primary comes back as the replica of the other."""
        self.primary, self.replica = self.replica, self.primary
        self.primary.sql("STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only=0")
        process = self.replica.process
        process.command.append("--read-only")
        process.start()
        process.wait_until(self.replica.is_answering, "answering", 60)
        self.replica.follow(self.primary)


@contextmanager
def mariadb_pair(directory: Path) -> Iterator[MariadbPair]:
    """The primary and its replica, running; stopped at the end."""
    template = directory / "template"
    _install(template)
    ports = iter(free_ports(6))
    with ExitStack() as stack:
        first, second = (
            _member(stack, directory, template, number, [next(ports) for _ in range(3)])
            for number in (1, 2)
        )
        second.follow(first)
        yield MariadbPair(first, second)


def _as_user() -> list[str]:
    """The server refuses to run as root unless it is asked to."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _install(data: Path) -> None:
    options = ["--no-defaults", f"--datadir={data}", "--skip-test-db", *_as_user()]
    login = "--auth-root-authentication-method=normal"
    subprocess.run(["mariadb-install-db", *options, login], capture_output=True, check=True)


def _member(
    stack: ExitStack, directory: Path, template: Path, number: int, ports: list[int]
) -> Member:
    port, spare, metrics = ports
    data, users = directory / f"data{number}", directory / "users.sql"
    shutil.copytree(template, data)
    users.write_text(_USERS)
    server = ServerProcess(
        [
            "mariadbd",
            "--no-defaults",
            *_as_user(),
            f"--datadir={data}",
            f"--port={port}",
            f"--extra-port={spare}",
            "--extra-max-connections=10",
            f"--bind-address={HOST}",
            "--socket=here",  # within the data: the whole path may be too long for a socket
            f"--pid-file={directory / f'{number}.pid'}",
            f"--server-id={number}",
            f"--max-connections={CONNECTIONS}",
            f"--init-file={users}",
            "--log-bin=log",
            "--log-slave-updates",
            "--slave-net-timeout=5",
            "--connect-timeout=300",
            "--innodb-buffer-pool-size=16M",
            "--innodb-flush-log-at-trx-commit=0",
        ],
        directory / f"mariadb{number}.log",
    )
    at = f"{HOST}:{metrics}"
    exporter = ServerProcess(
        [EXPORTER, f"--web.listen-address={at}", "--config.my-cnf=/dev/null"],
        directory / f"exporter{number}.log",
        {"DATA_SOURCE_NAME": f"tests@({HOST}:{spare})/"},
    )
    member = Member(port, spare, server, exporter, at)
    for one in (server, exporter):
        one.start()
        stack.callback(one.kill)
    server.wait_until(member.is_answering, "answering", 60)
    session = loopback_session()
    exporter.wait_until(lambda: answers(session, f"http://{at}/metrics"), "answering")
    return member
