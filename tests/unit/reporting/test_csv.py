"""The CSV of a report, as a spreadsheet and a program read it."""

import csv
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from slokit.reporting.formats import FORMATS
from slokit.reporting.formats.csv_incidents import INCIDENT
from slokit.reporting.model import RECORD, Incident, Report
from slokit.text.format import format_named
from slokit.text.moments import rfc3339
from tests.unit.reporting.reports import MEASURED, ROW, UNKNOWN, report


def _read(made: Report, name: str = "csv") -> list[dict[str, str]]:
    form = format_named(name, FORMATS)
    return list(csv.DictReader(StringIO(form.inert(form.render(made, 80)), newline="")))


def test_a_line_a_group_and_a_column_a_value() -> None:
    """All columns are there in their order; numbers are whole, times RFC 3339 in UTC."""
    first, second = _read(report(ROW, UNKNOWN))

    assert list(first) == list(RECORD)
    assert (first["service"], first["slo"], first["group"]) == (
        "orders-db",
        "availability",
        "cluster=eu",
    )
    assert float(first["window_budget_remaining_ratio"]) == 0.5
    assert first["window_from"] == "2025-12-02T00:00:00Z"
    assert first["period_to"] == "2026-01-01T00:00:00Z"
    assert (second["state"], second["window_bad"], second["burn_1h"]) == ("no-data", "", "")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "＝", "＠"])
def test_no_text_begins_a_formula(begin: str) -> None:
    """What a spreadsheet would run has an apostrophe before it, in every column of text."""
    odd = f"{begin}HYPERLINK(1)"
    row = replace(
        ROW, service=odd, slo=odd, owner=odd, description=odd, category=odd, unit=odd, objective=odd
    )
    (cells,) = _read(report(row))

    for name in ("service", "slo", "owner", "description", "category", "unit", "objective"):
        assert cells[name].lstrip("' ")[:1] not in {"", "\t"}
        assert cells[name].startswith(("'", "<U+")), cells[name]


def test_what_begins_with_a_sign_is_a_number() -> None:
    """An overspent budget is a negative number, which no spreadsheet runs; nothing else is."""
    spent = replace(MEASURED, budget_spent_ratio=1.5, budget_remaining_ratio=-0.5)
    (cells,) = _read(report(replace(ROW, window_measure=spent, group={"-x": "=1"})))
    signed = {name: cell for name, cell in cells.items() if cell.startswith(("=", "+", "-", "@"))}

    assert signed == {"window_budget_remaining_ratio": "-0.5"}


def test_any_text_is_read_back() -> None:
    """Quotes, commas and line feeds stay in their cell; what steers a terminal is spelled out."""
    (cells,) = _read(report(replace(ROW, description='say "a, b"\nand \x1b[31m')))

    assert cells["description"] == 'say "a, b"<U+000A>and <U+001B>[31m'


def _incident(start: float, minutes: int, bad: float, **more: Any) -> Incident:
    group = more.pop("group", ROW.group)
    given = {"peak_burn": 20.0, "budget_share": bad / 1000, "groups": (group,), "alerts": ()}
    return Incident(start, start + 60 * minutes, bad, **{**given, **more})


def test_incidents_are_lines_of_their_own() -> None:
    """One for each group that one hit; what belongs together has one number, the costliest 1."""
    calm = MEASURED.time_range.start
    election = _incident(calm, 10, 5.0, alerts=("page", "ticket"), alerts_after={"page": 300.0})
    errors = _incident(calm + 300, 60, 90.0, is_ongoing=True)
    early = _incident(calm - 86_400, 30, 7.0)
    lag = replace(ROW, slo="lag", incidents=(election,), owner="=team")
    other = {"cluster": "us"}
    rows = (
        replace(ROW, incidents=(early, errors)),
        lag,
        replace(ROW, group=other, incidents=(_incident(calm, 5, 1.0, group=other),)),
    )
    lines = _read(report(*rows), "csv-incidents")

    assert list(lines[0]) == list(INCIDENT)
    assert [(each["incident"], each["slo"], each["group"], each["bad"]) for each in lines] == [
        ("1", "lag", "cluster=eu", "5.0"),
        ("1", "availability", "cluster=eu", "90.0"),
        ("2", "availability", "cluster=eu", "7.0"),
        ("3", "availability", "cluster=us", "1.0"),
    ]
    assert lines[0]["owner"] == "'=team"
    assert (lines[0]["alerts"], lines[0]["first_alert_seconds"]) == ("page ticket", "300.0")
    assert (lines[1]["is_ongoing"], lines[1]["seconds"], lines[1]["budget_share"]) == (
        "true",
        "3600.0",
        "0.09",
    )
    assert lines[1]["start"] == rfc3339(calm + 300)
    assert _read(report(UNKNOWN), "csv-incidents") == []
