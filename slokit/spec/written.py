"""Text types of a spec, for pydantic models of what is written."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from slokit.spec import codes
from slokit.spec.diagnostics import Code
from slokit.spec.labels import is_name, refuse_alert_label, refuse_info_label
from slokit.spec.units import BadText, clip, parse_duration, parse_percent
from slokit.spec.urls import refuse_url


class Written(BaseModel):
    """A mapping of a spec: exactly these keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def fault(code: Code, message: str, hint: str = "") -> PydanticCustomError:
    """A fault of one value, to become a finding at its place."""
    return PydanticCustomError(code.number, "{text}", {"text": message, "hint": hint})


def _name(text: str) -> str:
    if not is_name(text):
        raise fault(
            codes.BAD_NAME,
            f"{clip(text)!r} is no name",
            "lower-case letters, digits and dashes, at most 63, such as orders-db",
        )
    return text


def _url(text: str) -> str:
    if reason := refuse_url(text):
        raise fault(codes.UNSAFE_URL, reason, "write it like https://runbooks.example.com/orders")
    return text


def _duration(value: object) -> Fraction:
    if not isinstance(value, str):
        raise fault(codes.BAD_VALUE, "a duration is wanted here", "write it like 30d")
    try:
        return parse_duration(value)
    except BadText as cause:
        raise fault(codes.BAD_VALUE, str(cause), cause.hint) from cause


def _objective(value: object) -> Decimal:
    if not isinstance(value, str):
        raise fault(codes.BAD_VALUE, "an objective is a percentage", "write it like 99.9%")
    try:
        ratio = parse_percent(value)
    except BadText as cause:
        raise fault(codes.BAD_VALUE, str(cause), cause.hint) from cause
    if ratio == 1:
        raise fault(
            codes.OBJECTIVE_RANGE,
            "an objective of 100% leaves no error budget",
            "set it below 100%, or alert on the cause itself with a cause alert",
        )
    if not 0 < ratio < 1:
        raise fault(codes.OBJECTIVE_RANGE, f"{clip(value)} is not between 0% and 100%")
    return ratio


def _info_labels(labels: dict[str, str]) -> dict[str, str]:
    for label in labels:
        if reason := refuse_info_label(label):
            raise fault(codes.BAD_LABEL, reason, "choose another name")
    return labels


def _alert_label(label: str) -> str:
    if reason := refuse_alert_label(label):
        raise fault(codes.BAD_LABEL, reason, "name a label of slokit:info, such as owner")
    return label


_TEXT = {"type": "string"}

Name = Annotated[str, AfterValidator(_name)]
Url = Annotated[str, AfterValidator(_url)]
Duration = Annotated[Fraction, PlainValidator(_duration), WithJsonSchema(_TEXT)]
Objective = Annotated[Decimal, PlainValidator(_objective), WithJsonSchema(_TEXT)]
InfoLabels = Annotated[dict[str, str], AfterValidator(_info_labels)]
InfoLabel = Annotated[str, AfterValidator(_alert_label)]
