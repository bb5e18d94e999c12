"""What may change about one SLO, a function for each: to add one, name it in SETTINGS.

Each says what the change does to what is recorded and to alerts that fire; whether that is wanted
is not its question.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import ndiff

from slokit.compiler import names
from slokit.compiler.ledger import raw_ledger, settings
from slokit.diff.limits import is_looser
from slokit.diff.model import Change
from slokit.model.alerting import SEVERITIES
from slokit.model.bundle import Project
from slokit.model.ledger import Folding
from slokit.model.slo import Slo
from slokit.model.time_zone import UTC_NAME
from slokit.model.window import Window
from slokit.text.durations import format_duration, readable_duration
from slokit.text.numbers import parse_percent, readable_percent
from slokit.text.words import counted, joined

MEASURED = "all that is recorded is measured by it"
NEW_GROUPS = "all series begin anew, one for each new group"
FROM_NOW = "counted so from now on; what is recorded stays"
_SILENCE = {
    "alert": "missing data alerts",
    "ignore": "missing data stays silent",
    "bad": "a group without data goes on as bad from now on",
    "good": "a silent member that is expected counts as good from now on",
}
# Values of keys that say what is bad, each with no less bad than those behind it.
_STRICTER_FIRST = {
    "method": ("all", "worst", "weighted"),
    "time_slice.idle": ("bad", "skip", "good"),
}
MOVED = "an alert that fires resolves, and fires again under the new label"
# These have functions of their own.
_OF_THEIR_OWN = {
    "sli",
    "measure",
    "objective",
    "window",
    names.TIMEZONE,
    "alert_policy",
    "min_bad_events",
    "no_data",
    names.ALERT_NAME,
}


@dataclass(frozen=True, slots=True)
class Both:
    """One SLO before and after; ``project`` has the settings after."""

    old: Slo
    new: Slo
    project: Project


def _identity(both: Both) -> Iterator[Change]:
    old, new = both.old, both.new
    if old.id != new.id:
        effect = f"all series begin anew: for {new.window.name} the budget knows only a part"
        if old.name in new.formerly and new.service == old.service:
            effect += "; reports go on with the old name's history (`formerly`)"
        yield Change("name", old.id, new.id, effect, breaks=True, moves=True)
    elif old.formerly != new.formerly:
        lost = [name for name in old.formerly if name not in new.formerly]
        effect = (
            f"reports leave out the history of {joined(lost)}"
            if lost
            else f"reports go on with the history of {joined(new.formerly)}"
        )
        before, after = (", ".join(each.formerly) for each in (old, new))
        yield Change("formerly", before, after, effect, breaks=bool(lost))


def _groups(both: Both) -> Iterator[Change]:
    old, new = both.old.folding, both.new.folding
    if set(old.names) != set(new.names):
        before, after = _labels(old.names), _labels(new.names)
        yield Change("group_by", before, after, NEW_GROUPS, breaks=True, moves=True)
    before_sources = {g.name: g.source for g in old.group_by}
    for group in new.group_by:
        source = before_sources.get(group.name, group.source)
        if source != group.source:
            effect = "groups of other names are groups of their own"
            yield Change(f"source of {group.name}", source, group.source, effect, breaks=True)


def _labels(labels: tuple[str, ...]) -> str:
    return f"[{', '.join(labels)}]"


def _sli(both: Both) -> Iterator[Change]:
    """Every key that counts differently now; the expressions where no key says why."""
    old, new, project = both.old, both.new, both.project
    before, after = raw_ledger(old, project), raw_ledger(new, project)
    if before == after:
        return
    found = [*_kind(old, new), *_sides(old, new), *_keys(old, new), *_common(both)]
    found += _members(both)
    yield from found
    if not found and old.folding.group_by == new.folding.group_by:
        lines = list(
            ndiff(
                f"{before.total}\n{before.bad}".split("\n"),
                f"{after.total}\n{after.bad}".split("\n"),
            )
        )
        less, more = (
            "\n".join(dict.fromkeys(line[2:] for line in lines if line.startswith(sign)))
            for sign in "-+"
        )
        yield Change("expressions", less, more, FROM_NOW)
    yield from _weight(old, new)


def _kind(old: Slo, new: Slo) -> Iterator[Change]:
    if old.sli.type != new.sli.type:
        yield Change("sli", old.sli.type, new.sli.type, FROM_NOW)
    elif old.objective is not None and old.sli.limit_text != new.sli.limit_text:
        texts = old.sli.limit_text, new.sli.limit_text
        yield Change("limit", *texts, FROM_NOW, weakens=is_looser(*texts))


def _sides(old: Slo, new: Slo) -> Iterator[Change]:
    before, after = ({s.key: "\n".join(s.texts) for s in slo.sli.sides()} for slo in (old, new))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield Change(key, before.get(key, ""), after.get(key, ""), FROM_NOW)


def _keys(old: Slo, new: Slo) -> Iterator[Change]:
    """The SLI's own keys; those of another type have nothing to be compared with."""
    if old.sli.type == new.sli.type:
        yield from _differing(old.sli.settings, new.sli.settings)


