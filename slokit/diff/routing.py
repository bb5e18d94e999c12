"""What changes about who is notified: receivers by owner and service, and how notifications come.

It follows an alert of each service and owner through the routes before and after. Routes by other
labels have no such alert: of those it says that they changed.
"""

from collections.abc import Iterator, Mapping

from slokit.compiler import names
from slokit.compiler.route_matching import taken, whole
from slokit.compiler.routing import OWNER, SEVERITY, compile_routing
from slokit.diff.model import Change
from slokit.model.alerting import SEVERITIES
from slokit.model.bundle import Bundle
from slokit.model.routing import Alertmanager, Pace
from slokit.text.durations import format_duration
from slokit.text.words import joined

_ONCE = "what fires by then is notified once more"


def compare_routing(old: Bundle, new: Bundle) -> Iterator[Change]:
    """The changes, those of receivers first."""
    before, after = old.project.alertmanager, new.project.alertmanager
    if before is None or after is None:
        if before is not after:
            what = ["" if each is None else "by slokit.yaml" for each in (before, after)]
            yield Change("alertmanager", what[0], what[1], "who is notified is decided there")
        return
    found = list(_notified(old, new))
    yield from found
    yield from _receivers(before, after)
    if not found and (before.routes != after.routes or before.default != after.default):
        yield Change("alertmanager.routes", "", "changed", "for some labels others are notified")
    yield from _manner(before, after)


def _notified(old: Bundle, new: Bundle) -> Iterator[Change]:
    """Whom the alerts of a service reach, of each owner of its SLOs."""
    owners = {(slo.service, slo.owner) for slo in new.slos}
    owners &= {(slo.service, slo.owner) for slo in old.slos}
    for severity in SEVERITIES:
        for service, owner in sorted(owners):
            before, after = (_reached(b, service, owner, severity) for b in (old, new))
            if before != after:
                whose = f" of {owner}" if owner else ""
                what = f"{severity}s of {service}{whose} go to"
                yield Change(what, before, after, _ONCE)


def _reached(bundle: Bundle, service: str, owner: str, severity: str) -> str:
    """Receivers in order, each with the time that it waits for where that is an escalation's."""
    project = bundle.project
    labels = {
        names.BUNDLE: bundle.name,
        names.SERVICE: service,
        names.SLO: next(slo.name for slo in bundle.slos if slo.service == service),
        SEVERITY: project.alerts.of(severity).name,
    }
    if OWNER in project.alerts.of(severity).lifted and owner:
        labels[OWNER] = owner
    root, _ = whole(compile_routing(bundle))
    found = []
    for route in taken(root, labels):
        wait = route.last.pace.wait if route.last.pace else None
        is_late = ".escalate" in route.last.reason and wait is not None
        found.append(f"{route.receiver}{f' after {format_duration(wait or 0)}' if is_late else ''}")
    return joined(found)


def _receivers(before: Alertmanager, after: Alertmanager) -> Iterator[Change]:
    old, new = ({r.name: r.channels for r in each.receivers} for each in (before, after))
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            texts = [_ways(each[name]) if name in each else "" for each in (old, new)]
            effect = "it is notified in another way" if all(texts) else ""
            yield Change(f"alertmanager.receivers.{name}", texts[0], texts[1], effect)


def _ways(channels: Mapping[str, Mapping[str, object]]) -> str:
    """A receiver in one line; no secret is ever among its settings."""
    ways = []
    for way, settings in channels.items():
        listed = ", ".join(f"{key}: {value}" for key, value in settings.items())
        ways.append(f"{way} {{{listed}}}")
    return " and ".join(ways)


def _manner(before: Alertmanager, after: Alertmanager) -> Iterator[Change]:
    if before.group_by != after.group_by:
        old, new = (f"[{', '.join(each.group_by)}]" for each in (before, after))
        yield Change("alertmanager.group_by", old, new, f"alerts are grouped anew: {_ONCE}")
    for severity in SEVERITIES:
        if before.paces[severity] != after.paces[severity]:
            old, new = (_pace(each.paces[severity]) for each in (before, after))
            yield Change(f"pace of {severity}s", old, new)
    old, new = (each.base.file if each.base else "" for each in (before, after))
    if old != new:
        yield Change("alertmanager.base", old, new, "what is there already comes from another file")
    elif before.base and after.base and before.base != after.base:
        what = "another place in it" if before.base.under != after.base.under else "its content"
        yield Change("alertmanager.base", old, new, f"{what} changed")


def _pace(pace: Pace) -> str:
    first, news, again = map(format_duration, (pace.wait, pace.interval, pace.repeat))
    return f"first after {first}, news after {news}, again after {again}"
