"""The configuration of Alertmanager as data: by itself, or added to an existing one."""

from collections.abc import Mapping
from typing import Any

from slokit.compiler.routing import Inhibition, RouteNode, Routing
from slokit.diagnostics.finding import KeyPath
from slokit.model.maintenance import MONTHS, WEEKDAYS, TimeInterval, clock_text
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
    lists = {
        "receivers": receivers,
        "inhibit_rules": [_inhibition(each) for each in routing.inhibitions],
        "time_intervals": [
            {"name": name, "time_intervals": [interval_data(each) for each in found]}
            for name, found in routing.intervals.items()
        ],
    }
    if settings.base is not None:
        return _added(settings.base, own, lists)
    root = {"receiver": settings.default, "routes": [own]}
    return {"route": root, **{key: items for key, items in lists.items() if items}}


def _added(
    base: BaseConfiguration, route: Mapping[str, Any], lists: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """The base with more in it: each of its keys stays where it is, lists grow at their ends."""
    data = {**base.data, "route": _with_route(base.data["route"], base.under, route)}
    for key, more in lists.items():
        if more:
            data[key] = [*_listed(data.get(key)), *more]
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
    data: dict[str, Any] = {}
    if node.matchers:
        data["matchers"] = [SingleQuoted(matcher(m)) for m in node.matchers]
    if node.receiver:
        data["receiver"] = node.receiver
    if node.group_by:
        data["group_by"] = list(node.group_by)
    if node.pace:
        data |= pace_data(node.pace)
    if node.mutes:
        data["mute_time_intervals"] = list(node.mutes)
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


def interval_data(interval: TimeInterval) -> dict[str, Any]:
    """A time interval in Alertmanager's words."""
    data: dict[str, Any] = {}
    if interval.times:
        data["times"] = [
            {"start_time": clock_text(first), "end_time": clock_text(last)}
            for first, last in interval.times
        ]
    named = {"weekdays": (interval.weekdays, WEEKDAYS, 0), "months": (interval.months, MONTHS, 1)}
    for key, (ranges, words, first) in named.items():
        if ranges:
            data[key] = [_range(words[a - first], words[b - first]) for a, b in ranges]
    numbers = {"days_of_month": interval.days_of_month, "years": interval.years}
    for key, ranges in numbers.items():
        if ranges:
            data[key] = [_range(str(a), str(b)) for a, b in ranges]
    return {**data, "location": interval.location}


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first}:{last}"


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
