"""A real server as a child process: started, awaited, stopped by its pid."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import requests

from slokit.demo.processes import Children, Server

LOG_LINES_SHOWN = 40


class ServerFailedError(AssertionError):
    """A server did not start or went away; the message ends with its last log lines."""


class ServerProcess(Server):
    """One run of a server program, as the demo's servers are run; a failure is a test's.

    `command` is the full command line; `log` is appended to, so a restart keeps the old lines.
    `environment` is added to that of the tests.
    """

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        # two threads of Go each: many servers share the machine with the tests
        added = {"GOMAXPROCS": "2", **(environment or {})}
        super().__init__(command, log, Children(log.parent, added))

    @property
    def pid(self) -> int:
        """The process id; raises ServerFailedError when the server does not run."""
        if self._process is None:
            raise ServerFailedError(f"{self.command[0]} is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program; returns at once."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        super().start()

    def wait_until(
        self, ready: Callable[[], bool], what: str, timeout: float = 30, step: float = 0.05
    ) -> None:
        """Wait until `ready` holds; ServerFailedError when the process ends or time is up."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.is_running:
                raise self.failure(f"ended before {what}")
            if time.monotonic() > deadline:
                raise self.failure(f"not {what} after {timeout:g} s")
            time.sleep(step)

    def failure(self, happened: str) -> ServerFailedError:
        """The error that says what happened and shows the end of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        shown = "\n".join(lines[-LOG_LINES_SHOWN:])
        return ServerFailedError(f"{self.command[0]} {happened}; the end of its log:\n{shown}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to exactly this process."""
        os.kill(self.pid, number)

    def stop(self, grace: float = 20) -> None:
        """End the process and wait for it: SIGTERM first, SIGKILL when that does not help."""
        super().stop(grace)


def loopback_session() -> requests.Session:
    """A session that ignores proxies of the environment."""
    session = requests.Session()
    session.trust_env = False
    return session


def answers(session: requests.Session, url: str) -> bool:
    """Whether a GET of the address is answered with success."""
    try:
        return session.get(url, timeout=5).ok
    except requests.RequestException:
        return False
