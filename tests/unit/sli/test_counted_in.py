"""What each SLI type counts, in the words of its specs."""

from fractions import Fraction

import pytest
import yaml

from slokit.model.ledger import CountedIn, Folding
from slokit.sli import SLI_TYPES
from slokit.sli.base import Reader, Surroundings

PLAIN = Surroundings(Folding((), (), (), None), "5m", Fraction(300), "30s")


def counted_in(text: str) -> CountedIn:
    """What the SLI of this text counts."""
    ((name, body),) = yaml.safe_load(text).items()
    (kind,) = [kind for kind in SLI_TYPES if kind.name == name]
    sli = kind.resolve(kind.body.model_validate(body), Reader(PLAIN))
    assert sli is not None
    found: CountedIn = sli.counted_in
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("events: {bad: b, total: t}", CountedIn.EVENTS),
        ("events: {of: gauges, good: g, total: t}", CountedIn.MEMBER_SECONDS),
        ("latency: {histogram: h_seconds, at_most: 1s}", CountedIn.EVENTS),
        ("threshold: {metric: m, at_most: '1'}", CountedIn.SECONDS),
        ("threshold: {metric: m, at_most: '1', aggregate: sum}", CountedIn.SECONDS),
        ("threshold: {metric: m, at_most: '1', aggregate: each}", CountedIn.MEMBER_SECONDS),
        ("rate: {epoch: e, at_most: 1/h}", CountedIn.EVENTS_IN_TIME),
        ("ratio: {bad: b}", CountedIn.TIME_OF_RATIO),
        ("composite: {of: [a/b, c/d], method: all}", CountedIn.TIME_OF_MEMBERS),
    ],
)
def test_an_sli_says_what_it_counts(text: str, expected: CountedIn) -> None:
    """Events, time, or time of each member; a rate counts events against time."""
    assert counted_in(text) is expected


def test_units_have_words() -> None:
    """For one and for many."""
    units = {(unit.singular, unit.plural) for c in CountedIn for unit in (c.bad, c.total)}

    assert units == {
        ("event", "events"),
        ("second", "seconds"),
        ("member-second", "member-seconds"),
        ("second of traffic", "seconds of traffic"),
    }
    assert [c.is_time for c in CountedIn] == [False, True, True, False, True, True, True, True]


def test_idle_time_of_a_composite_was_measured_too() -> None:
    """Its total is no measure of coverage: while all members are idle it is 0, and still known."""
    assert not CountedIn.TIME_OF_MEMBERS.is_of_time


def test_what_weighs_time_says_so() -> None:
    """A ratio has lost its events, a composite has none in common, and slices are of time."""
    found = [c for c in CountedIn if c.caveat]

    slices = [CountedIn.TIME_OF_SLICES, CountedIn.TIME_OF_BUSY_SLICES]
    assert found == [CountedIn.TIME_OF_RATIO, CountedIn.TIME_OF_MEMBERS, *slices]
    assert {c.caveat for c in slices} == {
        "time slices weigh time, not events: a quiet slice counts as much as a busy one"
    }
    assert CountedIn.TIME_OF_MEMBERS.caveat == (
        "a composite weighs time, not events: a quiet hour counts as much as a busy one"
    )
    assert CountedIn.TIME_OF_RATIO.caveat == (
        "a given ratio weighs time, not events: a quiet hour counts as much as a busy one"
    )
