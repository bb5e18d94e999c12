"""A difference for the terminal."""

from collections.abc import Iterator

from slokit.diff.model import BundleDiff, Change, Kind, summary
from slokit.text.escaping import visible
from slokit.text.format import Format


def render(diff: BundleDiff) -> str:
    """What changed, SLO by SLO and cause by cause, and a summary in the last line."""
    blocks = [["bundle", *_changes(diff.bundle)]] if diff.bundle else []
    for slo in (*diff.slos, *diff.causes):
        name = f"{slo.old} -> {slo.new}" if slo.kind is Kind.RENAMED else slo.new or slo.old
        head = name if slo.kind is Kind.CHANGED else f"{name}: {slo.kind}"
        blocks.append([head, *_changes(slo.changes)])
    blocks.append([summary(diff)])
    return "\n\n".join("\n".join(map(visible, block)) for block in blocks) + "\n"


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        if "\n" in change.old + change.new:
            yield f"  {change.what}:"
            yield from (f"    - {line}" for line in change.old.split("\n") if line)
            yield from (f"    + {line}" for line in change.new.split("\n") if line)
        else:
            yield f"  {change.what}: {change.old or '(none)'} -> {change.new or '(none)'}"
        if change.breaks or change.effect:
            yield f"      {'BREAKS HISTORY: ' if change.breaks else ''}{change.effect}"


FORMAT = Format("text", render)
