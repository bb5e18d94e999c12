"""Unit tests of a bundle's burn rates and alerts: what each window holds, and what each waits for.

The rules serve all SLOs, so a few of them suffice: one for each way in which the rules tell them
apart.
"""

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.targets.promtool.ledger_history import (
    ALWAYS,
    ZERO,
    BundleContext,
    Burst,
    LedgerHistory,
    alert_samples,
    expected_burn_alerts,
    firing_burn_alerts,
    holding,
    one_each,
    outage,
    possible,
    rows_of,
    steady_histories,
)
from slokit.targets.promtool.unit_test import ExpectedSamples, InputSeries, UnitTest, between
from slokit.text.durations import format_duration

_ABOVE, _BELOW = Fraction("1.02"), Fraction("0.98")
_QUIET = 2  # times the longest short window, so that a long one tells them apart
_STORM = 3  # times as fast as the fastest alert: over the shortest windows, not over longer ones


def bundle_test(
    context: BundleContext, title: str, inputs: list[InputSeries], expected: list[ExpectedSamples]
) -> UnitTest:
    """A test of the bundle, what it expects in the order of time."""
    name = f"bundle {context.project.bundle}: {title}"
    ordered = sorted(expected, key=lambda each: each.at)
    return UnitTest(name, context.project.interval, inputs, ordered)


def burn_tests(bundle: Bundle, context: BundleContext) -> Iterator[UnitTest]:
    """The tests; none where nothing alerts."""
    alerted = [slo for slo in bundle.slos if slo.burn_alerts]
    if not alerted:
        return
    # where a ledger window holds one or two samples, a test may find nothing that is clear
    yield from (test for test in _every_test(context, bundle.slos, alerted) if test.expected)


def _every_test(
    context: BundleContext, slos: Sequence[Slo], alerted: list[Slo]
) -> Iterator[UnitTest]:
    if context.windows.fast:
        yield _one_burst(context, one_each(slos, lambda slo: slo.sli.measure))
    yield from _thresholds(context, one_each(alerted, _kind))
    unconditional = {slo.policy.name for slo in alerted if not slo.min_bad_events}
    plain = [s for s in alerted if not s.min_bad_events or s.policy.name not in unconditional]
    # one for each policy and its burn alerts: below 28 days those depend on the SLO window
    few = one_each(plain, lambda slo: (slo.policy.name, slo.policy.fitting(slo.window)))
    yield _recovery(context, few)
    yield _new_storm(context, few)
    yield _new_group(context, few, steady=True)
    yield _new_group(context, few, steady=False)


def _kind(slo: Slo) -> Hashable:
    return (
        slo.policy.name,
        slo.window,
        slo.sli.measure,
        bool(slo.min_bad_events),
        bool(slo.alert_name),
        bool(slo.routing),
    )


def _test(
    context: BundleContext,
    title: str,
    histories: list[LedgerHistory],
    expected: list[ExpectedSamples],
) -> UnitTest:
    # No further than anything is expected: promtool evaluates all rules at each step.
    end = max((each.at for each in expected), default=ZERO)
    inputs = [line for history in histories for line in history.inputs(end)]
    return bundle_test(context, title, inputs, expected)


def _one_burst(context: BundleContext, slos: list[Slo]) -> UnitTest:
    """Bad events of one ledger window, as many as allowed, are in a window as long as it lasts."""
    window, spans = context.ledger_window, context.windows.fast
    begin = context.whole(spans[-1]) + window
    histories = [LedgerHistory(s, context, (_bad_window(s, context, begin),)) for s in slos]
    expected = [
        each for h in histories for span in spans for each in _within_window(h, span, begin)
    ]
    for span in spans:
        later = begin + context.whole(span) + 2 * window
        query = build.series(names.burn(span), {names.BUNDLE: context.project.bundle})
        comment = f"the bad events are older than {format_duration(span)}"
        expected.append(ExpectedSamples(later, f"{query} > 0", comment=comment))
    return _test(context, "a burst passes through the fast windows", histories, expected)


