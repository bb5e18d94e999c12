"""The queries about the recorded ledger: a number of them that does not grow with the SLOs.

Each one is about all SLOs of the bundle. The reading of the answers is in read/recorded.py.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.burn import burn_rate
from slokit.compiler.hours import has_hours
from slokit.compiler.ledger import budgets, series
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.model.window import Window
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.reporting.archive import hour_ends
from slokit.reporting.model import BURN_WINDOWS, TimeRange
from slokit.reporting.plan.hours import plan_hours_recorded, plan_parts_summed
from slokit.reporting.plan.maintenance import LeftOut, length_of
from slokit.reporting.plan.query import (
    FAST_BURN,
    InstantQuery,
    Query,
    RangeQuery,
    before_half,
    half_open,
    halves_of,
    labelled,
    slot_ends,
    stretches_of,
    union,
)
from slokit.text.durations import format_duration

# alertgroup is vmalert's
_ALERT_LABELS = frozenset("alertname alertgroup alertstate severity alert_policy".split())
_PROBES = 3
_MOST_NAMED = 100
SINCE = "since"
# A part of a time range: so many ledger windows, six hours unless they are longer.
PART_SLOTS = 72
# A server gives a query half a minute or two: one about more than so many SLOs times days is sent
# in pieces. A core reads the counts of some 5,000 of those in a second.
MOST_SLO_DAYS = 60_000
_DAY = 86_400
# Rules may be late, and a store that is written to later still: what is younger may yet change.
SETTLED_SECONDS = 600.0
_RECENTLY = Fraction(600)


@dataclass(frozen=True, slots=True)
class RecordedPlan:
    """The queries about the ledger, in the order in which they are sent.

    ``counts`` are the stretches between the ends of time ranges, each of which is asked about once,
    so that no count is read twice, and ``stretches`` says which of them each time range is made of.
    ``hours`` asks, of a bundle that records them, which hours may be read in place of counts: see
    :mod:`slokit.reporting.plan.hours`. ``left_out`` has one for each stretch of maintenance;
    ``slos`` are those of the bundle. ``history`` is sent about the services that have a group of
    which less than half was measured, see :func:`plan_history`.
    ``window_of`` has the window of each SLO, by service and name, the one that it had before as
    well; ``renamed`` has the name of an SLO by the one before, both with their service.
    ``fast_windows`` is sent about the services that ``fast_services`` finds, see
    :func:`plan_fast_windows`. ``alert_labels`` are the labels of a firing alert that are no group
    labels.
    """

    project: Project
    period: TimeRange
    windows: Mapping[Window, TimeRange]
    window_of: Mapping[tuple[str, str], Window]
    renamed: Mapping[tuple[str, str], tuple[str, str]]
    stretches: Mapping[TimeRange, tuple[TimeRange, ...]]
    hours: RangeQuery | None
    counts: tuple[TimeRange, ...]
    left_out: tuple[tuple[LeftOut, InstantQuery], ...]
    slos: tuple[Slo, ...]
    history: InstantQuery
    burn: InstantQuery
    total_now: InstantQuery
    fast_services: InstantQuery
    fast_windows: RangeQuery
    alerts_fired: RangeQuery
    alerts_firing: InstantQuery
    objectives: InstantQuery
    probes: tuple[InstantQuery, ...]
    alert_labels: frozenset[str]

    def queries(self) -> Iterator[Query]:
        """All queries, in the order in which they are sent."""
        if self.hours:
            yield self.hours
        yield from map(self._planned, self.counts)
        yield from (query for _, query in self.left_out)
        yield self.history
        yield self.burn
        yield self.total_now
        yield self.fast_services
        yield self.fast_windows
        yield self.alerts_fired
        yield self.alerts_firing
        yield self.objectives
        yield from self.probes

    def _planned(self, stretch: TimeRange) -> InstantQuery:
        """The query about a stretch, in hours where the bundle records them, as if all were."""
        return plan_stretch(self.project, stretch, hour_ends(stretch) if self.hours else ())


def plan_recorded(
    bundle: Bundle,
    windows: Mapping[Window, TimeRange],
    period: TimeRange,
    planned: Sequence[LeftOut] = (),
    compare: TimeRange | None = None,
) -> RecordedPlan:
    """The queries about the counts of each window, and about what happened in the period.

    ``windows`` are the SLO windows with the time that each covers at the moment of the report,
    ``planned`` the stretches of maintenance in them, and ``compare`` is counted as well.
    """
    # the period may be as long as one of the windows: no query is sent twice
    ranges = dict.fromkeys([*windows.values(), period, *([compare] if compare else [])])
    project, at = bundle.project, period.end
    anew = {over for window, over in windows.items() if not window.is_rolling}
    stretches = stretches_of(
        {over: _of_its_own(over, project) if over in anew else over for over in ranges},
        MOST_SLO_DAYS * _DAY / max(len(bundle.slos), 1),
    )
    firing = _firing(bundle)
    probe = InstantQuery(
        "whether several replicas answer, by the same question about the past",
        _probe(project),
        at - SETTLED_SECONDS,
        "the ledger has data",
    )
    alerts = project.alerts
    return RecordedPlan(
        project=project,
        period=period,
        windows=windows,
        window_of={
            (slo.service, name): slo.window
            for slo in bundle.slos
            for name in (slo.name, *slo.formerly)
        },
        renamed={
            (slo.service, old): (slo.service, slo.name)
            for slo in bundle.slos
            for old in slo.formerly
        },
        stretches=stretches,
        hours=_hours(bundle, stretches),
        counts=tuple(dict.fromkeys(part for parts in stretches.values() for part in parts)),
        slos=bundle.slos,
        left_out=tuple(
            (each, _left_out(project, each))
            for each in planned
            if any(maintenance.is_corrected for maintenance in each.maintenances)
        ),
        history=plan_history(project, at, dict.fromkeys(windows, ())),
        burn=plan_burn(project, at),
        total_now=InstantQuery("whether there is data and traffic now", _total_now(project), at),
        fast_services=plan_fast_services(project, period),
        fast_windows=plan_fast_windows(project, period, ()),
        alerts_fired=RangeQuery(
            "alerts that fired at some time of each ledger window",
            f"last_over_time({firing}[{half_open(project.ledger_window)}])",
            slot_ends(period, float(project.ledger_window)),
            float(project.ledger_window),
        ),
        alerts_firing=InstantQuery("alerts that fire now", firing, at),
        objectives=InstantQuery(
            "by which objectives the loaded rules alert", _objectives(project), at
        ),
        probes=(probe,) * _PROBES,
        alert_labels=_ALERT_LABELS.union(alerts.lifted, alerts.static, bundle.routing),
    )


def _firing(bundle: Bundle) -> str:
    """The burn alerts that fire.

    >>> _firing(Bundle(Project(bundle="shop"), ()))
    'ALERTS{alertname="SLOBudgetBurn",alertstate="firing",bundle="shop"}'
    """
    own = {"alertstate": "firing", names.BUNDLE: bundle.name}
    called = names.burn_alerts(bundle)
    if len(called) == 1:
        return build.series(names.ALERTS, {"alertname": called[0], **own})
    return build.series(names.ALERTS, own, Matcher("alertname", "=~", "|".join(called)))


def plan_fast_windows(project: Project, period: TimeRange, services: Sequence[str]) -> RangeQuery:
    """The ledger windows that burned fast, out of the whole period: only those come back.

    Of these services, unless they are none or so many that the query would grow too long.
    """
    window = project.ledger_window
    few = _named(services)
    bad = _slot(names.bad_events(window), project, *few)
    total = _slot(names.total_events(window), project, *few)
    burn = f"{bad} / ({total} > 0) / {build.ON} group_left () {budgets(project)} > {FAST_BURN}"
    return RangeQuery(
        "ledger windows that burned fast: their bad events and burn rates",
        union({"burn": f"({burn})", "bad": f"({bad} and ({burn}))"}),
        slot_ends(period, float(window)),
        float(window),
        f"there are such services; about those, where they are up to {_MOST_NAMED}",
    )


def plan_history(
    project: Project, at: float, services: Mapping[Window, Sequence[str]]
) -> InstantQuery:
    """Which groups have a history of half of a window: any count in the window that ended then.

    Of the bad events, without which nothing is known. For each window about these services, unless
    they are none or so many that the query would grow too long.
    """
    own = {names.BUNDLE: project.bundle}
    bad = names.bad_events(project.ledger_window)

    def counted(window: Window, few: Sequence[str]) -> str:
        # a calendar window's, too, is about its full length: history does not end at a boundary
        length, half = (format_duration(s) for s in (window.longest, window.longest / 2))
        of_these = build.series(bad, own, *_named(few))
        return f"present_over_time({of_these}[{length}] offset {half})"

    return InstantQuery(
        "groups with a history of half of the window at least",
        union({window.name: counted(window, few) for window, few in services.items()}),
        at,
        "less than half of the window of some group was measured;"
        f" about the services of those, where they are up to {_MOST_NAMED}",
        smaller=lambda: [
            _present(project, window, few, before_half(TimeRange(at - float(window.longest), at)))
            for window, few in services.items()
        ],
    )


def _present(
    project: Project, window: Window, services: Sequence[str], over: TimeRange
) -> InstantQuery:
    """The groups with any count in a stretch, which stands in for a window: or in a half of it."""
    bad = names.bad_events(project.ledger_window)
    counts = build.series(bad, {names.BUNDLE: project.bundle}, *_named(services))
    return InstantQuery(
        f"groups with a history before half of the window of {window.name}",
        labelled(f"present_over_time({counts}[{half_open(length_of(over))}])", window.name),
        over.end,
        smaller=lambda: [
            _present(project, window, services, half)
            for half in halves_of(over, float(project.ledger_window))
        ],
    )


def _named(services: Sequence[str]) -> Sequence[Matcher]:
    """A matcher of these services; none where that would be none or too many."""
    if not 0 < len(services) <= _MOST_NAMED:
        return ()
    return (Matcher(names.SERVICE, "=~", "|".join(services)),)


def plan_parts(project: Project, over: TimeRange, services: Sequence[str]) -> RangeQuery | None:
    """Both sides of each part of a time range, which are so many ledger windows long.

    They are counted back from its end, and one that is not whole is left out. Of these services,
    unless they are none or so many that the query would grow too long. None where the time range
    has no part.
    """
    seconds = PART_SLOTS * project.ledger_window
    if over.seconds < seconds:
        return None
    ends = slot_ends(over, float(seconds))
    return RangeQuery(
        f"total and bad events of each {format_duration(seconds)}, and how much was measured",
        sums(project, seconds, _named(services)),
        ends,
        float(seconds),
        "a ledger covers no more than a part of a window; about those services, where they are"
        f" up to {_MOST_NAMED}",
    )


def _hours(bundle: Bundle, stretches: Mapping[TimeRange, Sequence[TimeRange]]) -> RangeQuery | None:
    """The query about hours, over all stretches; None where the bundle records none."""
    parts = [part for parts in stretches.values() for part in parts]
    if not (parts and has_hours(bundle)):
        return None
    over = TimeRange(min(part.start for part in parts), max(part.end for part in parts))
    return plan_hours_recorded(bundle.project, over)


def _of_its_own(over: TimeRange, project: Project) -> TimeRange:
    """The part of a calendar window whose counts hold nothing of the period before it.

    The rules leave those out as well that reach back over the boundary.

    >>> _of_its_own(TimeRange(1_796_079_600, 1_796_083_200), Project())
    TimeRange(start=1796080230.0, end=1796083200)
    """
    return TimeRange(min(over.start + float(project.count_reach), over.end - 1), over.end)


def plan_counts(project: Project, over: TimeRange) -> InstantQuery:
    """Both sides over a time range, and how many ledger windows of it were counted."""
    length = format_duration(length_of(over))
    purpose = f"total and bad events of {length}, and how much of it was measured"
    return _summed(purpose, project, over)


def plan_stretch(project: Project, over: TimeRange, hours: Collection[float]) -> InstantQuery:
    """The same, read in the hours that are recorded, which end at these moments."""
    query = plan_parts_summed(project, over, hours)
    if query is None:
        return plan_counts(project, over)
    return replace(
        query,
        smaller=lambda: [
            plan_stretch(project, half, hours)
            for half in halves_of(over, float(project.ledger_window))
        ],
    )


def _summed(
    purpose: str, project: Project, over: TimeRange, patterns: Sequence[Matcher] = ()
) -> InstantQuery:
    """Both sides over a time range: of its halves the sums are the same added up."""
    return InstantQuery(
        purpose,
        sums(project, length_of(over), patterns),
        over.end,
        smaller=lambda: [
            _summed(purpose, project, half, patterns)
            for half in halves_of(over, float(project.ledger_window))
        ],
    )


def _left_out(project: Project, stretch: LeftOut) -> InstantQuery:
    """Both sides in a stretch of maintenance, of all SLOs: the reader knows for which it is."""
    named = ", ".join(maintenance.name for maintenance in stretch.maintenances)
    purpose = f"what was counted in the maintenance {named}, which the report leaves out"
    return _summed(purpose, project, stretch.over)


def sums(project: Project, seconds: Fraction, patterns: Sequence[Matcher] = ()) -> str:
    """Both sides over so many seconds, and how many ledger windows of them were counted."""
    own, window = {names.BUNDLE: project.bundle}, project.ledger_window
    total, bad = (
        f"{build.series(name(window), own, *patterns)}[{half_open(seconds)}]"
        for name in (names.total_events, names.bad_events)
    )
    return union(
        {
            "total": f"sum_over_time({total})",
            "bad": f"sum_over_time({bad})",
            "slots": f"count_over_time({total})",
        }
    )


def plan_matching(
    project: Project, over: TimeRange, matchers: Sequence[Matcher], services: Sequence[str] = ()
) -> InstantQuery:
    """Both sides over a time range of the groups that are matched, of these services.

    Of every service, where they are none or so many that the query would grow too long.
    """
    purpose = f"total and bad events of {', '.join(map(str, matchers))}"
    return _summed(purpose, project, over, (*matchers, *_named(services)))


def plan_burn(project: Project, at: float) -> InstantQuery:
    """What was measured of each window, and since when there is data.

    Not what the rules record: an alert policy may not use all of the windows. One by one each is
    the same.
    """
    rates = {name: burn_rate(Fraction(seconds), project) for name, seconds in BURN_WINDOWS.items()}
    since = series(names.SINCE, project)
    terms = {**rates, SINCE: f"last_over_time({since}[{_recently(project)}])"}
    purpose = "burn rates"
    return InstantQuery(
        purpose,
        union(terms),
        at,
        smaller=lambda: [
            InstantQuery(purpose, labelled(vector, side), at) for side, vector in terms.items()
        ],
    )


def plan_fast_services(project: Project, period: TimeRange) -> InstantQuery:
    """Services that may have burned fast in a period, or in either half of it."""
    purpose = "services in which some ledger window may have burned fast"
    return InstantQuery(
        purpose,
        _fast_services(project, period),
        period.end,
        smaller=lambda: [
            plan_fast_services(project, half)
            for half in halves_of(period, float(project.ledger_window))
        ],
    )


def _total_now(project: Project) -> str:
    """The newest total: a rule may be an evaluation late.

    >>> _total_now(Project(bundle="shop"))
    'last_over_time(slokit:total:rate5m{bundle="shop"}[10m])'
    """
    total = series(names.total_rate(project.ledger_window), project)
    return f"last_over_time({total}[{_recently(project)}])"


def _recently(project: Project) -> str:
    return format_duration(max(_RECENTLY, 4 * project.interval))


def _objectives(project: Project) -> str:
    """The objective of each SLO as its rules say it, without other metadata.

    >>> _objectives(Project(bundle="shop"))
    'group by (service, slo, objective) (slokit:info{bundle="shop"})'
    """
    labels = (names.SERVICE, names.SLO, names.OBJECTIVE)
    return build.fold("group", labels, series(names.INFO, project))


def _fast_services(project: Project, period: TimeRange) -> str:
    """Services that may have burned fast, by a bound that no single ledger window exceeds.

    The most bad events of a window over the fewest of all, against the smallest budget: that reads
    every count once, where asking about each window reads it at every step.

    >>> print(_fast_services(Project(bundle="shop"), TimeRange(0, 3600)))
    max_over_time(slokit:bad:events5m{bundle="shop"}[59m59s999ms])
    / min_over_time(slokit:total:events5m{bundle="shop"}[59m59s999ms])
    / on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (min_over_time(slokit:budget:ratio{bundle="shop"}[59m59s999ms:5m])) > 3
    """
    window, length = project.ledger_window, half_open(Fraction(int(period.seconds)))
    bad = series(names.bad_events(window), project)
    total = series(names.total_events(window), project)
    budget = series(names.BUDGET, project)
    ratio = f"max_over_time({bad}[{length}]) / min_over_time({total}[{length}])"
    least = f"min {build.BY} (min_over_time({budget}[{length}:{format_duration(window)}]))"
    return f"{ratio} / {build.ON} group_left () {least} > {FAST_BURN}"


def _slot(name: str, project: Project, *patterns: Matcher) -> str:
    """The count of the ledger window that ends at or before the moment, each exactly once.

    >>> _slot("slokit:bad:events5m", Project(bundle="shop"))
    'last_over_time(slokit:bad:events5m{bundle="shop"}[4m59s999ms])'
    """
    counts = build.series(name, {names.BUNDLE: project.bundle}, *patterns)
    return f"last_over_time({counts}[{half_open(project.ledger_window)}])"


def _probe(project: Project) -> str:
    total = series(names.total_rate(project.ledger_window), project)
    bad = series(names.bad_rate(project.ledger_window), project)
    return f"sum({total}) or {labelled(f'sum({bad})', 'bad')}"
