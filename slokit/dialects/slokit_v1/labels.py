"""What slokit/v1 says about labels: matchers, group labels and joins, read from their values."""

from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.model.ledger import GroupLabel
from slokit.promql.faults import FaultKind, find_faults, find_faults_of_matchers
from slokit.promql.labels import label_hint, refuse_group_label
from slokit.promql.reading import read, read_matchers
from slokit.promql.selector import Matcher, allows_label, is_label_name
from slokit.source.fields import PROMQL, fault, label_name
from slokit.text.words import clip


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
        return Selection(tuple(_matcher(k, v) for k, v in sorted(value.items())), replaces=False)
    raise fault(codes.WRONG_TYPE, "matchers are wanted here", "such as {job: x} or 'job=\"x\"'")


def _matchers(value: object) -> tuple[Matcher, ...]:
    if not isinstance(value, str):
        raise fault(codes.WRONG_TYPE, "matchers are wanted here", "such as 'region=~\"eu-.*\"'")
    if not (faults := find_faults_of_matchers(value)):
        return read_matchers(value)
    found = faults[0]
    hint = found.hint or 'write them like job="x",ns=~"a|b"'
    if found.is_cut:
        hint = "close it; if the value holds ` #`, put all of it into single quotes"
    is_known = found.span is None or found.kind is not FaultKind.SYNTAX
    message = found.message if is_known else f"these are no matchers: {found.message}"
    raise fault(codes.PROMQL_SYNTAX, message, hint, span=found.span)


def _matcher(label: str, value: object) -> Matcher:
    if not allows_label(label):
        message = f"{clip(label)!r} is no label name"
        raise fault(codes.BAD_LABEL, message, label_hint(label), (label,), of_key=True)
    if not isinstance(value, str):
        message, hint = f"the value of {label!r} must be text", 'such as "a" or "=~a|b"'
        raise fault(codes.WRONG_TYPE, message, hint, (label,))
    op = next((op for op in ("=~", "!=", "!~") if value.startswith(op)), "=")
    text = value[len(op) :] if op != "=" else value
    matcher = Matcher(label, op, text)
    for found in find_faults_of_matchers(str(matcher)):
        raise fault(codes.PROMQL_SYNTAX, found.message, found.hint, (label,))
    return matcher


def _group_by(groups: list[GroupLabel]) -> tuple[GroupLabel, ...]:
    names = [group.name for group in groups]
    renamed = {g.name: g.source for g in groups if g.name != g.source}
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f"the label {name!r} is given twice"
            raise fault(codes.BAD_LABEL, message, "leave one out", (number,))
        if _goes_round(name, renamed):
            message = f"the renaming of {name!r} goes round in a circle"
            raise fault(codes.BAD_LABEL, message, "rename to names that are not taken", (number,))
    return tuple(groups)


def _goes_round(name: str, renamed: dict[str, str]) -> bool:
    seen: set[str] = set()
    while name in renamed and name not in seen:
        seen.add(name)
        name = renamed[name]
    return name in seen


def _pair(item: object, what: str) -> tuple[str, object]:
    if isinstance(item, str):
        return item, item
    if isinstance(item, dict) and len(item) == 1:
        name, source = next(iter(item.items()))
        return str(name), source
    message = f"a {what} label is a name, or one name and its source label"
    raise fault(codes.WRONG_TYPE, message, "such as region or {cluster: scope}")


def _group(item: object) -> GroupLabel:
    name, source = _pair(item, "group")
    if reason := refuse_group_label(name):
        hint = f"rename it, as in {{exported: {name}}}" if is_label_name(name) else label_hint(name)
        raise fault(codes.BAD_LABEL, reason, hint)
    if not isinstance(source, str) or not allows_label(source):
        message = f"{clip(str(source))!r} is no label name"
        raise fault(codes.BAD_LABEL, message, label_hint(source), (name,))
    return GroupLabel(name, source)


def _taken(item: object) -> GroupLabel:
    name, source = _pair(item, "joined")
    return GroupLabel(label_name(name), label_name(source))


def _info(value: object) -> str:
    if not isinstance(value, str):
        hint = "such as pg_instance_info"
        raise fault(codes.WRONG_TYPE, "an info metric's selector is wanted here", hint)
    for found in find_faults(value):
        if not found.is_refusal:
            continue
        is_syntax = found.kind is FaultKind.SYNTAX
        message = f"not PromQL: {found.message}" if is_syntax else found.message
        raise fault(codes.PROMQL_SYNTAX, message, found.hint, span=found.span)
    reading = read(value.strip())
    if reading.bare is None:
        hint = "such as pg_instance_info; slokit folds it by `by` and `labels` itself"
        raise fault(codes.NOT_A_SELECTOR, "`info` is a selector, not an expression", hint)
    return value.strip()


_VALUE = {"type": ["string", "number", "boolean"]}
_ANY_MAP = {"anyOf": [PROMQL, {"type": "object", "additionalProperties": _VALUE}]}
_RENAMED = {
    "type": "object",
    "additionalProperties": PROMQL,
    "minProperties": 1,
    "maxProperties": 1,
}
_ONE = {"anyOf": [PROMQL, _RENAMED]}

SelectionText = Annotated[Selection, PlainValidator(_selection), WithJsonSchema(_ANY_MAP)]
Matchers = Annotated[tuple[Matcher, ...], PlainValidator(_matchers), WithJsonSchema(PROMQL)]
Group = Annotated[GroupLabel, PlainValidator(_group), WithJsonSchema(_ONE)]
GroupBy = Annotated[list[Group], AfterValidator(_group_by)]
TakenLabels = Annotated[
    list[Annotated[GroupLabel, PlainValidator(_taken), WithJsonSchema(_ONE)]], Field(min_length=1)
]
InfoSelector = Annotated[str, PlainValidator(_info), WithJsonSchema(PROMQL)]
