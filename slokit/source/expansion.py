"""What a template was expanded to, and where each part of that is really written.

The expanded document goes by the file and number of the one that uses the template. Its parts stand
in the template, or in what the use puts in their place; the use's own keys stand where they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slokit.diagnostics.finding import KeyPath, Location


@dataclass(frozen=True, slots=True)
class Value:
    """What a parameter is, and where that is written."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class Override:
    """Data that is merged into the expanded document at a key path, and where it is written."""

    at: KeyPath
    data: object
    location: Location

    def holds(self, keys: KeyPath) -> bool:
        """Whether the value at a key path is one of the override's, not the template's."""
        if keys[: len(self.at)] != self.at:
            return False
        data: object = self.data
        for key in keys[len(self.at) :]:
            if not isinstance(data, dict):
                return True  # within a list that was replaced as a whole
            if key not in data:
                return False
            data = data[key]
        return not isinstance(data, dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of an expanded document is written, and the values that were filled in there."""

    location: Location
    values: Mapping[str, Value]
    is_template: bool


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """A use of a template.

    ``template`` is the root of its document, ``use`` the place that names it, and ``own`` are the
    keys of the document that uses it. ``kept`` maps a list of the expanded document to the
    positions that its items have in the template, where some are left out.
    """

    template: Location
    use: Location
    own: frozenset[str]
    values: Mapping[str, Value]
    kept: Mapping[KeyPath, Sequence[int]] = field(default_factory=dict)
    overrides: Sequence[Override] = ()

    def origin(self, keys: KeyPath) -> Origin | None:
        """Where the value at a key path is written; None for the use's own keys."""
        if not keys or keys[0] in self.own:
            return None
        for override in reversed(self.overrides):
            if override.holds(keys):
                rest = keys[len(override.at) :]
                return Origin(override.location.at(*rest), {}, is_template=False)
        return Origin(self.template.at(*self._in_template(keys)), self.values, is_template=True)

    def _in_template(self, keys: KeyPath) -> KeyPath:
        found: list[str | int] = []
        for position, key in enumerate(keys):
            places = self.kept.get(keys[:position])
            is_moved = places is not None and isinstance(key, int) and key < len(places)
            found.append(places[key] if places and is_moved and isinstance(key, int) else key)
        return tuple(found)


def merged(base: Any, over: Any) -> Any:
    """Mappings merged key by key; anything else is what is put over it."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    both = {key: merged(base[key], over[key]) for key in over if key in base}
    return {**base, **over, **both}
