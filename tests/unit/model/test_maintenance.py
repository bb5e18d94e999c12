"""Maintenance as a value: when it is, and for which groups."""

from datetime import UTC, datetime

import pytest

from slokit.model.maintenance import (
    ALERTS,
    LEDGER,
    REPORT,
    Maintenance,
    TimeInterval,
    merged,
)
from slokit.promql.pattern import is_match
from slokit.promql.selector import Matcher

HOUR, DAY = 3600, 86_400
SHOP = {"service": "shop", "slo": "a", "category": "latency", "owner": "team-shop"}


def unix(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def sundays(place: str) -> Maintenance:
    interval = TimeInterval(weekdays=((0, 0),), times=((120, 240),), location=place)
    return Maintenance("m", "r", when=(interval,))


@pytest.mark.parametrize(
    ("maintenance", "group", "wanted"),
    [
        (Maintenance("m", "r"), (), ()),
        (Maintenance("m", "r", services=("till",)), (), None),
        (Maintenance("m", "r", match=(Matcher("owner", "=", "team-shop"),)), (), ()),
        (Maintenance("m", "r", match=(Matcher("slo", "!=", "a"),)), (), None),
        (Maintenance("m", "r", match=(Matcher("region", "!=", "eu"),)), (), ()),
        (Maintenance("m", "r", match=(Matcher("region", "=~", ".+"),)), (), None),
        (
            Maintenance("m", "r", match=(Matcher("region", "=", "eu"), Matcher("slo", "=", "a"))),
            ("region",),
            (Matcher("region", "=", "eu"),),
        ),
    ],
)
def test_what_groups_must_match(
    maintenance: Maintenance, group: tuple[str, ...], wanted: tuple[Matcher, ...] | None
) -> None:
    """An SLO's own labels decide for all of it; a label that no group has is empty."""
    assert maintenance.group_matchers(SHOP, group) == wanted


def test_matchers_are_those_of_a_selector() -> None:
    """Patterns are of the whole value, and a missing label is an empty one."""
    assert is_match(Matcher("a", "=~", "eu-.*"), "eu-1")
    assert not is_match(Matcher("a", "=~", "eu"), "eu-1")
    assert is_match(Matcher("a", "!~", "eu-.*"), "")
    assert is_match(Matcher("a", "!=", "x"), "y")


def test_the_next_time_is_found() -> None:
    """One that is on comes first; of one that is over there is none, however far one looks."""
    begin, end = unix("2026-12-05T21:00"), unix("2026-12-06T03:00")
    once = Maintenance("m", "r", once=(begin, end))

    assert once.next_span(begin - 400 * DAY) == once.next_span(end - 1) == (begin, end)
    assert once.next_span(end) is None
    assert Maintenance("m", "r", once=(begin, begin)).next_span(begin - 1) is None
    winter = sundays("Europe/Berlin").next_span(unix("2026-12-01T12:00"))
    assert winter == (unix("2026-12-06T01:00"), unix("2026-12-06T03:00"))
    leap = TimeInterval(months=((2, 2),), days_of_month=((29, 29),))
    found = Maintenance("m", "r", when=(leap,)).next_span(unix("2024-03-01T00:00"))
    assert found == (unix("2028-02-29T00:00"), unix("2028-03-01T00:00"))


def test_only_a_report_corrects_what_was_counted() -> None:
    """Where the ledger stops, there is nothing left to be taken off."""
    assert Maintenance("m", "r", applies=frozenset({REPORT})).is_corrected
    assert Maintenance("m", "r", applies=frozenset({REPORT, ALERTS})).is_corrected
    assert not Maintenance("m", "r", applies=frozenset({REPORT, LEDGER})).is_corrected
    assert not Maintenance("m", "r", applies=frozenset({ALERTS})).is_corrected


def test_spans_that_touch_are_one() -> None:
    """Midnight parts no night: a Saturday and the Sunday behind it are one time."""
    weekend = TimeInterval(weekdays=((6, 6), (0, 0)))
    monday = unix("2026-11-30T00:00")

    assert weekend.spans(monday - 7 * DAY, monday) == ((monday - 2 * DAY, monday),)
    assert merged([(0, HOUR), (HOUR, 2 * HOUR), (3, 3)]) == ((0, 2 * HOUR),)
