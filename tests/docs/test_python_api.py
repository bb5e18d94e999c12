"""The page about the Python API: its examples run, and it names everything that is public."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import slokit
from slokit import api
from tests.support.command import ROOT
from tests.support.compile.loaded import written
from tests.support.history.history import every, history, server_with_history

PAGE = (ROOT / "docs" / "python-api.md").read_text()
SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""


EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMPILES, REPORTS, NOTEBOOK, CHECKS, EXPLAINS, BEGINS = range(6)


def run_example(
    directory: Path, number: int, server: str = "http://localhost:9090"
) -> subprocess.CompletedProcess[str]:
    """One of the page's examples as a program of its own, in a directory."""
    example = EXAMPLES[number].replace("http://localhost:9090", server)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=directory,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_runs_as_it_stands(tmp_path: Path) -> None:
    """It loads, shows, compiles and writes; the second time there is nothing to write."""
    written(tmp_path / "my-project", SPEC)

    ran = run_example(tmp_path, COMPILES)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "shop/availability 99.9% 30d",
        "alert-rules/shop.rules.yaml True",
        "alert-rules/test.bundle.rules.yaml True",
        "created ['alert-rules/shop.rules.yaml', 'alert-rules/test.bundle.rules.yaml']",
        "again False",
    ]
    assert (tmp_path / "my-project/alert-rules/shop.rules.yaml").is_file()


def test_the_example_shows_what_is_wrong(tmp_path: Path) -> None:
    """Findings have their places, and nothing is written."""
    written(tmp_path / "my-project", SPEC.replace("99.9%", "99.9"))

    ran = run_example(tmp_path, COMPILES)

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
        ran = run_example(tmp_path, REPORTS, server.url)
        noted = run_example(tmp_path, NOTEBOOK, server.url)
        checked = run_example(tmp_path, CHECKS, server.url)

    assert (ran.returncode, ran.stderr) == (0, "")
    row, incident, warnings, title, *_ = ran.stdout.splitlines()
    assert row == "shop/availability {} exhausted -108% left"
    assert re.fullmatch(r"incident 2025-12-31T1[12]:..:00\+00:00 3[56]\d\d bad", incident)
    assert "computed from raw history: shop/availability" in warnings
    assert title == "# Error budgets of test"
    assert (noted.returncode, noted.stderr) == (0, "")
    *_, row, worst = noted.stdout.splitlines()
    assert row.split()[:3] == ["shop", "availability", "exhausted"]
    assert float(row.split()[3]) == pytest.approx(-1.08, abs=0.01)
    assert re.fullmatch(r"the worst day: 2025-12-31 3[56]\d\d bad", worst)
    assert (checked.returncode, checked.stderr) == (0, "")
    *findings, summary = checked.stdout.splitlines()
    assert any("has no rules on this server yet" in line for line in findings), findings
    assert summary == "1 SLO checked against the server"


def test_the_example_explains_and_compares(tmp_path: Path) -> None:
    """Another name of the bundle breaks the history of all budgets."""
    written(tmp_path / "my-project", SPEC)

    ran = run_example(tmp_path, EXPLAINS)

    assert (ran.returncode, ran.stderr) == (0, "")
    explained, title, changes, summary = ran.stdout.splitlines()
    assert explained.startswith("shop/availability ['slokit:total:rate5m', 'slokit:bad:rate5m'")
    assert title.startswith("# shop/availability: ")
    assert changes == "[('bundle', 'test', 'shops', True)]"
    assert "history breaks in 1" in summary


def test_the_example_begins_a_project(tmp_path: Path) -> None:
    """With the files of `slokit init` and a spec of the catalog, which the project reads."""
    ran = run_example(tmp_path, BEGINS)

    assert (ran.returncode, ran.stderr) == (0, "")
    files, *entries, added, schema = ran.stdout.splitlines()
    assert "new-project/slokit.yaml" in files
    assert "etcd True" in entries
    assert added == "new-project/slo-specs/etcd.yaml True"
    assert schema.endswith(" prometheus")


def test_every_example_is_run() -> None:
    """There is no example on the page beside those above."""
    assert len(EXAMPLES) == BEGINS + 1


@pytest.mark.parametrize("name", sorted({*slokit.__all__, *api.__all__}))
def test_everything_public_is_on_the_page(name: str) -> None:
    """Each name of `slokit.api` is there; those of `slokit` itself are loaded on demand."""
    assert getattr(slokit if name in slokit.__all__ else api, name).__doc__
    assert re.search(rf"\b{name}\b", PAGE)
