"""The key ``alertmanager`` of slokit.yaml: receivers, routes, and the configuration to add to.

It decides what may be written; the tree of routes and what silences what are the compiler's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.dialects.slokit_v1.labels import Matchers
from slokit.model.alerting import PAGE, SEVERITIES, TICKET, AlertLabels
from slokit.model.routing import GROUP_BY, PACES, Alertmanager, Escalation, OwnRoute, Pace, Receiver
from slokit.project.receivers import ONE_OR_MORE, Line, ReceiverNames, ReceiverWritten
from slokit.source.fields import Duration, LabelName, Written, fault
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip, joined


def _kind(value: object) -> str:
    return "[mapping]" if isinstance(value, dict) else "[other]"


def _list_kind(value: object) -> str:
    return "[other]" if isinstance(value, list) else "[mapping]"


def _names(value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
        raise fault(codes.WRONG_TYPE, "a name or a list of names is wanted here", "such as team-a")
    return tuple(names)


def _receiver_name(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise fault(codes.BAD_VALUE, "a receiver has a name", "such as storage-pager")
    return name


Names = Annotated[tuple[str, ...], PlainValidator(_names), WithJsonSchema(ONE_OR_MORE)]
ReceiverName = Annotated[str, AfterValidator(_receiver_name)]


class PaceWritten(Written):
    """A time of pages and another one of tickets."""

    page: Duration | None = Field(None, description="That of pages.")
    ticket: Duration | None = Field(None, description="That of tickets.")


PaceTime = Annotated[
    Annotated[Duration, Tag("[other]")] | Annotated[PaceWritten, Tag("[mapping]")],
    Discriminator(_kind),
]


class EscalationWritten(Written):
    """Whom a page reaches that still fires after a time."""

    after: Duration = Field(description="How long the page has fired by then.")
    to: ReceiverNames = Field(description="A receiver, or a list of them.")


Escalations = Annotated[
    Annotated[list[EscalationWritten], Tag("[other]")]
    | Annotated[EscalationWritten, Tag("[mapping]")],
    Discriminator(_list_kind),
]


class RouteWritten(Written):
    """Which alerts go where; the first route that fits an alert and its severity is taken."""

    owner: Names | None = Field(None, description="An owner, or a list of them; any unless given.")
    service: Names | None = Field(None, description="A service, or a list of them.")
    match: Matchers = Field(
        (), description="Matchers on labels of alerts, such as `'cluster=~\"eu-.*\"'`."
    )
    page: ReceiverNames | None = Field(None, description="Who gets pages: a receiver, or a list.")
    ticket: ReceiverNames | None = Field(None, description="Who gets tickets.")
    escalate: Escalations | None = Field(
        None, description="`{after: 30m, to: …}`, or a list of these: more receivers of a page."
    )


class AlertmanagerWritten(Written):
    """Who is notified of what."""

    receivers: dict[ReceiverName, ReceiverWritten] = Field(
        {}, description="Receivers by their names, each with one or more ways of notifying."
    )
    default: Line | None = Field(
        None,
        description="The receiver of what no route names; the only receiver, or with a base that of"
        " its route, unless given.",
    )
    routes: list[RouteWritten] = Field([], description="Which alerts go where, in this order.")
    group_by: list[LabelName] = Field(
        list(GROUP_BY), description="Alerts with these labels in common are one notification."
    )
    group_wait: PaceTime | None = Field(
        None, description="How long the first notification waits: 30s, and 2m for tickets."
    )
    group_interval: PaceTime | None = Field(None, description="How long news of a group wait: 5m.")
    repeat_interval: PaceTime | None = Field(
        None, description="When it is repeated: 4h, and 3d for tickets."
    )
    base: Line | None = Field(
        None,
        description="A configuration of Alertmanager, relative to this file, that slokit adds to.",
    )
    insert_under: Names | None = Field(
        None,
        description="The matchers of the base's route below which slokit's stands, or a list of"
        " matchers that leads to it; its first route unless given.",
    )


_TIMES = {"group_wait": "wait", "group_interval": "interval", "repeat_interval": "repeat"}


def alertmanager(written: AlertmanagerWritten) -> Alertmanager:
    """What is written, without its base, which is a file of its own."""
    names = list(written.receivers)
    only = names[0] if len(names) == 1 and written.base is None else ""
    return Alertmanager(
        receivers=tuple(map(_receiver, names, written.receivers.values())),
        default=written.default or only,
        routes=tuple(map(_route, written.routes)),
        group_by=tuple(dict.fromkeys(written.group_by)),
        paces={severity: _pace(written, severity) for severity in SEVERITIES},
    )


def _receiver(name: str, written: ReceiverWritten) -> Receiver:
    given = {way: getattr(written, way) for way in type(written).model_fields}
    return Receiver(name, {way: _settings(channel) for way, channel in given.items() if channel})


def _settings(channel: Written) -> Mapping[str, Any]:
    return channel.model_dump(exclude_none=True)


def _route(written: RouteWritten) -> OwnRoute:
    escalate = written.escalate or []
    listed = escalate if isinstance(escalate, list) else [escalate]
    severities = {PAGE: written.page, TICKET: written.ticket}
    return OwnRoute(
        owners=written.owner or (),
        services=written.service or (),
        match=written.match,
        receivers={severity: names for severity, names in severities.items() if names},
        escalations=tuple(Escalation(each.after, each.to) for each in listed),
    )


def _pace(written: AlertmanagerWritten, severity: str) -> Pace:
    own = {}
    for key, name in _TIMES.items():
        given = getattr(written, key)
        value = getattr(given, severity) if isinstance(given, PaceWritten) else given
        if value is not None:
            own[name] = value
    usual = PACES[severity]
    return Pace(**{name: own.get(name, getattr(usual, name)) for name in _TIMES.values()})


def alertmanager_faults(
    written: AlertmanagerWritten, known: tuple[str, ...], alerts: AlertLabels, location: Location
) -> Iterator[Finding]:
    """What does not go together; ``known`` are the receivers of the base.

    ``location`` is the key's.
    """
    yield from _receiver_faults(written, known, location.at("receivers"))
    names = [*written.receivers, *known]
    if written.default is not None and written.default not in names:
        yield _unknown(written.default, names, location.at("default"))
    if written.base is None and not alertmanager(written).default:
        message = "no receiver gets what no route names"
        hint = f"add `default: {names[0]}`" if names else "add a receiver below `receivers`"
        yield Finding(codes.MISSING_KEY, message, replace(location, of_key=True), hint)
    for number, route in enumerate(written.routes):
        yield from _route_faults(route, names, alerts, location.at("routes", number))
    if written.insert_under is not None and written.base is None:
        message = "`insert_under` needs a base to insert into"
        where = location.at("insert_under", of_key=True)
        yield Finding(codes.BAD_VALUE, message, where, "add `base: FILE`, or leave it out")


def _receiver_faults(
    written: AlertmanagerWritten, known: tuple[str, ...], location: Location
) -> Iterator[Finding]:
    for name, receiver in written.receivers.items():
        where = location.at(name, of_key=True)
        if name in known:
            message = f"the base has a receiver {clip(name)!r}, too"
            yield Finding(codes.BAD_VALUE, message, where, "give this one another name")
        ways = type(receiver).model_fields
        given = {way: channel for way in ways if (channel := getattr(receiver, way))}
        if not given:
            message = f"the receiver {clip(name)!r} has no way of notifying"
            yield Finding(codes.MISSING_KEY, message, where, f"add {joined(list(ways), 'or')}")
        for way, channel in given.items():
            message, hint = channel.lacks(has_base=written.base is not None)
            if message:
                at = location.at(name, way, of_key=True)
                yield Finding(codes.MISSING_KEY, f"{way}: {message}", at, hint)


def _route_faults(
    route: RouteWritten, names: list[str], alerts: AlertLabels, location: Location
) -> Iterator[Finding]:
    if not (route.page or route.ticket):
        hint = "add `page:` or `ticket:` with a receiver"
        yield Finding(codes.MISSING_KEY, "the route leads to no receiver", location, hint)
    if route.escalate and not route.page:
        where = location.at("escalate", of_key=True)
        message, hint = "only pages are escalated, and this route takes none", "add `page:`"
        yield Finding(codes.BAD_VALUE, message, where, hint)
    for key, name in _named(route):
        if name not in names:
            yield _unknown(name, names, location.at(*key))
    for severity in (PAGE, TICKET):
        if route.owner and getattr(route, severity) and "owner" not in alerts.of(severity).lifted:
            message = f"alerts of severity {severity} do not carry their owner"
            hint = "add owner to `alerts: {labels: […]}`"
            yield Finding(codes.BAD_VALUE, message, location.at("owner", of_key=True), hint)
            break


def _named(route: RouteWritten) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for severity in SEVERITIES:
        # a single name stands by itself, and is the longest part of the path that exists
        for number, name in enumerate(getattr(route, severity) or ()):
            yield (severity, number), name
    steps = route.escalate if isinstance(route.escalate, list) else [route.escalate]
    for index, step in enumerate(steps):
        way = (index, "to") if isinstance(route.escalate, list) else ("to",)
        for number, name in enumerate(step.to if step else ()):
            yield ("escalate", *way, number), name


def _unknown(name: str, known: list[str], location: Location) -> Finding:
    hint = did_you_mean(name, known, f"one of {', '.join(known)}" if known else "add it")
    return Finding(codes.BAD_VALUE, f"no such receiver {clip(name)!r}", location, hint)
