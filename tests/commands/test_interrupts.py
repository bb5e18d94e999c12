"""Ctrl-C ends every command quietly: exit code 130, nothing on the screen, nothing half-written."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.edge.misbehaving import Caller, MisbehavingServer
from tests.support.command import ROOT, interrupted

TIMEOUT = 60


def hang(caller: Caller) -> None:
    caller.callee.stopping.wait(TIMEOUT)


def wait_for_request(server: MisbehavingServer) -> None:
    """Wait until the command hangs on the server."""
    deadline = time.monotonic() + TIMEOUT
    while not server.seen:
        assert time.monotonic() < deadline, "the server was not asked"
        time.sleep(0.02)


@pytest.mark.parametrize("command", ["check", "report"])
def test_while_a_server_is_asked(project: Path, command: str) -> None:
    """A server that does not answer does not hold the command either; --out stays as it was."""
    (project / "report.txt").write_text("last week's")
    with MisbehavingServer(hang) as server:
        options = ["--prometheus", server.url]
        options += ["--out", "report.txt"] if command == "report" else []
        ran = interrupted(project, command, *options, when=lambda _: wait_for_request(server))
    assert (ran.code, ran.out, ran.err) == (130, "", "")
    assert (project / "report.txt").read_text() == "last week's"


# Where an exception cannot be passed on, Python prints it and goes on.
UNRAISABLE = "class Old:\n    def __del__(self):\n        wait()\n\n\nOld()"


@pytest.mark.parametrize("busy", ["wait()", UNRAISABLE], ids=["a module", "a finalizer"])
def test_while_the_command_line_is_loaded(project: Path, busy: str) -> None:
    """Also in the first tenth of a second, when modules are imported, there is no traceback."""
    slow, loading = project / "slow", project / "loading"
    slow.mkdir()
    wait = f"    pathlib.Path({str(loading)!r}).touch()\n    time.sleep({TIMEOUT})"
    (slow / "typer.py").write_text(f"import pathlib, time\n\n\ndef wait():\n{wait}\n\n\n{busy}\n")

    def loads(_: object) -> None:
        """Wait until it imports typer, in whose place something slow stands."""
        deadline = time.monotonic() + TIMEOUT
        while not loading.exists():
            assert time.monotonic() < deadline, "typer was not imported"
            time.sleep(0.02)

    ran = interrupted(project, "validate", when=loads, PYTHONPATH=f"{slow}:{ROOT}")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_before_anything_of_it_is_loaded() -> None:
    """What Python has not loaded itself when slokit's own code begins stays unloaded until then."""
    started = (
        "import sys; before = set(sys.modules); import slokit.__main__; "
        "print(*sorted(set(sys.modules) - before))"
    )
    ran = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {started}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["gc", "slokit", "slokit.__main__", "slokit.version"]


def test_while_compile_reads(project: Path) -> None:
    """Nothing is written."""

    def reads(process: "subprocess.Popen[str]") -> None:
        """Wait until the parser is loaded and it sleeps, which it does on its standard input."""
        own, deadline = Path(f"/proc/{process.pid}"), time.monotonic() + TIMEOUT
        while not (
            "promql_parser" in (own / "maps").read_text()
            and (own / "stat").read_text().rpartition(")")[2].split()[0] == "S"
        ):
            assert time.monotonic() < deadline, "it did not read"
            time.sleep(0.02)

    ran = interrupted(project, "compile", "-", when=reads)
    assert (ran.code, ran.out, ran.err) == (130, "", "")
    assert {path.name for path in project.iterdir()} == {"slokit.yaml", "spec.yaml"}
