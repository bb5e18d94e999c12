"""From evidence to a report: rows, states, and what the reader should know about the numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from slokit.model.ledger import CountedIn
from slokit.model.slo import Slo
from slokit.reporting.budget import (
    IMPOSSIBLE,
    NO_DATA,
    is_impossible,
    measure,
    state,
    without_budget,
)
from slokit.reporting.corrections import corrected, is_silent
from slokit.reporting.evidence import Evidence, Key, Observed
from slokit.reporting.gaps import Gap, gaps
from slokit.reporting.gate import standings
from slokit.reporting.incidents import incidents
from slokit.reporting.model import BURN_WINDOWS, Measure, Report, Row, Threshold, TimeRange
from slokit.reporting.plan import QueryPlan
from slokit.reporting.plan.maintenance import listed
from slokit.reporting.plan.text import render_time
from slokit.sli.nouns import event_unit
from slokit.text.durations import rough_duration

_MANY_EVENTS = 1_000_000
_NAMED = 5

# The groups of each SLO, by service and SLO.
BySlo = Mapping[tuple[str, str], Mapping[Key, Evidence]]


def judge(plan: QueryPlan, observed: Observed) -> Report:
    """The report that the evidence amounts to: one row a group, in the order of the SLOs."""
    request, by_slo = plan.request, _by_slo(observed)
    added = observed.added
    rows = tuple(row for slo in request.slos for row in _rows(slo, by_slo, plan, added))
    return Report(
        at=request.at,
        period=request.period,
        bundle=request.bundle.name,
        rows=rows,
        slot_seconds=plan.series.seconds if plan.series else 0.0,
        window_seconds=float(request.project.ledger_window),
        warnings=(
            *_archived(observed),
            *_unmeasured(plan, rows),
            *_about_answers(plan, observed, by_slo),
            *_other_objectives(request.slos, observed),
            *_impossible(rows),
            *_caveats(rows),
            *_never_bad(rows),
            *_server(observed),
        ),
        maintenance=tuple(listed(request.project, request.slos, request.longest)),
        compare=request.compare,
        standings=standings(request.project.budget_rules, rows),
        title=request.title,
        compare_title=request.compare_title,
        archived=observed.archived,
        added=tuple(sorted(added)),
        server=observed.server,
        requests=observed.requests,
        clock=observed.clock,
    )


def _by_slo(observed: Observed) -> dict[tuple[str, str], dict[Key, Evidence]]:
    found: dict[tuple[str, str], dict[Key, Evidence]] = {}
    for key, evidence in observed.evidence.items():
        if evidence.is_data:
            found.setdefault(key[:2], {})[key] = evidence
    return found


def _rows(slo: Slo, by_slo: BySlo, plan: QueryPlan, added: frozenset[str]) -> Iterator[Row]:
    """One row a group; one without a group when no group is known."""
    groups = by_slo.get((slo.service, slo.name), {})
    known = sorted(key for key in groups if not _foreign_labels(key, slo, added))
    for key in known or [(slo.service, slo.name, ())]:
        yield _row(slo, key, groups.get(key), plan)


def _row(
    slo: Slo,
    key: Key,
    evidence: Evidence | None,
    plan: QueryPlan,
) -> Row:
    request, planned = plan.request, plan.left_out
    slot_seconds = float(request.project.ledger_window)
    # of the window the whole budget is meant, of the period what it would allow
    ranges = ((request.window(slo), slo.window.elapsed(request.at)), (request.period, 1.0))
    begun = evidence

    def share(over: TimeRange) -> float:
        # a calendar's window is measured by what has passed of it, as the rules do
        is_stretched = over != ranges[0][0] or slo.window.is_rolling
        return begun.share_since(over) if begun and is_stretched else 1.0

    uncorrected = [
        measure(slo, evidence.counts.get(over), over, slot_seconds, elapsed * share(over))
        if evidence and evidence.left_out_of(over).slots
        else None
        for over, elapsed in ranges
    ]
    evidence = evidence and corrected(evidence)
    counts = evidence.counts if evidence else {}

    def measured(over: TimeRange, elapsed: float = 1.0) -> Measure:
        return measure(slo, counts.get(over), over, slot_seconds, elapsed * share(over))

    of_window, of_period = (measured(over, elapsed) for over, elapsed in ranges)
    is_quiet = is_silent(slo, key, request.at, planned)
    found = state(slo, evidence, of_window, is_silent=is_quiet)
    earlier = request.compare
    before = measured(earlier) if earlier else None
    if any(is_impossible(slo, counts.get(over)) for over, _ in ranges):
        # neither alerts nor incidents mean anything where the counts do not
        assert evidence is not None
        found, evidence = IMPOSSIBLE, replace(evidence, burn={}, fast_windows=())
    if found == NO_DATA:
        of_window, of_period = without_budget(of_window), without_budget(of_period)
    row = Row(
        service=slo.service,
        slo=slo.name,
        group=dict(key[2]),
        category=slo.category,
        sli=slo.sli.type,
        objective=slo.objective_text,
        unit=slo.sli.unit,
        counted_in=slo.sli.counted_in,
        events=event_unit(slo),
        window=slo.window.name,
        state=found,
        source=evidence.source if evidence else "",
        coverage=of_window.coverage,
        window_measure=of_window,
        period_measure=of_period,
        burn={name: _burn(evidence, name, request.at) for name in BURN_WINDOWS},
        incidents=incidents(key, evidence, of_window, slot_seconds) if evidence else (),
        description=slo.description,
        owner=slo.owner,
        budget=float(slo.budget),
        uncorrected_window=uncorrected[0],
        uncorrected_period=uncorrected[1],
        series=evidence.series if evidence else (),
        thresholds=(
            *(
                Threshold(1 - float(alert.spent), f"{alert.severity}: {alert.percent} spent")
                for alert in slo.policy.thresholds
            ),
            *(
                Threshold(float(rule.below), f"policy: {rule.action}")
                for rule in request.project.budget_rules
            ),
        ),
        compare_measure=before,
        resets_at=slo.window.resets(request.at),
    )
    return _with_forecast(row, evidence, plan) if plan.series else row


def _with_forecast(row: Row, evidence: Evidence | None, plan: QueryPlan) -> Row:
    """The row, and when its budget will be gone."""
    from slokit.reporting.forecast import forecast_of

    over, assumed = row.window_measure, plan.series.seconds if plan.series else 0.0
    now = evidence.total_now if evidence else None
    usual = over.total / over.covered_seconds if over.total and over.covered_seconds else None
    traffic = now / usual if now and usual else None
    return replace(row, forecast=forecast_of(row, plan.request.at, assumed, traffic))


def _burn(evidence: Evidence | None, name: str, at: float) -> float | None:
    """The burn rate over a window; time before a group's first sample counts as good."""
    rate = evidence.burn.get(name) if evidence else None
    if evidence is None or rate is None:
        return None
    return rate * evidence.share_since(TimeRange(at - BURN_WINDOWS[name], at))


