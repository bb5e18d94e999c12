"""A difference as Markdown, for a pull request."""

from slokit.diff.model import BundleDiff, Change, Kind, summary
from slokit.text.escaping import escape
from slokit.text.format import Format

_HEAD = "| SLO | what | old | new | effect |\n| --- | --- | --- | --- | --- |"


def render(diff: BundleDiff) -> str:
    """A summary and a table with a row for each change."""
    first = summary(diff)
    parts = ["# What changes in meaning", f"{first[:1].upper()}{first[1:]}."]
    rows = [*(_row("(bundle)", change) for change in diff.bundle)]
    for slo in (*diff.slos, *diff.causes):
        name = slo.new or slo.old
        about = f"{name} ({slo.kind})" if slo.kind in (Kind.ADDED, Kind.REMOVED) else name
        rows += [_row(about, change) for change in slo.changes]
    if rows:
        parts.append("\n".join([_HEAD, *rows]))
    return "\n\n".join(parts) + "\n"


def _row(name: str, change: Change) -> str:
    effect = escape(change.effect)
    if change.breaks:
        effect = f"**Breaks history:** {effect}"
    cells = [name, change.what, change.old or "(none)", change.new or "(none)"]
    return f"| {' | '.join(map(escape, cells))} | {effect} |"


FORMAT = Format("md", render)
