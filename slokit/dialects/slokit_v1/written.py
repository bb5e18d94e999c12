"""slokit/v1 as it is written: every mapping of a document but the SLI bodies."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
)

from slokit.diagnostics import codes
from slokit.dialects.slokit_v1.labels import (
    GroupBy,
    InfoSelector,
    Matchers,
    SelectionText,
    TakenLabels,
)
from slokit.model.ledger import GroupLabel
from slokit.model.time_slices import IDLE_SLICES, METHODS, OCCURRENCES, SKIP
from slokit.model.time_zone import UTC_NAME, is_zone, zone_names
from slokit.model.window import CALENDAR_UNITS
from slokit.sli import SLI_TYPES
from slokit.source import parameters
from slokit.source.fields import (
    AlertName,
    AnyLimitText,
    Duration,
    InfoLabels,
    LabelNames,
    Name,
    Names,
    Objective,
    RoutingLabels,
    SliceTarget,
    Url,
    Written,
    fault,
)
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip, joined

VERSION = "slokit/v1"

_NO_DATA = ("alert", "ignore", "bad", "good")
_NO_DATA_CHOICES = joined(_NO_DATA, "or")
_NO_DATA_MEANING = (
    "`alert` (a missing ledger alerts), `ignore` (silence is expected), `bad` (a group that had"
    " data goes on with its last traffic, all of it bad, for `no_data_for`), or `good` (a"
    " threshold's `expected` members are good while they have no sample)."
)
_NO_DATA_FOR_MEANING = "How long a group without data is bad with `no_data: bad`; 1h unless given."


def _unit(value: object) -> str:
    if value not in CALENDAR_UNITS:
        message = f"{clip(str(value))!r} is no calendar window"
        hint = did_you_mean(str(value), CALENDAR_UNITS, joined(CALENDAR_UNITS, "or"))
        raise fault(codes.BAD_VALUE, message, hint)
    return str(value)


def _timezone(value: object) -> str:
    text = str(value)
    if not is_zone(text):
        hint = did_you_mean(text, sorted(zone_names()), "such as Europe/Berlin or UTC")
        raise fault(codes.BAD_VALUE, f"{clip(text)!r} is no time zone", hint)
    return text


class CalendarWritten(Written):
    """A window that begins anew with each week, month, quarter or year."""

    calendar: Annotated[str, PlainValidator(_unit), WithJsonSchema({"enum": [*CALENDAR_UNITS]})] = (
        Field(
            description="`week` (from Monday on), `month`, `quarter` or `year`, from midnight on."
        )
    )
    timezone: Annotated[str, PlainValidator(_timezone), WithJsonSchema({"type": "string"})] = Field(
        UTC_NAME, description="Whose midnight, such as `Europe/Berlin`; UTC unless given."
    )


def _no_data(value: object) -> str:
    if value not in _NO_DATA:
        raise fault(codes.BAD_VALUE, f"`no_data` is {_NO_DATA_CHOICES}", "alert is the default")
    return str(value)


def _method(value: object) -> str:
    if value not in METHODS:
        message = f"{clip(str(value))!r} is no budgeting method"
        hint = did_you_mean(str(value), METHODS, f"{joined(METHODS, 'or')}")
        raise fault(codes.BAD_VALUE, message, hint)
    return str(value)


def _idle(value: object) -> str:
    if value not in IDLE_SLICES:
        message = f"`idle` is {joined(IDLE_SLICES, 'or')}"
        raise fault(codes.BAD_VALUE, message, f"{SKIP} is the default")
    return str(value)


NoData = Annotated[str, PlainValidator(_no_data), WithJsonSchema({"enum": [*_NO_DATA]})]
Method = Annotated[str, PlainValidator(_method), WithJsonSchema({"enum": [*METHODS]})]
Idle = Annotated[str, PlainValidator(_idle), WithJsonSchema({"enum": [*IDLE_SLICES]})]


class TimeSliceWritten(Written):
    """How a budget of slices of time is counted."""

    window: Duration = Field(
        description="How long a slice is, such as `10m`: a multiple of the ledger window."
    )
    target: SliceTarget | None = Field(
        None,
        description="With what share of good a slice is good; not for `ratio_time_slices`.",
    )
    idle: Idle = Field(
        SKIP,
        description="What a slice without traffic is: `skip` (it counts as none), `good` or `bad`.",
    )


def _shape(value: object) -> str:
    return "[mapping]" if isinstance(value, dict) else "[other]"


SloWindow = Annotated[
    Annotated[Duration, Tag("[other]")] | Annotated[CalendarWritten, Tag("[mapping]")],
    Discriminator(_shape),
]


class JoinWritten(Written):
    """Group labels that live on an info metric."""

    info: InfoSelector = Field(
        description="The info metric, a selector; it gets `selector` and never `match`."
    )
    by: LabelNames = Field(description="Labels that the series and the info metric share.")
    labels: TakenLabels = Field(
        description="Labels taken from the info metric; `{shard: shard_name}` renames one."
    )

    @field_validator("labels")
    @classmethod
    def _labels(cls, labels: list[GroupLabel], info: ValidationInfo) -> list[GroupLabel]:
        for number, label in enumerate(labels):
            if label.name in info.data.get("by", ()):
                message = f"the label {label.name!r} is joined by, so it cannot be taken as well"
                raise fault(codes.BAD_LABEL, message, "leave it out of one of them", (number,))
            if label.name in [other.name for other in labels[:number]]:
                message = f"the label {label.name!r} is given twice"
                raise fault(codes.BAD_LABEL, message, "leave one out", (number,))
        return labels


# What `join: none` is read as: it has no labels to take.
NO_JOIN = JoinWritten.model_construct(info="", by=[], labels=[])


def _or_none(schema: dict[str, Any]) -> None:
    """`none` drops an inherited join."""
    schema["anyOf"] = [*schema["anyOf"], {"const": "none"}]


OptionalJoin = Annotated[
    JoinWritten | None, BeforeValidator(lambda value: NO_JOIN if value == "none" else value)
]


class CountingWritten(Written):
    """How the raw series are read and counted: keys of `defaults` and of an SLO."""

    counting: Literal["exact", "rate"] | None = Field(
        None,
        description="`exact` (differences: whole events) or `rate` (for very large selectors).",
    )
    offset: Duration | None = Field(
        None, description="How late the samples come, such as `10m`; for selectors."
    )
    deduplicate: LabelNames | None = Field(
        None,
        description="Labels that tell apart several observers of the same series: it counts once.",
    )


class DefaultsWritten(CountingWritten):
    """What every SLO of the service inherits."""

    window: SloWindow | None = Field(
        None,
        description="The SLO window: rolling, from 1h to 1y, or by the calendar; 30d unless given.",
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
    alert_name: AlertName | None = Field(
        None, description="What burn alerts are called instead of `SLOBudgetBurn`."
    )
    no_data: NoData | None = Field(None, description=_NO_DATA_MEANING)
    no_data_for: Duration | None = Field(None, description=_NO_DATA_FOR_MEANING)


class ObjectiveWritten(Written):
    """One of several SLOs on one SLI."""

    name: Name = Field(description="Appended to the SLO's name: `<slo>-<name>`.")
    objective: Objective | None = Field(
        None, description="The share of good events, such as `99.9%`."
    )
    at_most: AnyLimitText | None = Field(
        None, description="The upper limit; the limit itself is good."
    )
    at_least: AnyLimitText | None = Field(
        None, description="The lower limit; the limit itself is good."
    )
    match: Matchers = Field(
        (), description='Extra matchers for every selector, such as `region=~"eu-.*"`.'
    )
    group_by: GroupBy | None = Field(None, description="Replaces the SLO's groups.")
    window: SloWindow | None = Field(None, description="Replaces the SLO's window.")
    alert_policy: str | None = Field(None, description="Replaces the SLO's alert policy.")
    description: str | None = Field(None, description="What is promised, in a sentence.")


class SloWritten(CountingWritten):
    """One SLO, or several on one SLI."""

    misplaced: ClassVar[Mapping[str, str]] = {sli_type.name: "sli" for sli_type in SLI_TYPES}

    name: Name = Field(description="Unique in the service; part of the identity of all its series.")
    formerly: Names | None = Field(
        None,
        description=(
            "The name that it had before, or several names: reports go on with their history."
        ),
    )
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
    annotations: InfoLabels = Field(
        {},
        description=(
            "More metadata on `slokit:info`; alerts show those that slokit.yaml names under"
            " `alerts: {annotations: […]}`."
        ),
    )
    routing: RoutingLabels = Field(
        {}, description="Labels of its alerts, to route them by; merges with the service's."
    )
    objective: Objective | None = Field(
        None,
        description="The share of good events, such as `99.9%`; a rate has its allowance instead.",
    )
    objectives: Annotated[list[ObjectiveWritten], Field(min_length=1)] | None = Field(
        None,
        description="Several SLOs on this SLI, each with a name and its own objective or limit.",
    )
    sli: dict[str, Any] = Field(description="One of the SLI types.")
    window: SloWindow | None = Field(
        None, description="The SLO window: rolling, or by the calendar."
    )
    group_by: GroupBy | None = Field(None, description="Replaces the inherited groups.")
    selector: SelectionText | None = Field(
        None, description="Merges with the inherited matchers (mapping) or replaces them (string)."
    )
    join: OptionalJoin = Field(
        None,
        description="Group labels that live on an info metric; `none` drops an inherited join.",
        json_schema_extra=_or_none,
    )
    alert_policy: str | None = Field(
        None, description="`default`, `page-only`, `ticket-only` or `none`."
    )
    alert_name: AlertName | None = Field(
        None, description="What its burn alerts are called instead of `SLOBudgetBurn`."
    )
    min_bad_events: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description=(
            "How many bad events the long window of a page must hold: 3 for a rate unless given, 0"
            " for others. Not where time counts: thresholds, levels and given ratios."
        ),
    )
    no_data: NoData | None = Field(None, description=_NO_DATA_MEANING)
    no_data_for: Duration | None = Field(None, description=_NO_DATA_FOR_MEANING)
    budgeting_method: Method = Field(
        OCCURRENCES,
        description=(
            "`occurrences` (each event counts once), `time_slices` (a slice of time is good or bad"
            " as a whole) or `ratio_time_slices` (each slice counts by its share of bad)."
        ),
    )
    time_slice: TimeSliceWritten | None = Field(
        None, description="The slices, with a budgeting method of slices."
    )


def _parameter_name(text: str) -> str:
    if not re.fullmatch(parameters.NAME, text):
        message = f"{clip(text)!r} is no name of a parameter"
        hint = "letters, digits and underscores, no digit first"
        raise fault(codes.BAD_NAME, message, hint)
    return text


ParameterName = Annotated[str, AfterValidator(_parameter_name)]


class ParameterWritten(Written):
    """One parameter of a template; without a default each use needs a value for it."""

    default: str | None = Field(
        None, description="Its value where neither the use nor the environment has one."
    )
    description: str | None = Field(None, description="What it is, for those who use the template.")


class ParametersWritten(Written):
    """What makes a document a template: names that stand as `${name}` in its values."""

    parameters: dict[ParameterName, ParameterWritten | None] = Field(
        description="The names that stand as `${name}` in the values of this template."
    )


class _UseWritten(Written):
    """A service made of a template."""

    apiVersion: Literal["slokit/v1"] = Field(description="The version of this language.")
    use: str = Field(description="The template's file, relative to the directory of this one.")
    override: dict[str, dict[str, Any]] = Field(
        {}, description="What is put over SLOs of the template, by their names; mappings merge."
    )
    disable: list[str] = Field(
        [], description="Names of SLOs of the template that this service does not have."
    )


# `with` is a word of Python: a class cannot have it as a field that is written down
_WITH: dict[str, Any] = {
    "with": (dict[str, str], Field({}, description="Values of the template's parameters."))
}
UseWritten = create_model(
    "UseWritten", __base__=_UseWritten, __doc__="A service made of a template.", **_WITH
)


class ServiceWritten(Written):
    """One service: one YAML document."""

    apiVersion: Literal["slokit/v1"] = Field(description="The version of this language.")
    service: Name = Field(description="The service's name, unique in the bundle.")
    description: str = Field("", description="What the service is.")
    owner: str = Field("", description="Who owns it; a label of its alerts.")
    labels: InfoLabels = Field({}, description="Metadata of all its SLOs.")
    routing: RoutingLabels = Field(
        {}, description="Labels of the alerts on all its SLOs, to route them by."
    )
    runbook: Url | None = Field(None, description="Where its runbook stands.")
    defaults: DefaultsWritten = Field(DefaultsWritten(), description="What its SLOs inherit.")
    # Decoded one by one, so that a faulty one hides no findings of the others.
    slos: Annotated[list[Any], Field(min_length=1)] = Field(description="Its SLOs.")
    # Decoded one by one as well, by slokit.dialects.slokit_v1.causes.
    cause_alerts: list[Any] = Field(
        [], description="Alerts on known failure modes, which say why budgets burn."
    )
