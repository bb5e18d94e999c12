"""What is not there now: whether it ever was, as far as the server looks back."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import zip_longest
from typing import Final

from slokit.livecheck.parts import Part
from slokit.livecheck.presence import Presence
from slokit.livecheck.server_facts import ServerFacts
from slokit.promql.selector import Matcher, Selector

_LONGEST_REQUEST: Final = 1200
_MOST_ROUNDS: Final = 20
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

    def __init__(self, presence: Presence, server: ServerFacts) -> None:
        self._presence = presence
        self._server = server

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
        matched = self._matched.get(str(miss.selector))
        if matched is None:
            return Seen.UNKNOWN
        return Seen.BEFORE if matched else Seen.NAME_ONLY

    @cached_property
    def all_names(self) -> frozenset[str]:
        """Every metric of the last day; empty if the server does not tell."""
        return frozenset(self._server.names(_DAY, []) or ())

    @cached_property
    def _names(self) -> frozenset[str] | None:
        """Of the metrics without series, those that existed before; None if untold."""
        wanted = sorted({re.escape(m.selector.metric()) for m in self.misses} - {""})
        found: set[str] = set()
        for chunk in _by_length(wanted):
            told = self._since(Selector(None, (Matcher("__name__", "=~", "|".join(chunk)),)))
            if told is None:
                return None
            found |= told
        return frozenset(found)

    @cached_property
    def _matched(self) -> dict[str, bool]:
        """Whether a selector of a metric that existed matched any of it."""
        by_name: dict[str, dict[str, Selector]] = {}
        for miss in self.misses:
            if miss.selector.metric() in (self._names or ()):
                same = by_name.setdefault(miss.selector.metric(), {})
                same[str(miss.selector)] = miss.selector
        found: dict[str, bool] = {}
        for request in _rounds(by_name):
            told = self._since(*request.values())
            if told is not None:
                found |= {str(s): name in told for name, s in request.items()}
        return found

    def _since(self, *selectors: Selector) -> set[str] | None:
        return self._server.names(self._server.look_back, [str(s) for s in selectors])


def _rounds(by_name: dict[str, dict[str, Selector]]) -> Iterator[dict[str, Selector]]:
    """Selectors of different metrics share a request: the names in its answer tell them apart."""
    columns = [[(name, s) for s in same.values()] for name, same in by_name.items()]
    for row in list(zip_longest(*columns))[:_MOST_ROUNDS]:
        present = [pair for pair in row if pair is not None]
        for chunk in _by_length([str(s) for _, s in present]):
            yield {name: s for name, s in present if str(s) in chunk}


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
