"""Unit tests of a service from its ledger on: idle, an outage, just above and below alerts.

Each test has all SLOs of the service that can take part. Pages that wait for some events have tests
of their own: one event too few does not page, enough of them do.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import ceil

from slokit.compiler import names
from slokit.compiler.windows import windows_in_use
from slokit.model.alerting import PAGE, BurnAlert
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.ledger_history import (
    FIRING,
    ZERO,
    BundleContext,
    Burst,
    LedgerHistory,
    alert_samples,
    holding,
    outage,
    possible,
    rows_of,
    settled,
    steady_histories,
    untimed,
)
from slokit.targets.promtool.unit_test import (
    ExpectedSamples,
    InputSeries,
    UnitTest,
    between,
    label_text,
    steady,
)
from slokit.text.durations import format_duration

_ABOVE, _BELOW = Fraction("1.02"), Fraction("0.98")
_COUNTED_BY = (names.SLO, names.SEVERITY)
_BURNS = Matcher("__name__", "=~", names.burn_pattern())
_QUIET = 3  # ledger windows before the events in a young ledger, and after them in any
# A young ledger counts for up to two ledger windows more than it has, and its events likewise.
_OVERCOUNT = Fraction(_QUIET + 2, _QUIET)


def service_tests(service: Service, context: BundleContext) -> Iterator[UnitTest]:
    """The tests of a service."""
    yield _idle(service, context)
    outages = [(s, context.of_kind(s, "outage", partial(outage, s))) for s in service.slos]
    failing = steady_histories(outages, context)
    for at, histories in failing.items():
        yield _outage(service, context, at, histories)
    for title, choose, factor in (
        ("a fast burn, just above the fastest alert", max, _ABOVE),
        ("a burn just below the fastest alert", max, _BELOW),
        ("a slow burn, just above the slowest alert", min, _ABOVE),
        ("a burn just below the slowest alert", min, _BELOW),
    ):
        shares = [
            (slo, context.of_kind(slo, title, partial(_share, slo, choose, factor)))
            for slo in service.slos
            if context.ledger(slo).alerts
        ]
        for at, histories in steady_histories(shares, context).items():
            inputs = [line for history in histories for line in history.inputs(at)]
            expected = _burning(at, service, histories)
            yield _test(service, context, title, inputs, expected)
    yield from _few_event_tests(service, context)


def _share(slo: Slo, choose: Callable[[Iterable[Decimal]], Decimal], factor: Fraction) -> Fraction:
    """The bad per total that burns so many times as fast as the chosen alert."""
    burn = Fraction(choose(alert.burn for alert in slo.burn_alerts)) * factor
    return possible(slo, burn * slo.budget)


def _test(
    service: Service,
    context: BundleContext,
    title: str,
    inputs: list[InputSeries],
    expected: list[ExpectedSamples],
) -> UnitTest:
    return UnitTest(f"{service.name}: {title}", context.project.interval, inputs, expected)


def _idle(service: Service, context: BundleContext) -> UnitTest:
    at = max(
        context.of_kind(slo, "idle", partial(settled, slo, ZERO, context)) for slo in service.slos
    )
    samples = context.samples(at) + 1
    nothing = steady((ZERO, samples))
    ledgers = map(context.ledger, service.slos)
    inputs = [line for ledger in ledgers for line in ledger.all(nothing, nothing, samples)]
    burns = build.series("", {names.SERVICE: service.name}, _BURNS)
    expected = [ExpectedSamples(at, burns), *_alerts(at, service, context, [])]
    return _test(service, context, "idle: no traffic burns nothing", inputs, expected)


def _outage(
    service: Service, context: BundleContext, at: Fraction, histories: list[LedgerHistory]
) -> UnitTest:
    """Until a time, and on until the shortest burn rate and what waits for it are silent."""
    firing = [(history.slo, history.firing(at)) for history in histories]
    window, mine = context.ledger_window, {names.SERVICE: service.name}
    shortest = min(windows_in_use(service.slos).fast, default=window)
    end = at + context.whole(shortest) + 2 * window
    inputs = [line for history in histories for line in history.inputs(end)]
    everything = build.series(names.ALERTS, {**mine, **FIRING}, *untimed(context))
    alerts = [sample for slo, held in firing for sample in alert_samples(slo, context, held)]
    # The others may hold on: their short windows still have the outage.
    fresh = holding(context, {**mine, names.SHORT: format_duration(shortest)})
    expected = [
        *_burning(at, service, histories),
        ExpectedSamples(at, everything, alerts),
        ExpectedSamples(end, f"{build.series(names.burn(shortest), mine)} > 0", comment="recovery"),
        ExpectedSamples(end, fresh),
    ]
    return _test(service, context, "a total outage, then recovery", inputs, expected)


def _burning(
    at: Fraction, service: Service, histories: list[LedgerHistory]
) -> list[ExpectedSamples]:
    """Over every window the burn rate is the same, and which burn alerts hold and fire then."""
    # by whole numbers, whose hashes are quick
    same: dict[tuple[int, int], list[tuple[str, int]]] = {}
    # Only over windows of this service, so that another one's never changes its tests.
    windows, own = histories[0].context.windows, windows_in_use(service.slos)
    over = {names.burn(seconds) for seconds in (*own.fast, *own.slow)}
    over |= {names.window_burn(window.name) for window in own.period}
    recorded_of_all = {names.burn(seconds) for seconds in (*windows.fast, *windows.slow)}
    alerting = over & recorded_of_all
    for history in histories:
        row = history.context.ledger(history.slo).row
        window = names.window_burn(history.slo.window.name)
        count = len(alerting) + (window not in alerting)
        burn = history.burn(at, at).as_integer_ratio()
        same.setdefault(burn, []).append((row, count))
    recorded = Matcher("__name__", "=~", "|".join(sorted(over)))
    burns = build.series("", {names.SERVICE: service.name}, recorded)
    counts = [
        ExpectedSamples(at, f"count without () ({between(burns, Fraction(*burn))})", rows)
        for burn, rows in same.items()
    ]
    return [*counts, *_alerts(at, service, histories[0].context, histories)]


def _alerts(
    at: Fraction, service: Service, context: BundleContext, histories: Sequence[LedgerHistory]
) -> Iterator[ExpectedSamples]:
    """Which burn alerts hold, and that one alert of each severity fires for each SLO's group."""
    held = [(history, history.firing(at)) for history in histories]
    rows = [row for history, alerts in held for row in rows_of(history, alerts)]
    mine = {names.SERVICE: service.name}
    yield ExpectedSamples(at, holding(context, mine), rows)
    counts = [
        (label_text({names.SLO: history.slo.name, names.SEVERITY: called}), 1)
        for history, alerts in held
        if history.slo.policy.name not in context.timed
        for severity in dict.fromkeys(alert.severity for alert in alerts)
        if (called := context.project.alerts.of(severity).name)
    ]
    firing = build.series(names.ALERTS, {**mine, **FIRING}, *untimed(context))
    yield ExpectedSamples(at, build.fold("count", _COUNTED_BY, firing), counts)


