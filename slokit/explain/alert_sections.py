"""An alert's explanation as titled sections, for any format to print."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from slokit.compiler import names
from slokit.compiler.route_matching import Taken
from slokit.explain.alerts import AlertExplanation, Evidence, WindowEvidence
from slokit.explain.sections import (
    Code,
    Page,
    Section,
    burn_sentence,
    waiting_sentences,
    when_sentence,
)
from slokit.model.causes import FAILURE_MODES, CauseAlert
from slokit.text.durations import format_duration
from slokit.text.numbers import measured_count, measured_percent
from slokit.text.words import joined

_OF_ROUTE = ("alertname", *names.IDENTITY, "severity")


def page(found: AlertExplanation) -> Page:
    """The page about one alert, in the order in which someone who was woken needs it."""
    made = [
        Section("What fired", tuple(_fired(found))),
        Section("What the ledger said", tuple(_ledger(found)), is_list=True),
        Section("Who is notified", tuple(_notified(found)), is_list=True),
        Section("What silences it", tuple(_silenced(found)), is_list=True),
        Section("To ask Prometheus", tuple(_to_ask(found))),
    ]
    return Page(_headline(found), _origin(found), tuple(s for s in made if s.parts))


def _headline(found: AlertExplanation) -> str:
    labels = found.alert.labels
    name = labels.get("alertname", "an alert without a name")
    severity = f" ({labels['severity']})" if labels.get("severity") else ""
    about = "/".join(labels[key] for key in (names.SERVICE, names.SLO) if labels.get(key))
    group = " ".join(f"{key}={value}" for key, value in sorted(_group(found).items()))
    what = " ".join(part for part in (about, group) if part)
    return f"{name}{severity}{f' on {what}' if what else ''}"


def _group(found: AlertExplanation) -> Mapping[str, str]:
    """The labels of its group; for what is no SLO's, all that its name does not say."""
    labels = found.alert.labels
    if found.slo is None:
        return {key: value for key, value in labels.items() if key not in _OF_ROUTE}
    return {key: labels[key] for key in found.slo.slo.folding.names if key in labels}


def _origin(found: AlertExplanation) -> str:
    alert = found.alert
    parts = [alert.state or "", f"since {moment(alert.started)}" if alert.started else ""]
    if alert.ended is not None and not alert.is_firing:
        parts.append(f"until {moment(alert.ended)}")
    return ", ".join(part for part in parts if part) or "as it was pasted"


def moment(unix: float) -> str:
    """A time in UTC to the second."""
    try:
        return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return "a time that no calendar has"


def _fired(found: AlertExplanation) -> Iterator[str | Code]:
    labels, slo = found.alert.labels, found.slo
    if found.cause is not None:
        yield from _of_cause(found.cause)
    elif slo is None:
        yield _not_of_an_slo(found)
    else:
        promise = slo.slo.description or slo.slo.id
        yield f"{promise}: {slo.slo.objective_text} over {slo.slo.window.described}."
        owner = f", owner {slo.slo.owner}" if slo.slo.owner else ""
        yield f"Written in {slo.file}{f':{slo.line}' if slo.line else ''}{owner}."
        if labels.get("severity") and not found.severity:
            known = [each.name for each in found.project.alerts.severities.values()]
            yield (
                f"The severity {labels['severity']} is none of this bundle, which has"
                f" {joined(known)}: the alert comes from rules of another state."
            )
        yield from _policy(found)
    if summary := found.alert.annotations.get("summary"):
        yield Code("it says", summary)
    if runbook := found.alert.annotations.get("runbook_url"):
        yield Code("runbook", runbook)


def _of_cause(cause: CauseAlert) -> Iterator[str | Code]:
    meaning = FAILURE_MODES[cause.failure_mode]
    yield f"A cause alert of {cause.service}: {cause.failure_mode}, {cause.summary or meaning}."
    held = f", once it has held for {format_duration(cause.hold)}" if cause.hold else ""
    yield f"It fires for each group that this has a sample of{held}:"
    yield Code("condition", cause.expr)
    yield f"What to do about it: docs/runbooks/{cause.failure_mode}.md."


def _not_of_an_slo(found: AlertExplanation) -> str:
    labels, bundle = found.alert.labels, found.project.bundle
    if labels.get(names.BUNDLE) != bundle:
        other = labels.get(names.BUNDLE)
        what = f"of the bundle {other}" if other else "of no bundle"
        return f"It is an alert {what}: this is the bundle {bundle}, and explains its own alone."
    if labels.get("alertname") in names.OWN_ALERTS and not labels.get(names.SLO):
        page = f"docs/runbooks/{labels['alertname']}.md"
        return f"slokit's watch over itself: {page} says what it means."
    if labels.get(names.SLO):
        return "The bundle has no such SLO any more: compile and load its rules, or look at git."
    return "No alert on an SLO."


