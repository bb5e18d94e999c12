"""Error-budget policies: what a team does at which budget that is left.

Source: SRE workbook, appendix B.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SHIP, CAREFUL, FREEZE = "ship", "careful", "freeze"
ACTIONS = (SHIP, CAREFUL, FREEZE)


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """What to do where less than a share of the budget is left, and why in the bundle's words."""

    below: Fraction
    action: str
    note: str = ""

    def holds(self, left: float) -> bool:
        """Whether it holds for what is left; a budget that is just spent is below 0 %, too."""
        return left < self.below or left <= 0 == self.below


# Of a bundle that says nothing: a spent budget closes the gate.
DEFAULT = (BudgetRule(Fraction(0), FREEZE),)
_SHIP = BudgetRule(Fraction(1), SHIP)


def rule_at(rules: Sequence[BudgetRule], left: float) -> BudgetRule:
    """The first rule that holds for what is left of a budget; ship where none does.

    >>> rule_at(DEFAULT, -0.2).action, rule_at(DEFAULT, 0.2).action
    ('freeze', 'ship')
    """
    return next((rule for rule in rules if rule.holds(left)), _SHIP)


def freeze_below(rules: Sequence[BudgetRule]) -> Fraction:
    """Below which share of the budget that is left the rules let nothing through.

    >>> freeze_below([BudgetRule(Fraction(1, 10), FREEZE), BudgetRule(Fraction(1, 4), CAREFUL)])
    Fraction(1, 10)
    """
    return max((rule.below for rule in rules if rule.action == FREEZE), default=Fraction(0))
