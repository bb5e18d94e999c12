"""Alerts as they came: pasted labels, or JSON of Alertmanager, its webhook or Prometheus."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from slokit.diagnostics.errors import UsageError
from slokit.promql.parse import PromqlSyntaxError
from slokit.promql.reading import read_matchers
from slokit.text.words import clip

_FORMS = (
    'labels such as \'{alertname="SLOBudgetBurn",bundle="prod"}\', or JSON of Alertmanager, of its'
    " webhook or of Prometheus"
)


@dataclass(frozen=True, slots=True)
class ReceivedAlert:
    """One alert: its labels, and what else is known of it.

    ``started`` and ``ended`` are Unix seconds. ``state`` is the word of its sender.
    ``inhibited_by`` are fingerprints of alerts, ``silenced_by`` the silences, by their comments
    where those are known.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    state: str = ""
    receivers: tuple[str, ...] = ()
    fingerprint: str = ""
    inhibited_by: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()

    @property
    def is_firing(self) -> bool:
        """Whether it fires, as far as is known."""
        return self.state not in ("resolved", "inactive", "pending")


def read_alerts(text: str) -> tuple[ReceivedAlert, ...]:
    """The alerts of a text.

    Raises:
        UsageError: it is none of the forms, or holds no alert.
    """
    stripped = text.strip("\ufeff \t\r\n")
    data = _json(stripped)
    if data is None:
        return (_pasted(stripped),)
    found = tuple(decode_alerts(data))
    if not found:
        raise UsageError(f"there is no alert in this JSON: give {_FORMS}")
    return found


def _json(text: str) -> Any:
    """The value of a text in JSON, or a list of those that stand in it one after another."""
    # labels begin with a brace as well, and are no JSON
    if not text.startswith(("{", "[")):
        return None
    decoder, found, position = json.JSONDecoder(), [], 0
    try:
        while position < len(text):
            value, end = decoder.raw_decode(text, position)
            found.append(value)
            position = len(text) - len(text[end:].lstrip())
    except (ValueError, RecursionError):
        return None
    return found[0] if len(found) == 1 else found


# Prometheus shows a series with its name in front and its value behind it: ALERTS{…} 1
_SHOWN = re.compile(
    r"(?:(\w+)\s*)?(\{.*\})(?:\s*(?:=>)?\s*[-+.\deE]+(?:\s*@\[?[.\d]+\]?)?)?", re.DOTALL
)
# One label as Alertmanager, its tool and its mails write it: quotes are left out, several stand in
# a line or each in its own, perhaps behind a dash.
_PAIR = re.compile(
    r"""[\s,]*(?:[-*]\s+)?"?([A-Za-z_]\w*)"?[ \t]*[=:][ \t]*
    (?:"((?:[^"\\\n]|\\.)*)"|((?![~"])[^",{}\n]+?))
    \s*(?=$|[,\n]|\s"?[A-Za-z_]\w*"?\s*=)""",
    re.VERBOSE,
)
_BEHIND = re.compile(r"\n\s*(?:Annotations|Source):.*", re.DOTALL)
_OF_SERIES = ("ALERTS", "ALERTS_FOR_STATE")


def _pasted(text: str) -> ReceivedAlert:
    shown = _SHOWN.fullmatch(text)
    name, inner = shown.groups() if shown else (None, text)
    labels = _labels(inner, text)
    if name and name not in _OF_SERIES:
        labels.setdefault("alertname", name)
    # Prometheus puts it on the series, and no alert has it
    return ReceivedAlert(labels, state=labels.pop("alertstate", ""))


def _labels(inner: str, text: str) -> dict[str, str]:
    try:
        matchers = read_matchers(inner)
    except PromqlSyntaxError as refused:
        if found := _unquoted(inner):
            return found
        raise UsageError(f"{clip(text)!r} is no alert: {refused}; give {_FORMS}") from refused
    odd = next((matcher for matcher in matchers if matcher.op != "="), None)
    if odd is not None or not matchers:
        what = f"{odd} matches several values" if odd else "there are no labels"
        raise UsageError(f"{clip(text)!r} is no alert: {what}; give {_FORMS}")
    return {matcher.label: matcher.value for matcher in matchers}


def _unquoted(text: str) -> dict[str, str]:
    """Labels in a looser form; none where anything else stands between them."""
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    text = _BEHIND.sub("", text).strip().strip(",").removeprefix("Labels:").strip()
    found, position = {}, 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair is None:
            return {}
        name, quoted, bare = pair.groups()
        found[name] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = pair.end()
    return found


def with_comments(alert: ReceivedAlert, silences: Iterable[Any]) -> ReceivedAlert:
    """The alert with what people wrote about its silences, as Alertmanager lists them."""
    said = {
        str(each.get("id")): f"{each.get('comment') or each.get('id')} ({each.get('createdBy')})"
        for each in silences
        if isinstance(each, dict)
    }
    return replace(alert, silenced_by=tuple(said.get(one, one) for one in alert.silenced_by))


def decode_alerts(data: Any) -> Iterator[ReceivedAlert]:
    """The alerts in decoded JSON, whichever of the known forms it has."""
    if isinstance(data, list):
        if labels := _paired(data):
            yield ReceivedAlert(labels)
            return
        for item in data:
            yield from decode_alerts(item)
    elif isinstance(data, dict) and isinstance(data.get("alertname"), str):
        yield ReceivedAlert(_texts(data))
    elif isinstance(data, dict) and isinstance(data.get("labels"), dict) and "query" not in data:
        yield _alert(data)
    elif isinstance(data, dict):
        # of Alertmanager, of Prometheus' alerts, and of its rules, which have labels of their own
        for key in ("alerts", "data", "groups", "rules"):
            if isinstance(data.get(key), dict | list):
                yield from decode_alerts(data[key])


def _paired(data: list[Any]) -> dict[str, str]:
    """The labels of a list of names and values; none where it is another list."""
    if not all(isinstance(item, dict) and item.keys() == {"name", "value"} for item in data):
        return {}
    return {str(item["name"]): str(item["value"]) for item in data}


def _alert(data: Mapping[str, Any]) -> ReceivedAlert:
    status = data.get("status")
    details = status if isinstance(status, dict) else {}
    return ReceivedAlert(
        labels=_texts(data["labels"]),
        annotations=_texts(data.get("annotations")),
        started=_moment(data.get("startsAt", data.get("activeAt"))),
        ended=_moment(data.get("endsAt")),
        state=str(details.get("state") or (status if isinstance(status, str) else "")),
        receivers=tuple(_names(data.get("receivers"))),
        fingerprint=str(data.get("fingerprint") or ""),
        inhibited_by=tuple(_listed(details.get("inhibitedBy"))),
        silenced_by=tuple(_listed(details.get("silencedBy"))),
    )


def _texts(data: Any) -> dict[str, str]:
    pairs = data.items() if isinstance(data, dict) else ()
    return {str(name): str(value) for name, value in pairs if value not in (None, "")}


def _listed(data: Any) -> list[str]:
    return [str(item) for item in data] if isinstance(data, list) else []


def _names(data: Any) -> Iterator[str]:
    for item in data if isinstance(data, list) else ():
        if isinstance(item, dict) and item.get("name"):
            yield str(item["name"])


def _moment(text: Any) -> float | None:
    """Unix seconds of an RFC 3339 time; a time before 1970 is Go's zero, and stands for none."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        seconds = moment.timestamp()
    except (OverflowError, ValueError):
        return None
    return seconds if seconds > 0 else None
