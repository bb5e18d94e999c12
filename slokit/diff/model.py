"""Differences between two bundles, as data, and in one line that all formats show."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What became of an SLO."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that means something else now.

    ``breaks`` says that series begin anew, so that the budget's history is lost; ``moves`` that a
    firing alert gets other labels: it resolves and fires again, once. ``weakens`` says that less is
    promised or watched than before.
    """

    what: str
    old: str
    new: str
    effect: str = ""
    breaks: bool = False
    moves: bool = False
    weakens: bool = False

    @property
    def is_breaking(self) -> bool:
        """Whether somebody should agree to it: history is lost, or a promise or an alert is."""
        return self.breaks or self.weakens


@dataclass(frozen=True, slots=True)
class SloDiff:
    """What became of one SLO, or of one cause alert.

    ``old`` or ``new`` is its id, or empty where there is none.
    """

    kind: Kind
    old: str
    new: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class BundleDiff:
    """What changed in the bundle's own settings, in its SLOs and cause alerts, ordered by name."""

    bundle: tuple[Change, ...]
    slos: tuple[SloDiff, ...]
    causes: tuple[SloDiff, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.bundle or self.slos or self.causes)

    @property
    def breaks(self) -> int:
        """In how many places history is lost: SLOs, and settings of the bundle."""
        return sum(change.breaks for change in self.bundle) + sum(
            any(change.breaks for change in slo.changes) for slo in self.slos
        )

    @property
    def moves(self) -> int:
        """The alerts of how many SLOs and causes, or by how many settings of the bundle, move."""
        return sum(change.moves for change in self.bundle) + sum(
            any(change.moves for change in one.changes) for one in (*self.slos, *self.causes)
        )

    def breaking(self) -> list[str]:
        """What breaks, in words: ``shop/availability: objective 99.9% -> 99%``."""
        named = [("bundle", change) for change in self.bundle]
        named += [
            (one.new or one.old, c) for one in (*self.slos, *self.causes) for c in one.changes
        ]
        return [
            f"{name}: {change.what} {_line(change.old)} -> {_line(change.new)}"
            for name, change in named
            if change.is_breaking
        ]

    def count(self, kind: Kind) -> int:
        """How many SLOs became that."""
        return sum(slo.kind is kind for slo in self.slos)


NOTHING = "nothing changes in meaning"
_KINDS = (Kind.CHANGED, Kind.RENAMED, Kind.ADDED, Kind.REMOVED)


def summary(diff: BundleDiff) -> str:
    """How many SLOs became what, how often history breaks, and how often alerts move."""
    if not diff:
        return NOTHING
    breaks, moves = diff.breaks, diff.moves
    causes = [f"cause alerts: {_counted(diff.causes)}"] if diff.causes else []
    return "; ".join(
        [
            f"SLOs: {_counted(diff.slos) or 'none by themselves'}",
            *causes,
            f"history breaks in {breaks or 'none'}",
            f"alerts move in {moves or 'none'}",
        ]
    )


def _line(text: str) -> str:
    return " ".join(text.split()) or "(none)"


def _counted(found: Sequence[SloDiff]) -> str:
    """``2 changed, 1 added``."""
    numbers = ((sum(one.kind is kind for one in found), kind) for kind in _KINDS)
    return ", ".join(f"{number} {kind}" for number, kind in numbers if number)
