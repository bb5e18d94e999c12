"""Maintenance as time intervals and routes of Alertmanager."""

from hypothesis import given
from hypothesis import strategies as st

from slokit.compiler.mutes import Scope, once
from slokit.model.maintenance import merged
from slokit.promql.selector import Matcher

BEGIN, END = 1_577_836_800, 2_000_000_000  # 2020 and 2033


@given(
    start=st.integers(BEGIN, END),
    length=st.integers(1, 90 * 86_400) | st.integers(1, 4000) | st.just(86_400),
)
def test_a_stretch_of_time_is_whole_minutes_around_it(start: int, length: int) -> None:
    """The intervals hold exactly the minutes that it touches, whatever days and months it spans."""
    span = (float(start), float(start + length))
    found = once(span)
    whole = merged([s for i in found for s in i.spans(start - 3600, start + length + 3600)])

    assert list(whole) == [(start // 60 * 60, -(-(start + length) // 60) * 60)]
    assert len(found) <= 4 + length // 86_400 // 28


def test_what_overlaps() -> None:
    """Other services, or another value of one label, are apart; all else may overlap."""
    shop, both, till = (Scope(s, (), ()) for s in (("shop",), ("shop", "till"), ("till",)))
    eu, us = (Scope((), (Matcher("cluster", "=", c),), ()) for c in ("eu", "us"))
    pattern = Scope((), (Matcher("cluster", "=~", "u.*"),), ())

    assert shop.overlaps(both)
    assert not shop.overlaps(till)
    assert not eu.overlaps(us)
    assert eu.overlaps(pattern)
    assert eu.overlaps(shop)
