"""Alerts on budgets: one rule for each policy and severity serves every SLO of the bundle.

Which burn alerts hold is recorded, one series for each; the alert is there while any of them is. So
a group has one page and one ticket at most, and the windows that burn are no labels of theirs. SLOs
whose burn alerts have a name of their own share a rule for that name. What stands on alerts is not
decided here: see :mod:`slokit.compiler.alert_labels`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from slokit.compiler import alert_labels, names
from slokit.compiler.alert_facts import compile_facts
from slokit.compiler.alert_labels import AlertTexts
from slokit.compiler.burn import fast_side
from slokit.compiler.ledger import info, only, series
from slokit.compiler.maintenance import unmuted, without_stopped_members
from slokit.compiler.rules import AlertRule, RecordingRule, Rule
from slokit.compiler.windows import is_fast, latest
from slokit.model.alerting import SEVERITIES, SPENT, AlertPolicy, BudgetAlert, BurnAlert
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.model.window import summed_over
from slokit.promql import build
from slokit.promql.selector import Matcher, label_list
from slokit.text.durations import format_duration, open_range

_MINUTE = Fraction(60)
_CLEARLY = Fraction(1, 20)  # of a budget: what lies so far from a limit is not just around it
_RECENTLY = "6h"
_STALENESS = 5 * _MINUTE  # after which Prometheus forgets a sample


def compile_alerts(bundle: Bundle) -> tuple[Rule, ...]:
    """The alerts on burn rates and on missing data, in an order that no order of specs changes."""
    texts = AlertTexts(bundle)
    # alerts stand behind what they read of this very evaluation
    recorded = [
        _burns_too_fast(bundle, policy, alike)
        for policy in bundle.policies
        for alike in _by_windows(bundle, policy)
    ]
    burn_alerts = [
        _burn_alert(bundle, texts, policy, severity, users)
        for policy in bundle.policies
        for severity in SEVERITIES
        for users in _by_name(_alerted(bundle, policy, severity))
    ]
    return (*recorded, *compile_facts(bundle), *burn_alerts, *_no_data(bundle, texts))


def _by_windows(bundle: Bundle, policy: AlertPolicy) -> list[dict[BurnAlert, list[Slo]]]:
    """The burn alerts that SLOs of a policy can set off, with these SLOs.

    Those of one severity over the same windows are recorded by one rule, whatever their burn rates:
    a share of the budget is another burn rate for each SLO window.
    """
    found: dict[tuple[int, Fraction, Fraction], dict[BurnAlert, list[Slo]]] = {}
    for slo in _of(bundle, policy):
        for alert in slo.burn_alerts:
            key = (SEVERITIES.index(alert.severity), alert.long, alert.short)
            found.setdefault(key, {}).setdefault(alert, []).append(slo)
    return [
        {alert: alike[alert] for alert in sorted(alike, key=lambda alert: -alert.burn)}
        for _, alike in sorted(found.items(), key=lambda item: item[0])
    ]


def _of(bundle: Bundle, policy: AlertPolicy) -> tuple[Slo, ...]:
    """The SLOs that have a policy."""
    return tuple(slo for slo in bundle.slos if slo.policy.name == policy.name)


def _alerted(bundle: Bundle, policy: AlertPolicy, severity: str) -> tuple[Slo, ...]:
    """The SLOs that can set off any burn alert of this severity."""
    return tuple(
        slo
        for slo in _of(bundle, policy)
        if any(alert.severity == severity for alert in slo.burn_alerts)
    )


def _by_name(users: Iterable[Slo]) -> list[tuple[Slo, ...]]:
    """SLOs apart by the name of their burn alerts, those with the usual name first."""
    found: dict[str, list[Slo]] = {}
    for slo in users:
        found.setdefault(names.burn_alert(slo), []).append(slo)
    return [tuple(found[name]) for name in sorted(found, key=lambda n: (n != names.BURN_ALERT, n))]


def _burns_too_fast(
    bundle: Bundle, policy: AlertPolicy, alike: Mapping[BurnAlert, Sequence[Slo]]
) -> RecordingRule:
    """The burn rate over the long window, while the condition of a burn alert holds.

    ``alike`` are burn alerts of one severity over the same windows, which differ by the SLO window.
    """
    conditions = [_condition(bundle, policy, alert, users) for alert, users in alike.items()]
    expr = conditions[0]
    if len(conditions) > 1:
        # no SLO is in two of them, for each has one window
        expr = "\nor ".join(f"(\n{condition}\n)" for condition in conditions)
    return RecordingRule(names.BURN_TOO_FAST, expr, names.of_burn_alert(policy, next(iter(alike))))


def _condition(bundle: Bundle, policy: AlertPolicy, alert: BurnAlert, users: Sequence[Slo]) -> str:
    project = bundle.project
    # Both windows: the long one says that it matters, the short one that it is not over, so that
    # the alert resolves soon after the outage does (SRE workbook, chapter 5).
    long, short = (f"{burn(w, project)} > {alert.burn:f}" for w in (alert.long, alert.short))
    # A semi-join with the info series tells SLOs of a policy apart: a list of their names would
    # change the rule with every SLO that comes or goes.
    wanted = info(project, *_fitting(bundle, policy, alert), alert_policy=policy.name)
    held_back = f"{_too_few(alert, users, project)}{_too_little(policy, alert, project)}"
    return f"{long}\nand {short}\nand {build.ON} {wanted}{held_back}"


def _burn_alert(
    bundle: Bundle, texts: AlertTexts, policy: AlertPolicy, severity: str, users: tuple[Slo, ...]
) -> AlertRule:
    """The rule for SLOs whose burn alerts have one name: whatever burns, one alert a group.

    Of several burn alerts that hold the value is the highest burn rate. Which they are changes
    while an incident goes on, so only the texts say it.
    """
    name, project = names.burn_alert(users[0]), bundle.project
    hold, keep_firing = policy.times(severity)
    own = {names.ALERT_POLICY: policy.name, names.SEVERITY: severity}
    recorded = series(names.BURN_TOO_FAST, project, **own)
    burning = f"max without ({label_list(names.OF_BURN_ALERTS)}) ({recorded})"
    if len(names.burn_alerts(bundle)) > 1:
        # an empty matcher finds the SLOs whose burn alerts have the usual name
        called = {names.ALERT_NAME: "" if name == names.BURN_ALERT else name}
        burning = f"({only(burning, project, **called)})"
    return AlertRule(
        alert=name,
        expr=alert_labels.carrying(_heard(burning, project), severity, bundle),
        labels={**alert_labels.of_slos(severity, project), names.ALERT_POLICY: policy.name},
        annotations=_burn_annotations(texts, severity, _limits(severity, users)),
        hold=hold,
        keep_firing=keep_firing,
    )


def _heard(vector: str, project: Project, *, of_ledger: bool = False) -> str:
    """The vector without what a maintenance silences, for metadata to be joined to."""
    heard = unmuted(vector, project, of_ledger=of_ledger)
    return vector if heard == vector else f"(\n{heard}\n)"


def _limits(severity: str, users: Iterable[Slo]) -> list[BurnAlert]:
    """The burn alerts of a severity that any of these SLOs has, the shortest first."""
    found = {alert for slo in users for alert in slo.burn_alerts if alert.severity == severity}
    return sorted(found, key=lambda alert: (alert.long, alert.short, -alert.burn))


def _fitting(bundle: Bundle, policy: AlertPolicy, alert: BurnAlert) -> tuple[Matcher, ...]:
    """Leaves out the SLOs of the policy whose window has no such burn alert.

    Named are those that do not have it: after a reload these rules may run before the ledger's,
    whose info series has the old window until then. A list of those that have it would miss an SLO
    whose window was edited, and its alert would resolve and fire anew.
    """
    windows = {slo.window for slo in _of(bundle, policy)}
    others = sorted(window.name for window in windows if alert not in policy.fitting(window))
    if not others:
        return ()
    return (Matcher("window", "!=" if len(others) == 1 else "!~", "|".join(others)),)


def burn(window: Fraction, project: Project) -> str:
    """The burn rate over so many seconds, as a fast rule reads it.

    >>> burn(Fraction(3600), Project()), burn(Fraction(21600), Project())
    ('slokit:burn:1h{bundle="default"}',
     'last_over_time(slokit:burn:6h{bundle="default"}[12m])')
    """
    recorded = series(names.burn(window), project)
    return recorded if is_fast(window) else latest(recorded, project)


def _too_few(alert: BurnAlert, users: Iterable[Slo], project: Project) -> str:
    """Keeps a page silent until its long window holds enough bad events.

    They are whole numbers, so half an event is left for rounding.
    """
    waiting = [slo for slo in users if alert.waits_for(slo.min_bad_events)]
    return "".join(
        f"\nunless (\n  {fewer_events(count, alert.long, project)}\n"
        f"  and {build.ON} {info(project, min_bad_events=str(count))}\n)"
        for count in sorted({slo.min_bad_events for slo in waiting})
    )


def _too_little(policy: AlertPolicy, alert: BurnAlert, project: Project) -> str:
    """Keeps a page silent until its long window holds a share of the budget, in events."""
    share = policy.wants_spent(alert)
    return f"\nunless (\n  {spends_less(share, alert.long, project)}\n)" if share else ""


def spends_less(share: Fraction, window: Fraction, project: Project) -> str:
    """The groups whose bad events of so many seconds are less than a share of the whole budget.

    A burn rate weighs an hour by the traffic of that hour, and this by the traffic of the whole SLO
    window. The newest ledger window has its full weight, as in the burn rate, and what went before
    is in the counts: between the two are up to five minutes and a half that do not count yet, so a
    page comes that much later at most, and never too early. What has no budget in events yet is not
    held back.

    >>> print(spends_less(Fraction(1, 100), Fraction(3600), Project()))
    300 * (
      (avg_over_time(slokit:bad:rate5m{bundle="default"}[4m59s999ms]) and on (bundle, service, slo)
       slokit:info{bundle="default",measure="level"})
      or slokit:bad:rate5m{bundle="default"}
    ) + (sum_over_time(slokit:bad:events5m{bundle="default"}[54m59s999ms] offset 5m)
      or 0 * slokit:bad:rate5m{bundle="default"})
    < 0.01 * max without (window) (last_over_time(slokit:budget:events{bundle="default"}[12m]))
    >>> print(spends_less(Fraction(1, 100), Fraction(21600), Project()))
    sum_over_time(slokit:bad:events5m{bundle="default"}[5h59m])
    < 0.01 * max without (window) (last_over_time(slokit:budget:events{bundle="default"}[12m]))
    """
    ledger, rate = project.ledger_window, names.bad_rate(project.ledger_window)
    counts = series(names.bad_events(ledger), project)
    if is_fast(window):
        newest = fast_side(rate, ledger, project)
        bad = f"{build.number(min(window, ledger))} * {newest}"
        if window > ledger:
            before = f"{counts}[{open_range(window - ledger)}] offset {project.ledger_window_name}"
            # a young group has no counts yet
            bad += f" + (sum_over_time({before})\n  or 0 * {series(rate, project)})"
    else:
        bad = summed_over(counts, window)
    # right after an edit of its SLO window a group has two budgets
    budget = f"max without (window) ({latest(series(names.BUDGET_EVENTS, project), project)})"
    return f"{bad}\n  < {build.number(share)} * {budget}"


def fewer_events(count: int, window: Fraction, project: Project) -> str:
    """The groups with fewer bad events than that in so many seconds.

    A counter's sample is a mean over the ledger window, so an event is in each sample of that. All
    samples of a window, each for an interval, add up to its events, but that the newest ledger
    window is seen in part; the newest sample for all of that, and those before it for their own
    intervals, see it whole and what is one ledger window older in part. Neither counts too much, so
    the larger one decides. Slow windows add up counts, which are the same sums.

    >>> print(fewer_events(3, Fraction(3600), Project()))
    sum_over_time(slokit:bad:rate5m{bundle="default"}[59m59s999ms]) * 30 < 2.5
      unless slokit:bad:rate5m{bundle="default"} * 300
      + (sum_over_time(slokit:bad:rate5m{bundle="default"}[54m59s999ms] offset 5m) * 30
      or 0 * slokit:bad:rate5m{bundle="default"}) >= 2.5
    >>> print(fewer_events(3, Fraction(21600), Project()))
    sum_over_time(slokit:bad:events5m{bundle="default"}[5h59m]) < 2.5
    """
    ledger, enough = project.ledger_window, f"{count - 1}.5"
    if not is_fast(window):
        return f"{summed_over(series(names.bad_events(ledger), project), window)} < {enough}"
    bad = series(names.bad_rate(ledger), project)
    each, all_of_newest = build.number(project.interval), build.number(ledger)
    if window <= ledger:
        return f"{bad} * {all_of_newest} < {enough}"
    added = f"sum_over_time({bad}[{open_range(window)}]) * {each} < {enough}"
    rest = f"{bad}[{open_range(window - ledger)}] offset {project.ledger_window_name}"
    before = f"(sum_over_time({rest}) * {each}\n  or 0 * {bad})"
    return f"{added}\n  unless {bad} * {all_of_newest}\n  + {before} >= {enough}"


def _burn_annotations(
    texts: AlertTexts, severity: str, alerts: Iterable[BurnAlert]
) -> Mapping[str, str]:
    """What one alert for all of these says."""
    alerts = tuple(alerts)
    windows = dict.fromkeys(format_duration(alert.long) for alert in alerts)
    limits = ", or ".join(
        f"{alert.burn:f} over {format_duration(alert.long)} and {format_duration(alert.short)}"
        for alert in alerts
    )
    own = {
        "summary": texts.burning(severity, windows),
        "description": (
            f"The burn rate was above {limits}; at 1 the budget lasts exactly one window."
        ),
    }
    return texts.complete(own)


def _but_of(policies: Collection[str]) -> tuple[Matcher, ...]:
    """Leaves out the SLOs of these policies.

    Named are those without an alert: which of the others are in use would change the rule with the
    services that come and go.
    """
    if not policies:
        return ()
    comparison = "!=" if len(policies) == 1 else "!~"
    return (Matcher("alert_policy", comparison, "|".join(sorted(policies))),)


def compile_spent(bundle: Bundle) -> tuple[Rule, ...]:
    """Spent budgets: one rule for each severity and share that a policy of the SLOs names.

    They stand behind the rules that record what is left and who has a history, and read what those
    recorded in this very evaluation: between two of theirs nothing changes.
    """
    texts = AlertTexts(bundle)
    known = bundle.project.policies.values()
    wanted = {alert for policy in bundle.policies for alert in policy.spent}
    return tuple(
        _spent_alert(bundle, texts, alert, [p.name for p in known if alert not in p.spent])
        for alert in sorted(wanted, key=lambda alert: (alert.spent, alert.severity))
    )


def _spent_alert(
    bundle: Bundle, texts: AlertTexts, alert: BudgetAlert, others: list[str]
) -> AlertRule:
    """One series a group, whatever its window; ``others`` are the policies without this alert.

    Only ``max without (window)`` takes the label off: an SLO whose window was edited has both for
    a while, and must alert once, under the labels that it had. ``last_over_time`` also for an
    evaluator that sees what it recorded only at the next evaluation.
    """
    project = bundle.project
    old = latest(series(names.HISTORY, project), project)
    alerting = info(project, *_but_of(others))
    spent = f"max without (window) (\n    {spends(alert.spent, project)}\n    and {old}\n  )"
    vector = f"(\n  {spent}\n  and {build.ON} {alerting}\n)"
    where = f"{texts.subject}{texts.group}"
    name, labels = names.EXHAUSTED_ALERT, alert_labels.of_slos(alert.severity, project)
    own = {
        # Beyond its limit it is below zero; as the alert ends it may be a little above
        "summary": (
            f"{where} has spent its error budget"
            '{{ if lt $value -9.5 }}, and {{ reReplaceAll "^-" "" (printf "%.0f" $value) }} times'
            " as much again{{ else if lt $value 0.0 }}, and"
            ' {{ humanizePercentage $value | reReplaceAll "^-" "" }}'
            " more{{ else }}; {{ $value | humanizePercentage }} is left{{ end }}"
        ),
        "description": f"{texts.promise()}Of the budget of the whole window nothing is left.",
    }
    if alert.spent < 1:
        name, labels = names.SPENT_ALERT, {**labels, SPENT: alert.percent}
        own = {
            "summary": (
                f"{where} has spent {alert.percent} of its error budget;"
                " {{ if gt $value 0.0 }}{{ $value | humanizePercentage }}{{ else }}nothing{{ end }}"
                " is left"
            ),
            "description": (
                f"{texts.promise()}{alert.percent} of the budget of the whole window is spent."
            ),
        }
    return AlertRule(
        alert=name,
        expr=alert_labels.carrying(_heard(vector, project), alert.severity, bundle),
        labels=labels,
        annotations=texts.complete(own),
    )


def spends(share: Fraction, project: Project) -> str:
    """What is left of the budgets of which a share is spent, or was within six hours.

    What is left goes up and down around a limit as bad events come and fall out of the window. So
    an alert ends six hours after it was last beyond its limit, or at once when a twentieth of the
    budget lies between: an edited objective, say.

    >>> print(spends(Fraction(3, 4), Project()))
    last_over_time(slokit:budget_remaining:ratio{bundle="default"}[12m]) < 0.3
    and min_over_time(slokit:budget_remaining:ratio{bundle="default"}[6h]) <= 0.25
    """
    left = series(names.BUDGET_REMAINING, project)
    limit = 1 - share
    return (
        f"{latest(left, project)} < {build.number(limit + _CLEARLY)}\n"
        f"    and min_over_time({left}[{_RECENTLY}]) <= {build.number(limit)}"
    )


def _no_data(bundle: Bundle, texts: AlertTexts) -> tuple[AlertRule, ...]:
    """Missing data: one rule for each severity that a known policy gives it."""
    known = bundle.project.policies.values()
    return tuple(
        _no_data_alert(bundle, texts, severity, [p.name for p in known if p.no_data != severity])
        for severity in sorted({policy.no_data for policy in known if policy.no_data})
    )


def _no_data_alert(
    bundle: Bundle, texts: AlertTexts, severity: str, others: list[str]
) -> AlertRule:
    """A group that had events within a day, was not idle when its data ended, and has none now.

    What never was there is no loss: that a metric has another name, `slokit check` finds.
    ``others`` are the policies that do not alert at this severity.
    """
    project = bundle.project
    now = series(names.total_rate(project.ledger_window), project)
    active = series(names.ACTIVE, project)
    if project.ledger_window > _STALENESS:
        # a step of the subquery may fall where Prometheus has forgotten the last sample
        active = latest(active, project)
    # `slokit:info` has the label where it is `ignore`: an empty matcher selects all others, those
    # without the label, and no list of names is needed.
    alerting = info(project, *_but_of(others), no_data="")
    vector = (
        # 48 looks of a subquery instead of the 288 samples of a day: half an hour decides nothing
        f"(\n  last_over_time({active}[1d:30m]) == 1\n"
        f"  unless {now}\n  and {build.ON} {alerting}\n)"
    )
    own = {
        "summary": (f"{texts.subject}{texts.group} has no data: its error budget cannot be known"),
        "description": (
            f"{texts.promise()}No sample for ten minutes. The service is gone, its exporter is,"
            " or a metric was renamed; `slokit check` tells which."
            " Expected silence: `no_data: ignore`."
        ),
    }
    heard = _heard(vector, project, of_ledger=True)
    return AlertRule(
        alert=names.NO_DATA_ALERT,
        expr=alert_labels.carrying(
            without_stopped_members(heard, project, bundle.slos), severity, bundle
        ),
        labels=alert_labels.of_slos(severity, project),
        annotations=texts.complete(own),
        hold=10 * _MINUTE,
    )
