"""The key ``maintenance`` of slokit.yaml, or of a file of its own: what may be written there.

Recurring times are written as Alertmanager's time intervals are, so that what is known from there
is right here. Which SLOs a maintenance finds is decided where these are known: slokit/lint.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
    create_model,
)

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Related
from slokit.dialects.slokit_v1.labels import Matchers
from slokit.model.maintenance import (
    APPLIES,
    MINUTES,
    MONTHS,
    WEEKDAYS,
    Maintenance,
    Range,
    TimeInterval,
    clock_text,
)
from slokit.model.time_zone import UTC_NAME, is_zone, zone_names
from slokit.source.decode import Decoded, decode
from slokit.source.fields import Name, Written, fault, pattern
from slokit.source.tree import read_documents
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

KEY = "maintenance"
# What stands for them where they are missing: an error says so, and the rest is read anyway.
FILL: Mapping[str, object] = {"name": "unnamed", "reason": "none"}
_MOMENT_TEXT = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2})?([Zz]|[+-]\d{2}:\d{2})"
_MOMENT = re.compile(_MOMENT_TEXT, re.ASCII)
_NO_ZONE = re.compile(_MOMENT_TEXT.replace("([Zz]|", "(?:|"), re.ASCII)
_TIME_TEXT = r"([01]\d|2[0-3]):[0-5]\d|24:00"
_TIME = re.compile(_TIME_TEXT, re.ASCII)
_LAST_DAY = 31
_YEARS = (2000, 2999)  # those that the operator's objects know
_SHORTEST_MONTH = 28  # days, by which Alertmanager judges a range up to a day from the end


def _moment(value: object) -> float:
    text = str(value)
    if not _MOMENT.fullmatch(text):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}([Tt ][\d:]+)?", text, re.ASCII):
            message = f"{clip(text)} has no time zone"
            raise fault(codes.MAINTENANCE_TIME, message, _zone_hint(text))
        message = f"{clip(text)!r} is no time with a date and a zone"
        raise fault(codes.MAINTENANCE_TIME, message, 'write it like "2026-12-05T22:00:00+01:00"')
    try:
        return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError) as cause:
        message, hint = f"there is no {clip(text)}", "look at the day, the hour and the zone"
        raise fault(codes.MAINTENANCE_TIME, message, hint) from cause


def _zone_hint(text: str) -> str:
    whole = text if ":" in text else f"{text[:10]}T00:00:00"
    return f'add it: "{whole}Z" is UTC, "{whole}+01:00" an hour ahead of it'


def _time_of_day(value: object) -> int:
    text = str(value)
    if not _TIME.fullmatch(text):
        message = f"{clip(text)!r} is no time of day"
        raise fault(codes.MAINTENANCE_TIME, message, 'from "00:00" to "24:00", such as "02:30"')
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _ranges(
    what: str, example: str, number: Callable[[str], int | None], names: Sequence[str] = ()
) -> Callable[[object], Range]:
    """A reader of ``one`` and ``one:another``; ``number`` gives None for what is none."""

    def read(value: object) -> Range:
        text = str(value).strip().lower()
        first, _, last = text.partition(":")
        begin, end = number(first), number(last or first)
        if begin is None or end is None or text.endswith(":"):
            wrong = first if begin is None else last
            hint = f"such as {example}"
            if names and wrong:
                hint = did_you_mean(wrong, names, hint)
            raise fault(codes.MAINTENANCE_TIME, f"{clip(text)!r} is no {what}", hint)
        if begin > end and not begin > 0 > end:
            message = f"{clip(text)!r} ends before it begins"
            hint = "swap them"
            if names:
                hint = f"write two: [{first}:{names[-1]}, {names[0]}:{last}]"
            raise fault(codes.MAINTENANCE_TIME, message, hint)
        if begin < 0 < end:
            message = f"{clip(text)!r} begins at the end of a month and ends at its begin"
            raise fault(codes.MAINTENANCE_TIME, message, "write two ranges, such as [-3:-1, 1:2]")
        if begin > 0 > end and begin > _SHORTEST_MONTH + end:
            message = f"{clip(text)!r} ends before it begins in a month of 28 days"
            hint = f"Alertmanager refuses that; up to the last day is {begin}:31"
            raise fault(codes.MAINTENANCE_TIME, message, hint)
        return begin, end

    return read


def _named(names: Sequence[str], first: int = 0, *, numbers: bool = False) -> Any:
    def number(text: str) -> int | None:
        if text in names:
            return names.index(text) + first
        is_number = numbers and text.isascii() and text.isdigit() and len(text) < 3
        return int(text) if is_number and 0 <= int(text) - first < len(names) else None

    return number


def _whole(least: int, most: int, *, backwards: bool = False) -> Any:
    def number(text: str) -> int | None:
        if not re.fullmatch(r"-?\d{1,4}", text, re.ASCII):
            return None
        value = int(text)
        is_known = least <= value <= most or (backwards and least <= -value <= most)
        return value if is_known else None

    return number


def _location(value: object) -> str:
    text = str(value)
    if not is_zone(text):
        message = f"{clip(text)!r} is no time zone"
        hint = did_you_mean(text, zone_names(), "such as Europe/Berlin, or UTC")
        raise fault(codes.MAINTENANCE_TIME, message, hint)
    return text


def _applies(value: object) -> str:
    text = str(value)
    if text not in APPLIES:
        message = f"{clip(text)!r} is nothing that a maintenance applies to"
        hint = did_you_mean(text, APPLIES, f"one of {', '.join(APPLIES)}")
        raise fault(codes.BAD_VALUE, message, hint)
    return text


def _reason(text: str) -> str:
    if not text.strip() or not text.isprintable():
        message = "a reason is a line of text"
        raise fault(codes.BAD_VALUE, message, "say what is done; reports show it")
    return text


_DAY_TEXT = r"-?\d{1,2}"
_MOMENT_SCHEMA = pattern("a time with a zone, such as 2026-12-05T22:00:00+01:00", _MOMENT_TEXT)
_NUMBERS: dict[str, Any] = {"type": ["string", "integer"]}

Moment = Annotated[float, PlainValidator(_moment), WithJsonSchema(_MOMENT_SCHEMA)]
TimeOfDay = Annotated[
    int,
    PlainValidator(_time_of_day),
    WithJsonSchema(pattern("a time of day such as 02:30", _TIME_TEXT)),
]
WeekdayRange = Annotated[
    Range,
    PlainValidator(_ranges("weekday", "sunday, or monday:friday", _named(WEEKDAYS), WEEKDAYS)),
    WithJsonSchema({"type": "string"}),
]
DayRange = Annotated[
    Range,
    PlainValidator(_ranges("day of a month", "1, 1:7, or -1", _whole(1, 31, backwards=True))),
    WithJsonSchema(_NUMBERS),
]
MonthRange = Annotated[
    Range,
    PlainValidator(_ranges("month", "december, or 6:8", _named(MONTHS, 1, numbers=True), MONTHS)),
    WithJsonSchema(_NUMBERS),
]
YearRange = Annotated[
    Range,
    PlainValidator(_ranges("year", "2026, or 2026:2027", _whole(*_YEARS))),
    WithJsonSchema(_NUMBERS),
]
ZoneName = Annotated[str, PlainValidator(_location), WithJsonSchema({"type": "string"})]
Applied = Annotated[str, PlainValidator(_applies), WithJsonSchema({"enum": [*APPLIES]})]
Reason = Annotated[str, AfterValidator(_reason)]


class TimesWritten(Written):
    """Times of a day, from minute to minute."""

    start_time: TimeOfDay = Field(description="When it begins, such as `02:00`.")
    end_time: TimeOfDay = Field(description="When it ends: `24:00` is midnight.")


class TimeIntervalWritten(Written):
    """A time that comes again; what is left out may be anything."""

    weekdays: Annotated[list[WeekdayRange], Field(min_length=1)] | None = Field(
        None, description="Days of the week, such as `[sunday]` or `[monday:friday]`."
    )
    times: Annotated[list[TimesWritten], Field(min_length=1)] | None = Field(
        None, description='Times of day, such as `[{start_time: "02:00", end_time: "04:00"}]`.'
    )
    days_of_month: Annotated[list[DayRange], Field(min_length=1)] | None = Field(
        None, description="Days of the month, such as `[1:7]`; `-1` is the last one."
    )
    months: Annotated[list[MonthRange], Field(min_length=1)] | None = Field(
        None, description="Months, such as `[december]` or `[6:8]`."
    )
    years: Annotated[list[YearRange], Field(min_length=1)] | None = Field(
        None, description="Years, such as `[2026:2027]`."
    )
    location: ZoneName = Field(
        UTC_NAME, description="Whose clocks decide, such as `Europe/Berlin`."
    )


def _one_or_list(value: object) -> str:
    return "[mapping]" if isinstance(value, dict) else "[other]"


When = Annotated[
    Annotated[TimeIntervalWritten, Tag("[mapping]")]
    | Annotated[list[TimeIntervalWritten], Field(min_length=1), Tag("[other]")],
    Discriminator(_one_or_list),
]


class MaintenanceBody(Written):
    """A planned time that is not held against anybody."""

    name: Name = Field(description="Names it in rules, alerts and reports; unique.")
    reason: Reason = Field(description="Why; reports show it.")
    to: Moment | None = Field(None, description="The end of one that happens once.")
    when: When | None = Field(
        None,
        description="When one is that comes again: a time interval as Alertmanager has it, or a"
        " list of several.",
    )
    services: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None, description="The services that it is for; all unless given."
    )
    match: Matchers | None = Field(
        None,
        description="Matchers on `service`, `slo`, `category`, `owner` and group labels, such as"
        " `'cluster=~\"eu-.*\"'`: only what matches is in maintenance.",
    )
    applies: Annotated[list[Applied], Field(min_length=1)] = Field(
        [*APPLIES],
        description="`ledger`: nothing is counted. `alerts`: they are silent. `report`: reports"
        " list it; alone, it takes off afterwards what was counted.",
    )


# `from` is a word of Python's own: a class cannot have it as an attribute.
_FROM: Any = {
    "from": (
        Moment | None,
        Field(
            None,
            description='The begin of one that happens once: `"2026-12-05T22:00:00+01:00"`.',
        ),
    )
}
MaintenanceWritten = create_model(
    "MaintenanceWritten", __base__=MaintenanceBody, __doc__=MaintenanceBody.__doc__, **_FROM
)


class MaintenanceFileWritten(Written):
    """A file that slokit.yaml names: the list under its only key."""

    maintenance: list[MaintenanceWritten] = Field(description="The maintenances.")


def _text_or_list(value: object) -> str:
    return "[other]" if isinstance(value, str) else "[mapping]"


def _path(text: str) -> str:
    if not text:
        message = "a list of maintenances or the path of a file with one is wanted here"
        raise fault(codes.BAD_VALUE, message, "such as maintenance.yaml")
    return text


# written as a list in slokit.yaml, or the path of a file that holds the list
ListOrPath = Annotated[
    Annotated[list[MaintenanceWritten], Tag("[mapping]")]
    | Annotated[str, AfterValidator(_path), Tag("[other]")],
    Discriminator(_text_or_list),
]


def read_maintenance_file(file: str, text: str) -> tuple[tuple[Maintenance, ...], list[Finding]]:
    """The maintenances of a file of their own, and what is wrong with it."""
    documents, findings = read_documents(file, text)
    if not documents or documents[0].data is None:
        return (), findings
    document = documents[0]
    decoded = decode(MaintenanceFileWritten, document.data, document.location, fill=FILL)
    findings += decoded.findings
    if decoded.value is None:
        return (), findings
    found, more = maintenances(decoded.value.maintenance, document.location.at(KEY), decoded)
    return found, [*findings, *more]


def maintenances(
    written: Sequence[MaintenanceBody], location: Location, decoded: Decoded[Any]
) -> tuple[tuple[Maintenance, ...], list[Finding]]:
    """What is written at a location, and what does not go together in it.

    What merely follows from a value that cannot be read is not reported.
    """
    findings: list[Finding] = []
    found: dict[str, Maintenance] = {}
    for number, each in enumerate(written):
        where = location.at(number)
        if decoded.is_faulty(KEY, number):
            continue
        findings += _faults(each, where)
        if first := found.get(each.name):
            message = f"a second maintenance {each.name!r}"
            related = (Related(first.location, "first here"),)
            hint = "give it another name: series and reports go by it"
            at = where.at("name")
            findings.append(Finding(codes.MAINTENANCE_TIME, message, at, hint, related))
        else:
            found[each.name] = _maintenance(each, where)
    return tuple(found.values()), findings


def _maintenance(written: MaintenanceBody, location: Location) -> Maintenance:
    begin, end = getattr(written, "from"), written.to
    intervals = _intervals(written)
    return Maintenance(
        name=written.name,
        reason=written.reason,
        services=tuple(dict.fromkeys(written.services or ())),
        match=written.match or (),
        once=None if begin is None or end is None or intervals else (begin, end),
        when=tuple(map(_interval, intervals)),
        applies=frozenset(written.applies),
        location=location.at("name"),
    )


def _intervals(written: MaintenanceBody) -> list[TimeIntervalWritten]:
    when = written.when
    return [when] if isinstance(when, TimeIntervalWritten) else when or []


def _interval(written: TimeIntervalWritten) -> TimeInterval:
    return TimeInterval(
        weekdays=tuple(written.weekdays or ()),
        times=tuple((each.start_time, each.end_time) for each in written.times or ()),
        days_of_month=tuple(written.days_of_month or ()),
        months=tuple(written.months or ()),
        years=tuple(written.years or ()),
        location=written.location,
    )


def _faults(written: MaintenanceBody, location: Location) -> Iterator[Finding]:
    """What is missing or contradicts itself in one maintenance."""
    begin, end = getattr(written, "from"), written.to
    has_once = begin is not None or end is not None
    code, whole = codes.MAINTENANCE_TIME, location.at(of_key=True)
    if has_once and written.when is not None:
        key = "from" if begin is not None else "to"
        message = f"{key!r} says that it happens once, `when` that it comes again"
        yield Finding(code, message, location.at(key, of_key=True), "keep one of them")
    elif not has_once and written.when is None:
        hint = "add `from:` and `to:`, or `when:` with weekdays or times"
        yield Finding(code, "this maintenance does not say when it is", whole, hint)
    elif has_once and (begin is None or end is None):
        given, missing = ("to", "from") if begin is None else ("from", "to")
        message = f"{given!r} stands without {missing!r}"
        yield Finding(code, message, location.at(given, of_key=True), f"add `{missing}:`")
    elif begin is not None and end is not None and end < begin:
        message = "the end is before the begin"
        yield Finding(code, message, location.at("to"), "swap them, or look at the zones")
    single = isinstance(written.when, TimeIntervalWritten)
    for number, each in enumerate(_intervals(written)):
        where = location.at("when") if single else location.at("when", number)
        yield from _interval_faults(each, where)


def _interval_faults(written: TimeIntervalWritten, location: Location) -> Iterator[Finding]:
    fields = ("weekdays", "times", "days_of_month", "months", "years")
    if not any(getattr(written, field) for field in fields):
        message, hint = "this is at all times", f"add one of {', '.join(fields)}"
        yield Finding(codes.MAINTENANCE_TIME, message, location, hint)
    for number, each in enumerate(written.times or ()):
        if each.start_time >= each.end_time:
            start, end = clock_text(each.start_time), clock_text(each.end_time)
            hint = "write a later end"
            if 0 < each.end_time < each.start_time < MINUTES:
                hint = f'over midnight there are two: "{start}" to "24:00", and "00:00" to "{end}"'
            elif each.end_time == 0:
                hint = 'the end of the day is "24:00"'
            message = f"{end} is not after {start}"
            where = location.at("times", number, "end_time")
            yield Finding(codes.MAINTENANCE_TIME, message, where, hint)
