"""What Alertmanager makes of one alert: the routes that it takes, and what could silence it.

The rules are Alertmanager's own (its `dispatch` and `inhibit` packages): the first child that fits
wins unless it goes on, a route without a fitting child takes the alert itself, and a label that an
alert lacks is an empty one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slokit.compiler import mutes, names
from slokit.compiler.routing import Inhibition, RouteNode, Routing
from slokit.diagnostics.finding import KeyPath
from slokit.model.bundle import Bundle
from slokit.model.maintenance import Maintenance
from slokit.promql.parse import PromqlSyntaxError
from slokit.promql.pattern import is_match
from slokit.promql.reading import read_matchers
from slokit.promql.selector import Matcher

Labels = Mapping[str, str]
_OF_BASE = "the base"


@dataclass(frozen=True, slots=True)
class Taken:
    """A route that an alert takes: the routes that lead to it, itself the last one.

    ``receiver``, ``group_by`` and ``pace`` are those that hold there.
    """

    path: tuple[RouteNode, ...]

    @property
    def receiver(self) -> str:
        """Who is notified."""
        return next((node.receiver for node in reversed(self.path) if node.receiver), "")

    @property
    def last(self) -> RouteNode:
        """The route itself, with what it has of those above."""
        group_by = next((n.group_by for n in reversed(self.path) if n.group_by), ())
        pace = next((n.pace for n in reversed(self.path) if n.pace), None)
        return replace(self.path[-1], receiver=self.receiver, group_by=group_by, pace=pace)


def fits(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """Whether an alert with these labels has all of them."""
    return all(is_match(matcher, labels.get(matcher.label, "")) for matcher in matchers)


def taken(route: RouteNode, labels: Labels) -> tuple[Taken, ...]:
    """All routes that an alert takes, in order; none where it does not even fit the first."""
    if not fits(route.matchers, labels):
        return ()
    found: list[Taken] = []
    for child in route.routes:
        below = taken(child, labels)
        found += [Taken((route, *each.path)) for each in below]
        if below and not child.goes_on:
            break
    return tuple(found) or (Taken((route,)),)


def silencing(inhibitions: Iterable[Inhibition], labels: Labels) -> Iterator[Inhibition]:
    """The rules by which another alert could silence this one.

    An alert that is itself a source of a rule is not silenced by another one of its kind.
    """
    for rule in inhibitions:
        if fits(rule.target, labels) and not fits(rule.source, labels):
            yield rule


def silences(rule: Inhibition, other: Labels, labels: Labels) -> bool:
    """Whether another alert that fires silences this one by a rule."""
    return fits(rule.source, other) and all(
        other.get(label, "") == labels.get(label, "") for label in rule.equal
    )


def muting(bundle: Bundle, labels: Labels) -> tuple[Maintenance, ...]:
    """The maintenances in whose time an alert of the bundle is muted, whether or not one is on."""
    if labels.get(names.BUNDLE) != bundle.name:
        return ()
    found = next((scope for scope in mutes.variants(bundle) if _is_of(scope, labels)), None)
    named = {mutes.mute_name(bundle, each): each for each in bundle.project.maintenances}
    return tuple(named[name] for name in found.mutes) if found else ()


def _is_of(scope: mutes.Scope, labels: Labels) -> bool:
    is_served = not scope.services or labels.get(names.SERVICE) in scope.services
    return is_served and fits(scope.matchers, labels)


def whole(routing: Routing) -> tuple[RouteNode, tuple[Inhibition, ...]]:
    """The first route of the whole configuration, and all of its rules that silence."""
    base = routing.settings.base
    if base is None:
        root = RouteNode(
            receiver=routing.settings.default,
            routes=(routing.route,),
            reason="alertmanager.default",
        )
        return root, routing.inhibitions
    root = _with_route(_route_of(base.data["route"], "route"), base.under, routing.route)
    listed = base.data.get("inhibit_rules") or ()
    own = (_inhibition_of(rule) for rule in listed if isinstance(rule, Mapping))
    return root, (*own, *routing.inhibitions)


def _with_route(parent: RouteNode, under: KeyPath, route: RouteNode) -> RouteNode:
    if not under:
        return replace(parent, routes=(route, *parent.routes))
    children = list(parent.routes)
    position = int(under[0])
    children[position] = _with_route(children[position], under[1:], route)
    return replace(parent, routes=tuple(children))


def _route_of(data: Mapping[str, Any], where: str) -> RouteNode:
    listed = data.get("routes")
    children = listed if isinstance(listed, list) else []
    group_by = data.get("group_by")
    return RouteNode(
        matchers=tuple(matchers_of(data)),
        receiver=str(data.get("receiver") or ""),
        group_by=tuple(map(str, group_by)) if isinstance(group_by, list) else (),
        goes_on=str(data.get("continue", "")).lower() in ("true", "yes", "on", "y"),
        routes=tuple(
            _route_of(child if isinstance(child, Mapping) else {}, f"{where}.routes[{number}]")
            for number, child in enumerate(children)
        ),
        reason=f"{where} of {_OF_BASE}",
    )


def _inhibition_of(data: Mapping[str, Any]) -> Inhibition:
    equal = data.get("equal")
    return Inhibition(
        tuple(matchers_of(data, "source_")),
        tuple(matchers_of(data, "target_")),
        tuple(map(str, equal)) if isinstance(equal, list) else (),
        f"a rule of {_OF_BASE}",
    )


def matchers_of(data: Mapping[str, Any], side: str = "") -> Iterator[Matcher]:
    """The matchers of a route as it is written, in any of Alertmanager's three forms.

    ``side`` is ``source_`` or ``target_`` for those of a rule that silences. One that cannot be
    read fits nothing.
    """
    for key, op in (("match", "="), ("match_re", "=~")):
        given = data.get(f"{side}{key}")
        for label, value in given.items() if isinstance(given, Mapping) else ():
            yield Matcher(str(label), op, str(value))
    listed = data.get(f"{side}matchers")
    for text in listed if isinstance(listed, list) else ():
        yield from _read(str(text))


_SEPARATOR = re.compile(r""",(?=(?:[^"]*"[^"]*")*[^"]*$)""")  # a comma outside of quotes


def _read(text: str) -> tuple[Matcher, ...]:
    return loose_matchers(text) or (Matcher("", "=", text),)


def loose_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers as Alertmanager has them, whose values may stand without quotes; none of no others.

    >>> print(*loose_matchers('{team=sre, service=~"sh.*"}'))
    team="sre" service=~"sh.*"
    """
    try:
        return read_matchers(text)
    except PromqlSyntaxError:
        parts = [part for part in _SEPARATOR.split(text.strip().strip("{}")) if part.strip()]
        found = tuple(map(_split, parts))
        return () if any(not matcher.label for matcher in found) else found


def _split(text: str) -> Matcher:
    for op in ("=~", "!~", "!=", "="):
        label, found, value = text.partition(op)
        if found and label.strip().isidentifier():
            return Matcher(label.strip(), op, value.strip().removeprefix('"').removesuffix('"'))
    return Matcher("", "=", text)
