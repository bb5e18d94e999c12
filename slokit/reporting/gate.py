"""Gates: may this be deployed? One answer for each SLO of a report, and one for all of them.

Arithmetic on a report alone. What cannot be known is neither open nor closed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slokit.model.budget_policy import FREEZE, BudgetRule, rule_at
from slokit.reporting.budget import IDLE, IMPOSSIBLE, NEW, NO_DATA
from slokit.reporting.formats import figures
from slokit.reporting.model import Report, Row, Standing

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
_WHY_UNKNOWN = {
    NO_DATA: "nothing is measured now",
    NEW: "history is shorter than half of its window",
    IMPOSSIBLE: "more was bad than there was",
}
_ORDER = (CLOSED, UNKNOWN, OPEN)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a gate lets through: ``min_remaining`` (a ratio) replaces the policy's rules.

    ``max_burn`` is the fastest burn rate over an hour.
    """

    rules: tuple[BudgetRule, ...]
    min_remaining: float | None = None
    max_burn: float | None = None


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """Whether one SLO (``service/slo``) lets a deployment through, and why; by its worst group.

    ``facts`` are the numbers behind it, by name.
    """

    slo: str
    group: Mapping[str, str]
    owner: str
    state: str
    why: str
    facts: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """The answers, worst first; ``override`` is why it is passed although it is not open.

    ``subject`` says what was compared, where it is a canary. ``earlier`` are overrides of gates
    before it: when, what the gate was, and the reason.
    """

    answers: tuple[GateAnswer, ...]
    at: float
    override: str = ""
    subject: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """Closed where any SLO closes it, unknown where any is not known, else open."""
        found = {answer.state for answer in self.answers}
        return next((state for state in _ORDER if state in found), UNKNOWN)


def judge_gate(report: Report, limits: Limits, override: str = "") -> Gate:
    """One answer for each SLO: that of its worst group. A report without SLOs says nothing."""
    rows = figures.by_urgency(report.rows)
    return gate_of((_answer(row, limits) for row in rows), report.at, override)


def gate_of(
    answers: Iterable[GateAnswer], at: float, override: str = "", subject: str = ""
) -> Gate:
    """The worst answer about each SLO, the worst first."""
    worst: dict[str, GateAnswer] = {}
    for answer in answers:
        known = worst.get(answer.slo)
        if known is None or _ORDER.index(answer.state) < _ORDER.index(known.state):
            worst[answer.slo] = answer
    ordered = sorted(worst.values(), key=lambda answer: _ORDER.index(answer.state))
    return Gate(tuple(ordered), at, override, subject)


def _answer(row: Row, limits: Limits) -> GateAnswer:
    state, why = _judged(row, limits)
    facts = {
        "budget_remaining_ratio": row.window_measure.budget_remaining_ratio,
        "burn_1h": row.burn.get("1h"),
    }
    return GateAnswer(row.id, row.group, row.owner, state, why, facts)


def _judged(row: Row, limits: Limits) -> tuple[str, str]:
    left, burn = row.window_measure.budget_remaining_ratio, row.burn.get("1h")
    if row.state in _WHY_UNKNOWN:
        return UNKNOWN, _WHY_UNKNOWN[row.state]
    if left is None:
        # no traffic in the whole window: what is not used has spent nothing
        known = OPEN if row.state == IDLE else UNKNOWN
        return known, "there was no traffic in its window"
    stand = f"{figures.percent(left)} of the budget is left"
    if limits.min_remaining is not None:
        if left < limits.min_remaining:
            least = figures.percent(limits.min_remaining)
            return CLOSED, f"{stand}, less than {least}"
        what = ""
    else:
        rule = rule_at(limits.rules, left)
        what = f": {rule.action}" + (f" ({rule.note})" if rule.note else "")
        if rule.action == FREEZE:
            return CLOSED, f"{stand}{what}"
    return _burning(row, burn, limits.max_burn) or (OPEN, f"{stand}{what}")


def _burning(row: Row, burn: float | None, most: float | None) -> tuple[str, str] | None:
    """The answer of what burns too fast, or may do so; None of what does not."""
    if most is None or (burn is None and row.state == IDLE):
        return None
    if burn is None:
        return UNKNOWN, "its burn rate over 1h is not known"
    if burn <= most:
        return None
    return CLOSED, f"it burns {figures.burn(burn)}x over 1h, more than {most:g}x"


def standings(rules: Sequence[BudgetRule], rows: Sequence[Row]) -> tuple[Standing, ...]:
    """Where each service stands by its worst budget that is known; nothing without a policy."""
    found: dict[str, Standing] = {}
    for row in rows if rules else ():
        left = row.window_measure.budget_remaining_ratio
        if left is None or row.state in _WHY_UNKNOWN:
            continue
        if row.service not in found or left < found[row.service].left:
            rule = rule_at(rules, left)
            found[row.service] = Standing(
                row.service, row.owner, row.slo, left, rule.action, rule.note
            )
    return tuple(sorted(found.values(), key=lambda each: each.left))
