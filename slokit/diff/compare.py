"""Compares two bundles."""

from collections.abc import Iterator

from slokit.diff.model import BundleDiff, Change, Kind, SloDiff
from slokit.diff.pairs import Pair, pairs
from slokit.diff.settings import SETTINGS, Both
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.text.durations import format_duration


def compare(old: Bundle, new: Bundle) -> BundleDiff:
    """What means something else in the new bundle. Pure: files and revisions are read elsewhere."""
    found = [diff for pair in pairs(old, new) if (diff := _slo(pair, new.project))]
    found.sort(key=lambda diff: diff.new or diff.old)
    settings = _project(old.project, new.project) if old.services and new.services else ()
    return BundleDiff(tuple(settings), tuple(found))


def _slo(pair: Pair, project: Project) -> SloDiff | None:
    old, new = pair
    if old is None:
        assert new is not None
        return SloDiff(Kind.ADDED, "", new.id, (Change("objective", "", _promise(new)),))
    if new is None:
        ended = Change(
            "objective", _promise(old), "", "its alerts end, its series stay as they are"
        )
        return SloDiff(Kind.REMOVED, old.id, "", (ended,))
    both = Both(old, new, project)
    changes = tuple(change for setting in SETTINGS for change in setting(both))
    kind = Kind.CHANGED if old.id == new.id else Kind.RENAMED
    return SloDiff(kind, old.id, new.id, changes) if changes else None


def _promise(slo: Slo) -> str:
    return f"{slo.objective_text} over {slo.window.name}"


def _project(old: Project, new: Project) -> Iterator[Change]:
    if old.bundle != new.bundle:
        effect = "all series of all SLOs begin anew, and all alerts move"
        yield Change("bundle", old.bundle, new.bundle, effect, breaks=True, moves=True)
    if old.ledger_window != new.ledger_window:
        effect = "the ledger's series get new names: all of them begin anew"
        before, after = old.ledger_window_name, new.ledger_window_name
        yield Change("ledger_window", before, after, effect, breaks=True)
    if old.interval != new.interval:
        before, after = format_duration(old.interval), format_duration(new.interval)
        yield Change("interval", before, after, "rules are evaluated so often")
    if old.alert_labels != new.alert_labels:
        before, after = (f"[{', '.join(p.alert_labels)}]" for p in (old, new))
        effect = "every alert that fires resolves, and fires again with the new labels"
        yield Change("alerts: labels", before, after, effect, moves=True)
