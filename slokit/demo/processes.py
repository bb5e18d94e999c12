"""Servers of the demo: on loopback and free ports, stopped by their pids whatever happens."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from slokit.errors import EnvironmentFault

HOST = "127.0.0.1"
_PACKAGES = {"etcd": "etcd-server", "prometheus": "prometheus"}
_GRACE = 5.0


def require(programs: Iterable[str]) -> None:
    """Make sure that the programs are there.

    Raises:
        EnvironmentFault: some are missing; the message holds the command that installs them.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        packages = " ".join(_PACKAGES.get(program, program) for program in missing)
        raise EnvironmentFault(
            f"the demo needs {' and '.join(missing)}: apt-get install {packages}"
        )


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """One server process; its output goes to a log file."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = list(command)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it in order; at once if it takes too long."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def last_words(self) -> str:
        """The last line of its log."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return lines[-1] if lines else "it said nothing"


def wait_until(holds: Callable[[], bool], seconds: float, what: str, server: Server) -> None:
    """Wait until something holds.

    Raises:
        EnvironmentFault: it does not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"{what} did not happen in {seconds:.0f} s: {server.last_words}")
        time.sleep(0.2)
