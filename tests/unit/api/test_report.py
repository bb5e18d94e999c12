"""`slokit.report` and `slokit.plan_report`: what they refuse, and which SLOs they are about."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import slokit
from tests.support.command import ROOT
from tests.support.compile.loaded import loaded, written

AT = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: latency
    objective: 99%
    sli: {latency: {histogram: request_seconds, at_most: 300ms}}
"""
AWAY = "http://127.0.0.1:1"


def test_at_is_a_moment_however_it_is_written(tmp_path: Path) -> None:
    """An aware datetime and its Unix seconds give the same plan."""
    specs = loaded(tmp_path, SPEC)

    assert slokit.plan_report(specs, at=AT) == slokit.plan_report(specs, at=1_767_225_600)


def test_the_specs_that_were_named_are_reported(tmp_path: Path) -> None:
    """Of a bundle of two services, the one whose file was loaded by name."""
    written(tmp_path, SPEC)
    (tmp_path / "slo-specs" / "more.yaml").write_text(SPEC.replace("shop", "more"))
    specs = slokit.load(["slo-specs/more.yaml"], directory=tmp_path)

    plan = slokit.plan_report(specs, at=AT)

    assert {slo.service for slo in plan.request.slos} == {"more"}


@pytest.mark.parametrize(
    ("names", "reported"),
    [
        (["shop"], ["shop/availability", "shop/latency"]),
        (["shop/latency"], ["shop/latency"]),
        (["shop/latency", "shop"], ["shop/availability", "shop/latency"]),
    ],
)
def test_slos_are_chosen_by_service_or_id(
    tmp_path: Path, names: list[str], reported: list[str]
) -> None:
    """Each once, in the order of the bundle."""
    plan = slokit.plan_report(loaded(tmp_path, SPEC), at=AT, slos=names)

    assert [slo.id for slo in plan.request.slos] == reported
    assert [raw.slo.id for raw in plan.raw] == reported


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"slos": ["shop/avail"]}, "no such service or SLO 'shop/avail'"),
        ({"at": AT.replace(tzinfo=None)}, "has no time zone"),
        ({"period": "week"}, "period: 'week' is no duration; write 7d, 2026-W47"),
        ({"period": "5m"}, "period: between 1h and 1y"),
        ({"source": "both"}, "no such source 'both': choose auto, recorded or raw"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    """Before any query is sent, in one line."""
    arguments: dict[str, Any] = {"at": AT, **wrong}

    with pytest.raises(slokit.UsageError, match=words):
        slokit.report(loaded(tmp_path, SPEC), AWAY, **arguments)


def test_without_a_server_there_is_no_report(tmp_path: Path) -> None:
    """Neither the call nor slokit.yaml names one; a plan needs none."""
    specs = loaded(tmp_path, SPEC)

    with pytest.raises(slokit.UsageError, match="no server"):
        slokit.report(specs, at=AT)
    assert slokit.plan_report(specs, at=AT).raw


def test_specs_with_errors_are_not_reported(tmp_path: Path) -> None:
    """The errors are in the exception."""
    written(tmp_path, SPEC.replace("99.9%", "high"))
    specs = slokit.load(directory=tmp_path)

    with pytest.raises(slokit.InvalidSpecsError, match="SLK211"):
        slokit.report(specs, AWAY, at=AT)


def test_a_server_that_is_away_is_a_broken_environment(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(slokit.BrokenEnvironmentError, match=AWAY):
        slokit.report(loaded(tmp_path, SPEC), AWAY, at=AT)


def test_report_stays_a_function_once_reports_were_imported() -> None:
    """No package of slokit has its name, so that importing one cannot take its place."""
    script = "import slokit.reporting.formats, slokit.api, slokit; print(callable(slokit.report))"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "True\n"
