"""What a format of a difference is, and the words that all of them use."""

from collections.abc import Callable
from dataclasses import dataclass

from slokit.diff.model import BundleDiff, Kind

NOTHING = "nothing changes in meaning"
_KINDS = (Kind.CHANGED, Kind.RENAMED, Kind.ADDED, Kind.REMOVED)


@dataclass(frozen=True, slots=True)
class Format:
    """One format; ``render`` gives the whole text."""

    name: str
    title: str
    render: Callable[[BundleDiff], str]


def summary(diff: BundleDiff) -> str:
    """How many SLOs became what, how often history breaks, and how often alerts move."""
    if not diff:
        return NOTHING
    counted = [f"{number} {kind}" for kind in _KINDS if (number := diff.count(kind))]
    breaks, moves = diff.breaks, diff.moves
    return "; ".join(
        [
            f"SLOs: {', '.join(counted) or 'none by themselves'}",
            f"history breaks in {breaks or 'none'}",
            f"alerts move in {moves or 'none'}",
        ]
    )
