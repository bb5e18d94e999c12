"""The two sentences that a report begins with, and what they are made of."""

from dataclasses import replace

from slokit.reporting.summary import NO_OWNER, by_owner, decisions, what_happened, what_to_decide
from tests.unit.reporting.reports import MEASURED, ROW, UNKNOWN, report

LOST = replace(
    ROW,
    state="exhausted",
    owner="team-a",
    window_measure=replace(MEASURED, budget_spent_ratio=1.5, budget_remaining_ratio=-0.5),
)
BURNING = replace(ROW, slo="latency", group={}, state="burning", owner="team-b")
CALM = replace(ROW, slo="calm", incidents=())


def test_what_happened_says_how_budgets_stand_and_what_cost_most() -> None:
    """All states with their numbers, the worst first; the costliest incident with its share."""
    assert what_happened(report(CALM, LOST, BURNING)) == (
        "Of 3 error budgets 1 is exhausted, 1 is burning and 1 is ok; from 25 Dec 2025 to"
        " 1 Jan 2026 the costliest incident took 30.0 % of the budget of"
        " orders-db/availability of cluster=eu, on 31 Dec 2025."
    )


def test_a_calm_week_is_said_to_be_one() -> None:
    """Without incidents nothing cost most, and without urgent rows nothing is to be decided."""
    made = report(CALM, CALM)

    assert what_happened(made) == (
        "Of 2 error budgets 2 are ok; nothing burned fast from 25 Dec 2025 to 1 Jan 2026."
    )
    assert what_to_decide(made).startswith("Nothing needs a decision")
    assert decisions(made) == []


def test_what_to_decide_names_the_worst_and_whose_it_is() -> None:
    """Two by name with state, budget and owner, then how many more."""
    sentence = what_to_decide(report(CALM, UNKNOWN, BURNING, LOST))

    assert sentence == (
        "orders-db/availability of cluster=eu (exhausted, -50.0 % left, team-a),"
        " orders-db/latency (burning, 50.0 % left, team-b) and 1 more need a decision."
    )
    assert what_to_decide(report(LOST)).endswith("needs a decision.")


def test_every_urgent_state_has_its_question() -> None:
    """One for each of exhausted, burning, impossible and no-data, in this order."""
    states = ["no-data", "impossible", "burning", "exhausted", "ok", "idle", "new"]
    found = decisions(report(*(replace(ROW, state=state, slo=state) for state in states)))

    assert [decision.row.state for decision in found] == [
        "exhausted",
        "burning",
        "impossible",
        "no-data",
    ]
    assert len({decision.question for decision in found}) == 4


def test_rows_go_to_their_owners() -> None:
    """The owner of the worst row comes first, rows without one last, each with its worst first."""
    parts = by_owner(report(CALM, replace(CALM, owner="team-b"), BURNING, LOST))

    assert [part.owner for part in parts] == ["team-a", "team-b", NO_OWNER]
    assert [row.state for row in parts[1].rows] == ["burning", "ok"]
    assert sum(len(part.rows) for part in parts) == 4


def test_a_report_of_nothing_says_so() -> None:
    """No SLOs, no decision."""
    assert what_happened(report()) == "This report has no SLOs."
    assert what_to_decide(report()).startswith("Nothing needs a decision")