def _members(both: Both) -> Iterator[Change]:
    """Members of a composite that it has no more, or that count otherwise themselves."""
    new = {member.id: member for member in both.new.members}
    for member in both.old.members:
        if member.id not in new:
            effect = "what fails there is none of its bad any more"
            yield Change(f"member {member.id}", "counted", "", effect, weakens=True)
        elif raw_ledger(member, both.project) != raw_ledger(new[member.id], both.project):
            effect = "its member's own changes say how"
            yield Change(f"member {member.id}", "counted", "counted otherwise", effect)


def _common(both: Both) -> Iterator[Change]:
    """The keys that all sides of an SLO have in common."""
    yield from _differing(*(_folding(slo.folding) for slo in (both.old, both.new)))


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, ""), after.get(key, "")
        if old != new:
            strictness = _STRICTER_FIRST.get(key, ())
            is_known = old in strictness and new in strictness
            weakens = is_known and strictness.index(old) < strictness.index(new)
            yield Change(key, old, new, FROM_NOW, weakens=weakens or _is_lower(key, old, new))


def _is_lower(key: str, old: str, new: str) -> bool:
    """Whether a slice is good with less; what has no target is no slice that is good as a whole."""
    if key != "time_slice.target" or not old or not new:
        return False
    return parse_percent(new) < parse_percent(old)


def _folding(folding: Folding) -> dict[str, str]:
    """By the keys of a spec."""
    return {
        "selector": ",".join(map(str, folding.selector)),
        "match": ",".join(map(str, folding.match)),
        "join": _join(folding),
        "counting": "exact" if folding.is_exact else "rate",
        "offset": format_duration(folding.offset) if folding.offset else "",
        "deduplicate": _labels(folding.observers) if folding.observers else "",
    }


def _join(folding: Folding) -> str:
    """The info metric that labels are taken from, where any is."""
    join = folding.join
    if join is None or not folding.is_joined:
        return "none"
    taken = zip(join.labels, join.sources, strict=True)
    labels = [label if label == source else f"{{{label}: {source}}}" for label, source in taken]
    return f"{{info: {join.info}, by: [{', '.join(join.by)}], labels: [{', '.join(labels)}]}}"


def _weight(old: Slo, new: Slo) -> Iterator[Change]:
    """That a budget adds what cannot be added: as long as its window holds samples of both."""
    before, after = _counted(old), _counted(new)
    until = f"until {new.window.name} have passed, the budget adds"
    if before != after:
        effect = f"what is recorded weighs otherwise: {until} {before} and {after}"
        yield Change("weight", before, after, effect)
    elif old.folding.observers != new.folding.observers:
        one, many = "each event once", "each event once an observer"
        texts = (one, many) if old.folding.observers else (many, one)
        effect = f"what is recorded weighs otherwise: {until} both"
        yield Change("weight", *texts, effect)


def _counted(slo: Slo) -> str:
    """``events``, ``member-seconds``; ``events in seconds`` where the two sides differ."""
    unit = slo.sli.counted_in
    return (
        unit.total.plural if unit.bad == unit.total else f"{unit.bad.plural} in {unit.total.plural}"
    )


def _objective(both: Both) -> Iterator[Change]:
    old, new = both.old, both.new
    if old.objective_text != new.objective_text:
        effect = (
            f"the budget becomes {budget_text(new)}, from {budget_text(old)}; all that is recorded"
        )
        effect += " is measured by it"
        is_looser = old.budget < new.budget
        yield Change("objective", old.objective_text, new.objective_text, effect, weakens=is_looser)


def budget_text(slo: Slo) -> str:
    """A budget in its own terms: time of outage, or events."""
    allowed, window = slo.budget * slo.window.longest, slo.window.name
    if slo.objective is None:
        return f"{float(allowed):.4g} events in {window}"
    return f"{readable_duration(allowed)} of {window} ({readable_percent(slo.budget)})"


def _window(both: Both) -> Iterator[Change]:
    old, new = both.old.window, both.new.window
    if old != new:
        effect = f"{names.window_burn(new.name)} is computed from the same ledger, whole at once"
        yield Change("window", _named(old), _named(new), effect)


def _named(window: Window) -> str:
    """Its name, and by whose clocks it begins where it is not UTC's."""
    zone = window.labels.get(names.TIMEZONE, UTC_NAME)
    return window.name if zone == UTC_NAME else f"{window.name} in {zone}"


