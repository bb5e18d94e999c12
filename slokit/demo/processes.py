"""Processes of the demo: on loopback and free ports, ended by their pids whatever happens."""

import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from slokit.diagnostics.errors import BrokenEnvironmentError

HOST = "127.0.0.1"
_PACKAGES = {"etcd": "etcd-server", "prometheus": "prometheus", "promtool": "prometheus"}
# below the range that the kernel hands out for outgoing connections, so that no client takes it
_PORTS = range(15000, 32000)
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
    """Different TCP ports of loopback that are free now.

    Drawn at random, so that programs that start side by side do not draw the same ones.
    """
    draw = random.SystemRandom()
    ports: set[int] = set()
    while len(ports) < count:
        port = draw.choice(_PORTS)
        if _is_free(port):
            ports.add(port)
    return sorted(ports)


def _is_free(port: int) -> bool:
    # a bind alone succeeds beside a listener of all addresses, so a connection is tried as well
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class Children:
    """All processes of a demo: they end with it, on whichever thread they were started.

    Each runs in a session of its own, so that Ctrl-C reaches the demo alone, which then ends them.
    Their temporary files lie in ``scratch``: promtool leaves its own behind when it is ended.
    ``environment`` is added to that of this process.
    """

    def __init__(self, scratch: Path, environment: Mapping[str, str] | None = None) -> None:
        self._environment = {**os.environ, "TMPDIR": str(scratch), **(environment or {})}
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


def end(process: "subprocess.Popen[bytes]", grace: float = _GRACE) -> None:
    """End a process in order; at once if it takes longer than so many seconds."""
    if process.poll() is None:
        # one that was suspended takes no notice of SIGTERM until it runs again
        process.send_signal(signal.SIGCONT)
        process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_line(text: str) -> str:
    """The last line of what a program wrote."""
    lines = text.splitlines()
    return lines[-1] if lines else "it said nothing"


class Server:
    """One server process; its output is appended to a log file, which restarts go on with."""

    def __init__(self, command: Sequence[str], log: Path, children: Children) -> None:
        self.command = list(command)
        self.log = log
        self._children = children
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        self._process = self._children.start(self.command, self.log)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget()

    def stop(self, grace: float = _GRACE) -> None:
        """End it in order; at once if it takes too long."""
        if self._process is not None:
            end(self._process, grace)
            self._forget()

    def keep(self) -> int:
        """Let it outlive the demo; its process id."""
        assert self._process is not None
        self._children.release(self._process)
        return self._process.pid

    def _forget(self) -> None:
        assert self._process is not None
        self._children.release(self._process)
        self._process = None

    @property
    def is_wanted(self) -> bool:
        """Whether the demo still goes on."""
        return self._children.is_open

    @property
    def last_words(self) -> str:
        """The last line of its log."""
        return last_line(self.log.read_text(errors="replace") if self.log.exists() else "")


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
