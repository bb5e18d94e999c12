"""SLIs whose scenarios are alike but for values of labels, such as ``job`` of copied services.

A label of which selectors only ask for plain texts takes part in a scenario by these texts alone:
they are carried along, and compared with each other and with values that scenarios make up. So the
scenario of one SLI is that of all of its kind with their texts in the place of its own. Labels of
which anything else is asked are part of the kind, and SLIs with a join or PromQL have none.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from slokit.model.ledger import Side, Sli, Terms
from slokit.promql.selector import Selector
from slokit.targets.promtool.raw_series import Text

# the name is part of the kind, and `le` has values of its own
_FIXED = frozenset(("__name__", "le"))


class Kind(NamedTuple):
    """What SLIs of a kind have in common, and the texts of this one: pairs of label and value."""

    key: Hashable
    texts: Sequence[Text]


def kind_of(sli: Sli, terms: Terms, lane: int) -> Kind | None:
    """The kind of an SLI; None where its scenario is to be made for it alone.

    Of the terms it holds what scenarios ask for: groups, window and interval.
    """
    values = [getattr(sli, name) for name in _names(type(sli))]
    sides = list(_sides(values))
    if terms.folding.join or any(side.is_promql for side in sides):
        return None
    selectors = [part for side in sides for part in side.parts]
    texts = _texts(selectors, {*_FIXED, *terms.folding.sources})
    numbers = {text: number for number, text in enumerate(texts)}
    times = terms.window, terms.interval
    own = tuple(_common(value, numbers) for value in values)
    return Kind((type(sli), own, terms.folding.group_by, times, lane), texts)


@lru_cache(maxsize=64)
def _names(sli: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(sli))


def _sides(values: Sequence[Any]) -> Iterator[Side]:
    for value in values:
        if isinstance(value, Side):
            yield value
        elif isinstance(value, tuple):
            yield from _sides(value)
        elif is_dataclass(value) and not isinstance(value, type):
            yield from _sides([getattr(value, name) for name in _names(type(value))])


def _texts(selectors: Sequence[Selector], fixed: set[str]) -> list[Text]:
    """The texts that stand for nothing but themselves, each label's in the order of selectors."""
    for selector in selectors:
        for m in selector.matchers:
            # such as job-1, which a scenario may make up
            if m.op != "=" or not m.value or m.value.startswith(f"{m.label.strip('_')}-"):
                fixed.add(m.label)
    asked = ((m.label, m.value) for selector in selectors for m in selector.matchers)
    return list(dict.fromkeys(pair for pair in asked if pair[0] not in fixed))


def _common(value: Any, numbers: Mapping[Text, int]) -> Hashable:
    """A field of an SLI without its own texts, made of what has a quick hash."""
    if isinstance(value, Side):
        parts = tuple(_selector(part, numbers) for part in value.parts)
        return value.key, value.role, parts
    if isinstance(value, tuple):
        return tuple(_common(each, numbers) for each in value)
    if isinstance(value, Fraction):
        return value.as_integer_ratio()
    if is_dataclass(value) and not isinstance(value, type):  # an SLI within another one
        within = (_common(getattr(value, name), numbers) for name in _names(type(value)))
        return (type(value), *within)
    found: Hashable = value
    return found


def _selector(selector: Selector, numbers: Mapping[Text, int]) -> Hashable:
    asked = tuple(
        (m.label, m.op, numbers.get((m.label, m.value), m.value)) for m in selector.matchers
    )
    return selector.name, asked
