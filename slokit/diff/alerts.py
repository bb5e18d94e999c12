"""What may change about the labels and texts of all alerts of a bundle.

Labels are what Alertmanager knows an alert by: one that changes makes every alert that fires
resolve and fire again, once. Texts may change at any time.
"""

from collections.abc import Iterable, Iterator

from slokit.compiler import names
from slokit.compiler.ledger import metadata
from slokit.diff.model import Change
from slokit.model.alerting import SEVERITIES, AlertLabels
from slokit.model.bundle import Bundle
from slokit.text.words import first_few

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
