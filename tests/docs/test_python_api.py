"""The page about the Python API: its example runs, and it tells of everything that is public."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import slokit
from tests.support.command import ROOT
from tests.support.loaded import written

PAGE = (ROOT / "docs" / "python-api.md").read_text()
SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""


def run_example(directory: Path) -> subprocess.CompletedProcess[str]:
    """The page's example as a program of its own, in a directory."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=directory,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_runs_as_it_stands(tmp_path: Path) -> None:
    """It loads, tells, compiles and writes; the second time there is nothing to write."""
    written(tmp_path / "my-project", SPEC)

    ran = run_example(tmp_path)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "shop/availability 99.9% 30d",
        "alert-rules/shop.rules.yaml True",
        "alert-rules/test.bundle.rules.yaml True",
        "created ['alert-rules/shop.rules.yaml', 'alert-rules/test.bundle.rules.yaml']",
        "again False",
    ]
    assert (tmp_path / "my-project/alert-rules/shop.rules.yaml").is_file()


def test_the_example_tells_what_is_wrong(tmp_path: Path) -> None:
    """Findings are told with their places, and nothing is written."""
    written(tmp_path / "my-project", SPEC.replace("99.9%", "99.9"))

    ran = run_example(tmp_path)

    assert ran.returncode == 1
    assert ran.stdout.startswith("my-project/slo-specs/spec.yaml:6 error SLK211 ")
    assert "error[SLK211" in ran.stderr
    assert not (tmp_path / "my-project/alert-rules").exists()


@pytest.mark.parametrize("name", slokit.__all__)
def test_everything_public_is_on_the_page(name: str) -> None:
    """Each name of `slokit` is there, and it is loaded on demand."""
    assert getattr(slokit, name).__doc__
    assert re.search(rf"\b{name}\b", PAGE)
