"""The key ``error_budget_policy`` of slokit.yaml: what to do at which budget."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.model.budget_policy import BudgetRule
from slokit.source.decode import Decoded
from slokit.source.fields import Written, fault, pattern
from slokit.text import InvalidTextError
from slokit.text.numbers import PERCENT_TEXT, parse_percent
from slokit.text.words import clip

KEY = "error_budget_policy"
# What stands for a required key that is missing or faulty: such a rule is never used.
FILL: Mapping[str, object] = {"below": "0%", "do": "freeze"}


def _left(value: object) -> Fraction:
    hint = "write it like 25%; 0% is a budget of which nothing is left"
    try:
        share = Fraction(parse_percent(value if isinstance(value, str) else ""))
    except InvalidTextError as cause:
        message = f"{clip(str(value))!r} is no share of the budget"
        raise fault(codes.BAD_VALUE, message, hint) from cause
    if not 0 <= share <= 1:
        raise fault(codes.BAD_VALUE, f"{clip(str(value))} is not between 0% and 100%", hint)
    return share


_PERCENT = pattern("a percentage such as 25%", PERCENT_TEXT)
Left = Annotated[Fraction, PlainValidator(_left), WithJsonSchema(_PERCENT)]


class BudgetRuleWritten(Written):
    """What to do where less than a share of the budget is left."""

    below: Left = Field(description="The share that is left, such as 25%; 0% is nothing.")
    do: Literal["ship", "careful", "freeze"] = Field(
        description="`ship`, `careful`, or `freeze`, which closes `slokit gate`."
    )
    note: str = Field("", description="What that means to you, in reports and gates.")


def budget_policy(
    written: Sequence[BudgetRuleWritten], location: Location, decoded: Decoded[Any]
) -> tuple[tuple[BudgetRule, ...], list[Finding]]:
    """The rules as written, and those that never hold: the first that does is taken."""
    known = [number for number in range(len(written)) if not decoded.is_faulty(KEY, number)]
    rules = tuple(BudgetRule(w.below, w.do, w.note) for w in (written[n] for n in known))
    return rules, list(_unreachable(rules, known, location))


def _unreachable(
    rules: Sequence[BudgetRule], numbers: Sequence[int], location: Location
) -> Iterator[Finding]:
    for number, (before, rule) in zip(numbers[1:], pairwise(rules), strict=True):
        if rule.below <= before.below:
            message = "this rule never holds: the one before holds wherever it does"
            hint = "order them by `below`, the lowest share first"
            yield Finding(codes.BAD_VALUE, message, location.at(number, "below"), hint)