def _foreign_labels(key: Key, slo: Slo, added: frozenset[str]) -> set[str]:
    """The labels of a group that neither the spec groups by nor the store adds."""
    return {name for name, _ in key[2]} - set(slo.folding.names) - added


def _about_answers(plan: QueryPlan, observed: Observed, by_slo: BySlo) -> Iterator[str]:
    """What to know about where the numbers come from, and which ones are missing."""
    if observed.do_replicas_differ:
        yield (
            "the same question had different answers: several replicas answer behind one"
            " address, so numbers may differ from one report to the next"
        )
    if observed.from_raw and plan.recorded:
        slos = _some(observed.from_raw)
        yield f"the ledger does not cover the window; computed from raw history: {slos}"
    for rejection in observed.rejections:
        yield f"{rejection.slo} has no numbers from raw history: Prometheus {rejection.words}"
    yield from _left_out(plan.request.slos, by_slo, observed.added)
    yield from _like_replicas(observed.added)
    if observed.added and by_slo and not observed.has_ledger:
        yield (
            "there is no ledger of this bundle: other series say that the store adds"
            f" {', '.join(sorted(observed.added))}, and each value has rows of its own"
        )
    elif plan.request.project.replica_labels and by_slo and not observed.has_ledger:
        yield (
            "without a ledger only `replica_labels` are known of the labels that the store adds:"
            " all others are summed over unless the SLO is grouped by them"
        )
    if plan.request.slos and not by_slo and not observed.rejections:
        yield (
            f"no data about bundle {plan.request.bundle.name!r} in {_places(plan)}: is it the right"
            " server, and are the compiled rules loaded? `slokit check` says what is missing"
        )


def _unmeasured(plan: QueryPlan, rows: Sequence[Row]) -> Iterator[str]:
    """When nothing was measured at all, though it was before; not where silence is meant."""
    request, drawn = plan.request, plan.series
    silent = {slo.id for slo in request.slos if slo.no_data == "ignore"}
    own = [row.series for row in rows if row.series and row.id not in silent]
    if drawn is None or not own:
        return
    planned = [t for m in listed(request.project, request.slos, drawn.over) for t in m.times]
    over = TimeRange(request.longest.start, drawn.ends.end)
    window = float(request.project.ledger_window)
    times = [
        _gap(gap)
        for gap in gaps(own, over, drawn.seconds, window)
        if not any(t.start <= gap.over.start and gap.over.end <= t.end for t in planned)
    ]
    if times:
        yield (
            f"nothing was measured {_some(times)}, as when Prometheus or its rules stand still:"
            " that time counts neither as good nor as bad"
        )


