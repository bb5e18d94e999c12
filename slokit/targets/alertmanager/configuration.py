"""The configuration of Alertmanager as data: by itself, or added to an existing one."""

from collections.abc import Mapping
from typing import Any

from slokit.compiler.routing import Inhibition, RouteNode, Routing
from slokit.diagnostics.finding import KeyPath
from slokit.model.routing import BaseConfiguration, Pace
from slokit.promql.selector import Matcher
from slokit.targets.alertmanager.receivers import receiver_data
from slokit.targets.rule_yaml import SingleQuoted
from slokit.text.durations import format_duration


def configuration(routing: Routing) -> dict[str, Any]:
    """The whole file."""
    settings = routing.settings
    own = route_data(routing.route)
    receivers = [receiver_data(receiver) for receiver in settings.receivers]
    inhibitions = [_inhibition(each) for each in routing.inhibitions]
    if settings.base is not None:
        return _added(settings.base, own, receivers, inhibitions)
    return {
        "route": {"receiver": settings.default, "routes": [own]},
        "receivers": receivers,
        "inhibit_rules": inhibitions,
    }


def _added(
    base: BaseConfiguration,
    route: Mapping[str, Any],
    receivers: list[dict[str, Any]],
    inhibitions: list[dict[str, Any]],
) -> dict[str, Any]:
    """The base with more in it: each of its keys stays where it is, lists grow at their ends."""
    data = {**base.data, "route": _with_route(base.data["route"], base.under, route)}
    for key, more in (("receivers", receivers), ("inhibit_rules", inhibitions)):
        if more:
            data[key] = [*(data.get(key) or ()), *more]
    return data


def _with_route(
    parent: Mapping[str, Any], under: KeyPath, route: Mapping[str, Any]
) -> dict[str, Any]:
    """The route first among its siblings: one of theirs may take every alert that it gets."""
    children = list(_listed(parent.get("routes")))
    if not under:
        return {**parent, "routes": [route, *children]}
    position = int(under[0])
    children[position] = _with_route(children[position], under[1:], route)
    return {**parent, "routes": children}


def _listed(routes: Any) -> list[Any]:
    return routes if isinstance(routes, list) else []


def route_data(node: RouteNode) -> dict[str, Any]:
    """A route as it stands in the file; what is that of the route above is left out."""
    data: dict[str, Any] = {"matchers": [SingleQuoted(matcher(m)) for m in node.matchers]}
    if node.receiver:
        data["receiver"] = node.receiver
    if node.group_by:
        data["group_by"] = list(node.group_by)
    if node.pace:
        data |= pace_data(node.pace)
    if node.goes_on:
        data["continue"] = True
    if node.routes:
        data["routes"] = [route_data(child) for child in node.routes]
    return data


def pace_data(pace: Pace) -> dict[str, str]:
    """The times of a group's notifications."""
    times = {
        "group_wait": pace.wait,
        "group_interval": pace.interval,
        "repeat_interval": pace.repeat,
    }
    return {key: format_duration(seconds) for key, seconds in times.items()}


def _inhibition(inhibition: Inhibition) -> dict[str, Any]:
    return {
        "source_matchers": [SingleQuoted(matcher(m)) for m in inhibition.source],
        "target_matchers": [SingleQuoted(matcher(m)) for m in inhibition.target],
        "equal": list(inhibition.equal),
    }


def matcher(one: Matcher) -> str:
    r"""A matcher in Alertmanager's words, which has three escapes and no others.

    >>> matcher(Matcher("team", "=", 'a"b'))
    'team="a\\"b"'
    """
    value = one.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{one.label}{one.op}"{value}"'