def _policy(both: Both) -> Iterator[Change]:
    old, new = both.old, both.new
    if old.policy.name != new.policy.name:
        yield Change("alert_policy", old.policy.name, new.policy.name, MOVED, moves=True)
    before, after = _burn_alerts(old), _burn_alerts(new)
    if before != after:
        less = [alert for alert in before if alert not in after]
        more = [alert for alert in after if alert not in before]
        texts = ", ".join(less) or "none", ", ".join(more) or "none"
        lost = {a.severity for a in old.burn_alerts} - {a.severity for a in new.burn_alerts}
        yield Change("burn alerts", *texts, weakens=bool(lost))
    yield from _times(old, new)
    shares = [each.policy.min_budget_spent for each in (old, new)]
    if shares[0] != shares[1]:
        effect = "so much of the budget, in events, a page waits for"
        before_share, after_share = map(readable_percent, shares)
        weakens = shares[0] < shares[1]
        yield Change("min_budget_spent", before_share, after_share, effect, weakens=weakens)
    for what, less_of, more_of in (
        ("budget alerts", _budget_alerts(old), _budget_alerts(new)),
        ("severity of missing data", old.policy.no_data, new.policy.no_data),
    ):
        if less_of != more_of:
            yield Change(what, less_of or "none", more_of or "none", weakens=not more_of)


def _burn_alerts(slo: Slo) -> list[str]:
    return [str(alert) for alert in slo.burn_alerts]


def _times(old: Slo, new: Slo) -> Iterator[Change]:
    """How long alerts wait and go on, of the severities that both have."""
    both = [s for s in SEVERITIES if all(s in slo.policy.severities for slo in (old, new))]
    for severity in both:
        times = zip(
            ("for", "keep_firing_for"),
            old.policy.times(severity),
            new.policy.times(severity),
            strict=True,
        )
        for key, before, after in times:
            if before != after:
                texts = (format_duration(before), format_duration(after))
                yield Change(f"{key} of {severity}", *texts)


def _budget_alerts(slo: Slo) -> str:
    alerts = sorted(slo.policy.spent, key=lambda alert: alert.spent)
    return ", ".join(f"{alert.severity} at {alert.percent}" for alert in alerts)


def _min_bad_events(both: Both) -> Iterator[Change]:
    old, new = both.old.min_bad_events, both.new.min_bad_events
    if old != new:
        effect = f"a page waits for {counted(new, 'event')}" if new else "a page waits for none"
        yield Change("min_bad_events", str(old), str(new), effect)


def _no_data(both: Both) -> Iterator[Change]:
    old, new = both.old.no_data, both.new.no_data
    if old != new:
        is_silenced = new in ("ignore", "good")
        yield Change("no_data", old, new, _SILENCE[new], weakens=is_silenced)
    before, after = both.old.no_data_for, both.new.no_data_for
    if before and after and before != after:
        effect = "so long a group without data goes on as bad"
        yield Change("no_data_for", format_duration(before), format_duration(after), effect)


def _metadata(both: Both) -> Iterator[Change]:
    """The other labels of the info series; an alert that carries one of them moves."""
    before, after = settings(both.old), settings(both.new)
    routing = {names.routing(label) for label in (*both.old.routing, *both.new.routing)}
    for label in dict.fromkeys([*before, *after]):
        old, new = before.get(label, ""), after.get(label, "")
        if old != new and label not in _OF_THEIR_OWN | routing:
            moves = label in both.project.alerts.lifted and label not in both.new.routing
            shown = label in both.project.alerts.annotations
            effect = MOVED if moves else "its alerts say so from now on" if shown else ""
            yield Change(label, old, new, effect, moves=moves)


def _description(both: Both) -> Iterator[Change]:
    """What its alerts quote; nothing else says it."""
    old, new = both.old.description, both.new.description
    if old != new:
        yield Change("description", old, new, "its alerts say so from now on")


def _routing(both: Both) -> Iterator[Change]:
    """Labels that its alerts are routed by."""
    before, after = both.old.routing, both.new.routing
    for label in dict.fromkeys([*before, *after]):
        old, new = before.get(label, ""), after.get(label, "")
        if old != new:
            yield Change(f"routing: {label}", old, new, MOVED, moves=True)


def _alert_name(both: Both) -> Iterator[Change]:
    old, new = names.burn_alert(both.old), names.burn_alert(both.new)
    if old != new:
        effect = "a burn alert that fires resolves, and fires again under the new name"
        yield Change("alert_name", old, new, effect, moves=True)


SETTINGS: tuple[Callable[[Both], Iterator[Change]], ...] = (
    _identity,
    _groups,
    _sli,
    _objective,
    _window,
    _policy,
    _min_bad_events,
    _no_data,
    _alert_name,
    _routing,
    _description,
    _metadata,
)
