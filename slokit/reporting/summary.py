"""What a report comes down to: two sentences, what needs a decision, and whose it is.

Sentences for people; nothing here knows a format, and no text of a user's is escaped yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from slokit.reporting.budget import BURNING, EXHAUSTED, IMPOSSIBLE, NO_DATA, STATES, URGENT
from slokit.reporting.formats import figures
from slokit.reporting.model import Report, Row
from slokit.text.words import counted, joined

NO_OWNER = "no owner"
_MOST_NAMED = 2
_TO_DO = {
    EXHAUSTED: "Its budget is spent: decide whether anything risky ships before it recovers.",
    BURNING: "A burn alert fires now: decide who stops what burns the budget.",
    IMPOSSIBLE: "Its two sides do not count the same, which `slokit check` explains.",
    NO_DATA: "Nothing is measured now, so nothing is known: find out why.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A row that needs one, and the sentence that says which."""

    row: Row
    question: str


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one owner, worst first."""

    owner: str
    rows: tuple[Row, ...]


def what_happened(report: Report) -> str:
    """The first sentence: how the budgets stand, and what cost most in the period."""
    if not report.rows:
        return "This report has no SLOs."
    states = {state: sum(row.state == state for row in report.rows) for state in STATES}
    parts = [f"{number:,} {_is(state, number)}" for state, number in states.items() if number]
    budgets = f"Of {counted(len(report.rows), 'error budget')} {joined(parts)}"
    return f"{budgets}; {_costliest(report)}."


def what_to_decide(report: Report) -> str:
    """The second sentence: which rows need a decision, or that none does."""
    rows = [decision.row for decision in decisions(report)]
    if not rows:
        return "Nothing needs a decision: no budget is spent, and no burn alert fires."
    named = [f"{_name(row)} ({_stand(row)})" for row in rows[:_MOST_NAMED]]
    more = len(rows) - _MOST_NAMED
    named += [f"{more:,} more"] if more > 0 else []
    verb = "needs" if len(rows) == 1 else "need"
    return f"{joined(named)} {verb} a decision."


def decisions(report: Report) -> list[Decision]:
    """The rows in states that need somebody, worst first, each with its question."""
    urgent = [row for row in report.rows if row.state in URGENT]
    return [Decision(row, _TO_DO[row.state]) for row in figures.by_urgency(urgent)]


def by_owner(report: Report) -> list[Part]:
    """The rows by their owners: the owner of the worst row first, rows without one last."""
    found: dict[str, list[Row]] = {}
    for row in figures.by_urgency(report.rows):
        found.setdefault(row.owner, []).append(row)
    ordered: Sequence[str] = sorted(found, key=lambda owner: not owner)
    return [Part(owner or NO_OWNER, tuple(found[owner])) for owner in ordered]


def _is(state: str, number: int) -> str:
    verb = "is" if number == 1 else "are"
    words = {"no-data": "without data", "new": "too new to judge", "impossible": "impossible"}
    return f"{verb} {words.get(state, state)}"


def _name(row: Row) -> str:
    group = figures.group(row)
    return f"{row.id} of {group}" if group else row.id


def _stand(row: Row) -> str:
    """How a row stands, and whose it is."""
    left = figures.left(row)
    known = [row.state] if left == figures.UNKNOWN else [row.state, f"{left} left"]
    return ", ".join([*known, *([row.owner] if row.owner else [])])


def _costliest(report: Report) -> str:
    start, end = (figures.day(moment) for moment in (report.period.start, report.period.end))
    between = f"from {start} to {end}"
    costliest, _ = figures.costliest(report, 1)
    if not costliest:
        return f"nothing burned fast {between}"
    row, incident = costliest[0].worst.row, costliest[0].worst.incident
    share = figures.share(row, incident)
    spent = figures.in_words(row, incident.bad) if share == figures.UNKNOWN else share
    of = "in" if share == figures.UNKNOWN else "of the budget of"
    return (
        f"{between} the costliest incident took {spent} {of} {_name(row)},"
        f" on {figures.day(incident.start)}"
    )