def _policy(found: AlertExplanation) -> Iterator[str]:
    assert found.slo is not None
    labels, facts = found.alert.labels, found.slo
    name = labels.get("alertname", "")
    if found.burns:
        yield (
            f"The policy {facts.slo.policy.name} fires it when any of these windows burn:"
            if len(found.burns) > 1
            else f"The policy {facts.slo.policy.name} fires it when these windows burn:"
        )
        yield from (burn_sentence(facts, each) for each in found.burns)
        yield from waiting_sentences(facts, found.burns)
        return
    # several rules may be called the same: they differ by what they label their alerts with
    rule = next(
        (
            rule
            for rule in facts.alerts
            if rule.alert == name
            and all(labels.get(key) == value for key, value in rule.labels.items() if value)
        ),
        None,
    )
    if rule is not None:
        yield f"The policy {facts.slo.policy.name} has it: {when_sentence(facts, rule)}."
    else:
        yield (
            f"The policy {facts.slo.policy.name} of this SLO has no such alert"
            f"{' of this severity' if found.severity else ''} now: the rules that fired it are of"
            " another state."
        )


def _ledger(found: AlertExplanation) -> Iterator[str]:
    evidence = found.evidence
    if evidence is None:
        return
    yield f"{evidence.url} said at {moment(evidence.at)}:"
    for window in evidence.windows:
        yield _window(window)
    if evidence.counts is not None:
        yield from _counts(evidence)
    if evidence.left is None:
        yield "How much of the budget was left is not recorded."
    elif evidence.left < 0:
        yield f"The budget was spent, and {measured_percent(-evidence.left)} of it more."
    else:
        yield f"{measured_percent(evidence.left)} of the budget was left."


def _window(window: WindowEvidence) -> str:
    alert = window.burns.alert
    long, short = format_duration(alert.long), format_duration(alert.short)
    seen = (
        f"burn rate {_number(window.over_long)} over {long}, {_number(window.over_short)} over"
        f" {short}, more than {alert.burn} is too much"
    )
    return f"{long}/{short}: {seen}: {'this fired it' if window.fired else 'not this one'}."


def _number(value: float | None) -> str:
    return "unknown" if value is None else measured_count(value)


def _counts(evidence: Evidence) -> Iterator[str]:
    assert evidence.counts is not None
    bad, total, long = evidence.counts
    if bad is not None and total:
        yield (
            f"{measured_percent(bad / total)} were bad within {format_duration(long)}:"
            f" {measured_count(bad)} of {measured_count(total)}, as far as they were counted by"
            " then."
        )


def _notified(found: AlertExplanation) -> Iterator[str]:
    if found.routes is None:
        yield "slokit.yaml does not say who is notified: it has no key `alertmanager:`."
        return
    for route in found.routes:
        yield _route(route)
    if found.alert.receivers:
        yield f"Alertmanager says that it notifies {joined(list(found.alert.receivers))}."
    if found.routes:
        groups = found.routes[0].last.group_by
        if groups and groups != ("...",):
            yield f"With all alerts that have the same {joined(list(groups))}, in one notification."


def _route(route: Taken) -> str:
    last = route.last
    after = f" after {format_duration(last.pace.wait)}" if last.pace else ""
    fitting = [matcher for node in route.path for matcher in node.matchers]
    why = f", since {' and '.join(map(str, fitting))}" if fitting else ""
    return f"{last.receiver or 'no receiver'}{after}, by {last.reason}{why}."


def _silenced(found: AlertExplanation) -> Iterator[str]:
    for silence in found.alert.silenced_by:
        yield f"Now: the silence {silence}."
    for maintenance, is_on in found.mutes:
        when = "Now" if is_on else "In its time, which is not now"
        yield f"{when}: the maintenance {maintenance.name}: {maintenance.reason}."
    for each in found.silencings:
        if each.by:
            names_of = [_called(other.labels) for other in each.by]
            yield f"Now: {each.rule.reason}: {joined(names_of)}."
        else:
            source = " and ".join(map(str, each.rule.source))
            yield (
                f"While an alert with {source} fires that has the same"
                f" {joined(list(each.rule.equal)) or 'nothing'}: {each.rule.reason}."
            )
    if found.alert.inhibited_by and not any(each.by for each in found.silencings):
        yield "Now: by another alert, says Alertmanager, by a rule that is not of this bundle."


def _called(labels: Mapping[str, str]) -> str:
    severity = f" ({labels['severity']})" if labels.get("severity") else ""
    return f"{labels.get('alertname', 'an alert')}{severity}"


def _to_ask(found: AlertExplanation) -> Iterator[Code]:
    if found.evidence is None:
        yield from (Code(text, query) for text, query in found.queries.items())
