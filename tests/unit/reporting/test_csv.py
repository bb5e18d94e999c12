"""The CSV of a report, as a spreadsheet and a program read it."""

import csv
from dataclasses import replace
from io import StringIO

import pytest

from slokit.reporting.formats import FORMATS
from slokit.reporting.model import RECORD, Report
from slokit.text.format import format_named
from tests.unit.reporting.reports import MEASURED, ROW, UNKNOWN, report


def _read(made: Report) -> list[dict[str, str]]:
    form = format_named("csv", FORMATS)
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
