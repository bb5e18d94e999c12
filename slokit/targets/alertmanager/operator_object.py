"""The same for the Prometheus operator: an AlertmanagerConfig object (v1alpha1).

The operator has a secret where Alertmanager has a file. It mounts secrets as
`/etc/alertmanager/secrets/SECRET/KEY`, so the end of a file's name says which one is meant.
"""

from collections.abc import Mapping
from typing import Any

from slokit.compiler import names
from slokit.compiler.routing import Inhibition, RouteNode, Routing
from slokit.model.maintenance import TimeInterval
from slokit.model.routing import secret_of
from slokit.model.time_zone import UTC_NAME
from slokit.promql.selector import Matcher
from slokit.targets.alertmanager.configuration import interval_data, pace_data
from slokit.targets.alertmanager.receivers import receiver_data

KIND = "AlertmanagerConfig"
_API = "monitoring.coreos.com/v1alpha1"
# Names that are not those of Alertmanager with capitals for underscores.
_OWN_NAMES = {
    "api_url": "apiURL",
    "api_url_file": "apiURL",
    "url_file": "urlSecret",
    "webhook_url_file": "webhookURL",
    "require_tls": "requireTLS",
}
_LISTS = ("details", "headers")


def operator_object(
    routing: Routing, bundle: str, namespace: str | None, labels: Mapping[str, str]
) -> dict[str, Any]:
    """The object; its routes take alerts of the bundle alone."""
    metadata: dict[str, Any] = {"name": names.operator_object(bundle)}
    if namespace:
        metadata["namespace"] = namespace
    own = dict(sorted(labels.items()))
    metadata["labels"] = {"app.kubernetes.io/managed-by": "slokit", **own}
    mutes = {name: found for name, found in routing.intervals.items() if _has_no_zone(found)}
    spec: dict[str, Any] = {
        "route": _route(routing.route, mutes),
        "receivers": [_receiver(receiver_data(each)) for each in routing.settings.receivers],
        "inhibitRules": [_inhibition(each) for each in routing.inhibitions],
    }
    if mutes:
        spec["muteTimeIntervals"] = [
            {"name": name, "timeIntervals": [_interval(each) for each in found]}
            for name, found in mutes.items()
        ]
    return {"apiVersion": _API, "kind": KIND, "metadata": metadata, "spec": spec}


def _has_no_zone(intervals: tuple[TimeInterval, ...]) -> bool:
    """Whether the object can say it: it knows UTC alone. The rules are silent all the same."""
    return all(interval.location == UTC_NAME for interval in intervals)


def _route(node: RouteNode, mutes: Mapping[str, object]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if node.matchers:
        data["matchers"] = [_matcher(matcher) for matcher in node.matchers]
    if node.receiver:
        data["receiver"] = node.receiver
    if node.group_by:
        data["groupBy"] = list(node.group_by)
    if node.pace:
        data |= {_camel(key): value for key, value in pace_data(node.pace).items()}
    if muted := [name for name in node.mutes if name in mutes]:
        data["muteTimeIntervals"] = muted
    if node.goes_on:
        data["continue"] = True
    if node.routes:
        data["routes"] = [_route(child, mutes) for child in node.routes]
    return data


def _matcher(matcher: Matcher) -> dict[str, str]:
    return {"name": matcher.label, "matchType": matcher.op, "value": matcher.value}


def _inhibition(inhibition: Inhibition) -> dict[str, Any]:
    return {
        "sourceMatch": [_matcher(matcher) for matcher in inhibition.source],
        "targetMatch": [_matcher(matcher) for matcher in inhibition.target],
        "equal": list(inhibition.equal),
    }


def _interval(interval: TimeInterval) -> dict[str, Any]:
    data = interval_data(interval)
    del data["location"]
    found = {_camel(key): value for key, value in data.items()}
    if interval.times:
        found["times"] = [{_camel(k): v for k, v in time.items()} for time in data["times"]]
    if interval.days_of_month:
        found["daysOfMonth"] = [{"start": a, "end": b} for a, b in interval.days_of_month]
    return found


def _receiver(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": data["name"]}
    for key, channels in data.items():
        if key != "name":
            found[_camel(key)] = [_channel(channel) for channel in channels]
    return found


def _channel(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = _OWN_NAMES.get(key) or _camel(key.removesuffix("_file"))
        if key.endswith("_file"):
            found[name] = secret_of(value)
        elif key in _LISTS:
            found[name] = [{"key": k, "value": v} for k, v in value.items()]
        else:
            found[name] = _channel(value) if isinstance(value, Mapping) else value
    return found


def _camel(text: str) -> str:
    """A key in the operator's words.

    >>> _camel("send_resolved")
    'sendResolved'
    """
    first, *rest = text.split("_")
    return first + "".join(word.capitalize() for word in rest)
