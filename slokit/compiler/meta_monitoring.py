"""slokit's watch over itself: rules that fail, lag, vanish or are written twice.

A budget that is not computed looks like one that nothing spends, so its silence has to page.
"""

from fractions import Fraction

from slokit.compiler import alert_labels, names
from slokit.compiler.ledger import info, series
from slokit.compiler.rules import AlertRule, Rule
from slokit.model.alerting import PAGE, TICKET
from slokit.model.bundle import Bundle, Project
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.text.durations import format_duration

_MINUTE = Fraction(60)


def compile_meta_monitoring(bundle: Bundle) -> tuple[Rule, ...]:
    """The four alerts. The first two need Prometheus to scrape itself."""
    return (_failing(bundle), _slow(bundle), _stale(bundle), _duplicate(bundle))


def _groups(bundle: Bundle) -> Matcher:
    """The bundle's groups in Prometheus' own metrics, which name them ``FILE;GROUP``."""
    return Matcher("rule_group", "=~", f".*;slokit:{bundle.name}:.*")


def _alert(
    bundle: Bundle, name: str, expr: str, severity: str, texts: tuple[str, str], hold: Fraction
) -> AlertRule:
    """An alert on the bundle itself; ``texts`` are its summary and its description."""
    summary, description = texts
    labels = {**alert_labels.of_severity(severity, bundle.project), names.BUNDLE: bundle.name}
    annotations = {"summary": summary, "description": description}
    return AlertRule(name, expr, labels, annotations, hold)


def _failing(bundle: Bundle) -> AlertRule:
    failures = build.series("prometheus_rule_evaluation_failures_total", {}, _groups(bundle))
    return _alert(
        bundle,
        names.RULES_FAILING_ALERT,
        # Two samples at least, however seldom the groups are evaluated and scraped.
        f"increase({failures}[{_several_samples(bundle.project)}]) > 0",
        PAGE,
        (
            "Rules of {{ $labels.rule_group }} fail: error budgets are not computed",
            "See the rule page of Prometheus for the error.",
        ),
        Fraction(0),
    )


def _several_samples(project: Project) -> str:
    return format_duration(max(5 * _MINUTE, 3 * project.interval, 4 * project.scrape_interval))


def _slow(bundle: Bundle) -> AlertRule:
    took = build.series("prometheus_rule_group_last_duration_seconds", {}, _groups(bundle))
    interval = build.series("prometheus_rule_group_interval_seconds", {}, _groups(bundle))
    return _alert(
        bundle,
        names.RULES_SLOW_ALERT,
        f"{took}\n> 0.5 * {interval}",
        TICKET,
        (
            "{{ $labels.rule_group }} needs over half of its interval",
            "Samples will be missed soon. Group by fewer labels, or give Prometheus more.",
        ),
        10 * _MINUTE,
    )


def _stale(bundle: Bundle) -> AlertRule:
    """Fewer SLOs than were compiled write their budget, or one writes it late."""
    # counted by SLO first: two files that write the same one must not make up for a missing one;
    # and where all are missing there is nothing to count, which `absent` sees
    budget = series(names.BUDGET, bundle.project)
    late = build.number(4 * bundle.project.interval)
    expr = (
        f"max by (bundle) (time() - timestamp({budget})) > {late}\n"
        f"or count by (bundle) (count {build.BY} ({budget})) < {len(bundle.slos)}\n"
        f"or absent({budget})"
    )
    return _alert(
        bundle,
        names.LEDGER_STALE_ALERT,
        expr,
        PAGE,
        (
            f"The ledger of bundle {bundle.name} is not written: error budgets are not computed",
            f"{len(bundle.slos)} SLOs were compiled. A rule file is missing, or a group is stuck.",
        ),
        5 * _MINUTE,
    )


def _duplicate(bundle: Bundle) -> AlertRule:
    return _alert(
        bundle,
        names.DUPLICATE_SLO_ALERT,
        f"count {build.BY} ({info(bundle.project)}) > 1",
        TICKET,
        (
            "{{ $labels.service }}/{{ $labels.slo }} is written by {{ $value }} rules",
            "Two repositories use the same bundle name, or a rule file was copied.",
        ),
        15 * _MINUTE,
    )
