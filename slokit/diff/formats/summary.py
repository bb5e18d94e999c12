"""A difference in one line, which all formats show."""

from slokit.diff.model import BundleDiff, Kind

NOTHING = "nothing changes in meaning"
_KINDS = (Kind.CHANGED, Kind.RENAMED, Kind.ADDED, Kind.REMOVED)


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
