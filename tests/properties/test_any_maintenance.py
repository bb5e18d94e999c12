"""Whatever is written as maintenance ends in findings or in a bundle, never in an exception."""

from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.compiler.routing import compile_routing
from slokit.model.bundle import Bundle
from slokit.model.maintenance import Maintenance
from slokit.project.maintenance import read_maintenance_file
from slokit.project.project_file import read_project
from slokit.targets.alertmanager.operator_object import operator_object
from tests.support.compile.operator_config import refused

WORDS = [
    *("sunday", "monday:friday", "friday:monday", "december", "6:8", "1:7", "-1", "-3:1", "0"),
    *("2026:2027", "02:00", "24:00", "25:00", "Europe/Berlin", "Mars/Base", "UTC", "shop", "", " "),
    *("2026-12-05T22:00:00+01:00", "2026-12-06T04:00:00Z", "2026-12-05", "9999-99-99T00:00:00Z"),
    *("0001-01-01T00:00:00+14:00", 'cluster=~"eu-.*"', "cluster=", "ledger", "report", "a:b:c"),
]
KEYS = [
    *("name", "reason", "from", "to", "when", "services", "match", "applies", "location", "no"),
    *("weekdays", "times", "days_of_month", "months", "years", "start_time", "end_time"),
]
TEXTS = st.sampled_from(WORDS) | st.text(max_size=12)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.none() | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)
INTERVALS = st.dictionaries(st.sampled_from(KEYS[8:]), st.lists(TEXTS, max_size=2) | ANYTHING)
LISTED = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b"]), "reason": st.just("Test")},
        optional={
            "from": TEXTS,
            "to": TEXTS,
            "when": INTERVALS | st.lists(INTERVALS, max_size=2),
            "match": TEXTS,
            "services": st.lists(TEXTS, max_size=2),
            "applies": st.lists(TEXTS, max_size=3),
        },
    )
    | ANYTHING,
    max_size=3,
)


@settings(deadline=None)
@given(LISTED | ANYTHING)
def test_any_maintenance_is_read_or_found_wrong(written: Any) -> None:
    """In slokit.yaml and in a file of its own; what is read can be asked when it is."""
    text = yaml.safe_dump({"maintenance": written})
    project, findings = read_project("slokit.yaml", text, {})
    found, more = read_maintenance_file("maintenance.yaml", text)

    for each in (*(project.maintenances if project else ()), *found):
        asked(each)
    if not findings and project and not project.maintenance_file:
        assert (project.maintenances, more) == (found, [])


RANGES: dict[str, list[Any]] = {
    "weekdays": ["sunday", "monday:friday", "Tuesday", "saturday:saturday"],
    "times": [
        {"start_time": "00:00", "end_time": "24:00"},
        {"start_time": "22:15", "end_time": "22:16"},
    ],
    "days_of_month": ["1:7", "-1", "31", "-31:-1", "27:-1", "28:-1", "9:-20", "15:-20"],
    "months": ["december", "6:8", "january:december", "12"],
    "years": ["2026", "2026:2027", "2000:2999", "1999", "3000"],
}
WHEN = st.fixed_dictionaries(
    {}, optional={key: st.lists(st.sampled_from(v), min_size=1) for key, v in RANGES.items()}
)
ONCE = st.integers(0, 4_000_000).map(
    lambda minute: f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)}"
)
MUTED = {"name": "a", "reason": "Test"}


@settings(deadline=None)
@given(
    st.builds(lambda when: {**MUTED, "when": when}, WHEN | st.lists(WHEN, min_size=1, max_size=3))
    | st.builds(lambda *ends: {**MUTED, "from": min(ends), "to": max(ends)}, ONCE, ONCE)
)
def test_what_is_read_is_taken_by_the_operator(written: Any) -> None:
    """Its time intervals are ranges that the operator and Alertmanager know."""
    routes = {"receivers": {"a": {"webhook": {"url": "https://a.example.com"}}}}
    text = yaml.safe_dump({"bundle": "test", "alertmanager": routes, "maintenance": [written]})
    project, findings = read_project("slokit.yaml", text, {})
    if findings:
        return
    assert project is not None
    data = operator_object(compile_routing(Bundle(project, ())), "test", None, {})
    has_length = written.get("from", 0) != written.get("to", 1)
    assert len(data["spec"].get("muteTimeIntervals", ())) == has_length
    assert refused(data) == []


def asked(maintenance: Maintenance) -> None:
    begin = 1_767_225_600.0
    spans = maintenance.spans(begin, begin + 3 * 86_400)
    assert all(begin <= a < b <= begin + 3 * 86_400 for a, b in spans)
    span = maintenance.next_span(begin)
    assert span is None or span[1] > begin
