"""slokit's watch over itself: rules that fail, lag, vanish or are written twice.

A budget that is not computed looks like one that nothing spends, so its silence has to page.
"""

from fractions import Fraction

from slokit.compiler import alert_labels, names
from slokit.compiler.ledger import info, series
from slokit.compiler.rules import AlertRule, Rule, Ruler
from slokit.model.alerting import PAGE, TICKET
from slokit.model.bundle import Bundle, Project
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.text.durations import format_duration

_MINUTE = Fraction(60)


def compile_meta_monitoring(bundle: Bundle, ruler: Ruler = Ruler.PROMETHEUS) -> tuple[Rule, ...]:
    """The four alerts, one of them at two severities.

    The first two need the ruler's own metrics to be scraped. None depends on which services there
    are: a branch that adds one changes no rule of the bundle.
    """
    failing, slow = _failures(bundle), _durations(bundle)
    if ruler is Ruler.VMALERT:
        # both: a Thanos ruler loads the same files and has the names of Prometheus
        failing = f"{_failures_of_vmalert(bundle)}\nor {failing}"
        slow = f"{_durations_of_vmalert(bundle)}\nor {slow}"
    return (
        _failing(bundle, failing),
        _slow(bundle, slow),
        _stale(bundle),
        _gone(bundle),
        _duplicate(bundle),
    )


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


def _failing(bundle: Bundle, expr: str) -> AlertRule:
    return _alert(
        bundle,
        names.RULES_FAILING_ALERT,
        expr,
        PAGE,
        (
            "Rules of {{ $labels.rule_group }} fail: error budgets are not computed",
            "See the rule page of Prometheus for the error.",
        ),
        Fraction(0),
    )


def _failures(bundle: Bundle) -> str:
    failures = build.series("prometheus_rule_evaluation_failures_total", {}, _groups(bundle))
    # Two samples at least, however seldom the groups are evaluated and scraped.
    return f"increase({failures}[{_several_samples(bundle.project)}]) > 0"


def _failures_of_vmalert(bundle: Bundle) -> str:
    """Newer versions count failures, older ones say whether the last evaluation failed."""
    group = Matcher("group", "=~", f"slokit:{bundle.name}:.*")
    last, count = (
        build.series(
            "", {}, Matcher("__name__", "=~", f"vmalert_(alerting|recording)_rules_{end}"), group
        )
        for end in ("error", "errors_total")
    )
    recent = _several_samples(bundle.project)
    return (
        # vmalert counts by rule; which rule it is, is on its own page.
        f"{_by_rule_group(f'max by (group) ({last})')} > 0\n"
        f"or {_by_rule_group(f'sum by (group) (increase({count}[{recent}]))')} > 0"
    )


def _by_rule_group(vector: str) -> str:
    """A group of vmalert under the label that Prometheus has for it."""
    return build.move(vector, "rule_group", "group").replace("\n", "")


def _several_samples(project: Project) -> str:
    return format_duration(max(5 * _MINUTE, 3 * project.interval, 4 * project.scrape_interval))


def _slow(bundle: Bundle, expr: str) -> AlertRule:
    return _alert(
        bundle,
        names.RULES_SLOW_ALERT,
        expr,
        TICKET,
        (
            "{{ $labels.rule_group }} needs over half of its interval",
            "Samples will be missed soon. Group by fewer labels, or give Prometheus more.",
        ),
        10 * _MINUTE,
    )


def _durations(bundle: Bundle) -> str:
    took = build.series("prometheus_rule_group_last_duration_seconds", {}, _groups(bundle))
    interval = build.series("prometheus_rule_group_interval_seconds", {}, _groups(bundle))
    # Half: a group that takes longer than its interval skips evaluations, and samples are gone.
    return f"{took}\n> 0.5 * {interval}"


def _durations_of_vmalert(bundle: Bundle) -> str:
    """Older versions do not say a group's interval, so that it is written out."""
    project = bundle.project

    def took(groups: str) -> str:
        pattern = Matcher("group", "=~", f"slokit:{bundle.name}:({groups})")
        return build.series("vmalert_iteration_duration_seconds", {"quantile": "0.9"}, pattern)

    planned = f"|{names.MAINTENANCE}" if project.maintenances else ""
    return "\nor ".join(
        f"{_by_rule_group(f'max by (group) ({took(groups)})')} > {build.number(interval / 2)}"
        for groups, interval in (
            (f"ledger:.*|{names.FAST}|{names.SELF}{planned}", project.interval),
            (f"{names.SLOW}|{names.PERIOD}", project.ledger_window),
        )
    )


def late_after(project: Project) -> Fraction:
    """Seconds after its newest sample in which a budget is late: some evaluations were missed."""
    return 4 * project.interval


def stuck_after(project: Project) -> Fraction:
    """Seconds after its last evaluation in which the group of a ledger is stuck, says the server.

    The series that says so is as old as the last scrape of it.
    """
    return late_after(project) + 2 * project.scrape_interval


def _stale(bundle: Bundle) -> AlertRule:
    """A budget is written late, a ledger's group is not evaluated any more, or there is no budget.

    Prometheus forgets a late budget after five minutes, in which the alert does not fire yet: then
    only the server still knows that its group is there and stuck.
    """
    project = bundle.project
    budget = series(names.BUDGET, project)
    late = late_after(project)
    evaluated = build.series(
        "prometheus_rule_group_last_evaluation_timestamp_seconds",
        {},
        Matcher("rule_group", "=~", f".*;{names.ledger_group(bundle.name, '.*')}"),
    )
    stuck = stuck_after(project)
    # `max` takes all labels off: whichever part holds, it is one alert with one set of labels
    expr = (
        f"max(time() - timestamp({budget})) > {build.number(late)}\n"
        f"or max(time() - {evaluated}) > {build.number(stuck)}\n"
        f"or max(absent({budget}))"
    )
    return _alert(
        bundle,
        names.LEDGER_STALE_ALERT,
        expr,
        PAGE,
        (
            f"The ledger of bundle {bundle.name} is not written: error budgets are not computed",
            "No rule file of a service is loaded, or a group is stuck.",
        ),
        5 * _MINUTE,
    )


def _gone(bundle: Bundle) -> AlertRule:
    """A service wrote budgets an hour or a day ago and does not now, while others do.

    No page: a service that was removed on purpose looks the same. A number of services or SLOs in
    this file would tell them apart, and two branches that each add a service would merge to a
    wrong one.
    """
    budget = series(names.BUDGET, bundle.project)
    service = f"{names.BUNDLE}, {names.SERVICE}"
    expr = (
        f"group by ({service}) ({budget} offset 1h or {budget} offset 1d)\n"
        f"unless on ({service}) {budget}\n"
        f"and on ({names.BUNDLE}) {budget}"
    )
    return _alert(
        bundle,
        names.LEDGER_STALE_ALERT,
        expr,
        TICKET,
        (
            (
                f"Service {{{{ $labels.service }}}} of bundle {bundle.name} writes no ledger any"
                " more: its error budgets are not computed"
            ),
            (
                "Its rule file is not loaded any more, or its group is stuck. If the service was"
                " removed on purpose, this ends within a day."
            ),
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
