"""Maintenance in PromQL: when it is on, whom it mutes, and what a ledger leaves out of its count.

One group of a bundle records when each maintenance is on; ledgers and alerts of other groups read
that. No group sees what another one records in the same evaluation: so a mark is set some
evaluations ahead, and a rule that must not miss the end of it reads a range of marks. A maintenance
costs one or two rules, however many SLOs it is for; a project without any has none of this.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.local_time import local_time
from slokit.compiler.rules import RecordingRule, Rule, Ruler
from slokit.model.bundle import Project
from slokit.model.maintenance import (
    ALERTS,
    LEDGER,
    MINUTES,
    OWN_LABELS,
    Maintenance,
    Range,
    TimeInterval,
    applying,
)
from slokit.model.slo import Slo
from slokit.model.time_zone import BEGIN, UTC_NAME
from slokit.promql import build
from slokit.promql.selector import Matcher, quote
from slokit.text.durations import format_duration

# The newest mark that a rule reads is up to one evaluation old, or two where the last one is still
# being written; the one before the begin must be among them, too.
_AHEAD = 3
# vmalert reads what its database shows, which is two evaluations behind.
_AHEAD_OF_VMALERT = 5
# Between the values of several labels in one, where no value of a label has it.
_BETWEEN = "\x1f"
_MINUTE = 60


def compile_maintenance(
    project: Project, ruler: Ruler = Ruler.PROMETHEUS, bundled: Iterable[Slo] = ()
) -> tuple[Rule, ...]:
    """The group's rules: local times, what is on, and for which SLOs.

    ``bundled`` are the SLOs of the bundle: which composites are for a time made of fewer members.
    """
    heeded = [m for m in project.maintenances if m.applies & {LEDGER, ALERTS}]
    zones = {i.location for m in heeded for i in m.when} - {UTC_NAME}
    ahead = _ahead(ruler)
    # where a rule does not see what one before it has recorded, local time is written out in each
    is_recorded = ruler.reads_own_writes
    clocks = [
        RecordingRule(
            names.LOCAL_TIME,
            local_time(zone, int(ahead * project.interval)),
            {names.BUNDLE: project.bundle, names.TIMEZONE: zone},
        )
        for zone in sorted(zones)
        if is_recorded
    ]
    marks = [
        RecordingRule(
            names.MAINTENANCE_ACTIVE,
            active(each, project, ahead, is_recorded=is_recorded),
            {names.BUNDLE: project.bundle, names.MAINTENANCE_LABEL: each.name},
        )
        for each in heeded
    ]
    slos = [
        RecordingRule(
            names.MAINTENANCE_SLO,
            _slos(each, project, ruler),
            {names.BUNDLE: project.bundle, names.MAINTENANCE_LABEL: each.name},
        )
        for each in heeded
    ]
    members = [
        RecordingRule(
            names.MAINTENANCE_MEMBER,
            _on(each, " or ".join(_info_of(of, project)), project, ruler),
            {
                names.BUNDLE: project.bundle,
                names.MAINTENANCE_LABEL: each.name,
                **_matched_labels(groups),
            },
        )
        for each, groups, of in _of_members(project, bundled)
    ]
    return (*clocks, *marks, *slos, *members)


def active(
    maintenance: Maintenance, project: Project, ahead: int = _AHEAD, *, is_recorded: bool = True
) -> str:
    """1 while a maintenance is on, some evaluations ahead; no sample at other times.

    ``is_recorded`` says that local times are there as series.

    >>> print(active(Maintenance("racks", "New racks", once=(1796504400, 1796526000)), Project()))
    vector(1) and vector(time() + 90) >= 1796504400 < 1796526000
    >>> sunday = TimeInterval(weekdays=((0, 0),), times=((120, 240),))
    >>> print(active(Maintenance("patching", "Updates", when=(sunday,)), Project()))
    vector(1) and vector(time()) >= 1577836800 and on () (
      (day_of_week(vector(time() + 90)) == 0)
      and (vector(time() + 90) % 86400 >= 7200 < 14400)
    )
    """
    lead = int(ahead * project.interval)
    if maintenance.once:
        begin, end = maintenance.once
        # one that is shorter than an evaluation would pass between two of them
        least = begin + float(project.interval)
        until = max(end, least) if end > begin else end
        bounds = f">= {build.number(Fraction(begin))} < {build.number(Fraction(until))}"
        return f"vector(1) and vector(time() + {lead}) {bounds}"
    intervals = "\n  or ".join(
        build.own(_interval(i, project, lead, is_recorded=is_recorded))
        if len(maintenance.when) > 1
        else _interval(i, project, lead, is_recorded=is_recorded)
        for i in maintenance.when
    )
    # nothing comes again before the tables of local time begin
    return f"vector(1) and vector(time()) >= {BEGIN} and on () (\n  {intervals}\n)"


def counted(total: str, slo: Slo, project: Project, ruler: Ruler = Ruler.PROMETHEUS) -> str:
    """A ledger's total without the groups that are in maintenance.

    A sample of a counter is about the whole ledger window before it, and about the scrape before
    that: it counts when all of them are past the maintenance. A gauge's is about its last scrape.
    """
    found = _matched(slo, project)
    if not found:
        return total
    reach = _reach(project, ruler)
    if slo.sli.measure == "level" and not any(side.is_promql for side in slo.sli.sides()):
        reach -= project.ledger_window
    offset = f" offset {format_duration(slo.folding.offset)}" if slo.folding.offset else ""
    return _outside(total, found, project, f"[{format_duration(reach)}]{offset}")


def unmuted_cause(
    expr: str, labels: Mapping[str, str], groups: Iterable[str], project: Project
) -> str:
    """The condition of a cause alert, but for the groups that a maintenance silences.

    ``labels`` are those of :data:`OWN_LABELS` that the alert has, ``groups`` its group labels.
    """
    of_groups = tuple(groups)
    found = [
        (each, wanted)
        for each in applying(project.maintenances, ALERTS)
        if (wanted := each.group_matchers(labels, of_groups)) is not None
    ]
    if not found:
        return expr
    return _outside(expr, found, project, f"[{format_duration(_reach(project, Ruler.PROMETHEUS))}]")


def _outside(
    vector: str,
    found: Sequence[tuple[Maintenance, tuple[Matcher, ...]]],
    project: Project,
    times: str,
) -> str:
    """The vector without what is in a maintenance, by the marks in a range of ``times``."""
    vector = build.own(vector)
    whole = [maintenance for maintenance, groups in found if not groups]
    if whole:
        vector = f"{vector}\nunless on () max_over_time({_marks(whole, project)}{times})"
    for maintenance, groups in found:
        if groups:
            marks = f"max_over_time({_marks([maintenance], project)}{times})"
            vector = without_groups(vector, maintenance, groups, f"{_ON_MARK} {marks}")
    return vector


_ON_MARK = f"on ({names.MAINTENANCE_LABEL})"


def without_groups(
    vector: str, maintenance: Maintenance, groups: Sequence[Matcher], marks: str
) -> str:
    """The vector without what matches while there are marks: ``on (…) marks``.

    PromQL has no selector for the labels of an expression: those that match get the maintenance's
    name as a label, by which they are distinguished, and lose it again.

    >>> racks = Maintenance("racks", "New racks", once=(0, 60))
    >>> print(without_groups("x", racks, [Matcher("cluster", "=~", "eu-.*")], "on (maintenance) y"))
    label_replace(
      label_replace(x, "maintenance", "racks", "cluster", "(?:eu-.*)")
      unless on (maintenance) y
    , "maintenance", "", "", "")
    """
    label, name = quote(names.MAINTENANCE_LABEL), quote(maintenance.name)
    wanted = [matcher for matcher in groups if matcher.op in ("=", "=~")]
    if len(wanted) > 1:
        sources = ", ".join(quote(matcher.label) for matcher in wanted)
        vector = f"label_join({vector}, {label}, {quote(_BETWEEN)}, {sources})"
        source, pattern = label, _BETWEEN.join(map(_pattern, wanted))
    elif wanted:
        source, pattern = quote(wanted[0].label), _pattern(wanted[0])
    else:
        source, pattern = '""', ""
    vector = f"label_replace({_indented(vector)}, {label}, {name}, {source}, {quote(pattern)})"
    for matcher in groups:
        if matcher not in wanted:
            unless = f'{label}, "", {quote(matcher.label)}, {quote(_pattern(matcher))}'
            vector = f"label_replace({vector}, {unless})"
    return f'label_replace(\n  {vector}\n  unless {marks}\n, {label}, "", "", "")'


def unmuted(vector: str, project: Project, *, of_ledger: bool = False) -> str:
    """What alerts, but for the SLOs and groups whose maintenance makes them silent.

    ``of_ledger`` says that the alert is about what is missing: where a maintenance stops the
    ledger, that is no news, whether or not it is to silence alerts.

    >>> print(unmuted("x", Project(maintenances=(Maintenance("racks", "New", once=(0, 60)),))))
    x
    unless on (bundle, service, slo) slokit:maintenance:slo{bundle="default",maintenance="racks"}
    >>> unmuted("x", Project())
    'x'
    """
    whole: list[Maintenance] = []
    silencing = {ALERTS, LEDGER} if of_ledger else {ALERTS}
    for each in (m for m in project.maintenances if m.applies & silencing):
        groups = tuple(matcher for matcher in each.match if matcher.label not in OWN_LABELS)
        if groups:
            slos = _of(names.MAINTENANCE_SLO, [each], project)
            marks = f"on ({', '.join([*names.IDENTITY, names.MAINTENANCE_LABEL])}) {slos}"
            vector = without_groups(vector, each, groups, marks)
        else:
            whole.append(each)
    if whole:
        vector = f"{vector}\nunless {build.ON} {_of(names.MAINTENANCE_SLO, whole, project)}"
    return vector


def without_stopped_members(vector: str, project: Project, slos: Iterable[Slo]) -> str:
    """What alerts on missing data, but for composites while a maintenance stops some member.

    Those of its members that are in no maintenance, and have no data, say so themselves. A group is
    left out by the labels that it has: of what is matched by another label, all groups are.

    >>> without_stopped_members("x", Project(), ())
    'x'
    """
    for each, groups, _ in _of_members(project, slos):
        own = {
            names.BUNDLE: project.bundle,
            names.MAINTENANCE_LABEL: each.name,
            names.MATCHED_LABELS: "",
            **_matched_labels(groups),
        }
        marks = build.series(names.MAINTENANCE_MEMBER, own)
        if groups:
            on = f"on ({', '.join([*names.IDENTITY, names.MAINTENANCE_LABEL])})"
            vector = without_groups(vector, each, groups, f"{on} {marks}")
        else:
            vector = f"{vector}\nunless {build.ON} {marks}"
    return vector


def _of_members(
    project: Project, slos: Iterable[Slo]
) -> Iterator[tuple[Maintenance, tuple[Matcher, ...], tuple[Slo, ...]]]:
    """Maintenances that stop members of composites: which of their groups, and which composites."""
    composites = [slo for slo in slos if slo.members]
    for each in applying(project.maintenances, LEDGER):
        found: dict[tuple[Matcher, ...], list[Slo]] = {}
        for slo in composites:
            if any(
                each.group_matchers(member.own_labels, member.folding.names) is not None
                for member in slo.below
            ):
                # a member has all labels of the composite, and may have more
                groups = tuple(m for m in each.match if m.label in slo.folding.names)
                found.setdefault(groups, []).append(slo)
        yield from ((each, groups, tuple(of)) for groups, of in found.items())


def _info_of(slos: Iterable[Slo], project: Project) -> Iterator[str]:
    """The info series of some SLOs: one selector a service."""
    of: dict[str, list[str]] = {}
    for slo in slos:
        of.setdefault(slo.service, []).append(slo.name)
    for service, called in sorted(of.items()):
        # names are letters, digits and dashes: no pattern in them
        named = Matcher(names.SLO, "=~", "|".join(sorted(called)))
        own = {names.BUNDLE: project.bundle, names.SERVICE: service}
        yield build.series(names.INFO, own, named)


def _matched_labels(groups: Sequence[Matcher]) -> dict[str, str]:
    """Tells apart the marks of one maintenance for composites with other group labels."""
    labels = ",".join(sorted({matcher.label for matcher in groups}))
    return {names.MATCHED_LABELS: labels} if labels else {}


def is_stopped(slo: Slo, project: Project) -> bool:
    """Whether some maintenance stops the ledger of some group of the SLO, or of a member."""
    return any(_matched(each, project) for each in (slo, *slo.below))


def _matched(slo: Slo, project: Project) -> list[tuple[Maintenance, tuple[Matcher, ...]]]:
    """What stops the ledger of an SLO, and which of its groups."""
    return [
        (each, groups)
        for each in applying(project.maintenances, LEDGER)
        if (groups := each.group_matchers(slo.own_labels, slo.folding.names)) is not None
    ]


def _slos(maintenance: Maintenance, project: Project, ruler: Ruler) -> str:
    """The SLOs that it is for while it is on, by their metadata; of groups the alerts decide."""
    own = [matcher for matcher in maintenance.match if matcher.label in OWN_LABELS]
    if maintenance.services:
        own.append(Matcher(names.SERVICE, "=~", "|".join(maintenance.services)))
    info = build.series(names.INFO, {names.BUNDLE: project.bundle}, *own)
    return _on(maintenance, info, project, ruler)


def _on(maintenance: Maintenance, info: str, project: Project, ruler: Ruler) -> str:
    """The SLOs of some info series while a maintenance is on."""
    times = format_duration(_reach(project, ruler))
    marks = f"max_over_time({_marks([maintenance], project)}[{times}])"
    # an edit leaves two info series for a while: one of each SLO is enough
    return f"group {build.BY} ({info})\nand on () {marks}"


def _marks(maintenances: Sequence[Maintenance], project: Project) -> str:
    return _of(names.MAINTENANCE_ACTIVE, maintenances, project)


def _of(series: str, maintenances: Sequence[Maintenance], project: Project) -> str:
    own = {names.BUNDLE: project.bundle}
    if len(maintenances) == 1:
        own[names.MAINTENANCE_LABEL] = maintenances[0].name
        return build.series(series, own)
    # names are letters, digits and dashes: no pattern in them
    named = Matcher(names.MAINTENANCE_LABEL, "=~", "|".join(m.name for m in maintenances))
    return build.series(series, own, named)


def _ahead(ruler: Ruler) -> int:
    return _AHEAD if ruler.reads_own_writes else _AHEAD_OF_VMALERT


def _reach(project: Project, ruler: Ruler) -> Fraction:
    """How far back marks matter (seconds): they are ahead, and the last one is before the end."""
    late = (_ahead(ruler) + 1) * project.interval
    return late + project.ledger_window + project.scrape_interval


def _indented(vector: str) -> str:
    return f"\n{vector}\n" if "\n" in vector else vector


def _pattern(matcher: Matcher) -> str:
    return f"(?:{matcher.value})" if "~" in matcher.op else re.escape(matcher.value)


def _interval(interval: TimeInterval, project: Project, lead: int, *, is_recorded: bool) -> str:
    """Whether local time is in an interval."""
    if interval.location == UTC_NAME or not is_recorded:
        clock = local_time(interval.location, lead)
    else:
        own = {names.BUNDLE: project.bundle, names.TIMEZONE: interval.location}
        clock = build.series(names.LOCAL_TIME, own)
    fields = (
        _any_of(f"day_of_week({clock})", interval.weekdays),
        _any_of(f"month({clock})", interval.months),
        _any_of(f"year({clock})", interval.years),
        _days(clock, interval.days_of_month),
        _times(clock, interval.times),
    )
    return "\n  and ".join(build.own(field) for field in fields if field) or clock


def _any_of(number: str, ranges: Iterable[Range]) -> str:
    return " or ".join(
        f"{number} == {first}" if first == last else f"{number} >= {first} <= {last}"
        for first, last in ranges
    )


def _times(clock: str, ranges: Sequence[Range]) -> str:
    """Times of the day, from minute to minute."""
    if (0, MINUTES) in ranges:
        return ""
    return " or ".join(
        f"{clock} % 86400 >= {first * _MINUTE} < {last * _MINUTE}" for first, last in ranges
    )


def _days(clock: str, ranges: Iterable[Range]) -> str:
    """Days of the month, from its begin or, where negative, from its end."""
    forwards = f"day_of_month({clock})"
    backwards = f"day_of_month({clock}) - days_in_month({clock}) - 1"

    def bound(number: int, operator: str) -> str:
        return f"{forwards if number > 0 else backwards} {operator} {number}"

    return " or ".join(f"{bound(f, '>=')} and {bound(t, '<=')}" for f, t in ranges)