def _bad_window(slo: Slo, context: BundleContext, begin: Fraction) -> Burst:
    """A ledger window of bad events; levels are twice as bad at first and then good at once.

    So the newest level says nothing about the window, while its mean does: but where there is one
    sample only, it is the mean.
    """
    window, interval = context.ledger_window, context.project.interval
    half = interval * (context.samples(window) // 2)
    lasting = half if half and slo.sli.measure == "level" else window
    return Burst(begin, begin + lasting, possible(slo, slo.budget * window / lasting))


def _within_window(
    history: LedgerHistory, span: Fraction, begin: Fraction
) -> Iterator[ExpectedSamples]:
    """Where the burst is the newest, where it is just older, and where it is the oldest."""
    context = history.context
    window, interval = context.ledger_window, context.project.interval
    is_level = history.slo.sli.measure == "level"
    # A sample more or less, and a little for rounding: of the window, or of the newest mean.
    one, mean = (Fraction(11, 10) * interval / seconds for seconds in (span, window))
    one = one if span > window else Fraction(1, 10_000)
    yield _burn(history, span, begin + window, mean if is_level else one)
    if span >= 2 * window and not is_level:
        yield _burn(history, span, begin + 2 * window, one)
    if span >= 4 * window and span == context.whole(span):
        yield _burn(history, span, begin + span - window, one)


def _burn(
    history: LedgerHistory, span: Fraction, at: Fraction, tolerance: Fraction
) -> ExpectedSamples:
    slo = history.slo
    query = build.series(names.burn(span), {names.SERVICE: slo.service, names.SLO: slo.name})
    near = f"group without () ({between(query, history.burn(span, at), tolerance)})"
    return ExpectedSamples(at, near, [(history.context.ledger(slo).row, 1)])


def _thresholds(context: BundleContext, slos: list[Slo]) -> Iterator[UnitTest]:
    """A steady burn just above and just below each alert."""
    for burn in sorted({alert.burn for slo in slos for alert in slo.burn_alerts}, reverse=True):
        for word, factor in (("above", _ABOVE), ("below", _BELOW)):
            shares = [
                (slo, bad)
                for slo in slos
                if any(alert.burn == burn for alert in slo.burn_alerts)
                and (bad := Fraction(burn) * factor * slo.budget) == possible(slo, bad)
            ]
            for at, histories in steady_histories(shares, context).items():
                firing = [s for h in histories for s in alert_samples(h.slo, context, h.firing(at))]
                rows = [row for h in histories for row in rows_of(h, h.firing(at))]
                expected = [
                    ExpectedSamples(at, holding(context, {}), rows),
                    ExpectedSamples(at, firing_burn_alerts(context, {}), firing),
                ]
                yield _test(context, f"a burn just {word} {burn}", histories, expected)


def _recovery(context: BundleContext, slos: list[Slo]) -> UnitTest:
    """After a total outage each burn alert ends when its short window is clean."""
    window = context.ledger_window
    end = 3 * window
    histories = [LedgerHistory(slo, context, (Burst(ALWAYS, end, outage(slo)),)) for slo in slos]
    expected = expected_burn_alerts(histories, end, "a total outage")
    for short in sorted({alert.short for slo in slos for alert in slo.burn_alerts}):
        at = context.whole(end + short) + 2 * window
        comment = f"no bad events for {format_duration(short)}"
        expected += expected_burn_alerts(histories, at, comment)
    return _test(context, "alerts end one after another", histories, expected)


def _new_storm(context: BundleContext, slos: list[Slo]) -> UnitTest:
    """Bad events of a few minutes after a quiet time set off no alert that looks back longer."""
    window = context.ledger_window
    longest = max(alert.short for slo in slos for alert in slo.burn_alerts)
    begin = context.whole(_QUIET * longest)
    end = begin + 2 * window
    histories = []
    for slo in slos:
        fastest = max(Fraction(alert.burn) for alert in slo.burn_alerts)
        bad = possible(slo, _STORM * fastest * slo.budget)
        histories.append(LedgerHistory(slo, context, (Burst(begin, end, bad),)))
    comment = f"bad events for {format_duration(2 * window)}, after a long time without"
    expected = [
        *expected_burn_alerts(histories, end, comment),
        *expected_burn_alerts(histories, end + window, "one more ledger window without"),
    ]
    return _test(context, "a short storm after a quiet time", histories, expected)


def _new_group(context: BundleContext, slos: list[Slo], *, steady: bool) -> UnitTest:
    """Time before a group's first sample was good: a bad begin alerts only if that much is lost.

    Either nothing but bad events, or for two ledger windows as many as would set off an alert if
    they had been as many all the time.
    """
    window = context.ledger_window
    end = (4 if steady else 2) * window
    histories = []
    for slo in slos:
        fastest = max(Fraction(alert.burn) for alert in slo.burn_alerts)
        bad = outage(slo) if steady else possible(slo, _ABOVE * fastest * slo.budget)
        histories.append(LedgerHistory(slo, context, (Burst(ALWAYS, end, bad),), is_new=True))
    comment = "a new group in a total outage" if steady else "a new group with a few bad events"
    title = "a new group fails at once" if steady else "a new group begins badly"
    times = [end, end + window] if steady else [window, end, end + 2 * window]
    expected = [
        each
        for number, at in enumerate(times)
        for each in expected_burn_alerts(histories, at, "" if number else comment)
    ]
    return _test(context, title, histories, expected)
