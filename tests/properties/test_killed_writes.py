"""`slokit compile` is killed at random moments; no file is ever half of one."""

import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command import ROOT, slokit

SERVICES, SLOS = 300, 1
KILLS = 12
STAGING = ".slokit-staging-*"
PROGRAM = "import sys; from slokit.__main__ import main; sys.argv[0] = 'slokit'; main()"


def write_fleet(directory: Path, objective: str) -> None:
    """Some hundred SLOs with this objective."""
    specs = directory / "slo-specs"
    specs.mkdir(exist_ok=True)
    for number in range(SERVICES):
        slos = "".join(
            f"  - {{name: slo-{n}, objective: {objective},"
            f" sli: {{events: {{bad: 'errors_total{{n=\"{n}\"}}', total: requests_total}}}}}}\n"
            for n in range(SLOS)
        )
        head = f"apiVersion: slokit/v1\nservice: service-{number}\nslos:\n"
        (specs / f"{number}.yaml").write_text(head + slos)


def output(directory: Path) -> dict[str, bytes]:
    """All files that slokit wrote, finished or not."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and path.parent.name != "slo-specs" and path.name != "slokit.yaml"
    }


def is_staged(path: str) -> bool:
    return path.startswith(STAGING[:-1])


def staged(directory: Path) -> set[Path]:
    return set(directory.glob(STAGING))


def kill_a_run(directory: Path, before: set[Path], pause: float | None) -> None:
    """Start a run and kill it so many seconds after it began to write, or before that."""
    command = [sys.executable, "-c", PROGRAM, "compile", "--target", "prometheus"]
    run = subprocess.Popen(
        command, cwd=directory, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    try:
        while pause is not None and staged(directory) <= before and run.poll() is None:
            time.sleep(0.0005)
        time.sleep(0.3 if pause is None else pause)
    finally:
        run.kill()
        run.wait()


@pytest.fixture
def versions(tmp_path: Path) -> Mapping[str, dict[str, bytes]]:
    """What whole runs write for two objectives; the second one is in place."""
    found = {}
    (tmp_path / "slokit.yaml").write_text("bundle: fleet\n")
    for objective in ("99%", "99.9%"):
        write_fleet(tmp_path, objective)
        assert slokit(tmp_path, "compile", "--target", "prometheus").code == 0
        found[objective] = output(tmp_path)
    return found


def test_a_killed_run_leaves_old_or_new_files(
    tmp_path: Path, versions: Mapping[str, dict[str, bytes]]
) -> None:
    """Whenever it dies, each file is whole; the run after it cleans up and finishes the work."""
    chance, objectives, killed_while_writing = random.Random(1), list(versions), 0
    for number in range(KILLS):
        write_fleet(tmp_path, objectives[number % 2])
        before = staged(tmp_path)
        pause = chance.uniform(0, 0.02)
        kill_a_run(tmp_path, before, pause if number % 4 else None)

        killed_while_writing += not staged(tmp_path) <= before
        finished = {path: text for path, text in output(tmp_path).items() if not is_staged(path)}
        assert finished.keys() == versions["99%"].keys()
        for path, text in finished.items():
            assert text in {versions[objective][path] for objective in objectives}, path

    assert killed_while_writing >= KILLS / 4
    write_fleet(tmp_path, "99%")
    assert slokit(tmp_path, "compile", "--target", "prometheus").code == 0
    assert output(tmp_path) == versions["99%"]
    assert not staged(tmp_path)
