"""What changes about the error-budget policy: what a team does at which budget that is left."""

from collections.abc import Iterator, Sequence

from slokit.diff.model import Change
from slokit.model.budget_policy import ACTIONS, DEFAULT, BudgetRule, rule_at
from slokit.model.bundle import Project
from slokit.text.numbers import readable_percent

_EFFECT = "reports and `slokit gate` go by it from now on"


def compare_budget_policy(old: Project, new: Project) -> Iterator[Change]:
    """One change; it weakens where some budget that is left now asks for less than it did."""
    before, after = old.budget_rules, new.budget_rules
    if before != after:
        weakens = _is_laxer(before or DEFAULT, after or DEFAULT)
        texts = _text(before), _text(after)
        yield Change("error_budget_policy", *texts, _EFFECT, weakens=weakens)


def _is_laxer(old: Sequence[BudgetRule], new: Sequence[BudgetRule]) -> bool:
    edges = {float(rule.below) for rule in (*old, *new)} | {0.0}
    # what holds only changes at an edge: at it, and right below
    looks = [left for edge in edges for left in (edge, edge - 1e-9)]
    return any(
        ACTIONS.index(rule_at(new, left).action) < ACTIONS.index(rule_at(old, left).action)
        for left in looks
    )


def _text(rules: Sequence[BudgetRule]) -> str:
    return "; ".join(
        f"below {readable_percent(rule.below)}: {rule.action}"
        f"{f' ({rule.note})' if rule.note else ''}"
        for rule in rules
    )
