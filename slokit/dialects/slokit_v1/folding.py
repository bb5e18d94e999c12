"""How what is written selects, joins and groups: the selectors and joins of defaults and below."""

from collections.abc import Sequence
from fractions import Fraction

from slokit.dialects.slokit_v1.labels import Selection
from slokit.dialects.slokit_v1.written import DefaultsWritten, JoinWritten
from slokit.model.ledger import Folding, GroupLabel, Join
from slokit.promql.selector import Matcher, merge


def folding(
    defaults: DefaultsWritten, group_by: Sequence[GroupLabel] | None, own: Selection | None
) -> Folding:
    """That of an expression with groups and matchers of its own, where it has any."""
    groups = defaults.group_by if group_by is None else group_by
    return Folding(
        group_by=tuple(groups or ()),
        selector=selector(defaults.selector, own),
        match=(),
        join=join(defaults.join) if defaults.join else None,
        offset=defaults.offset or Fraction(0),
    )


def join(written: JoinWritten) -> Join:
    """The join as the model has it."""
    renamings = tuple((g.name, g.source) for g in written.labels if g.name != g.source)
    return Join(written.info, tuple(written.by), tuple(g.name for g in written.labels), renamings)


def selector(inherited: Selection | None, own: Selection | None) -> tuple[Matcher, ...]:
    """The matchers that count: own ones replace the inherited, all of them or label by label."""
    base = inherited.matchers if inherited else ()
    if own is None:
        return base
    return own.matchers if own.replaces else merge(base, own.matchers)
