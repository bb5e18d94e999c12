"""Unit tests of what a bundle's rules must survive and see of themselves.

Lost data, edited metadata, another bundle's series; rules that fail, lag, vanish or are written
twice.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.compiler.meta_monitoring import late_after, stuck_after
from slokit.model.alerting import PAGE, TICKET
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.burn_tests import bundle_test
from slokit.targets.promtool.ledger_history import (
    ALWAYS,
    ONE,
    ZERO,
    BundleContext,
    Burst,
    LedgerHistory,
    expected_alerts,
    firing_burn_alerts,
    group_of,
    one_each,
    outage,
)
from slokit.targets.promtool.unit_test import (
    ExpectedSamples,
    InputSeries,
    UnitTest,
    counting,
    label_text,
    steady,
)
from slokit.text.durations import format_duration

_MINUTE, _HOUR, _DAY = Fraction(60), Fraction(3600), Fraction(86_400)
_LOOK_BACK = 5 * _MINUTE
_ELSEWHERE, _OF_OTHERS = "elsewhere", Fraction(777)


def survival_tests(bundle: Bundle, context: BundleContext) -> Iterator[UnitTest]:
    """The tests."""
    yield from _no_data(bundle, context)
    alerting = [
        slo for slo in bundle.slos if slo.burn_alerts and slo.policy.name not in context.timed
    ]
    if alerting:
        # rather one that waits for none, and has the burn alerts that most SLOs have
        slo = min(alerting, key=lambda slo: (slo.min_bad_events, -slo.window.longest))
        yield from _edited(slo, context)
        yield _neighbour(slo, context)
    yield _failing(context)
    yield _slow(context)
    yield from _stale(bundle, context)
    yield _duplicate(bundle, context)


def _no_data(bundle: Bundle, context: BundleContext) -> Iterator[UnitTest]:
    """A group that had data alerts for a day; not where silence is meant, or nothing was lost."""
    slos = one_each(bundle.slos, lambda slo: (slo.no_data, slo.policy.no_data, bool(slo.routing)))
    gone = context.whole(_HOUR + 2 * context.ledger_window)
    soon = context.after(gone, 10 * _MINUTE)
    late = context.whole(gone + _DAY - _HOUR) - context.ledger_window
    end = context.after(gone + _DAY, _HOUR + 3 * context.ledger_window)
    before, length = context.samples(gone) + 1, context.samples(end) + 1
    info = steady((ONE, length))
    terms = [line for slo in slos for line in context.ledger(slo).terms(info, length)]
    # `stale` ends a series as a scrape does that no longer finds it; without it the last sample
    # would stay for five minutes more.
    values = f"{steady((ONE, before))} stale"
    rows = [line for slo in slos for line in context.ledger(slo).rows(values, values)]
    alerting = [(context.ledger(s), s.policy.no_data) for s in slos if s.alerts_on_no_data]
    groups = [ledger.labels_of_alert(severity) for ledger, severity in alerting]
    name, soon_after = names.NO_DATA_ALERT, gone + context.ledger_window
    expected = [
        expected_alerts(gone, name, [], "data"),
        expected_alerts(soon_after, name, [], "no data, but not for long"),
        expected_alerts(soon, name, groups, "no data for more than ten minutes"),
        expected_alerts(late, name, groups, "no data for nearly a day"),
        expected_alerts(end, name, [], "no data for more than a day"),
    ]
    yield bundle_test(context, "no data any more", [*rows, *terms], expected)
    idle = f"{steady((Fraction(0), before))} stale"
    rows = [line for slo in slos for line in context.ledger(slo).rows(idle, idle)]
    expected = [expected_alerts(soon, name, [], "no traffic before either")]
    yield bundle_test(context, "idle when its data ended", [*rows, *terms], expected)
    expected = [expected_alerts(soon, name, [], "never any data")]
    yield bundle_test(context, "never any data", terms, expected)


def _edited(slo: Slo, context: BundleContext) -> Iterator[UnitTest]:
    """While old and new metadata overlap after a restart, an alert fires once, as edited."""
    severities = context.project.alerts.severities.values()
    free = (key for key in ("owner", *slo.labels) if key not in slo.routing)
    label = next((key for key in free if all(key in s.lifted for s in severities)), "")
    if not label:
        return
    at = 3 * context.ledger_window
    history = LedgerHistory(slo, context, (Burst(ALWAYS, at, outage(slo)),))
    length = context.samples(at) + 1
    edited = {**identity(slo, context.project), **metadata(slo), label: "edited"}
    *rest, old = history.inputs(at)
    inputs = [
        # One sample, the last: the edit is new, and the old series is still in view.
        InputSeries(label_text(edited, names.INFO), f"_x{length - 1} 1"),
        InputSeries(old.series, steady((ONE, length - 1))),
        *rest,
    ]
    query = f"count by ({label}) ({firing_burn_alerts(context, {})})"
    clear = len({a.severity for a in history.firing(at) if history.is_clear(a, at)})
    expected = [ExpectedSamples(at, query, [(label_text({label: "edited"}), clear)])]
    yield bundle_test(context, f"an edited {label} counts at once", inputs, expected)


def _neighbour(slo: Slo, context: BundleContext) -> UnitTest:
    """An outage in a bundle of another name on the same Prometheus is none of ours."""
    at = 3 * context.ledger_window
    own, theirs = (f'{names.BUNDLE}="{b}"' for b in (context.project.bundle, _ELSEWHERE))
    history = LedgerHistory(slo, context, (Burst(ALWAYS, at, outage(slo)),))
    inputs = [line._replace(series=line.series.replace(own, theirs)) for line in history.inputs(at)]
    labels = {**identity(slo, context.project), names.BUNDLE: _ELSEWHERE, **group_of(slo)}
    windows = (*context.windows.fast, *context.windows.slow)
    over = [names.window_burn(window.name) for window in context.windows.period]
    recorded = [
        names.total_events(context.ledger_window),
        names.bad_events(context.ledger_window),
        *dict.fromkeys([*map(names.burn, windows), *over]),
    ]
    # A number that no rule of ours gives: whatever of it is gone was written by our rules.
    values = steady((_OF_OTHERS, context.samples(at) + 1))
    inputs += [InputSeries(label_text(labels, name), values) for name in recorded]
    # What burns too fast there, over windows that no rule of ours gives it.
    for alert in slo.burn_alerts:
        row = {**labels, **names.of_burn_alert(slo.policy, alert), names.LONG: _ELSEWHERE}
        inputs.append(InputSeries(label_text(row, names.BURN_TOO_FAST), values))
    foreign = {names.BUNDLE: _ELSEWHERE}
    ours = build.series(names.BURN_TOO_FAST, foreign, Matcher(names.LONG, "!=", _ELSEWHERE))
    changed = build.series("", foreign, Matcher("__name__", "=~", "|".join(recorded)))
    expected = [
        ExpectedSamples(at, f"{changed} != {_OF_OTHERS}"),
        ExpectedSamples(at, build.series(names.BUDGET_REMAINING, foreign)),
        ExpectedSamples(at, ours),
        ExpectedSamples(at, build.series(names.ALERTS, foreign)),
    ]
    return bundle_test(context, "another bundle's outage is none of ours", inputs, expected)


def _of_group(metric: str, bundle: str, part: str) -> str:
    """Prometheus' own metric of a rule group."""
    group = f"/rules.yaml;{names.bundle_group(bundle, part)}"
    return build.series(metric, {"rule_group": group})


