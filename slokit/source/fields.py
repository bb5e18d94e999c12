"""Text types of a spec, for pydantic models of what is written."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, KeyPath, Location, Span
from slokit.promql.labels import (
    LABEL_HINT,
    LONGEST_NAME,
    NAME_TEXT,
    RULE_GROUP,
    is_name,
    label_hint,
    nearest_name,
    refuse_alert_label,
    refuse_grouping,
    refuse_info_label,
)
from slokit.promql.selector import allows_label, is_label_name
from slokit.text import InvalidTextError
from slokit.text.durations import DURATION_TEXT, parse_duration
from slokit.text.numbers import LIMIT_TEXT, PERCENT_TEXT, RATE_TEXT, UNITS, parse_percent
from slokit.text.words import clip

# Keys of a spec that people write as labels.
_KEYS = ("owner", "runbook")
# URLs go into templates, Markdown and JSON: what could end or open anything there is out.
_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f<>\"'`{}|\\^]")


class Written(BaseModel):
    """A mapping of a spec: exactly these keys.

    ``misplaced`` maps keys that belong elsewhere to the key below which they are right.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    misplaced: ClassVar[Mapping[str, str]] = {}


def fault(
    code: Code,
    message: str,
    hint: str = "",
    at: KeyPath = (),
    *,
    of_key: bool = False,
    span: Span | None = None,
) -> PydanticCustomError:
    """A fault of one value, for a validator to raise: `decode` takes the finding out of it.

    ``at`` leads from the value to the part of it that is meant: the thing there, the key of it, or
    a range of its characters.
    """
    finding = Finding(code, message, Location(keys=at, of_key=of_key, span=span), hint)
    return PydanticCustomError(code.number, "{text}", {"text": message, "fault": finding})


def _name(text: str) -> str:
    if not is_name(text):
        example = nearest_name(text) or "orders-db"
        hint = f"lower-case letters, digits and dashes, at most 63, such as {example}"
        raise fault(codes.BAD_NAME, f"{clip(text)!r} is no name", hint)
    return text


def _listed(value: object) -> object:
    """One name as a list of it."""
    return [value] if isinstance(value, str) else value


def _alert_name(text: str) -> str:
    if not is_label_name(text):
        message = f"{clip(text)!r} is no name of an alert"
        hint = f"{LABEL_HINT}, such as CheckoutErrorBudgetBurn"
        raise fault(codes.ALERT_NAME, message, hint)
    return text


def _refuse_url(text: str) -> str:
    """Why this URL may not go into an alert or a page, or an empty string."""
    if _UNSAFE_IN_URL.search(text) or not text.isprintable():
        return "the URL holds a space, a brace, a quote or an invisible character"
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return "this is no URL"
    if parts.scheme not in ("http", "https"):
        return "only http and https URLs are taken"
    if not host:
        return "the URL names no host"
    if parts.username is not None or parts.password is not None:
        return "the URL holds credentials"
    return ""


def _url(text: str) -> str:
    if reason := _refuse_url(text):
        raise fault(codes.UNSAFE_URL, reason, "write it like https://runbooks.example.com/orders")
    return text


def _duration(value: object) -> Fraction:
    if not isinstance(value, str):
        raise fault(codes.BAD_VALUE, "a duration is wanted here", "write it like 5m or 30d")
    try:
        return parse_duration(value)
    except InvalidTextError as cause:
        raise fault(codes.BAD_VALUE, str(cause), cause.hint) from cause


def _percentage(value: object, what: str, example: str) -> Decimal:
    if not isinstance(value, str):
        raise fault(codes.BAD_VALUE, f"{what} is a percentage", f"write it like {example}")
    try:
        return parse_percent(value)
    except InvalidTextError as cause:
        raise fault(codes.BAD_VALUE, str(cause), cause.hint) from cause


def _objective(value: object) -> Decimal:
    ratio = _percentage(value, "an objective", "99.9%")
    if ratio == 1:
        raise fault(
            codes.OBJECTIVE_RANGE,
            "an objective of 100% leaves no error budget",
            "set it below 100%, or alert on the cause itself with a cause alert",
        )
    if not 0 < ratio < 1:
        raise fault(codes.OBJECTIVE_RANGE, f"{clip(str(value))} is not between 0% and 100%")
    return ratio


def _slice_target(value: object) -> Decimal:
    ratio = _percentage(value, "a target", "99%")
    if not 0 < ratio <= 1:
        raise fault(codes.OBJECTIVE_RANGE, f"{clip(str(value))} is not above 0% and up to 100%")
    return ratio


