"""Gates: open, closed or not known, by a policy or by limits."""

from dataclasses import replace
from fractions import Fraction

import pytest

from slokit.model.budget_policy import CAREFUL, DEFAULT, FREEZE, BudgetRule
from slokit.reporting.gate import CLOSED, OPEN, UNKNOWN, Limits, judge_gate, standings
from slokit.reporting.model import Row
from tests.unit.reporting.reports import MEASURED, ROW, report
from tests.unit.reporting.reports import UNKNOWN as LOST

POLICY = (
    BudgetRule(Fraction(0), FREEZE, "Only fixes ship"),
    BudgetRule(Fraction(1, 4), CAREFUL),
)


def _row(left: float | None, state: str = "ok", burn: float | None = 0.5, slo: str = "a") -> Row:
    measure = replace(MEASURED, budget_remaining_ratio=left)
    return replace(ROW, slo=slo, state=state, window_measure=measure, burn={"1h": burn})


def _state(row: Row, limits: Limits) -> str:
    return judge_gate(report(row), limits).state


@pytest.mark.parametrize(
    ("left", "state"), [(0.5, OPEN), (0.2, OPEN), (0.0, CLOSED), (-3.0, CLOSED)]
)
def test_only_freeze_closes(left: float, state: str) -> None:
    """What is to be done carefully may be done; a budget that is just spent is spent."""
    for rules in (POLICY, DEFAULT):
        assert _state(_row(left), Limits(rules)) == state


@pytest.mark.parametrize(("least", "state"), [(0.1, OPEN), (0.2, OPEN), (0.21, CLOSED)])
def test_a_limit_stands_in_the_policys_place(least: float, state: str) -> None:
    """Less than the limit closes, whatever the policy says."""
    assert _state(_row(0.2), Limits(POLICY, min_remaining=least)) == state
    assert _state(_row(-1.0), Limits(POLICY, min_remaining=-2.0)) == OPEN


@pytest.mark.parametrize(
    ("burn", "state"), [(1.0, OPEN), (2.0, OPEN), (2.1, CLOSED), (None, UNKNOWN)]
)
def test_what_burns_too_fast_closes(burn: float | None, state: str) -> None:
    """Over an hour, and beside the policy; a burn rate that is not there is not known."""
    assert _state(_row(0.5, burn=burn), Limits(POLICY, max_burn=2.0)) == state


@pytest.mark.parametrize("state", ["no-data", "new", "impossible"])
def test_what_is_not_known_is_neither_open_nor_closed(state: str) -> None:
    """A gate without evidence says so, also where a budget seems to be left."""
    assert _state(_row(0.9, state), Limits(DEFAULT)) == UNKNOWN
    assert _state(_row(None, state), Limits(DEFAULT, 0.1, 2.0)) == UNKNOWN


def test_what_is_not_used_is_open() -> None:
    """Without traffic nothing burns, and nothing was spent."""
    assert _state(_row(None, "idle", None), Limits(DEFAULT, max_burn=2.0)) == OPEN


def test_the_worst_group_answers_and_closed_beats_unknown() -> None:
    """One answer for each SLO, the worst first; one closed SLO closes all."""
    rows = (_row(0.9), _row(-1.0, "exhausted"), _row(None, "no-data", slo="b"), _row(0.9, slo="c"))
    made = judge_gate(report(*rows), Limits(POLICY))

    assert [(each.slo.partition("/")[2], each.state) for each in made.answers] == [
        ("a", CLOSED),
        ("b", UNKNOWN),
        ("c", OPEN),
    ]
    assert made.state == CLOSED
    assert made.answers[0].why.endswith("freeze (Only fixes ship)")
    assert judge_gate(report(*rows[2:]), Limits(POLICY)).state == UNKNOWN


def test_nothing_is_no_answer() -> None:
    """A report without SLOs lets nothing through."""
    assert judge_gate(report(), Limits(DEFAULT)).state == UNKNOWN


def test_a_service_stands_where_its_worst_budget_does() -> None:
    """The least that is left, and what to do; nothing of what is not known, or without a policy."""
    rows = (_row(0.9), _row(0.1, slo="b"), replace(LOST, service="other"))
    (found,) = standings(POLICY, rows)

    assert (found.slo, found.left, found.action) == ("b", 0.1, CAREFUL)
    assert standings((), rows) == ()