def _few_event_tests(service: Service, context: BundleContext) -> Iterator[UnitTest]:
    """Of rates whose pages wait for events: a quiet time, then some within one ledger window."""
    waiting = [
        s for s in service.slos if s.min_bad_events and s.sli.measure != "level" and _pages(s)
    ]
    longest = max((a.long for slo in waiting for a in _pages(slo)), default=ZERO)
    window = context.ledger_window
    old, young = context.whole(longest) + window, _QUIET * window
    few = [(slo, slo.min_bad_events - 1) for slo in waiting]
    # A young ledger may count its first events a little too often, so here fewer must suffice
    # to keep a page silent.
    fewer = [(slo, max(ceil(count / _OVERCOUNT) - 1, 0)) for slo, count in few]
    just = [(slo, slo.min_bad_events) for slo in waiting]
    for title, begin, counts in (
        ("one event too few to page", old, few),
        ("just enough events to page", old, just),
        ("a young ledger, too few events to page", young, fewer),
        ("a young ledger, enough events to page", young, just),
    ):
        end = begin + window
        histories = [
            LedgerHistory(slo, context, (Burst(begin, end, count / window),))
            for slo, count in counts
            if count
        ]
        expected = [*_paged(service, context, end, histories)]
        if expected:
            inputs = [line for h in histories for line in h.inputs(end + _QUIET * window)]
            yield _test(service, context, title, inputs, expected)


def _pages(slo: Slo) -> list[BurnAlert]:
    return [alert for alert in slo.burn_alerts if alert.severity == PAGE]


def _paged(
    service: Service, context: BundleContext, end: Fraction, histories: list[LedgerHistory]
) -> Iterator[ExpectedSamples]:
    """For whom each page's burn alert holds, of all SLOs where that is clear.

    Events are the newest of a fast window, and not of a slow one, which counts whole ledger
    windows.
    """
    later = _QUIET * context.ledger_window
    for alert in dict.fromkeys(a for h in histories for a in _pages(h.slo)):
        is_fast = alert.long in context.windows.fast
        at = end if is_fast else end + later
        clear = [h for h in histories if alert in _pages(h.slo) and not h.is_near(alert, at)]
        if not clear or not (is_fast or alert.short > later):
            continue
        rows = [row for h in clear if h.fires(alert, at) for row in rows_of(h, [alert])]
        labels = {names.SEVERITY: PAGE, names.LONG: format_duration(alert.long)}
        slos = Matcher(names.SLO, "=~", "|".join(h.slo.name for h in clear))
        mine = {names.SERVICE: service.name, **labels}
        yield ExpectedSamples(at, holding(context, mine, slos), rows)
