"""What becomes of cause alerts: which are new, gone or changed, and which move while they fire."""

from collections.abc import Iterator, Mapping

from slokit.compiler.causes import labels
from slokit.diff.model import Change, Kind, SloDiff
from slokit.diff.settings import MOVED
from slokit.model.bundle import Bundle
from slokit.model.causes import CauseAlert
from slokit.text.durations import format_duration

_ANEW = "an alert that fires resolves, and waits anew: its series have other groups"
_EXPRESSION = "it fires by the new condition from now on"


def compare_causes(old: Bundle, new: Bundle) -> tuple[SloDiff, ...]:
    """A difference for each cause alert that means something else, by the names of both."""
    before, after = ({cause.id: cause for cause in bundle.causes} for bundle in (old, new))
    found = []
    for name in sorted({*before, *after}):
        was, is_now = before.get(name), after.get(name)
        if was is None and is_now is not None:
            found.append(SloDiff(Kind.ADDED, "", name, (_promise(is_now, is_added=True),)))
        elif is_now is None and was is not None:
            found.append(SloDiff(Kind.REMOVED, name, "", (_promise(was, is_added=False),)))
        elif was is not None and is_now is not None:
            changes = tuple(_changes(was, is_now, old, new))
            found += [SloDiff(Kind.CHANGED, name, name, changes)] if changes else []
    return tuple(found)


def _promise(cause: CauseAlert, *, is_added: bool) -> Change:
    text = f"{cause.severity} on {cause.failure_mode}"
    if is_added:
        return Change("cause alert", "", text)
    return Change("cause alert", text, "", "if it fires, it resolves", weakens=True)


def _changes(was: CauseAlert, is_now: CauseAlert, old: Bundle, new: Bundle) -> Iterator[Change]:
    if was.groups != is_now.groups:
        before, after = (f"[{', '.join(cause.groups)}]" for cause in (was, is_now))
        yield Change("group_by", before, after, _ANEW, moves=True)
    if was.expr != is_now.expr:
        texts = (was.text, is_now.text) if was.text != is_now.text else (was.expr, is_now.expr)
        yield Change("expr", texts[0].strip(), texts[1].strip(), _EXPRESSION)
    for key, less, more in (
        ("for", was.hold, is_now.hold),
        ("keep_firing_for", was.keep_firing, is_now.keep_firing),
    ):
        if less != more:
            yield Change(key, format_duration(less), format_duration(more))
    for key, one, other in (
        ("summary", was.summary, is_now.summary),
        ("runbook", was.runbook, is_now.runbook),
    ):
        if one != other:
            yield Change(key, one, other, "its alerts say so from now on")
    yield from _moved(_own_labels(was, old), _own_labels(is_now, new))


def _own_labels(cause: CauseAlert, bundle: Bundle) -> Mapping[str, str]:
    """Its labels, less what is said of the bundle as a whole: names and labels of severities."""
    static = bundle.project.alerts.of(cause.severity).static
    found = {label: text for label, text in labels(cause, bundle).items() if label not in static}
    return {**found, "severity": cause.severity, "bundle": ""}


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for label in dict.fromkeys([*before, *after]):
        was, is_now = before.get(label, ""), after.get(label, "")
        if was != is_now:
            yield Change(label, was, is_now, MOVED, moves=True)
