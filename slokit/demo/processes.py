"""Processes of the demo: on loopback and free ports, ended by their pids whatever happens."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from slokit.diagnostics.errors import BrokenEnvironmentError

HOST = "127.0.0.1"
_PACKAGES = {"etcd": "etcd-server", "prometheus": "prometheus", "promtool": "prometheus"}
_GRACE = 5.0
_LOW_PRIORITY = 10
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(Exception):
    """The demo ends: nothing more is started."""


def require(programs: Iterable[str]) -> None:
    """Make sure that the programs are there.

    Raises:
        BrokenEnvironmentError: some are missing; the message holds the command that installs them.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        packages = " ".join(dict.fromkeys(_PACKAGES.get(program, program) for program in missing))
        raise BrokenEnvironmentError(
            f"the demo needs {' and '.join(missing)}: apt-get install {packages}"
        )


def free_ports(count: int) -> list[int]:
    """Ports of loopback that are free."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Children:
    """All processes of a demo: they end with it, on whichever thread they were started.

    Each runs in a session of its own, so that Ctrl-C reaches the demo alone, which then ends them.
    Their temporary files lie in ``scratch``: promtool leaves its own behind when it is ended.
    """

    def __init__(self, scratch: Path) -> None:
        self._environment = {**os.environ, "TMPDIR": str(scratch)}
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether the demo still goes on."""
        return not self._closed

    def start(self, command: Sequence[str], log: Path | None = None) -> "subprocess.Popen[bytes]":
        """Start a process; its output goes to the log, or waits to be read.

        Raises:
            StoppedError: the demo is at its end.
        """
        with self._lock:
            if self._closed:
                raise StoppedError
            if log is None:
                process = self._popen(command, subprocess.PIPE)
            else:
                with log.open("ab") as output:
                    process = self._popen(command, output)
            self._running.append(process)
        return process

    def _popen(self, command: Sequence[str], output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=self._environment,
        )

    def run(self, command: Sequence[str]) -> None:
        """Run a program to its end, giving way to whatever else runs.

        Raises:
            BrokenEnvironmentError: it failed; the message holds its last words.
            StoppedError: the demo is at its end.
        """
        process = self.start(command)
        os.setpriority(os.PRIO_PROCESS, process.pid, _LOW_PRIORITY)
        output, _ = process.communicate()
        self.release(process)
        if self._closed:
            raise StoppedError
        if process.returncode != 0:
            raise BrokenEnvironmentError(f"{command[0]} failed: {last_line(output.decode())}")

    def release(self, process: "subprocess.Popen[bytes]") -> None:
        """Let a process go: it has ended, or it outlives the demo."""
        with self._lock:
            if process in self._running:
                self._running.remove(process)

    def close(self) -> None:
        """End all processes and start none any more."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, []
        for process in running:
            process.terminate()
        for process in running:
            end(process)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that would end the demo wait for nothing any more: it is cleaning up already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process in order; at once if it takes too long."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_line(text: str) -> str:
    """The last line of what a program wrote."""
    lines = text.splitlines()
    return lines[-1] if lines else "it said nothing"


class Server:
    """One server process; its output goes to a log file."""

    def __init__(self, command: Sequence[str], log: Path, children: Children) -> None:
        self._command = list(command)
        self._log = log
        self._children = children
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self._process = self._children.start(self._command, self._log)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._children.release(self._process)

    def stop(self) -> None:
        """End it in order; at once if it takes too long."""
        if self._process is not None:
            end(self._process)
            self._children.release(self._process)

    def keep(self) -> int:
        """Let it outlive the demo; its process id."""
        assert self._process is not None
        self._children.release(self._process)
        return self._process.pid

    @property
    def is_wanted(self) -> bool:
        """Whether the demo still goes on."""
        return self._children.is_open

    @property
    def last_words(self) -> str:
        """The last line of its log."""
        return last_line(self._log.read_text(errors="replace") if self._log.exists() else "")


def wait_until(holds: Callable[[], bool], seconds: float, what: str, server: Server) -> None:
    """Wait until something holds.

    Raises:
        BrokenEnvironmentError: it does not hold in time.
        StoppedError: the demo is at its end.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if not server.is_wanted:
            raise StoppedError
        if time.monotonic() > deadline:
            raise BrokenEnvironmentError(
                f"{what} did not happen in {seconds:.0f} s: {server.last_words}"
            )
        time.sleep(0.2)
