"""What the Prometheus operator refuses of an AlertmanagerConfig (v1alpha1).

Written down from its CustomResourceDefinition and its documented rules: the keys that slokit writes
and no others, names that have to be defined, and the ranges that Alertmanager reads.
"""

import calendar
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema


def strictly(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def many(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1}


TEXT_TYPE, YES_OR_NO = {"type": "string", "minLength": 1}, {"type": "boolean"}
SECRET = strictly(["name", "key"], name=TEXT_TYPE, key=TEXT_TYPE)
PAIRS = many(strictly(["key", "value"], key=TEXT_TYPE, value={"type": "string"}))
MATCHER = strictly(
    ["name"], name=TEXT_TYPE, value={"type": "string"}, matchType={"enum": ["=", "!=", "=~", "!~"]}
)
DURATION = {"type": "string", "pattern": r"^((\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?)$"}
ROUTE: dict[str, Any] = strictly(
    [],
    receiver=TEXT_TYPE,
    groupBy=many(TEXT_TYPE),
    groupWait=DURATION,
    groupInterval=DURATION,
    repeatInterval=DURATION,
    matchers=many(MATCHER),
    muteTimeIntervals=many(TEXT_TYPE),
    routes=many({"$ref": "#/$defs/route"}),
    **{"continue": YES_OR_NO},
)
SENT = {"sendResolved": YES_OR_NO}
HTTP = strictly([], authorization=strictly(["credentials"], credentials=SECRET))
URL = {"type": "string", "pattern": "^https?://.+$"}
RECEIVER = strictly(
    ["name"],
    name=TEXT_TYPE,
    webhookConfigs=many(strictly([], url=URL, urlSecret=SECRET, httpConfig=HTTP, **SENT)),
    slackConfigs=many(
        strictly(
            [],
            apiURL=SECRET,
            channel=TEXT_TYPE,
            title=TEXT_TYPE,
            titleLink={"type": "string"},
            text=TEXT_TYPE,
            fallback=TEXT_TYPE,
            **SENT,
        )
    ),
    pagerdutyConfigs=many(
        strictly([], routingKey=SECRET, description=TEXT_TYPE, details=PAIRS, **SENT)
    ),
    opsgenieConfigs=many(
        strictly(
            [],
            apiKey=SECRET,
            apiURL=URL,
            message=TEXT_TYPE,
            description=TEXT_TYPE,
            priority=TEXT_TYPE,
            responders=many(
                strictly(["type"], name=TEXT_TYPE, type={"enum": ["team", "user", "schedule"]})
            ),
            **SENT,
        )
    ),
    emailConfigs=many(
        strictly(
            [],
            to=TEXT_TYPE,
            smarthost=TEXT_TYPE,
            authUsername=TEXT_TYPE,
            authPassword=SECRET,
            headers=PAIRS,
            text=TEXT_TYPE,
            requireTLS=YES_OR_NO,
            **SENT,
            **{"from": TEXT_TYPE},
        )
    ),
    msteamsv2Configs=many(strictly([], webhookURL=SECRET, title=TEXT_TYPE, text=TEXT_TYPE, **SENT)),
)
TIME = {"type": "string", "pattern": "^(([01][0-9])|(2[0-3])):[0-5][0-9]$|^24:00$"}
DAYS = {"type": "integer", "minimum": -31, "maximum": 31}
WEEKDAY = f"({'|'.join(day.lower() for day in calendar.day_name)})"
MONTH = f"({'|'.join(month.lower() for month in calendar.month_name if month)})"
INTERVAL = strictly(
    [],
    times=many(strictly([], startTime=TIME, endTime=TIME)),
    weekdays=many({"type": "string", "pattern": f"^{WEEKDAY}(:{WEEKDAY})?$"}),
    daysOfMonth=many(strictly([], start=DAYS, end=DAYS)),
    months=many({"type": "string", "pattern": f"^{MONTH}(:{MONTH})?$"}),
    years=many({"type": "string", "pattern": r"^2\d{3}(:2\d{3})?$"}),
)
OBJECT = {
    **strictly(
        ["apiVersion", "kind", "metadata", "spec"],
        apiVersion={"const": "monitoring.coreos.com/v1alpha1"},
        kind={"const": "AlertmanagerConfig"},
        metadata={"type": "object", "required": ["name", "labels"]},
        spec=strictly(
            ["route", "receivers"],
            route={"$ref": "#/$defs/route"},
            receivers=many(RECEIVER),
            inhibitRules=many(
                strictly(
                    [],
                    sourceMatch=many(MATCHER),
                    targetMatch=many(MATCHER),
                    equal=many(TEXT_TYPE),
                )
            ),
            muteTimeIntervals=many(
                strictly(["name"], name=TEXT_TYPE, timeIntervals=many(INTERVAL))
            ),
        ),
    ),
    "$defs": {"route": ROUTE},
}


def refused(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object, none where the operator takes it."""
    wrong = [error.message for error in jsonschema.Draft202012Validator(OBJECT).iter_errors(data)]
    return wrong or list(_unsound(data["spec"]))


def _unsound(spec: Mapping[str, Any]) -> Iterator[str]:
    receivers = [receiver["name"] for receiver in spec["receivers"]]
    intervals = [interval["name"] for interval in spec.get("muteTimeIntervals", ())]
    for what, found in (("receivers", receivers), ("intervals", intervals)):
        if len(set(found)) < len(found):
            yield f"{what} are not unique: {found}"
    if "receiver" not in spec["route"]:
        yield "the first route has no receiver"
    for route in _routes(spec["route"]):
        if route.get("receiver", receivers[0]) not in receivers:
            yield f"no receiver {route['receiver']!r}"
        labels = route.get("groupBy", [])
        if len(set(labels)) < len(labels) or ("..." in labels and len(labels) > 1):
            yield f"groups by {labels}"
        yield from (
            f"no time interval {name!r}"
            for name in route.get("muteTimeIntervals", ())
            if name not in intervals
        )
    for muted in spec.get("muteTimeIntervals", ()):
        for interval in muted["timeIntervals"]:
            yield from _impossible(interval)


def _routes(route: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield route
    for child in route.get("routes", ()):
        yield from _routes(child)


def _impossible(interval: Mapping[str, Any]) -> Iterator[str]:
    """Ranges that end before they begin; a day from the end is that of a month of 28 days."""
    for time in interval.get("times", ()):
        if time["startTime"] >= time["endTime"]:
            yield f"{time['endTime']} is not behind {time['startTime']}"
    for days in interval.get("daysOfMonth", ()):
        first, last = (d if d > 0 else 28 + d for d in (days["start"], days["end"]))
        if first > last or 0 in days.values() or days["start"] < 0 < days["end"]:
            yield f"day {days['end']} is before day {days['start']}"
    names = {
        "weekdays": [day.lower() for day in (calendar.day_name[6], *calendar.day_name[:6])],
        "months": [month.lower() for month in calendar.month_name],
        "years": [str(year) for year in range(2000, 3000)],
    }
    for key, known in names.items():
        for text in interval.get(key, ()):
            first, _, last = text.partition(":")
            if known.index(first) > known.index(last or first):
                yield f"{text} ends before it begins"
