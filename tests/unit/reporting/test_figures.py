"""Numbers of a report as people read them."""

from dataclasses import replace
from pathlib import Path

import pytest

from slokit import api
from slokit.model.ledger import CountedIn, LedgerUnit
from slokit.reporting.formats import figures
from slokit.sli.nouns import event_unit
from tests.unit.reporting.reports import ROW


@pytest.mark.parametrize(
    ("counted_in", "bad", "total"),
    [
        (CountedIn.EVENTS, "5,400", "86,400 events"),
        (CountedIn.SECONDS, "1h 30m", "1d"),
        (CountedIn.MEMBER_SECONDS, "90 member-minutes", "1,440 member-minutes"),
        (CountedIn.EVENTS_IN_TIME, "5,400 events", "1d"),
    ],
)
def test_amounts_are_shown_in_what_the_sli_counts(
    counted_in: CountedIn, bad: str, total: str
) -> None:
    """Times as times, those of members as minutes of members, events with their word."""
    row = replace(ROW, counted_in=counted_in)

    assert (figures.bad_amount(row, 5400), figures.total_amount(row, 86_400)) == (bad, total)


@pytest.mark.parametrize(
    ("value", "bad", "total", "sentence"),
    [
        (0.0, "0", "0 queries", "0 bad queries"),
        (0.2, "<1", "<1 query", "<1 bad query"),
        (0.97, "1", "1 query", "1 bad query"),
        (1.4, "1", "1 query", "1 bad query"),
        (5400.4, "5,400", "5,400 queries", "5,400 bad queries"),
        (25_900_000.0, "25.9M", "25.9M queries", "25.9M bad queries"),
        (None, "–", "–", "– bad"),
    ],
)
def test_events_are_whole_and_called_by_their_name(
    value: float | None, bad: str, total: str, sentence: str
) -> None:
    """No fraction of a query, and one query is not queries."""
    row = replace(ROW, events=LedgerUnit("query", "queries"))

    assert figures.bad_amount(row, value) == bad
    assert figures.total_amount(row, value) == total
    assert figures.in_words(row, value) == sentence


def test_elections_in_time_are_no_bad_ones() -> None:
    """Their total is time: how many there were says it all; one of them is one."""
    row = replace(
        ROW, counted_in=CountedIn.EVENTS_IN_TIME, events=LedgerUnit("election", "elections")
    )

    assert figures.bad_amount(row, 3.2) == "3 elections"
    assert figures.bad_amount(row, 1.0) == "1 election"
    assert figures.in_words(row, 3.2) == "3 elections"
    assert figures.in_words(replace(ROW, counted_in=CountedIn.SECONDS), 300.0) == "5m bad"


@pytest.mark.parametrize(
    ("name", "category", "sli", "plural", "singular"),
    [
        ("a", "", "events: {bad: errors_total, total: http_requests_total}", "requests", "request"),
        ("a", "", "latency: {histogram: db_query_seconds, at_most: 1s}", "queries", "query"),
        ("a", "", "events: {bad: failed_total, total: handled_total}", "events", "event"),
        ("failovers", "", "rate: {epoch: e, at_most: 1/h}", "failovers", "failover"),
        ("a", "election-rate", "rate: {epoch: e, at_most: 1/h}", "elections", "election"),
        ("a", "", "rate: {epoch: e, at_most: 1/h, unit: handovers}", "handovers", "handover"),
        (
            "tries",
            "",
            "rate: {counter: c_total, counted_by: one_member, at_most: 1/h}",
            "tries",
            "try",
        ),
    ],
)
def test_events_are_called_as_the_spec_or_the_metrics_call_them(
    tmp_path: Path, name: str, category: str, sli: str, plural: str, singular: str
) -> None:
    """By the unit of the spec, the name of the SLO, its category or its metrics; else events."""
    objective = "" if sli.startswith("rate") else "objective: 99%, "
    about = f"category: {category}, " if category else ""
    spec = tmp_path / "a.yaml"
    spec.write_text(
        f"apiVersion: slokit/v1\nservice: s\n"
        f"slos: [{{name: {name}, {about}{objective}sli: {{{sli}}}}}]\n"
    )
    (slo,) = api.load([str(spec)]).slos

    assert event_unit(slo) == LedgerUnit(singular, plural)


def test_every_event_of_the_catalog_has_a_name() -> None:
    """What SLOs of the catalog count is never just an event: etcd answers requests."""
    loaded = api.load(project=str(Path(__file__).parents[3] / "slokit.yaml"))
    found = {
        slo.id: event_unit(slo).plural
        for slo in loaded.bundle.slos
        if slo.sli.counted_in is CountedIn.EVENTS
    }

    assert found["etcd/availability"] == "requests"
    assert found["etcd/wal-fsync"] == "fsyncs"
    assert found["alertmanager/notification-latency"] == "notifications"
    assert found["postgresql/transactions"] == "transactions"
    assert "events" not in found.values()
