"""The demo as a user runs it: what it says and what it leaves behind."""

import json
import tempfile
from pathlib import Path

import pytest
import requests

from slokit.demo.run import Options, run

AT = 1_767_225_600.0
SCRATCH = "slokit-demo-"

pytestmark = pytest.mark.programs("prometheus", "promtool", "etcd")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its temporary directories."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


def _processes(scratch: Path) -> list[int]:
    """The processes that work in the directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if f"{scratch}/{SCRATCH}" in command:
                found.append(int(entry.name))
    return found


def test_both_parts_end_with_reports_and_a_server_to_ask(tmp_path: Path, scratch: Path) -> None:
    """Files, costs and the way on are named; only the kept Prometheus goes on, until it is ended.

    The same code as in the whole demo, with two days for the month and a hurried failover.
    """
    said: list[str] = []
    out = tmp_path / "out"
    kept = run(Options(AT, out, width=100, keep=True, days=2, pace=0.1), said.append)
    text = "\n".join(said)
    assert kept is not None
    try:
        (pid,) = _processes(scratch)
        (url,) = {line.split()[-1] for line in text.splitlines() if "--prometheus http" in line}
        answer = requests.get(f"{url}/api/v1/query?query=slokit:info&time={AT:.0f}", timeout=10)
        known = {sample["metric"]["service"] for sample in answer.json()["data"]["result"]}
    finally:
        kept.stop()

    assert known == {"etcd", "postgresql", "shop-api"}
    assert f"kill {pid}" in text
    assert "elections counted" in text
    assert "bad deploy" in text
    assert "# Error budgets of demo" in (out / "report.md").read_text()
    assert json.loads((out / "report.json").read_text())["schema"] == "slokit.report/v1"
    assert "report.md" in text
