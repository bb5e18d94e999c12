"""Compares two bundles: which new SLO is which old one, and what changed about all their alerts.

It reads no files and no revisions. An SLO that counts the same in the same groups under another
name was renamed: that is said, since its history begins anew. Labels are what Alertmanager knows
an alert by: one that changes makes every alert that fires resolve and fire again, once.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from slokit.compiler import names
from slokit.compiler.ledger import metadata, raw_ledger
from slokit.diff.budget_policy import compare_budget_policy
from slokit.diff.causes import compare_causes
from slokit.diff.maintenance import compare_maintenance
from slokit.diff.model import BundleDiff, Change, Kind, SloDiff
from slokit.diff.routing import compare_routing
from slokit.diff.settings import SETTINGS, Both
from slokit.model.alerting import SEVERITIES, AlertLabels
from slokit.model.bundle import Bundle, Project
from slokit.model.ledger import Ledger
from slokit.model.slo import Slo
from slokit.text.durations import format_duration
from slokit.text.words import first_few

NEW_LEDGER = "the ledger's series get new names: all of them begin anew"

Pair = tuple[Slo | None, Slo | None]


def compare(old: Bundle, new: Bundle) -> BundleDiff:
    """What means something else in the new bundle. Pure: files and revisions are read elsewhere."""
    found = [diff for pair in _pairs(old, new) if (diff := _slo(pair, new.project))]
    found.sort(key=lambda diff: diff.new or diff.old)
    causes = compare_causes(old, new)
    if not (old.services and new.services):
        return BundleDiff((), tuple(found), causes)
    settings = (
        *_project(old.project, new.project),
        *compare_maintenance(old.project, new.project),
        *compare_alerts(old.project.alerts, new),
        *compare_routing(old, new),
        *compare_budget_policy(old.project, new.project),
    )
    return BundleDiff(settings, tuple(found), causes)


def _slo(pair: Pair, project: Project) -> SloDiff | None:
    old, new = pair
    if old is None:
        assert new is not None
        return added(new)
    if new is None:
        return removed(old.id, _promise(old))
    both = Both(old, new, project)
    changes = tuple(change for setting in SETTINGS for change in setting(both))
    kind = Kind.CHANGED if old.id == new.id else Kind.RENAMED
    return SloDiff(kind, old.id, new.id, changes) if changes else None


def added(slo: Slo) -> SloDiff:
    """An SLO that is new."""
    return SloDiff(Kind.ADDED, "", slo.id, (Change("objective", "", _promise(slo)),))


def removed(slo_id: str, promise: str) -> SloDiff:
    """An SLO that is gone, with what it promised."""
    ended = Change(
        "objective", promise, "", "its alerts end, its series stay as they are", weakens=True
    )
    return SloDiff(Kind.REMOVED, slo_id, "", (ended,))


def _promise(slo: Slo) -> str:
    return f"{slo.objective_text} over {slo.window.name}"


# What a link of slokit.yaml is for; others stand on dashboards alone.
_LINKS = {
    "grafana": "alerts and reports link there",
    "runbooks": "alerts link there",
    "docs": "findings link there",
}


def _project(old: Project, new: Project) -> Iterator[Change]:
    if old.bundle != new.bundle:
        effect = "all series of all SLOs begin anew, and all alerts move"
        yield Change("bundle", old.bundle, new.bundle, effect, breaks=True, moves=True)
    if old.has_file_prefix != new.has_file_prefix:
        before, after = ("bundle" if each.has_file_prefix else "none" for each in (old, new))
        yield Change("files.prefix", before, after, "files of services get other names")
    if old.ledger_window != new.ledger_window:
        before, after = old.ledger_window_name, new.ledger_window_name
        yield Change("ledger_window", before, after, NEW_LEDGER, breaks=True)
    if old.interval != new.interval:
        before, after = format_duration(old.interval), format_duration(new.interval)
        yield Change("interval", before, after, "rules are evaluated so often")
    if old.scrape_interval != new.scrape_interval:
        before, after = (format_duration(each.scrape_interval) for each in (old, new))
        yield Change(
            "scrape_interval", before, after, "restarts are looked for so much further back"
        )
    yield from _output(old, new)
    for name in sorted({*old.links, *new.links}):
        before, after = (each.links.get(name, "") for each in (old, new))
        if before != after:
            effect = _LINKS.get(name, "dashboards link there")
            yield Change(f"links.{name}", before, after, effect)
    if old.replica_labels != new.replica_labels:
        effect = "reports and dashboards take one of the series that only these tell apart"
        before, after = _list(old.replica_labels), _list(new.replica_labels)
        yield Change("prometheus.replica_labels", before, after, effect)


def _output(old: Project, new: Project) -> Iterator[Change]:
    """Which files are written, where, and for whom."""
    if old.targets != new.targets:
        before, after = (_targets(each) for each in (old, new))
        yield Change(
            "targets", before, after, "these files are written, and no others kept current"
        )
    if old.out != new.out:
        yield Change("out", old.out, new.out, "files are written there; where they were they stay")
    if old.requires_prometheus != new.requires_prometheus:
        effect = "rules may have names in UTF-8 that older servers refuse"
        before, after = (str(each.requires_prometheus) for each in (old, new))
        yield Change("requires_prometheus", before, after, effect if after == "3" else "")


def _targets(project: Project) -> str:
    """Their names, each with its options."""
    if project.targets is None:
        return "default"
    options = {name: dict(own) for name, own in project.targets.items() if isinstance(own, Mapping)}
    return _list(
        f"{name} {options[name]}" if options.get(name) else name for name in project.targets
    )


def _pairs(old: Bundle, new: Bundle) -> Iterator[Pair]:
    """Old and new SLO of the same name; then those that were renamed, removed and added."""
    before, after = ({slo.id: slo for slo in bundle.slos} for bundle in (old, new))
    yield from ((before[name], after[name]) for name in before if name in after)
    gone = [slo for name, slo in before.items() if name not in after]
    come = [slo for name, slo in after.items() if name not in before]
    renamed = _renamed(gone, come, new)
    yield from renamed
    found = {slo.id for pair in renamed for slo in pair}
    yield from ((slo, None) for slo in gone if slo.id not in found)
    yield from ((None, slo) for slo in come if slo.id not in found)


def _renamed(gone: list[Slo], come: list[Slo], bundle: Bundle) -> list[tuple[Slo, Slo]]:
    """Pairs that count the same in the same groups, the most similar first, each SLO in one."""
    if not gone or not come:
        return []
    # By the ledger over raw series: recorded names differ wherever the SLO's own name does.
    alike: dict[Ledger, list[Slo]] = {}
    for slo in come:
        alike.setdefault(raw_ledger(slo, bundle.project), []).append(slo)
    likely = [
        (_similarity(old, new), old.id, new.id, old, new)
        for old in gone
        for new in alike.get(raw_ledger(old, bundle.project), ())
    ]
    taken: set[str] = set()
    found = []
    # The most similar pair first, and each SLO once: a rename has one old name and one new one.
    for _, _, _, old, new in sorted(likely, key=lambda each: (each[0], each[1:3]), reverse=True):
        if not taken & {f"old {old.id}", f"new {new.id}"}:
            taken |= {f"old {old.id}", f"new {new.id}"}
            found.append((old, new))
    return found


def _similarity(old: Slo, new: Slo) -> tuple[bool, bool, float]:
    """What makes it likely that one SLO is the other under a new name."""
    names = SequenceMatcher(None, old.id, new.id).ratio()
    return old.service == new.service, old.objective_text == new.objective_text, names


_SHOWN = (
    "alerts say it from now on and none moves, but"
    f" {names.NO_DATA_ALERT} waits anew, and resolves meanwhile if it fires"
)
_MOST = 4


def compare_alerts(old: AlertLabels, new: Bundle) -> Iterator[Change]:
    """What changes on the alerts of a bundle; ``old`` is what they carried before."""
    alerts = new.project.alerts
    for severity in SEVERITIES:
        before, after = old.of(severity), alerts.of(severity)
        moved = f"every {severity} that fires resolves, and fires again with the new labels"
        if before.name != after.name:
            yield Change(f"severity {severity}", before.name, after.name, moved, moves=True)
        for label in dict.fromkeys([*before.static, *after.static]):
            was, is_now = before.static.get(label, ""), after.static.get(label, "")
            if was != is_now:
                what = f"label {label} of every {severity}"
                yield Change(what, was, is_now, moved, moves=True)
    yield from _lifted(old, new)
    if old.annotations != alerts.annotations:
        before_and_after = _list(old.annotations), _list(alerts.annotations)
        yield Change("alerts: annotations", *before_and_after, _SHOWN)


def _lifted(old: AlertLabels, new: Bundle) -> Iterator[Change]:
    """The metadata that alerts carry: one change where that of all severities is the same."""
    changed: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for severity in SEVERITIES:
        before, after = old.of(severity).lifted, new.project.alerts.of(severity).lifted
        if set(before) != set(after):
            changed.setdefault((before, after), []).append(severity)
    for (before, after), severities in changed.items():
        what = "alerts: labels" + (f" of {severities[0]}" if len(severities) == 1 else "")
        moving = _having(set(before) ^ set(after), severities, new)
        effect = "no alert has one of them"
        if moving:
            effect = f"alerts on {first_few(moving, _MOST)} that fire resolve,"
            effect += " and fire again with the new labels"
        yield Change(what, _list(before), _list(after), effect, moves=bool(moving))


def _having(labels: Iterable[str], severities: Iterable[str], bundle: Bundle) -> list[str]:
    """The SLOs that have some of this metadata, not routed by already, and alert so severely."""
    return [
        slo.id
        for slo in bundle.slos
        if set(severities) & set(slo.policy.severities)
        and set(labels) & set(metadata(slo)) - set(slo.routing)
    ]


def _list(labels: Iterable[str]) -> str:
    return f"[{', '.join(labels)}]"
