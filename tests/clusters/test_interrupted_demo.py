"""A demo that is stopped leaves nothing behind: no server, no directory."""

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.command import interrupted

pytestmark = pytest.mark.programs("etcd", "prometheus", "promtool")
TIMEOUT = 60


def children(pid: int) -> dict[int, str]:
    """The running children of a process and their names."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            listed = (task / "children").read_text().split()
        except FileNotFoundError:  # the thread has ended meanwhile
            continue
        for child in listed:
            with suppress(OSError):
                found[int(child)] = Path(f"/proc/{child}/comm").read_text().strip()
    return found


@pytest.mark.parametrize(
    ("by", "code", "during"),
    [
        (signal.SIGINT, 130, "prometheus"),
        (signal.SIGINT, 130, "promtool"),
        (signal.SIGTERM, 143, "promtool"),
    ],
)
def test_a_stopped_demo(tmp_path: Path, by: signal.Signals, code: int, during: str) -> None:
    """Ctrl-C and SIGTERM, also twice, stop its programs and remove what they wrote."""
    started: dict[int, str] = {}

    def has_servers(demo: "subprocess.Popen[str]") -> None:
        deadline = time.monotonic() + TIMEOUT
        while during not in started.values():
            started.update(children(demo.pid))
            assert time.monotonic() < deadline, f"the demo did not start {during}"
            time.sleep(0.05)
        demo.send_signal(by)
        time.sleep(0.1)

    ran = interrupted(tmp_path, "demo", when=has_servers, by=by, TMPDIR=str(tmp_path))
    assert ran.code == code
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []
    assert list(tmp_path.iterdir()) == []
