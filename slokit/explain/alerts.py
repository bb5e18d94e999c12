"""An alert as it came, held against the bundle: what fired, who is notified, what silences it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.route_matching import Taken, muting, silences, silencing, taken, whole
from slokit.compiler.routing import Inhibition, RouteNode, compile_routing
from slokit.compiler.windows import latest
from slokit.diagnostics.errors import BrokenEnvironmentError
from slokit.explain.facts import BurnFacts, Explanation, explain
from slokit.explain.received import ReceivedAlert
from slokit.model.alerting import SEVERITIES
from slokit.model.bundle import Bundle, Project
from slokit.model.causes import CauseAlert
from slokit.model.maintenance import Maintenance
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.text.durations import format_duration

# A query at a moment (Unix seconds) to the value of its only sample; None where there is none.
Ask = Callable[[str, float], float | None]
# Takes the error of a server that does not answer; the rest is explained without it.
Unanswered = Callable[[BrokenEnvironmentError], None]


@dataclass(frozen=True, slots=True)
class WindowEvidence:
    """What the ledger said of one burn alert's windows; None is no sample."""

    burns: BurnFacts
    over_long: float | None
    over_short: float | None

    @property
    def fired(self) -> bool:
        """Whether both windows burnt faster than the alert allows."""
        threshold = float(self.burns.alert.burn)
        seen = (self.over_long, self.over_short)
        return all(value is not None and value > threshold for value in seen)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ledger said at a moment (Unix seconds); ``url`` is the server that was asked.

    ``left`` is the share of the budget, ``bad`` and ``total`` are those of the long window of the
    first alert that fired.
    """

    at: float
    url: str
    windows: tuple[WindowEvidence, ...]
    left: float | None
    counts: tuple[float | None, float | None, Fraction] | None


@dataclass(frozen=True, slots=True)
class Silencing:
    """A rule that silences the alert, and the alerts known to fire that make it do so."""

    rule: Inhibition
    by: tuple[ReceivedAlert, ...]


@dataclass(frozen=True, slots=True)
class AlertExplanation:
    """All that is known of an alert.

    ``slo`` is what it is about, None for slokit's watch over itself, for alerts of others, and for
    a cause alert, which is ``cause``.
    ``severity`` is the policies' word. ``routes`` is None where slokit.yaml does not say who is
    notified. ``mutes`` are maintenances, each with whether it is on. ``queries`` are to be pasted
    where no server was asked, each with what it asks.
    """

    alert: ReceivedAlert
    project: Project
    slo: Explanation | None
    severity: str
    burns: tuple[BurnFacts, ...]
    routes: tuple[Taken, ...] | None
    silencings: tuple[Silencing, ...]
    mutes: tuple[tuple[Maintenance, bool], ...]
    queries: Mapping[str, str]
    evidence: Evidence | None = None
    cause: CauseAlert | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be explained: the alerts ``given``, else those of the bundle that are ``held``.

    ``held`` is what an Alertmanager holds. ``slo`` is the name of an SLO or a service whose alerts
    alone are meant, empty for all. ``at`` is now.
    """

    bundle: Bundle
    given: tuple[ReceivedAlert, ...]
    held: tuple[ReceivedAlert, ...] = ()
    slo: str = ""
    at: float | None = None

    @property
    def alerts(self) -> tuple[ReceivedAlert, ...]:
        """Those to explain, as Alertmanager knows them where it does."""
        name = self.bundle.name
        own = self.given or [a for a in self.held if a.labels.get(names.BUNDLE) == name]
        known = {tuple(sorted(a.labels.items())): a for a in self.held}
        return tuple(
            known.get(tuple(sorted(alert.labels.items())), alert)
            for alert in own
            if self.slo in ("", *_names_in(alert.labels))
        )


def _names_in(labels: Mapping[str, str]) -> tuple[str, str]:
    service = labels.get(names.SERVICE, "")
    return service, f"{service}/{labels.get(names.SLO, '')}"


def explain_alerts(
    scope: Scope, ask: Ask | None = None, url: str = "", unanswered: Unanswered | None = None
) -> tuple[AlertExplanation, ...]:
    """The explanation of each alert.

    ``ask`` asks the server at ``url`` what its ledger said when the alert fired: now, as the scope
    has it, unless the alert says when. With ``unanswered`` a server that does not answer is asked
    no more, and the rest is explained without it.

    Raises:
        BrokenEnvironmentError: the server does not answer, and there is no ``unanswered``.
    """
    routes = whole(compile_routing(scope.bundle))
    found = []
    for alert in scope.alerts:
        try:
            found.append(_explained(alert, scope, routes, ask, url))
        except BrokenEnvironmentError as fault:
            if unanswered is None:
                raise
            unanswered(fault)
            ask = None
            found.append(_explained(alert, scope, routes, ask, url))
    return tuple(found)


