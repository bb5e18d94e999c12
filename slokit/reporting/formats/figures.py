"""What the formats for people share: numbers as they read them, and what stands first.

An unknown number is a dash.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from slokit.model.budget_policy import ACTIONS
from slokit.model.ledger import LedgerUnit
from slokit.reporting.budget import NEW, STATES
from slokit.reporting.incidents import chains
from slokit.reporting.model import (
    CURRENT_BURN,
    Chain,
    Incident,
    Link,
    Measure,
    PlannedTime,
    Report,
    Row,
    TimeRange,
)
from slokit.text.durations import readable_duration, rough_duration
from slokit.text.numbers import measured_count, measured_percent

UNKNOWN = "–"
_MANY = 10.0
_PART = "<1"  # of what is counted
_HALF = 0.5
_MINUTE = 60.0
_SAME = 0.005  # of a budget


def percent(ratio: float | None, digits: int = 1) -> str:
    """A ratio as a percentage with a fixed number of digits; of ten times and more, whole ones.

    >>> percent(0.5), percent(-40.123), percent(None)
    ('50.0 %', '-4,012 %', '–')
    """
    if ratio is None:
        return UNKNOWN
    return f"{ratio * 100:,.0f} %" if abs(ratio) >= _MANY else measured_percent(ratio, digits)


def sli(row: Row, ratio: float | None) -> str:
    """An SLI with as many digits as its objective needs to differ from it."""
    if ratio is None:
        return UNKNOWN
    digits = len(row.objective.removesuffix("%").partition(".")[2])
    return percent(ratio, max(2, digits + 1))


def left(row: Row) -> str:
    """The budget that is left; unknown where less than half of the window was measured."""
    return UNKNOWN if row.state == NEW else percent(row.window_measure.budget_remaining_ratio)


def share(row: Row, incident: Incident) -> str:
    """What an incident cost of the budget, where enough is known to say what the budget is."""
    return UNKNOWN if row.state == NEW else percent(incident.budget_share)


def count(value: float | None) -> str:
    """A count of events."""
    return UNKNOWN if value is None else measured_count(value)


def burn(value: float | None) -> str:
    """A burn rate."""
    if value is None:
        return UNKNOWN
    if value >= 100:
        return f"{value:,.0f}"
    return "<0.01" if 0 < value < 0.01 else f"{value:.3g}"


def confidence(ratio: float) -> str:
    """A confidence as people write it.

    >>> confidence(0.95), confidence(0.995)
    ('95%', '99.5%')
    """
    return f"{ratio * 100:g}%"


def moment(unix: float) -> str:
    """A time in UTC to the minute."""
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M UTC")


def day(unix: float) -> str:
    """A day in UTC, as in a sentence.

    >>> day(1_767_225_600)
    '1 Jan 2026'
    """
    return datetime.fromtimestamp(unix, UTC).strftime("%-d %b %Y")


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    return readable_duration(seconds, most_units=2)


def heading(report: Report) -> str:
    """Which period a report is about, and which one it compares with, as sentences."""
    parts = [f"{_called(report.title, report.period)}."]
    if report.compare:
        parts.append(f"Compared with {_called(report.compare_title, report.compare)}.")
    return " ".join(parts)


def _called(title: str, over: TimeRange) -> str:
    between = f"{moment(over.start)} to {moment(over.end)}"
    return f"{title}, {between}" if title and "/" not in title else between


def spent(measure: Measure | None) -> str:
    """The share of its own budget that a period spent; unknown where little was measured."""
    if measure is None or measure.coverage < _HALF:
        return UNKNOWN
    return percent(measure.budget_spent_ratio)


def period_stand(row: Row, measure: Measure) -> str:
    """The SLI of a period, of a rate what was bad, and the share of its own budget spent."""
    known = sli(row, measure.sli)
    known = in_words(row, measure.bad) if known == UNKNOWN else known
    return f"{known} ({spent(measure)} spent)"


def change(row: Row) -> str:
    """Whether the period spent less of its budget than the one that it is compared with."""
    ratios = [
        measure.budget_spent_ratio
        for measure in (row.period_measure, row.compare_measure)
        if measure and measure.coverage >= _HALF and measure.budget_spent_ratio is not None
    ]
    if len(ratios) < 2:
        return UNKNOWN
    now, before = ratios
    if abs(now - before) < _SAME:
        return "same"
    return "better" if now < before else "worse"


def forecast(row: Row, at: float) -> str:
    """When the budget will be gone, with the range; empty where that is unknown or unlikely."""
    found = row.forecast
    if found is None:
        return ""

    def said(moment: float) -> str:
        # no finer than a burn rate is known
        return rough_duration(max(moment - at, _MINUTE)) if is_now else day(moment)

    is_now = found.basis == CURRENT_BURN
    likely, early = said(found.likely), said(found.earliest)
    first = f"gone in about {likely} at the current burn rate" if is_now else f"gone on {likely}"
    if found.latest is None:
        return f"{first}, {'in' if is_now else 'on'} {early} at the earliest; it may last"
    late = said(found.latest)
    return first if early == late else f"{first}, between {early} and {late}"


def exhaustions(report: Report, most: int) -> tuple[list[tuple[Row, str]], int]:
    """The rows whose budgets will be gone, the soonest first, with when; and how many more."""
    rows = [row for row in report.rows if row.forecast]
    rows.sort(key=lambda row: row.forecast.likely if row.forecast else 0.0)
    return [(row, forecast(row, report.at)) for row in rows[:most]], max(0, len(rows) - most)


def windows(report: Report) -> str:
    """A sentence about the window that all rows share; where they differ, each row says its own."""
    shared = shared_window(report)
    return f" Each budget is for {shared}." if shared else ""


def shared_window(report: Report) -> str:
    """The window that all rows share; empty where they differ."""
    found = {row.window for row in report.rows}
    return found.pop() if len(found) == 1 else ""


def is_partial(report: Report) -> bool:
    """Whether the period is another one than the windows."""
    return any(
        row.window_measure.time_range != row.period_measure.time_range for row in report.rows
    )


def group(row: Row) -> str:
    """The group labels of a row."""
    return ", ".join(f"{name}={value}" for name, value in row.group.items())


def bad_amount(row: Row, value: float | None) -> str:
    """How much was bad, with its unit where the total has another: a time, or elections."""
    is_beside = value is not None and not row.total_unit.is_time
    return _events(value) if is_beside else bad_with_unit(row, value)


def bad_with_unit(row: Row, value: float | None) -> str:
    """How much was bad, with its unit, where no total stands beside it."""
    return _amount(value, row.bad_unit)


def in_words(row: Row, value: float | None) -> str:
    """How much was bad, in a sentence: ``3 bad requests``, ``5m bad``; elections count as such."""
    if row.bad_unit.is_time or value is None:
        return f"{bad_with_unit(row, value)} bad"
    number, _, unit = bad_with_unit(row, value).partition(" ")
    return f"{number} {unit}" if row.total_unit.is_time else f"{number} bad {unit}"


def total_amount(row: Row, value: float | None) -> str:
    """Out of how much: a time, of members where those count, or a number of events."""
    return _amount(value, row.total_unit)


def _amount(value: float | None, unit: LedgerUnit) -> str:
    if value is None or unit.is_time:
        return _time(value, unit)
    number = _events(value)
    return f"{number} {unit.singular if number in ('1', _PART) else unit.plural}"


def _events(value: float | None) -> str:
    """Whole events; a rate that is extrapolated may know of a part of one."""
    return _PART if value and 0 < value < _HALF else count(value and float(round(value)))


def _time(seconds: float | None, unit: LedgerUnit) -> str:
    if seconds is None:
        return UNKNOWN
    if not unit.plural.startswith("member"):
        return duration(seconds)
    minutes = round(seconds / _MINUTE)
    if seconds and not minutes:
        return f"{count(float(math.ceil(seconds)))} member-seconds"
    return f"{count(float(minutes))} member-minute{'' if minutes == 1 else 's'}"


def policy(report: Report) -> list[str]:
    """What the error-budget policy says for each service, a sentence each; ship last."""
    ranked = sorted(report.standings, key=lambda each: -ACTIONS.index(each.action))
    return [
        f"{each.service}: {each.action}{f', {each.note}' if each.note else ''};"
        f" {percent(each.left)} of the budget of {each.slo} is left"
        f" (owner: {each.owner or 'none'})"
        for each in ranked
    ]


def maintenance(report: Report) -> list[str]:
    """What was in maintenance and why, a sentence each; then what that left out of which budget."""
    return [
        *map(_planned, report.maintenance),
        *(
            f"{row.id} {group(row)}".rstrip()
            + f": {left(row)} of the budget is left; with what was left out it would be"
            f" {percent(row.uncorrected_window.budget_remaining_ratio)}"
            for row in by_urgency(report.rows)
            if row.uncorrected_window
        ),
    ]


def _planned(planned: PlannedTime) -> str:
    last = planned.times[-1]
    when = f"{moment(last.start)} for {duration(last.seconds)}"
    if more := len(planned.times) - 1:
        when = f"{more + 1} times, the last {when}"
    effect = "; left out of this report alone" if planned.is_corrected else ""
    return f"{planned.name}, {when}: {planned.reason} ({planned.subject}{effect})"


def costliest(report: Report, most: int) -> tuple[list[Chain], int]:
    """The incidents that cost the largest shares of a budget, the largest first; how many more."""
    found = chains(report)
    return found[:most], max(0, len(found) - most)


def chain_name(chain: Chain) -> str:
    """Which SLOs an incident hit, in the order in which they began to burn."""
    return f"{chain.service}/{' → '.join(link.row.slo for link in chain.links)}"


def hit(link: Link) -> str:
    """The group that a part of an incident hit; of several, how many and which was hit worst."""
    groups, worst = len(link.incident.groups), group(link.row)
    return worst if groups < 2 else f"{groups} groups, worst {worst}"


def alerted(alerts_after: Mapping[str, float]) -> str:
    """Which alerts fired and how long after the start; none is a dash."""
    known = [
        f"{name} after {duration(after)}" if after else f"{name} from before"
        for name, after in sorted(alerts_after.items(), key=lambda each: each[1])
    ]
    return ", ".join(known) or UNKNOWN


def lasted(over: TimeRange, *, is_ongoing: bool) -> str:
    """How long an incident lasted, or lasts."""
    return f"{duration(over.seconds)}{', goes on' if is_ongoing else ''}"


def link_line(link: Link) -> str:
    """A part of an incident in a line: since when, what it hit, and what it cost."""
    row, found = link.row, link.incident
    of_budget = share(row, found)
    parts = [
        f"{clock(found.start)} for {duration(found.end - found.start)}:"
        + f" {row.slo} {hit(link)}".rstrip(),
        in_words(row, found.bad),
        *([] if of_budget == UNKNOWN else [f"{of_budget} of its budget"]),
        f"peak burn {burn(found.peak_burn)}",
    ]
    return ", ".join(parts)


def clock(unix: float) -> str:
    """A time of day in UTC."""
    return datetime.fromtimestamp(unix, UTC).strftime("%H:%M")


def by_urgency(rows: Iterable[Row]) -> list[Row]:
    """What needs somebody first, then the least budget left."""

    def rank(row: Row) -> tuple[int, float, str]:
        remaining = row.window_measure.budget_remaining_ratio
        return STATES.index(row.state), 1.0 if remaining is None else remaining, row.id

    return sorted(rows, key=rank)
