"""What the rules of members make of ledgers that a test of their composite gives them.

The ledgers of members are input of such a test, and the rules of those that are in the same service
run beside them. Without raw series they give no total, but most fill the bad of whatever total is
recorded: with zeros, or with all of it where nothing good is seen.
"""

from collections.abc import Mapping
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import compile_ledger, terms
from slokit.model.bundle import Project
from slokit.model.ledger import TOTAL
from slokit.model.slo import Slo
from slokit.promql.expression import expression
from slokit.promql.presence import Given, given


def filled_by_rules(composite: Slo, project: Project) -> Mapping[str, Fraction] | None:
    """By members, how much bad their rules add per total that is given; None where that is unclear.

    It is where a member is made of another one, whose input makes its rules say more.
    """
    beside = [member for member in composite.members if member.service == composite.service]
    ids = {member.id for member in composite.members}
    if any(each.id in ids for member in beside for each in member.below):
        return None
    filled = {member.id: _filled(member, project) for member in beside}
    known = {slo_id: share for slo_id, share in filled.items() if share is not None}
    return known if len(known) == len(filled) else None


def _filled(slo: Slo, project: Project) -> Fraction | None:
    """The bad that a rule makes of a total of 1, where it makes twice as much of 2."""
    name = names.bad_rate(project.ledger_window)
    (bad,) = [rule.expr for rule in compile_ledger(slo, project) if rule.record == name]
    total = terms(slo, project).recorded(TOTAL)
    read = [expression(bad.replace(total, f"vector({number})")) for number in (1, 2)]
    one, two = (given(node, is_alike=True) if node else Given("samples") for node in read)
    if not one.is_samples:
        return Fraction(0)
    is_share = one.value is not None and two.value == 2 * one.value
    return Fraction(one.value) if is_share and one.value is not None else None
