"""What is not there now: whether it ever was, as far as the server looks back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.asker import Answer, Asker
from slokit.livecheck.engine.parts import Part
from slokit.livecheck.engine.presence import Presence
from slokit.livecheck.engine.server_facts import ServerFacts
from slokit.promql.selector import Matcher, Selector

_LONGEST_REQUEST: Final = 1200
_MOST_LIKENESSES: Final = 100
_DAY: Final = 86_400.0


class Seen(Enum):
    """How much of a selector the server knows."""

    BEFORE = "before"
    NAME_ONLY = "name only"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Miss:
    """A selector of a part that matches nothing now."""

    part: Part
    selector: Selector


class History:
    """Looks up all selectors without series in a few requests."""

    def __init__(self, presence: Presence, server: ServerFacts, asker: Asker) -> None:
        self._presence = presence
        self._server = server
        self._asker = asker
        self._nearest: dict[str, str] = {}

    @cached_property
    def misses(self) -> tuple[Miss, ...]:
        """All selectors that match nothing now, of all parts."""
        return tuple(Miss(part, s) for part, s in self._presence.absent_selectors())

    def seen(self, miss: Miss) -> Seen:
        """How much of a selector without series the server had before."""
        name = miss.selector.metric()
        if self._names is None:
            return Seen.UNKNOWN
        if name and name not in self._names:
            return Seen.NEVER
        matched = self._matched[miss.selector]
        if matched.refusal:
            return Seen.UNKNOWN
        return Seen.BEFORE if matched.samples else Seen.NAME_ONLY

    def nearest(self, name: str) -> str:
        """The question after the likely name of a metric that never existed; often empty."""
        if name not in self._nearest and len(self._nearest) < _MOST_LIKENESSES:
            self._nearest[name] = wording.did_you_mean(name, self._all_names or ())
        return self._nearest.get(name, "")

    @property
    def is_blank(self) -> bool:
        """Whether the server tells that it has no metric at all; asked only after a miss."""
        never = any(self.seen(miss) is Seen.NEVER for miss in self.misses)
        return never and self._all_names is not None and not self._all_names

    @cached_property
    def _all_names(self) -> frozenset[str] | None:
        """Every metric of the last day; None if the server does not tell."""
        found = self._server.names(_DAY, [])
        return None if found is None else frozenset(found)

    @cached_property
    def _names(self) -> frozenset[str] | None:
        """Of the metrics without series, those that existed before; None if untold."""
        wanted = sorted({re.escape(m.selector.metric()) for m in self.misses} - {""})
        found: set[str] = set()
        for chunk in _by_length(wanted):
            named = Selector(None, (Matcher("__name__", "=~", "|".join(chunk)),))
            told = self._server.names(self._server.look_back, [str(named)])
            if told is None:
                return None
            found |= told
        return frozenset(found)

    @cached_property
    def _matched(self) -> dict[Selector, Answer]:
        """Whether a selector matched anything; cheap where it never did."""
        known = {"", *(self._names or ())}
        queries = {
            m.selector: self._query(m.selector) for m in self.misses if m.selector.metric() in known
        }
        self._asker.ask(queries.values())
        return {selector: self._asker.answer(query) for selector, query in queries.items()}

    def _query(self, selector: Selector) -> str:
        return probes.existed(str(selector), wording.seconds(self._server.look_back))


def _by_length(texts: Sequence[str]) -> Iterable[list[str]]:
    """Texts in lists that fit into the address of a request."""
    chunk: list[str] = []
    for text in texts:
        if chunk and sum(map(len, chunk)) + len(text) > _LONGEST_REQUEST:
            yield chunk
            chunk = []
        chunk.append(text)
    if chunk:
        yield chunk
