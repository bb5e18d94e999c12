"""A demo that is stopped leaves nothing behind: no server, no directory."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.command import interrupted

pytestmark = pytest.mark.programs("etcd", "prometheus")
PATIENCE = 60


def children(pid: int) -> dict[int, str]:
    """The running children of a process and their names."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child): Path(f"/proc/{child}/comm").read_text().strip() for child in listed}


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_demo(tmp_path: Path, by: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM both stop its servers and remove what they wrote."""
    started: dict[int, str] = {}

    def has_servers(demo: "subprocess.Popen[str]") -> None:
        deadline = time.monotonic() + PATIENCE
        while "prometheus" not in started.values():
            started.update(children(demo.pid))
            assert time.monotonic() < deadline, "the demo started no servers"
            time.sleep(0.05)

    ran = interrupted(tmp_path, "demo", when=has_servers, by=by, TMPDIR=str(tmp_path))
    assert ran.code == code
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []
    assert list(tmp_path.iterdir()) == []
