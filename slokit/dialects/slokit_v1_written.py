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

    info: InfoSelector
    by: JoinLabels
    labels: JoinLabels


class DefaultsWritten(Written):
    """What every SLO of the service inherits."""

    window: SloWindow | None = None
    group_by: GroupBy | None = None
    selector: SelectionText | None = None
    join: JoinWritten | None = None
    alert_policy: str | None = None
    no_data: NoData | None = None


class ObjectiveWritten(Written):
    """One of several SLOs on one SLI."""

    name: Name
    objective: Objective | None = None
    at_most: str | None = None
    at_least: str | None = None
    match: Matchers = ()
    group_by: GroupBy | None = None
    window: SloWindow | None = None
    alert_policy: str | None = None
    description: str | None = None


class SloWritten(Written):
    """One SLO, or several on one SLI."""

    name: Name
    category: str = ""
    description: str = ""
    owner: str | None = None
    runbook: Url | None = None
    labels: InfoLabels = {}
    annotations: InfoLabels = {}
    objective: Objective | None = None
    objectives: Annotated[list[ObjectiveWritten], Field(min_length=1)] | None = None
    sli: dict[str, Any]
    window: SloWindow | None = None
    group_by: GroupBy | None = None
    selector: SelectionText | None = None
    join: JoinWritten | None = None
    alert_policy: str | None = None
    min_bad_events: Annotated[int, Field(ge=0)] | None = None
    no_data: NoData | None = None
    budgeting_method: Method = "occurrences"


class ServiceWritten(Written):
    """One service: one YAML document. The SLOs are decoded one by one."""

    apiVersion: Literal["slokit/v1"]
    service: Name
    description: str = ""
    owner: str = ""
    labels: InfoLabels = {}
    runbook: Url | None = None
    defaults: DefaultsWritten = DefaultsWritten()
    slos: Annotated[list[Any], Field(min_length=1)]