def _gap(gap: Gap) -> str:
    start, end = render_time(gap.over.start), render_time(gap.over.end)
    if gap.is_whole:
        return f"from {start} to {end}"
    return f"for {rough_duration(gap.seconds)} between {start} and {end}"


def _archived(observed: Observed) -> Iterator[str]:
    """Which times come from the archive, a few of them, and that those are counts alone."""
    if observed.archived:
        times = [f"{render_time(t.start)} to {render_time(t.end)}" for t in observed.archived]
        yield (
            f"from the archive {observed.archive}: {_some(times)}; the rest is the server's,"
            " and incidents are known of the server's times alone"
        )


def _other_objectives(slos: Sequence[Slo], observed: Observed) -> Iterator[str]:
    """SLOs whose rows are measured by the specs' objective, and whose alerts by another one."""
    other = [
        f"{slo.id} ({', '.join(sorted(loaded))} there, {slo.objective_text} here)"
        for slo in slos
        if (loaded := observed.objectives.get((slo.service, slo.name)))
        and slo.objective_text not in loaded
    ]
    if other:
        yield (
            "the rules that are loaded have another objective than the specs, which this report is"
            f" by: {_some(other)}; alerts and dashboards follow the loaded one until the compiled"
            " rules are loaded"
        )


def _like_replicas(added: frozenset[str]) -> Iterator[str]:
    """Added labels that by their names tell replicas apart, each of which has rows of its own."""
    for label in sorted(label for label in added if "replica" in label.lower()):
        yield (
            f"each value of {label}, which the store adds, has rows of its own; if it tells"
            f" replicas apart, set `prometheus: {{replica_labels: [{label}]}}` in slokit.yaml"
        )


def _left_out(slos: Sequence[Slo], by_slo: BySlo, added: frozenset[str]) -> Iterator[str]:
    """Groups of the ledger that no row can show."""
    foreign = [
        (slo.id, labels)
        for slo in slos
        for key in by_slo.get((slo.service, slo.name), ())
        if (labels := _foreign_labels(key, slo, added))
    ]
    if foreign:
        names = ", ".join(sorted({label for _, own in foreign for label in own}))
        yield (
            f"{len(foreign)} groups of the ledger have labels that the specs do not group by"
            f" ({names}) and were left out: {_some(sorted({slo for slo, _ in foreign}))};"
            " group_by was another one"
        )


def _places(plan: QueryPlan) -> str:
    """Where the plan looks for data."""
    places = ["the ledger"] if plan.recorded else []
    return " or in ".join([*places, *(["raw history"] if plan.raw else [])])


def _caveats(rows: Sequence[Row]) -> Iterator[str]:
    """What SLOs' numbers do not say, once for all SLOs of which it holds."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.counted_in.caveat:
            found.setdefault(row.counted_in.caveat, {})[row.id] = None
    for caveat, slos in found.items():
        yield f"{caveat}: {_some(list(slos))}"


def _impossible(rows: Sequence[Row]) -> Iterator[str]:
    """Groups of which more was bad than there was: why they have no SLI."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.state == IMPOSSIBLE:
            found.setdefault(row.id, []).append(row)
    for slo, groups in found.items():
        window = groups[0].window_measure
        measure = window if window.sli is None and window.total else groups[0].period_measure
        what = f"{measure.bad:,.0f} bad of {measure.total:,.0f} {groups[0].total_unit.plural}"
        where = " in one group" if len(groups) == 1 else f" in {len(groups)} groups"
        where = where if any(row.group for row in groups) else ""
        yield (
            f"{slo} has no SLI{where}: {what} is impossible, its sides do not count the same;"
            " `slokit check` says which one is wrong"
        )


def _never_bad(rows: Sequence[Row]) -> Iterator[str]:
    """SLOs of which no event out of a great many was bad; seconds without a fault are usual."""
    events: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        if row.counted_in is CountedIn.EVENTS:
            key = (row.id, row.events.plural)
            total, bad = events.get(key, (0.0, 0.0))
            window = row.window_measure
            events[key] = (total + (window.total or 0.0), bad + (window.bad or 0.0))
    for (name, called), (total, bad) in events.items():
        if bad == 0 and total >= _MANY_EVENTS:
            yield (
                f"{name}: none of {total:,.0f} {called} was bad; is the selector of the bad side"
                " right?"
            )


def _server(observed: Observed) -> Iterator[str]:
    return (f"the server warns: {warning}" for warning in observed.warnings)


def _some(names: Sequence[str]) -> str:
    """A few of many names."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
