"""slokit report --plan: the queries of a report, without a server."""

from pathlib import Path

import pytest

from tests.support.command_here import slokit
from tests.support.compile.loaded import written

SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""
AT = ("--at", "2026-01-01T00:00:00Z")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one SLO that names no server."""
    written(tmp_path, SPEC)
    return tmp_path


def test_a_plan_needs_no_server(project: Path) -> None:
    """It is printed, and the command succeeds; the report itself is wrong usage."""
    planned = slokit(project, "report", "--plan", *AT)
    reported = slokit(project, "report", *AT)

    assert (planned.code, planned.err) == (0, "")
    assert planned.out.startswith("# The queries of a report on 1 SLO of test, at 2026-01-01T00")
    assert "# shop/availability: total and bad events of each ledger window" in planned.out
    assert (reported.code, reported.out) == (2, "")
    assert "no server" in reported.err


def test_a_plan_follows_the_options(project: Path) -> None:
    """Source and period are those of the report."""
    ran = slokit(project, "report", "--plan", "--source", "recorded", "--period", "1d", *AT)

    assert "raw history" not in ran.out
    assert "# total and bad events of 1d" in ran.out


def test_a_plan_in_a_file(project: Path) -> None:
    """`--out` takes it, and what is printed says how many queries it holds."""
    ran = slokit(project, "report", "--plan", "--source", "recorded", "--out", "plan.promql", *AT)

    assert (ran.code, ran.out, ran.err) == (0, "", "15 queries: plan.promql\n")
    assert (project / "plan.promql").read_text().startswith("# The queries of a report")


def test_a_plan_with_an_archive_has_its_queries_too(project: Path) -> None:
    """Which hours the server knows, what is between archived ones, and what is kept."""
    plain, archived = (
        slokit(project, "report", "--plan", "--source", "recorded", *given, *AT).out
        for given in ((), ("--archive", "kept"))
    )
    purposes = [
        "# how much of each hour was measured, beside an archive",
        "# what is not archived",
        "# total and bad events of each hour of a day, to be kept once the report is written",
    ]

    assert archived.startswith(plain)
    assert [line for line in archived.splitlines() if line in purposes] == purposes
    assert not any(line in plain for line in purposes)
    assert not (project / "kept").exists()


def test_a_plan_says_how_it_finds_where_raw_history_begins(project: Path) -> None:
    """By coarse looks at the selectors, where both sources may be read on a condition."""
    raw, auto = (
        slokit(project, "report", "--plan", "--source", s, *AT).out for s in ("raw", "auto")
    )

    assert "# where the series of raw history begin" in raw
    assert "min(timestamp(errors_total))" in raw
    assert "# whether raw history has anything before that" in raw
    assert "# only if a series was seen late" in raw
    assert "group(present_over_time(errors_total[" in raw
    assert "begin\n# at 2026-01-01T00:00:00Z\n# only if the ledger does not cover" in auto


def test_specs_with_errors_have_no_plan(project: Path) -> None:
    """Their errors are shown instead."""
    written(project, SPEC.replace("99.9%", "high"))
    ran = slokit(project, "report", "--plan", *AT)

    assert (ran.code, ran.out) == (1, "")
    assert "SLK211" in ran.err
