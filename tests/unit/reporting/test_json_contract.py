"""The JSON of a report: the keys that are promised, and no number that is not known."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from slokit.reporting.formats.json import render
from slokit.reporting.model import Report
from tests.support.compile.report_schema import broken_promises
from tests.unit.reporting.reports import AT, INCIDENT, MEASURED, ROW, UNKNOWN, report


def _json(made: Report) -> Any:
    return json.loads(render(made, 80), parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


def test_a_report_is_what_is_promised() -> None:
    """Every key is there and no other, with and without numbers, warnings and incidents."""
    made = _json(report(ROW, UNKNOWN, warnings=("the server warns: slow",)))

    assert broken_promises(made) == []


def test_the_promise_can_be_broken() -> None:
    """A missing key, another one, an unknown state and a local time are each seen."""
    made = _json(report(ROW))
    row = made["rows"][0]
    made["rows"] = [
        {key: value for key, value in row.items() if key != "unit"},
        {**row, "mood": "good"},
        {**row, "state": "fine"},
        {**row, "window_measure": {**row["window_measure"], "to": "2026-01-01T01:00:00+01:00"}},
    ]

    assert len(broken_promises(made)) == 4


def test_what_is_unknown_is_null() -> None:
    """Neither 0 nor NaN stands for a number that is unknown."""
    (row,) = _json(report(UNKNOWN))["rows"]
    measure = {k: v for k, v in row["window_measure"].items() if k not in {"from", "to"}}

    assert measure.pop("covered_seconds") == 0
    assert set(measure.values()) == {None}
    assert set(row["burn"].values()) == {None}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(odd: float) -> None:
    """NaN and the infinities, which JSON cannot hold, are as unknown as what is not there."""
    measure = replace(MEASURED, bad=odd, ratio_bad=odd)
    (row,) = _json(report(replace(ROW, window_measure=measure, burn={"5m": odd})))["rows"]

    assert row["window_measure"]["bad"] is None
    assert row["window_measure"]["ratio_bad"] is None
    assert row["burn"]["5m"] is None


def test_times_are_rfc_3339_in_utc() -> None:
    """To the second, with a Z."""
    made = _json(report(ROW))

    assert made["at"] == "2026-01-01T00:00:00Z"
    assert made["period"] == {"from": "2025-12-25T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert made["rows"][0]["incidents"][0]["start"] == "2025-12-31T00:00:00Z"
    assert INCIDENT.start == AT - 86_400


def test_any_text_survives() -> None:
    """Label values of any kind are read back as they were."""
    odd = 'say "hi" \\ {{x}} \n \x1b[31m | <b> ü'
    (row,) = _json(report(replace(ROW, group={"cluster": odd})))["rows"]

    assert row["group"] == {"cluster": odd}
