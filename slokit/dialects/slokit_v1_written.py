"""slokit/v1 as it is written: every mapping of a document but the SLI bodies."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from slokit.promql.inspect import PromqlFault, read, read_matchers
from slokit.promql.quoting import is_label_name
from slokit.promql.selector import Matcher
from slokit.spec import codes
from slokit.spec.labels import refuse_group_label
from slokit.spec.model import GroupLabel
from slokit.spec.units import clip
from slokit.spec.written import Duration, InfoLabels, Name, Objective, Url, Written, fault

NOT_YET_SERVICE = {
    "parameters": "templates",
    "use": "templates",
    "with": "templates",
    "override": "templates",
    "disable": "templates",
}
NOT_YET_SLO = {
    "time_slice": "budgeting by time slices",
    "no_data_for": "`no_data: bad`",
    "composite": "SLOs made of others",
}


class Selection:
    """A ``selector``: matchers, and whether they replace or merge with the inherited ones."""

    __slots__ = ("matchers", "replaces")

    def __init__(self, matchers: tuple[Matcher, ...], *, replaces: bool) -> None:
        self.matchers = matchers
        self.replaces = replaces


def _selection(value: object) -> Selection:
    if isinstance(value, str):
        return Selection(_matchers(value), replaces=True)
    if isinstance(value, dict):
        return Selection(tuple(_matcher(k, v) for k, v in value.items()), replaces=False)
    raise fault(codes.WRONG_TYPE, "matchers are wanted here", "such as {job: x} or 'job=\"x\"'")


def _matchers(value: object) -> tuple[Matcher, ...]:
    if not isinstance(value, str):
        raise fault(codes.WRONG_TYPE, "matchers are wanted here", "such as 'region=~\"eu-.*\"'")
    try:
        return read_matchers(value)
    except PromqlFault as cause:
        hint = cause.hint or 'write them like job="x",ns=~"a|b"'
        raise fault(codes.PROMQL_SYNTAX, f"no matchers: {cause}", hint) from cause


def _matcher(label: str, value: object) -> Matcher:
    if not is_label_name(label):
        raise fault(codes.BAD_LABEL, f"{clip(label)!r} is no label name")
    if not isinstance(value, str):
        raise fault(codes.WRONG_TYPE, f"the value of {label!r} must be text", "quote it")
    op = next((op for op in ("=~", "!=", "!~") if value.startswith(op)), "=")
    text = value[len(op) :] if op != "=" else value
    matcher = Matcher(label, op, text)
    try:
        read_matchers(str(matcher))
    except PromqlFault as cause:
        raise fault(codes.PROMQL_SYNTAX, f"the matcher of {label!r}: {cause}") from cause
    return matcher


def _group_by(value: object) -> tuple[GroupLabel, ...]:
    if not isinstance(value, list):
        raise fault(codes.WRONG_TYPE, "a list of labels is wanted here", "[] is one group")
    groups = tuple(_group(item) for item in value)
    names = [group.name for group in groups]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise fault(codes.BAD_LABEL, f"the label {twice!r} is given twice")
    renamed = {g.name: g.source for g in groups if g.name != g.source}
    for name in renamed:
        _refuse_circle(name, renamed)
    return groups


def _refuse_circle(name: str, renamed: dict[str, str]) -> None:
    seen, label = {name}, renamed[name]
    while label in renamed:
        if label in seen:
            raise fault(codes.BAD_LABEL, f"the renaming of {name!r} goes round in a circle")
        seen.add(label)
        label = renamed[label]


def _group(item: object) -> GroupLabel:
    name: object
    source: object
    if isinstance(item, str):
        name, source = item, item
    elif isinstance(item, dict) and len(item) == 1:
        name, source = next(iter(item.items()))
    else:
        raise fault(
            codes.WRONG_TYPE,
            "a group label is a name, or one name and its source label",
            "such as region or {cluster: scope}",
        )
    if reason := refuse_group_label(str(name)):
        raise fault(codes.BAD_LABEL, reason, "rename it, as in {exported: service}")
    if not isinstance(source, str) or not is_label_name(source):
        raise fault(codes.BAD_LABEL, f"{clip(str(source))!r} is no label name")
    return GroupLabel(str(name), source)


def _info(value: object) -> str:
    if not isinstance(value, str):
        raise fault(codes.WRONG_TYPE, "an info metric's selector is wanted here")
    try:
        reading = read(value.strip())
    except PromqlFault as cause:
        raise fault(codes.PROMQL_SYNTAX, f"not PromQL: {cause}", cause.hint) from cause
    if reading.bare is None:
        raise fault(codes.NOT_A_SELECTOR, "`info` is a selector, not an expression")
    return value.strip()


def _join_labels(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise fault(codes.WRONG_TYPE, "a list of labels is wanted here")
    for label in value:
        if not isinstance(label, str) or not is_label_name(label):
            raise fault(codes.BAD_LABEL, f"{clip(str(label))!r} is no label name")
    return tuple(value)


def _window(value: object) -> Any:
    if isinstance(value, dict) and "calendar" in value:
        raise fault(codes.NOT_YET, "calendar windows are not supported yet", "use `window: 30d`")
    return value


_ANY_MAP = {"anyOf": [{"type": "string"}, {"type": "object"}]}
_LABELS = {"type": "array", "items": {"type": ["string", "object"]}}
_STRINGS = {"type": "array", "items": {"type": "string"}}

SelectionText = Annotated[Selection, PlainValidator(_selection), WithJsonSchema(_ANY_MAP)]
Matchers = Annotated[
    tuple[Matcher, ...], PlainValidator(_matchers), WithJsonSchema({"type": "string"})
]
GroupBy = Annotated[tuple[GroupLabel, ...], PlainValidator(_group_by), WithJsonSchema(_LABELS)]
JoinLabels = Annotated[tuple[str, ...], PlainValidator(_join_labels), WithJsonSchema(_STRINGS)]
InfoSelector = Annotated[str, PlainValidator(_info), WithJsonSchema({"type": "string"})]


def _no_data(value: object) -> str:
    if value in ("bad", "good"):
        raise fault(
            codes.NOT_YET, f"`no_data: {value}` is not supported yet", "use alert or ignore"
        )
    if value not in ("alert", "ignore"):
        raise fault(codes.BAD_VALUE, "`no_data` is alert or ignore", "alert is the default")
    return str(value)


def _method(value: object) -> str:
    if value == "time_slices":
        raise fault(codes.NOT_YET, "`time_slices` is not supported yet", "leave it out for now")
    if value != "occurrences":
        raise fault(codes.BAD_VALUE, "`budgeting_method` is occurrences or time_slices")
    return "occurrences"


_NO_DATA = {"enum": ["alert", "ignore"]}
NoData = Annotated[str, PlainValidator(_no_data), WithJsonSchema(_NO_DATA)]
Method = Annotated[str, PlainValidator(_method), WithJsonSchema({"enum": ["occurrences"]})]


SloWindow = Annotated[Duration, BeforeValidator(_window)]


class JoinWritten(Written):
    """Group labels that live on an info metric."""

    info: InfoSelector = Field(
        description="The info metric, a selector; it gets `selector` and never `match`."
    )
    by: JoinLabels = Field(description="Labels that the series and the info metric share.")
    labels: JoinLabels = Field(description="Labels taken from the info metric.")


class DefaultsWritten(Written):
    """What every SLO of the service inherits."""

    window: SloWindow | None = Field(
        None, description="The rolling SLO window, 1d to 1y; 30d unless given."
    )
    group_by: GroupBy | None = Field(
        None,
        description="One budget per group: labels, or `{label: source}`. `[]` is one group.",
    )
    selector: SelectionText | None = Field(
        None,
        description="Matchers of every selector: a mapping merges by label, a string replaces.",
    )
    join: JoinWritten | None = Field(None, description="Group labels that live on an info metric.")
    alert_policy: str | None = Field(
        None, description="`default`, `page-only`, `ticket-only` or `none`."
    )
    no_data: NoData | None = Field(
        None, description="`alert` (a missing ledger is told) or `ignore`."
    )


class ObjectiveWritten(Written):
    """One of several SLOs on one SLI."""

    name: Name = Field(description="Appended to the SLO's name: `<slo>-<name>`.")
    objective: Objective | None = Field(
        None, description="The share of good events, such as `99.9%`."
    )
    at_most: str | None = Field(None, description="The upper limit; the limit itself is good.")
    at_least: str | None = Field(None, description="The lower limit; the limit itself is good.")
    match: Matchers = Field(
        (), description='Extra matchers for every selector, such as `region=~"eu-.*"`.'
    )
    group_by: GroupBy | None = Field(None, description="Replaces the SLO's groups.")
    window: SloWindow | None = Field(None, description="Replaces the SLO's window.")
    alert_policy: str | None = Field(None, description="Replaces the SLO's alert policy.")
    description: str | None = Field(None, description="What is promised, in a sentence.")


class SloWritten(Written):
    """One SLO, or several on one SLI."""

    name: Name = Field(description="Unique in the service; part of the identity of all its series.")
    category: str = Field(
        "",
        description="What it is about, such as `availability`; open, and dashboards group by it.",
    )
    description: str = Field("", description="What is promised, in a sentence.")
    owner: str | None = Field(None, description="Who is paged; the service's owner unless given.")
    runbook: Url | None = Field(
        None, description="What to do when it burns; the service's runbook unless given."
    )
    labels: InfoLabels = Field(
        {}, description="Metadata on `slokit:info`; never part of a series' identity."
    )
    annotations: InfoLabels = Field({}, description="More metadata on `slokit:info`.")
    objective: Objective | None = Field(
        None,
        description="The share of good events, such as `99.9%`; a rate has its allowance instead.",
    )
    objectives: Annotated[list[ObjectiveWritten], Field(min_length=1)] | None = Field(
        None,
        description="Several SLOs on this SLI, each with a name and its own objective or limit.",
    )
    sli: dict[str, Any] = Field(description="One of the SLI types.")
    window: SloWindow | None = Field(None, description="The rolling SLO window, 1d to 1y.")
    group_by: GroupBy | None = Field(None, description="Replaces the inherited groups.")
    selector: SelectionText | None = Field(
        None, description="Merges with the inherited matchers (mapping) or replaces them (string)."
    )
    join: JoinWritten | None = Field(None, description="Group labels that live on an info metric.")
    alert_policy: str | None = Field(
        None, description="`default`, `page-only`, `ticket-only` or `none`."
    )
    min_bad_events: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="How many bad events a page's long window must hold (rates: 3 unless given).",
    )
    no_data: NoData | None = Field(
        None, description="`alert` (a missing ledger is told) or `ignore`."
    )
    budgeting_method: Method = Field(
        "occurrences", description="`occurrences`: each event counts once."
    )


class ServiceWritten(Written):
    """One service: one YAML document. The SLOs are decoded one by one."""

    apiVersion: Literal["slokit/v1"] = Field(description="The version of this language.")
    service: Name = Field(description="The service's name, unique in the bundle.")
    description: str = Field("", description="What the service is.")
    owner: str = Field("", description="Who owns it; a label of its alerts.")
    labels: InfoLabels = Field({}, description="Metadata of all its SLOs.")
    runbook: Url | None = Field(None, description="Where its runbook stands.")
    defaults: DefaultsWritten = Field(DefaultsWritten(), description="What its SLOs inherit.")
    slos: Annotated[list[Any], Field(min_length=1)] = Field(description="Its SLOs.")
