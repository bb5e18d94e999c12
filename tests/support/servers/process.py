"""A real server as a child process: started, awaited, stopped by its pid."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import requests

LOG_LINES_SHOWN = 40


class ServerFailedError(AssertionError):
    """A server did not start or went away; the message ends with its last log lines."""


class ServerProcess:
    """One run of a server program, with its output in a log file.

    `command` is the full command line; `log` is appended to, so a restart keeps the old lines.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.command = list(command)
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; raises ServerFailedError when the server does not run."""
        if self._child is None:
            raise ServerFailedError(f"{self.command[0]} is not running")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the program; returns at once."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "GOMAXPROCS": "2"},
            )

    def wait_until(
        self, ready: Callable[[], bool], what: str, timeout: float = 30, step: float = 0.05
    ) -> None:
        """Wait until `ready` holds; ServerFailedError when the process ends or time is up."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
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

    def stop(self, timeout: float = 20) -> None:
        """End the process and wait for it: SIGTERM first, SIGKILL when that does not help."""
        if self._child is None:
            return
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGCONT)
            self._child.terminate()
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._child = None

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None


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