def _failing(context: BundleContext) -> UnitTest:
    metric, bundle = "prometheus_rule_evaluation_failures_total", context.project.bundle
    at = 3 * context.ledger_window
    length = context.samples(at) + 1
    growing, still = counting(length), steady((ONE, length))
    inputs = [
        InputSeries(_of_group(metric, bundle, "fast"), growing),
        InputSeries(_of_group(metric, bundle, "slow"), still),
        InputSeries(_of_group(metric, _ELSEWHERE, "fast"), growing),
    ]
    found = {**_of_severity(PAGE, context), **_ours(context)}
    expected = [expected_alerts(at, names.RULES_FAILING_ALERT, [found])]
    return bundle_test(context, "rules of one group fail", inputs, expected)


def _of_severity(severity: str, context: BundleContext) -> dict[str, str]:
    """The labels of every alert of a severity."""
    labels = context.project.alerts.of(severity)
    return {**labels.static, "severity": labels.name}


def _ours(context: BundleContext) -> dict[str, str]:
    """The labels of an alert about the bundle's fast group."""
    bundle = context.project.bundle
    return {
        names.BUNDLE: bundle,
        "rule_group": f"/rules.yaml;{names.bundle_group(bundle, 'fast')}",
    }


def _slow(context: BundleContext) -> UnitTest:
    """Over half of the interval is too much, for one group; just below it, for another."""
    interval, bundle = context.project.interval, context.project.bundle
    at = context.after(ZERO, 10 * _MINUTE)
    length = context.samples(at) + 1
    inputs = []
    for name, part, share in (
        (bundle, "fast", Fraction("0.51")),
        (bundle, "slow", Fraction("0.49")),
        (_ELSEWHERE, "fast", Fraction("0.51")),
    ):
        took = _of_group("prometheus_rule_group_last_duration_seconds", name, part)
        every = _of_group("prometheus_rule_group_interval_seconds", name, part)
        inputs += [
            InputSeries(took, steady((share * interval, length))),
            InputSeries(every, steady((interval, length))),
        ]
    alert, found = names.RULES_SLOW_ALERT, {**_of_severity(TICKET, context), **_ours(context)}
    expected = [
        expected_alerts(ZERO, alert, [], "over half of the interval, not for long"),
        expected_alerts(at, alert, [found], "over half of the interval for a while"),
    ]
    return bundle_test(context, "rules of one group are slow", inputs, expected)


