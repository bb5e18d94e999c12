"""What is there now: the series of every part, under the labels that an SLO needs of them."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from slokit.livecheck.engine import probes
from slokit.livecheck.engine.asker import Answer, Asker
from slokit.livecheck.engine.parts import Part
from slokit.promql.selector import Selector
from slokit.sli.sides import join_info

MOST_GROUPS: Final = 1000


class Presence:
    """Asks for all parts together, when the first of them is wanted."""

    def __init__(self, parts: Sequence[Part], asker: Asker) -> None:
        self.parts = tuple(parts)
        self._asker = asker

    def labels(self, part: Part) -> Answer:
        """The combinations of the labels that a part needs, at most MOST_GROUPS + 1."""
        return self._labels.get(part) or self._asker.answer(_needed(part))

    @cached_property
    def _labels(self) -> dict[Part, Answer]:
        queries = {part: _needed(part) for part in self.parts}
        self._asker.ask(queries.values())
        return {part: self._asker.answer(query) for part, query in queries.items()}

    def holds(self, part: Part) -> bool:
        """Whether a part has any series now."""
        return bool(self.labels(part).samples)

    def groups(self, parts: Iterable[Part]) -> dict[Part, Answer]:
        """The groups of each part under their source labels, at most MOST_GROUPS + 1."""
        wanted = list(parts)
        self._asker.ask(map(_grouped, wanted))
        return {part: self._asker.answer(_grouped(part)) for part in wanted}

    def absent_selectors(self) -> tuple[tuple[Part, Selector], ...]:
        """Every selector without series, with its part; those within expressions too."""
        inner = [(p, s) for p in self.parts if p.must_hold_all for s in p.selectors]
        self._asker.ask(probes.exists(str(selector)) for _, selector in inner)
        absent = [
            (part, selector)
            for part, selector in inner
            if self._asker.answer(probes.exists(str(selector))).is_empty
        ]
        whole = [part for part in self.parts if isinstance(part.vector, Selector)]
        absent += [(part, part.selectors[0]) for part in whole if self.labels(part).is_empty]
        return tuple(absent)


def with_join(part: Part) -> str:
    """A part as PromQL, with the labels that are joined to it."""
    join = part.slo.folding.join
    if join is None or not part.has_join:
        return part.text
    return probes.joined(part.text, str(join_info(part.slo.folding)), join.by, join.labels)


def _needed(part: Part) -> str:
    return probes.groups(part.text, part.needs, MOST_GROUPS + 1)


def _grouped(part: Part) -> str:
    return probes.groups(with_join(part), part.group_labels, MOST_GROUPS + 1)
