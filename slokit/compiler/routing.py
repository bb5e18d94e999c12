"""A bundle's alerts on their way: the tree of routes, and which alert silences which.

Alertmanager takes a label that an alert does not have for an empty one, in matchers, ``group_by``
and ``equal``: two alerts that both lack a label have it in common. So rules that silence name all
group labels of the bundle, and SLOs without one of them are still distinguished by the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slokit.compiler import mutes, names
from slokit.model.alerting import PAGE, SEVERITIES, TICKET
from slokit.model.bundle import Bundle
from slokit.model.maintenance import TimeInterval
from slokit.model.routing import Alertmanager, OwnRoute, Pace
from slokit.promql.selector import Matcher

SEVERITY = "severity"
OWNER = "owner"


@dataclass(frozen=True, slots=True)
class RouteNode:
    """One route: alerts that fit ``matchers`` go to the first of its ``routes`` that fits them.

    What is empty or None is that of the route above, but for ``mutes``: the time intervals in which
    it notifies of nothing. With ``goes_on`` the next route is looked at, too. ``reason`` says which
    setting made it.
    """

    matchers: tuple[Matcher, ...] = ()
    receiver: str = ""
    group_by: tuple[str, ...] = ()
    pace: Pace | None = None
    goes_on: bool = False
    mutes: tuple[str, ...] = ()
    routes: tuple["RouteNode", ...] = ()
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert that fits ``source`` fires, those that fit ``target`` are not notified.

    Only where both have the same values of the labels in ``equal``. ``reason`` says why.
    """

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Routing:
    """All of it; ``route`` takes the alerts of the bundle and no others."""

    settings: Alertmanager
    route: RouteNode
    inhibitions: tuple[Inhibition, ...]
    intervals: Mapping[str, tuple[TimeInterval, ...]] = field(default_factory=dict)


def compile_routing(bundle: Bundle) -> Routing:
    """Where the alerts of a bundle go; those of other bundles are no business of it."""
    settings = bundle.project.alertmanager or Alertmanager()
    leaves = tuple(_leaves(bundle, settings))
    routes = [*(_muted(scope, leaves) for scope in mutes.variants(bundle)), *leaves]
    # behind the route of a maintenance that is for everything, no other one is ever reached
    last = next((n for n, node in enumerate(routes) if not node.matchers), len(routes))
    route = RouteNode(
        matchers=(_is(names.BUNDLE, bundle.name),),
        receiver=settings.default,
        group_by=settings.group_by,
        pace=settings.paces[PAGE],
        routes=tuple(routes[: last + 1]),
        reason="alertmanager.default, as no route takes it",
    )
    return Routing(settings, route, tuple(_inhibitions(bundle)), mutes.intervals(bundle))


def _muted(scope: mutes.Scope, leaves: Sequence[RouteNode]) -> RouteNode:
    """All routes once more, for alerts of a maintenance: a route does not hand its mutes down."""
    services = (_is(names.SERVICE, *scope.services),) if scope.services else ()
    return RouteNode(
        matchers=(*services, *scope.matchers),
        mutes=scope.mutes,
        routes=tuple(replace(leaf, mutes=scope.mutes) for leaf in leaves),
        reason="alertmanager.default, as no route takes it",
    )


def _is(label: str, *values: str) -> Matcher:
    """A matcher on some values.

    >>> print(_is("owner", "team-a"), _is("owner", "a.b", "c"))
    owner="team-a" owner=~"a[.]b|c"
    """
    if len(values) == 1:
        return Matcher(label, "=", values[0])
    return Matcher(label, "=~", "|".join(map(_literal, values)))


# What RE2 gives a meaning; `re.escape` also escapes blanks, which older versions refuse. Brackets
# where they do: no reader has to count how often a backslash is escaped.
_SPECIAL = {char: f"[{char}]" for char in ".+*?()|{}$"} | {char: f"\\{char}" for char in "\\[]^"}


def _literal(value: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in value)


def _leaves(bundle: Bundle, settings: Alertmanager) -> Iterator[RouteNode]:
    for number, route in enumerate(settings.routes):
        for severity in SEVERITIES:
            yield from _of_severity(bundle, settings, route, number, severity)
    # what no route names goes to the default, in the pace of its severity
    yield RouteNode(
        matchers=(_severity(bundle, TICKET),),
        pace=settings.paces[TICKET],
        reason="alertmanager.default, as no route takes it",
    )