def _stale(bundle: Bundle, context: BundleContext) -> Iterator[UnitTest]:
    """Every service that did so within a day must write its budgets, and lately."""
    found = [{**_of_severity(PAGE, context), names.BUNDLE: bundle.name}]
    at = context.after(ZERO, 5 * _MINUTE)
    alert, budgets = names.LEDGER_STALE_ALERT, _budgets(bundle, at, context)
    for title, written, alerts in (
        ("every SLO writes its ledger", budgets, []),
        ("no SLO writes its ledger", [], found),
    ):
        yield bundle_test(context, title, written, [expected_alerts(at, alert, alerts)])
    yield _stuck(bundle, found, context)
    yield _gone(bundle.slos[0], context)
    late = late_after(context.project) + context.project.interval
    if late < _LOOK_BACK:
        # Older than the limit, though Prometheus does not forget them yet.
        budgets = _budgets(bundle, at - late, context)
        expected = [expected_alerts(at, alert, found, "late, not for long", state="pending")]
        yield bundle_test(context, "all SLOs write their ledger late", budgets, expected)


def _budgets(bundle: Bundle, until: Fraction, context: BundleContext) -> list[InputSeries]:
    """The budget of every SLO, written up to a moment."""
    length = context.samples(until) + 1
    return [context.ledger(slo).terms("", length)[0] for slo in bundle.slos]


def _stuck(bundle: Bundle, found: list[dict[str, str]], context: BundleContext) -> UnitTest:
    """The server says that a ledger's group was last evaluated before the test began."""
    metric = "prometheus_rule_group_last_evaluation_timestamp_seconds"
    at = context.after(stuck_after(context.project), 5 * _MINUTE)
    budgets = _budgets(bundle, at, context)
    group = _of_group(metric, context.project.bundle, "ledger:sample")
    values = steady((ZERO, context.samples(at) + 1))
    expected = [expected_alerts(at, names.LEDGER_STALE_ALERT, found)]
    title = "a ledger is not evaluated any more"
    return bundle_test(context, title, [*budgets, InputSeries(group, values)], expected)


def _gone(slo: Slo, context: BundleContext) -> UnitTest:
    """One of two services writes no budgets any more: for an hour that is seen by itself.

    Tests look once a ledger window: where that is too seldom for an hour, a day is looked back.
    """
    span = _HOUR if context.after(ZERO, 5 * _MINUTE) <= _HOUR else _DAY
    before = format_duration(span)
    at = context.after(context.whole(span), 5 * _MINUTE)
    until = context.whole(at - span)
    end = context.whole(until + span + _LOOK_BACK) + context.ledger_window
    stays, goes = (replace(slo, service=service) for service in ("one", "another"))
    inputs = [
        context.ledger(slo).terms("", context.samples(last) + 1)[0]
        for slo, last in ((stays, end), (goes, until))
    ]
    alert, own = names.LEDGER_STALE_ALERT, _of_severity(TICKET, context)
    found = {**own, names.BUNDLE: context.project.bundle, names.SERVICE: goes.service}
    expected = [
        expected_alerts(until, alert, [], "both write"),
        expected_alerts(at, alert, [found], f"one has stopped, but wrote {before} ago"),
        expected_alerts(end, alert, [], "it has stopped longer ago than that"),
    ]
    return bundle_test(context, "one service writes no ledger any more", inputs, expected)


def _duplicate(bundle: Bundle, context: BundleContext) -> UnitTest:
    """Metadata of one SLO written twice, by two owners; and of another one once."""
    at = context.after(ZERO, 15 * _MINUTE)
    values = steady((ONE, context.samples(at) + 1))
    inputs = []
    for number, slo in enumerate(bundle.slos[:2]):
        own = {**identity(slo, context.project), **metadata(slo)}
        inputs += [
            InputSeries(label_text({**own, "owner": owner}, names.INFO), values)
            for owner in ("one", "another")[: 2 - number]
        ]
    found = {**identity(bundle.slos[0], context.project), **_of_severity(TICKET, context)}
    expected = [
        expected_alerts(ZERO, names.DUPLICATE_SLO_ALERT, [], "not for long"),
        expected_alerts(at, names.DUPLICATE_SLO_ALERT, [found], "for a while"),
    ]
    return bundle_test(context, "two owners write one SLO", inputs, expected)
