"""Which maintenances are on at a moment, which are next, and which never are again."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from slokit.model.maintenance import Maintenance, Span
from slokit.text.durations import readable_duration
from slokit.text.escaping import inert_json, visible
from slokit.text.format import Format
from slokit.text.moments import rfc3339

ON, NEXT, OVER = "on", "next", "over"
_HEADS = {ON: "On now:", NEXT: "Next:", OVER: "Over:"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A maintenance as of a moment (Unix seconds): on, next or over.

    ``span`` is the time that it is on, or will be next; that of one that is over is its last, and
    None where it never was.
    """

    maintenance: Maintenance
    at: float
    state: str
    span: Span | None


def planned(maintenances: Iterable[Maintenance], at: float) -> tuple[Planned, ...]:
    """The maintenances as of a moment: those that are on, then the next, then the past."""
    found = [_planned(each, at) for each in maintenances]
    order = [*_HEADS]
    return tuple(sorted(found, key=lambda p: (order.index(p.state), p.span or (0.0, 0.0))))


def _planned(maintenance: Maintenance, at: float) -> Planned:
    span = maintenance.next_span(at)
    if span is None:
        return Planned(maintenance, at, OVER, maintenance.once)
    return Planned(maintenance, at, ON if span[0] <= at else NEXT, span)


def _as_text(found: Sequence[Planned]) -> str:
    if not found:
        return "no maintenance in slokit.yaml\n"
    lines = []
    for state, head in _HEADS.items():
        own = [each for each in found if each.state == state]
        if own or state == ON:
            lines.append(head if own else "Nothing is on now.")
        width = max((len(each.maintenance.name) for each in own), default=0)
        for each in own:
            about = each.maintenance
            lines.append(f"  {about.name:{width}}  {_when(each)}: {visible(about.reason)}")
            applied = "" if len(about.applies) > 2 else f"; {', '.join(sorted(about.applies))} only"
            lines.append(f"  {'':{width}}  {visible(about.subject)}{applied}")
    return "\n".join(lines) + "\n"


def _when(each: Planned) -> str:
    if each.span is None:
        return "never again"
    begin, end = each.span
    if each.state == ON:
        return f"until {_moment(end)}, for {readable_duration(end - each.at, most_units=2)} more"
    lasting = readable_duration(end - begin, most_units=2) if end > begin else "no time"
    return f"from {_moment(begin)}, for {lasting}"


def _moment(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%a %Y-%m-%d %H:%M UTC")


def _as_json(found: Sequence[Planned]) -> str:
    data = [
        {
            "name": each.maintenance.name,
            "reason": each.maintenance.reason,
            "state": each.state,
            "from": rfc3339(each.span[0]) if each.span else None,
            "to": rfc3339(each.span[1]) if each.span else None,
            "services": list(each.maintenance.services),
            "match": [str(matcher) for matcher in each.maintenance.match],
            "applies": sorted(each.maintenance.applies),
        }
        for each in found
    ]
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


FORMATS: tuple[Format[Callable[[Sequence[Planned]], str]], ...] = (
    Format("text", _as_text),
    Format("json", _as_json, inert_json),
)
