"""The page about the Python API: its examples run, and it names everything that is public."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import slokit
from tests.support.command import ROOT
from tests.support.history import every, history, server_with_history
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


def run_example(
    directory: Path, number: int = 0, server: str = "http://localhost:9090"
) -> subprocess.CompletedProcess[str]:
    """One of the page's examples as a program of its own, in a directory."""
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    example = examples[number].replace("http://localhost:9090", server)
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


@pytest.mark.programs("prometheus", "promtool")
def test_the_example_reports_what_a_real_server_holds(tmp_path: Path) -> None:
    """A day of ten requests a second, with an hour in which one of them fails, in two days.

    36,000 requests of that hour are 3,600 bad ones of 1,728,000 in all: twice the budget.
    """
    written(tmp_path / "my-project", SPEC.replace("99.9%", "99.9%\n    window: 2d"))
    end, hour = datetime(2026, 1, 1, tzinfo=UTC).timestamp(), 3600
    times = every(end - 49 * hour, end + 1, 30)
    bad = np.clip(times - (end - 12 * hour), 0, hour)
    series = [
        history({"__name__": "requests_total"}, times, 10 * (times - times[0])),
        history({"__name__": "errors_total"}, times, bad),
    ]

    with server_with_history(tmp_path / "server", series) as server:
        ran = run_example(tmp_path, 1, server.url)

    assert (ran.returncode, ran.stderr) == (0, "")
    row, incident, warnings, title, *_ = ran.stdout.splitlines()
    assert row == "shop/availability {} exhausted -108% left"
    assert re.fullmatch(r"incident 2025-12-31T1[12]:..:00\+00:00 3[56]\d\d bad", incident)
    assert "computed from raw history: shop/availability" in warnings
    assert title == "# Error budgets of test"


@pytest.mark.parametrize("name", slokit.__all__)
def test_everything_public_is_on_the_page(name: str) -> None:
    """Each name of `slokit` is there, and it is loaded on demand."""
    assert getattr(slokit, name).__doc__
    assert re.search(rf"\b{name}\b", PAGE)