def _explained(
    alert: ReceivedAlert,
    scope: Scope,
    routes: tuple[RouteNode, tuple[Inhibition, ...]],
    ask: Ask | None,
    url: str,
) -> AlertExplanation:
    bundle, at, (root, rules) = scope.bundle, scope.at, routes
    project, labels = bundle.project, alert.labels
    slo = _slo(alert, bundle)
    facts = explain(slo, bundle) if slo else None
    severity = _severity(labels.get("severity", ""), project)
    is_burn = slo is not None and labels.get("alertname") == names.burn_alert(slo)
    burns = tuple(
        each
        for each in (facts.burns if facts and is_burn else ())
        if each.alert.severity == severity
    )
    evidence = None
    if ask is not None and alert.started is None and at is not None:
        # Prometheus knows since when an alert that was pasted is active
        alert = replace(alert, started=ask(build.series(names.ALERTS_SINCE, labels), at))
    moment = alert.started if alert.started is not None else at
    if ask is not None and facts is not None and moment is not None:
        evidence = _evidence(alert, facts, burns, ask, moment, url)
    is_routed = project.alertmanager is not None
    firing = [
        other for other in scope.held or scope.given if other.labels != labels and other.is_firing
    ]
    return AlertExplanation(
        alert=alert,
        project=project,
        slo=facts,
        severity=severity,
        burns=burns,
        routes=taken(root, labels) if is_routed else None,
        silencings=tuple(
            Silencing(rule, tuple(o for o in firing if silences(rule, o.labels, labels)))
            for rule in silencing(rules, labels)
        )
        if is_routed
        else (),
        mutes=tuple(
            (each, at is not None and bool(each.spans(at, at + 1)))
            for each in muting(bundle, labels)
        ),
        queries=dict(_queries(alert, facts, burns)) if facts else {},
        evidence=evidence,
        cause=_cause(alert, bundle),
    )


def _cause(alert: ReceivedAlert, bundle: Bundle) -> CauseAlert | None:
    labels = alert.labels
    wanted = (bundle.name, labels.get(names.SERVICE), labels.get("alertname"))
    if labels.get(names.SLO):
        return None
    return next(
        (c for c in bundle.causes if (labels.get(names.BUNDLE), c.service, c.name) == wanted), None
    )


def _slo(alert: ReceivedAlert, bundle: Bundle) -> Slo | None:
    labels = alert.labels
    if labels.get(names.BUNDLE) != bundle.name:
        return None
    wanted = f"{labels.get(names.SERVICE, '')}/{labels.get(names.SLO, '')}"
    return next((slo for slo in bundle.slos if slo.id == wanted), None)


def _severity(name: str, project: Project) -> str:
    """The policies' word for a severity by its name; empty for another one."""
    return next((s for s in SEVERITIES if project.alerts.of(s).name == name), "")


def _series(name: str, alert: ReceivedAlert, facts: Explanation, **more: str) -> str:
    """A series of the alert's group."""
    groups = facts.slo.folding.names
    own = {label: alert.labels[label] for label in groups if label in alert.labels}
    return build.series(name, {**facts.identity, **own, **more})


def _queries(
    alert: ReceivedAlert, facts: Explanation, burns: Sequence[BurnFacts]
) -> Iterator[tuple[str, str]]:
    window, ledger = facts.slo.window.name, facts.project.ledger_window
    lengths = dict.fromkeys(x for b in burns for x in (b.alert.long, b.alert.short))
    for length in lengths:
        text = f"burn rate over {format_duration(length)}"
        yield text, latest(_series(names.burn(length), alert, facts), facts.project)
    left = _series(names.BUDGET_REMAINING, alert, facts, window=window)
    yield "budget left", latest(left, facts.project)
    long = format_duration(burns[0].alert.long if burns else Fraction(3600))
    for side, name in (("bad", names.bad_events(ledger)), ("all", names.total_events(ledger))):
        yield f"{side} within {long}", f"sum_over_time({_series(name, alert, facts)}[{long}])"


def _evidence(
    alert: ReceivedAlert,
    facts: Explanation,
    burns: Sequence[BurnFacts],
    ask: Ask,
    at: float,
    url: str,
) -> Evidence:
    seen = {text: ask(query, at) for text, query in _queries(alert, facts, burns)}
    windows = tuple(
        WindowEvidence(
            each,
            seen[f"burn rate over {format_duration(each.alert.long)}"],
            seen[f"burn rate over {format_duration(each.alert.short)}"],
        )
        for each in burns
    )
    long = burns[0].alert.long if burns else Fraction(3600)
    bad, total = (seen[f"{side} within {format_duration(long)}"] for side in ("bad", "all"))
    return Evidence(at, url, windows, seen["budget left"], (bad, total, long))