def _info_label(label: str) -> str:
    if reason := refuse_info_label(label):
        hint = "choose another name" if is_label_name(label) else LABEL_HINT
        if label in _KEYS:
            hint = f"write it as a key of its own, `{label}:`"
        raise fault(codes.BAD_LABEL, reason, hint)
    return label


def label_name(label: object) -> str:
    """A label that PromQL may group by, of what is written."""
    if not isinstance(label, str) or not allows_label(label):
        message = f"{clip(str(label))!r} is no label name"
        raise fault(codes.BAD_LABEL, message, label_hint(label))
    if reason := refuse_grouping(label):
        raise fault(codes.BAD_LABEL, reason, "rename it when it is scraped")
    return label


def _alert_label(label: str) -> str:
    if reason := refuse_alert_label(label):
        raise fault(codes.BAD_LABEL, reason, "name a label of slokit:info, such as owner")
    return label


def _own_alert_label(label: str) -> str:
    reason = refuse_alert_label(label)
    if label == RULE_GROUP:
        reason = f"alerts on rules have their own label {label!r}"
    if reason:
        hint = "choose another name" if is_label_name(label) else LABEL_HINT
        raise fault(codes.BAD_LABEL, reason, hint)
    return label


def pattern(wanted: str, *patterns: str) -> dict[str, str]:
    """The JSON Schema of a text that is wholly one of these patterns.

    ``wanted`` is what editors show instead of the pattern (a keyword of yaml-language-server).
    """
    whole = f"^(?:{'|'.join(patterns)})$"
    return {"type": "string", "pattern": whole, "patternErrorMessage": wanted}


# For editors: what stands in a spec is text, but some of it looks like a number to them.
PROMQL = {"type": "string", "minLength": 1}
_TEXT = {"type": "string"}
_NAME = {
    **pattern("lower-case letters, digits and dashes, such as orders-db", NAME_TEXT),
    "type": ["string", "integer"],
    "maxLength": LONGEST_NAME,
}
_ALERT_NAME = pattern("letters, digits and underscores, no digit first", "[a-zA-Z_][a-zA-Z0-9_]*")
_URL = pattern("an address such as https://runbooks.example.com", "[hH][tT]{2}[pP][sS]?://.+")
_DURATION = {**pattern("a duration such as 30d, 5m or 1h30m", DURATION_TEXT), "minLength": 1}
_PERCENT = pattern("a percentage such as 99.9%", PERCENT_TEXT)
_RATE = pattern("a number of events in a time, such as 2/30d or 1/h", RATE_TEXT)
_LIMIT = {
    **pattern("a limit such as 200ms, 16GiB, 70% or 5000", LIMIT_TEXT),
    "type": ["string", "number"],
}
_ANY_LIMIT = {
    **pattern("a limit such as 200ms, or an allowance such as 2/30d", LIMIT_TEXT, RATE_TEXT),
    "type": ["string", "number"],
}
_UNIT = {"anyOf": [{"enum": list(UNITS)}, {"type": "string"}]}

Name = Annotated[str, AfterValidator(_name), WithJsonSchema(_NAME)]
_NAMES = {"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}
Names = Annotated[list[Name], Field(min_length=1), BeforeValidator(_listed), WithJsonSchema(_NAMES)]
Url = Annotated[str, AfterValidator(_url), WithJsonSchema(_URL)]
Duration = Annotated[Fraction, PlainValidator(_duration), WithJsonSchema(_DURATION)]
Objective = Annotated[Decimal, PlainValidator(_objective), WithJsonSchema(_PERCENT)]
SliceTarget = Annotated[Decimal, PlainValidator(_slice_target), WithJsonSchema(_PERCENT)]
LimitText = Annotated[str, WithJsonSchema(_LIMIT)]
RateText = Annotated[str, WithJsonSchema(_RATE)]
AnyLimitText = Annotated[str, WithJsonSchema(_ANY_LIMIT)]
DurationText = Annotated[str, WithJsonSchema(_DURATION)]
UnitText = Annotated[str, WithJsonSchema(_UNIT)]
InfoLabels = dict[Annotated[str, AfterValidator(_info_label)], str]
LabelName = Annotated[str, PlainValidator(label_name), WithJsonSchema(_TEXT)]
LabelNames = Annotated[list[LabelName], Field(min_length=1)]
InfoLabel = Annotated[str, AfterValidator(_alert_label)]
AlertName = Annotated[str, AfterValidator(_alert_name), WithJsonSchema(_ALERT_NAME)]
AlertLabelName = Annotated[str, AfterValidator(_own_alert_label)]
RoutingLabels = dict[AlertLabelName, str]