def _of_severity(
    bundle: Bundle, settings: Alertmanager, route: OwnRoute, number: int, severity: str
) -> Iterator[RouteNode]:
    """A route for each receiver; all but the last let the next one have the alert, too."""
    receivers = [(name, settings.paces[severity]) for name in route.receivers.get(severity, ())]
    if severity == PAGE and receivers:
        for step in route.escalations:
            # A group's first notification waits so long, counted from when its alert began, also
            # over restarts; what has ended by then is never notified.
            pace = Pace(step.after, settings.paces[PAGE].interval, settings.paces[PAGE].repeat)
            receivers += [(name, pace) for name in step.to]
    matchers = (*_matchers(route), _severity(bundle, severity))
    for index, (name, pace) in enumerate(receivers):
        is_escalated = index >= len(route.receivers[severity])
        yield RouteNode(
            matchers=matchers,
            receiver=name,
            pace=None if pace == settings.paces[PAGE] else pace,
            goes_on=index < len(receivers) - 1,
            reason=f"alertmanager.routes[{number}].{'escalate' if is_escalated else severity}",
        )


def _matchers(route: OwnRoute) -> tuple[Matcher, ...]:
    owner = (_is(OWNER, *route.owners),) if route.owners else ()
    service = (_is(names.SERVICE, *route.services),) if route.services else ()
    return (*owner, *service, *route.match)


def _severity(bundle: Bundle, severity: str) -> Matcher:
    return _is(SEVERITY, bundle.project.alerts.of(severity).name)


def _inhibitions(bundle: Bundle) -> Iterator[Inhibition]:
    own, page, ticket = (
        _is(names.BUNDLE, bundle.name),
        _severity(bundle, PAGE),
        _severity(bundle, TICKET),
    )
    of_slo = Matcher(names.SLO, "!=", "")
    groups = sorted({label for slo in bundle.slos for label in slo.folding.names})
    equal = (*names.IDENTITY, *groups)
    yield Inhibition(
        (own, of_slo, page), (own, of_slo, ticket), equal, "a page on the same SLO and group"
    )
    yield from _by_causes(bundle)
    called = names.burn_alerts(bundle)
    spent = [names.SPENT_ALERT] if any(policy.thresholds for policy in bundle.policies) else []
    yield Inhibition(
        (own, _is("alertname", names.EXHAUSTED_ALERT)),
        (own, _is("alertname", *called, *spent), ticket),
        equal,
        "the budget is spent, which says more than a ticket about its burning",
    )
    yield Inhibition(
        (own, _is("alertname", names.LEDGER_STALE_ALERT), page),
        (own, _is("alertname", names.NO_DATA_ALERT)),
        (names.BUNDLE,),
        "no ledger of the bundle is written, so none has data",
    )


def _by_causes(bundle: Bundle) -> Iterator[Inhibition]:
    """A cause silences the tickets of its service on the same group, and pages if it pages itself.

    A cause of a whole cluster silences what happens to its members: only the labels of its own
    group must be equal. So there is a rule for each set of group labels that causes have, whichever
    they are: no list of names changes with them.
    """
    groups = {cause.groups for cause in bundle.causes}
    every = sorted({label for labels in groups for label in labels})
    for own in sorted({tuple(sorted(labels)) for labels in groups}):
        # exactly these labels: a cause that has others as well is another rule's
        labels = tuple(Matcher(label, "!=" if label in own else "=", "") for label in every)
        for severity in SEVERITIES:
            pages = severity == PAGE
            yield Inhibition(
                (
                    _is(names.BUNDLE, bundle.name),
                    Matcher(names.FAILURE_MODE, "!=", ""),
                    *labels,
                    _severity(bundle, severity),
                ),
                (
                    _is(names.BUNDLE, bundle.name),
                    Matcher(names.SLO, "!=", ""),
                    *(() if pages else (_severity(bundle, TICKET),)),
                ),
                (names.BUNDLE, names.SERVICE, *own),
                "a cause that pages, over what it brings about"
                if pages
                else "a cause, over the tickets of what it brings about",
            )
