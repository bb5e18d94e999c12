"""Alerts on budgets: one rule for each policy and burn alert serves every SLO of the bundle."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from slokit.compiler import annotations, names
from slokit.compiler.burn import budgets, info
from slokit.compiler.rules import AlertRule, Rule
from slokit.compiler.windows import Windows, in_order, is_fast, look_back
from slokit.model.alerting import AlertPolicy, BurnAlert
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.text.durations import format_duration

_MINUTE = Fraction(60)
_LONGEST_SEEN = 5 * _MINUTE  # for which a subquery finds a sample without help


def alert_rules(bundle: Bundle, windows: Windows) -> tuple[Rule, ...]:
    """All alerts on budgets and on missing data."""
    burn_alerts = [
        _burn_alert(bundle, policy, alert, users)
        for policy in bundle.policies
        for alert in policy.burn_alerts
        if (users := _users(bundle, policy, alert))
    ]
    return (*burn_alerts, *_exhausted(bundle, windows), *_no_data(bundle))


def _users(bundle: Bundle, policy: AlertPolicy, alert: BurnAlert) -> tuple[Slo, ...]:
    """The SLOs that can set off this alert."""
    return tuple(
        slo
        for slo in bundle.slos
        if slo.policy.name == policy.name
        and alert.fits(slo.window)
        and alert.reaches(slo.objective)
    )


def _burn_alert(
    bundle: Bundle, policy: AlertPolicy, alert: BurnAlert, users: tuple[Slo, ...]
) -> AlertRule:
    project = bundle.project
    long, short = (f"{_burn(w, project)} > {alert.burn}" for w in (alert.long, alert.short))
    burning = f"{long}\n  and {short}"
    fitting = "|".join(sorted({slo.window.name for slo in users}))
    filtered = (
        f"(\n  {burning}\n  and {build.ON} "
        f"{_info(project, Matcher('window', '=~', fitting), alert_policy=policy.name)}"
        f"{_too_few(alert, users, project)}\n)"
    )
    return AlertRule(
        alert=names.BURN_ALERT,
        expr=_with_labels(filtered, project),
        labels={
            "severity": alert.severity,
            "alert_policy": policy.name,
            "long": format_duration(alert.long),
            "short": format_duration(alert.short),
        },
        annotations=_burn_annotations(bundle, alert, users),
    )


def _burn(window: Fraction, project: Project) -> str:
    series = build.series(names.burn(window), {names.BUNDLE: project.bundle})
    return series if is_fast(window) else f"last_over_time({series}[{look_back(project)}])"


def _info(project: Project, *patterns: Matcher, **labels: str) -> str:
    return build.series(names.INFO, {names.BUNDLE: project.bundle, **labels}, *patterns)


def _too_few(alert: BurnAlert, users: tuple[Slo, ...], project: Project) -> str:
    """Keeps a page silent until its long window holds enough bad events.

    The events of a rate in a window are burn rate * allowance per second * seconds with data. They
    are whole numbers, so half an event is left for rounding.
    """
    wanted = sorted({count for slo in users if (count := alert.waits_for(slo.min_bad_events))})
    if not wanted:
        return ""
    events = (
        f"{_burn(alert.long, project)} * {build.ON} group_left () {budgets(project)}"
        f"\n    * {_covered(alert.long, project)}"
    )
    return "".join(
        f"\n  unless (\n    {events} < {count - 1}.5\n"
        f"    and {build.ON} {info(project, min_bad_events=str(count))}\n  )"
        for count in wanted
    )


def _covered(window: Fraction, project: Project) -> str:
    """Seconds of a window for which there is data; rounded up, for the newest slot is not counted.

    Without it a burn rate would tell of one event in a ledger's first minutes as of many an hour.
    There may be no slot yet, or none within the window where that is as short as a slot.
    """
    slot, seconds = build.number(project.ledger_window), build.number(window)
    total, now = (
        build.series(name(project.ledger_window), {names.BUNDLE: project.bundle})
        for name in (names.total_events, names.total_rate)
    )
    slots = f"(count_over_time({total}[{format_duration(window - _MINUTE)}]) or 0 * {now})"
    return f"clamp_max({slot} + {slot} * {slots}, {seconds})"


def _with_labels(vector: str, project: Project) -> str:
    """The vector with the info labels that alerts carry, from the newest info series."""
    if not project.alert_labels:
        return vector
    labels = ", ".join(project.alert_labels)
    # Where an edit left two info series, the topk takes the newer one. To the power of 0 its time
    # is 1, so that the burn rate keeps its value.
    newest = f"(topk {build.BY} (1, timestamp({info(project)})) ^ 0)"
    return f"{vector}\n* {build.ON} group_left ({labels}) {newest}"


def _burn_annotations(bundle: Bundle, alert: BurnAlert, users: Iterable[Slo]) -> Mapping[str, str]:
    windows = in_order(slo.window for slo in users)
    where = annotations.group(bundle.project)
    long, short = format_duration(alert.long), format_duration(alert.short)
    return {
        "summary": (
            f"{annotations.SUBJECT}{where} spends its error budget"
            f' {{{{ printf "%.3g" $value }}}} times as fast as allowed'
            f"{annotations.budget_left(bundle, windows)}"
        ),
        "description": (
            f"Over the last {long} and over the last {short} the burn rate of {annotations.SUBJECT}"
            f"{where} was above {alert.burn}; at 1 the budget lasts exactly one window."
        ),
        **annotations.links(bundle),
    }


def _exhausted(bundle: Bundle, windows: Windows) -> tuple[AlertRule, ...]:
    """Spent budgets: one rule for each severity at which some policy wants to know of them."""
    policies: dict[str, list[str]] = {}
    for policy in bundle.policies:
        if policy.exhausted:
            policies.setdefault(policy.exhausted, []).append(policy.name)
    return tuple(
        _exhausted_alert(bundle, windows, severity, named)
        for severity, named in sorted(policies.items())
    )


def _exhausted_alert(
    bundle: Bundle, windows: Windows, severity: str, policies: Iterable[str]
) -> AlertRule:
    project = bundle.project
    own = {names.BUNDLE: project.bundle}
    counts = build.series(names.total_events(project.ledger_window), own)
    spent = "\n  or ".join(
        f"({_remaining(window.name, project)} <= 0\n"
        f"    and ignoring (window) {window.halfway(counts)})"
        for window in windows.period
    )
    alerting = _info(project, Matcher("alert_policy", "=~", "|".join(sorted(policies))))
    # an SLO whose window was edited may have spent both budgets: it is one alert
    vector = f"(\n  max without (window) (\n  {spent}\n  )\n  and {build.ON} {alerting}\n)"
    return AlertRule(
        alert=names.EXHAUSTED_ALERT,
        expr=_with_labels(vector, project),
        labels={"severity": severity},
        annotations={
            "summary": (
                f"{annotations.SUBJECT}{annotations.group(project)} has spent its error budget"
                "; {{ $value | humanizePercentage }} is left"
            ),
            "description": (
                f"Of the budget of the whole window nothing is left to {annotations.SUBJECT}"
                f"{annotations.group(project)}."
            ),
            **annotations.links(bundle),
        },
    )


def _remaining(window: str, project: Project) -> str:
    labels = {names.BUNDLE: project.bundle, "window": window}
    return f"last_over_time({build.series(names.BUDGET_REMAINING, labels)}[{look_back(project)}])"


def _no_data(bundle: Bundle) -> tuple[AlertRule, ...]:
    """Missing data: one rule for each severity at which some known policy wants to know of it."""
    known = bundle.project.policies.values()
    return tuple(
        _no_data_alert(bundle, severity, [p.name for p in known if p.no_data != severity])
        for severity in sorted({policy.no_data for policy in known if policy.no_data})
    )


def _no_data_alert(bundle: Bundle, severity: str, others: Sequence[str]) -> AlertRule:
    """A group that had data within a day and has none, or an SLO that never had any.

    ``others`` are the policies that do not alert at this severity.
    """
    project = bundle.project
    own = {names.BUNDLE: project.bundle}
    now = build.series(names.total_rate(project.ledger_window), own)
    seen = build.series(names.total_events(project.ledger_window), own)
    if project.ledger_window > _LONGEST_SEEN:
        seen = f"last_over_time({seen}[{look_back(project)}])"
    # a look every half an hour reads 48 samples of a group, where a range would read all 288
    lately = f"last_over_time({seen}[1d:30m])"
    comparison = "!=" if len(others) == 1 else "!~"
    wanted = Matcher("alert_policy", comparison, "|".join(sorted(others)))
    alerting = _info(project, wanted, no_data="")
    vector = (
        f"(\n  (\n    {lately}\n    unless {now}\n    and {build.ON} {alerting}\n  )\n  or (\n"
        f"    group {build.BY} ({alerting})\n    unless {build.ON} {now}\n"
        f"    unless {build.ON} {lately}\n  )\n)"
    )
    return AlertRule(
        alert=names.NO_DATA_ALERT,
        expr=_with_labels(vector, project),
        labels={"severity": severity},
        annotations={
            "summary": (
                f"{annotations.SUBJECT}{annotations.group(project)} has no data:"
                " its error budget cannot be known"
            ),
            "description": (
                "No sample for ten minutes. The service is gone, its exporter is, or a metric"
                " was renamed; `slokit check` tells which. Expected silence: `no_data: ignore`."
            ),
            **annotations.links(bundle),
        },
        hold=10 * _MINUTE,
    )
