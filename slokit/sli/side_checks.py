"""What the PromQL of a side means: whether it can be absent, is a rate, and keeps its names.

A server evaluates all of this without complaint and gives wrong numbers, or fails at every
evaluation: these are the checks that no syntax needs. What is wrong is reported at its characters.
"""

import math
from dataclasses import dataclass
from enum import Enum

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code
from slokit.promql.expression import Node, Span, expression
from slokit.promql.name_pattern import NAME, matcher_span, names_lost, plain_names
from slokit.promql.presence import Filler, causes, fillers, given, without
from slokit.promql.rates import Flow, Unit, faulty_flows, rates_of_rates
from slokit.promql.recorded import Holds, recorded
from slokit.promql.variables import Replaced
from slokit.sli.base import Reader
from slokit.text.durations import format_duration
from slokit.text.words import clip

_MOST_LISTED = 8


class Absence(Enum):
    """What it means that a side has no series, and so which constants behind an `or` can go."""

    NO_EVENTS = "no events"  # a zero can: slokit supplies it where there is a total
    NO_DATA = "no data"  # any can: there is nothing to judge
    AMBIGUOUS = "ambiguous"  # none can: what is absent may be zero, and is said to be so


@dataclass(frozen=True, slots=True)
class WrittenPromql:
    """The PromQL of a side: its key, its text with the variables replaced, and its tree."""

    reader: Reader
    key: str
    text: Replaced
    root: Node

    def report(self, code: Code, span: Span, message: str, hint: str) -> None:
        """Report what is wrong with some characters of the replaced text."""
        self.reader.report(code, self.key, message, hint, self.text.origin(*span))

    def words(self, node: Node) -> str:
        """The text of a node, shortened."""
        return clip(" ".join(self.text.text[slice(*node.span)].split()), 40)


def without_fillers(side: WrittenPromql, absence: Absence) -> str | None:
    """The text less the zeros that only stand for missing series, each noted.

    None where what is left has a sample even without any series, with the reason reported: such a
    side would hide that its service is gone.
    """
    found: tuple[Filler, ...] = ()
    if absence is not Absence.AMBIGUOUS:
        is_none = absence is Absence.NO_EVENTS
        found = fillers(side.root, any_value=not is_none, any_zero=is_none)
    text = without(side.text.text, found)
    rest = expression(text) if found else side.root
    if rest is None or given(rest).is_samples:
        _report_presence(side, absence)
        return None
    for one in found:
        words = " ".join(side.text.text[slice(*one.span)].split())
        reason, hint = "a service that is gone is no data", "delete it: SLONoData fires then"
        if absence is Absence.NO_EVENTS:
            reason = f"no {side.key} series means no {side.key} events"
            hint = "delete it: slokit fills in the zero where the total exists"
        message = f"`{clip(words, 40)}` is left out: {reason}"
        side.report(codes.FILLER_LEFT_OUT, one.span, message, hint)
    return text


def _report_presence(side: WrittenPromql, absence: Absence) -> None:
    cause = next(causes(side.root))
    when = "only where its series are" if cause.name.startswith("absent") else "when all else is"
    message = f"{side.words(cause)} has a sample {when} gone, so a dead service still has data"
    side.report(codes.NEVER_ABSENT, cause.span, message, _present_hint(side, cause, absence))


def _present_hint(side: WrittenPromql, cause: Node, absence: Absence) -> str:
    if any(node.name == "scalar" for node in cause.walk()):
        return "write what is inside scalar() itself"
    if cause.name.startswith("absent"):
        if absence is Absence.AMBIGUOUS:
            return "name the metric itself, and who must answer in `expected`: silence is bad then"
        return "leave it out: SLONoData fires when the series are gone"
    if not any(node.kind == "selector" for node in side.root.walk()):
        return "name the metric that is measured"
    if any(_adds_present(node) for node in side.root.walk()):
        return "write a list of selectors, not a sum: what has no series adds nothing to it"
    if any(_begins_present(node) for node in side.root.walk()):
        return "it hides what stands behind its `or`: leave it out"
    if absence is Absence.AMBIGUOUS:
        return "leave it out, or fill in where the service is up: `or 0 * sum(up{…} == 1)`"
    return "leave it out: what has no series is no data, and SLONoData fires"


def _begins_present(node: Node) -> bool:
    is_union = node.kind == "binary" and node.name == "or"
    return is_union and given(node.children[0]).is_samples


def _adds_present(node: Node) -> bool:
    is_sum = node.kind == "binary" and node.name in ("+", "-")
    return is_sum and all(given(child).is_samples for child in node.children)


def reports_recorded(side: WrittenPromql) -> bool:
    """Whether recorded rates, increases or ratios are read as they are; each is reported."""
    found = [node for node in side.root.walk() if node.kind == "selector" and recorded(node.name)]
    for node in found:
        side.report(codes.RATED_TWICE, node.head, *rated_twice(node.name))
    return bool(found)


def check_rates(side: WrittenPromql) -> bool:
    """Whether a side of counters gives events per second; what does not is reported."""
    twice = dict.fromkeys(rates_of_rates(side.root))
    for node in twice:
        message, hint = rated_twice(node.name) if node.kind == "selector" else ("", "")
        message = message or f"{side.words(node)} is no counter, and a rate is taken of it"
        side.report(codes.RATED_TWICE, node.head, message, hint or "take the rate of the counter")
    window = float(side.reader.surroundings.window_seconds)
    found = [flow for flow in faulty_flows(side.root, window) if not twice]
    certain = [f for f in found if f.unit is not Unit.PER_SECOND or math.isclose(f.scale, window)]
    for flow in found:
        (message, hint), span = _flow_words(flow), side.text.origin(*flow.source.head)
        # a rate may be multiplied by sixty for a reason
        say = side.reader.report if flow in certain else side.reader.warn
        say(codes.NOT_PER_SECOND, side.key, message, hint, span)
    return not twice and not certain


def _flow_words(flow: Flow) -> tuple[str, str]:
    """What is wrong with a flow, and what to do about it."""
    source = flow.source
    called = f"{source.name}()" if source.kind in ("call", "aggregation") else source.name
    span = "" if flow.seconds is None else f" in {_duration(flow.seconds)}"
    if flow.unit is Unit.PER_SECOND:
        times = "the window" if flow.scale not in (60, 3600) else _duration(flow.scale)
        message = f"{called} is per second already, and multiplied it gives events in {times}"
        return message, f"leave the factor {flow.scale:g} out"
    if flow.unit is Unit.SHARE:
        hint = "give its two parts, `bad:` or `good:` and `total:`, each with rate()"
        return f"{_share(source)} is a share, not events per second", hint
    if flow.unit is Unit.SERIES:
        hint = "count events with rate(); series are counted by `events: {of: gauges}`"
        return f"{called} gives a number of series, not events per second", hint
    if flow.unit is Unit.COUNTER:
        return f"{called} is a counter's value, not events per second", "write rate(…[$window])"
    if source.kind == "selector":
        return f"{called} holds an increase, not events per second", _MADE_FROM
    if source.name == "-":
        hint = "write rate(), or divide by $window_seconds"
        return f"this difference gives what was added{span}, not events per second", hint
    what, hint = _AMOUNTS.get(source.name, ("a sum", "divide it by $window_seconds"))
    if not math.isclose(flow.scale, 1):
        hint = "divide by the seconds of its own range: [$window] and $window_seconds"
    return f"{called} gives {what}{span}, not per second", hint


_MADE_FROM = "name the counter it was made from"
_OF_LEVELS = "divide it by $window_seconds, or take the levels: `events: {of: gauges}`"
_AMOUNTS = {
    "increase": ("events", "write rate()"),
    "delta": ("a difference", "write rate() of a counter, deriv() of a gauge"),
    "idelta": ("the difference of two samples", "write rate() of a counter"),
    "sum_over_time": ("a sum of samples", _OF_LEVELS),
    "count_over_time": ("a number of samples", _OF_LEVELS),
    "resets": ("a number of resets", "divide it by $window_seconds"),
    "changes": ("a number of changes", "divide it by $window_seconds"),
}


def _duration(seconds: float) -> str:
    return format_duration(round(seconds)) if seconds >= 1 else f"{seconds:g}s"


def _share(source: Node) -> str:
    if source.kind == "selector":
        return source.name
    return "a quotient of two of a kind" if source.kind == "binary" else f"{source.name}()"


def rated_twice(name: str) -> tuple[str, str]:
    """Why a metric of this name is no counter, and what to do; empty texts where it may be one.

    >>> rated_twice("job:errors:rate5m")[0], rated_twice("errors_total")
    ('job:errors:rate5m is a rate already', ('', ''))
    """
    found = recorded(name)
    if found is None:
        return "", ""
    words = {
        Holds.RATE: "is a rate already",
        Holds.INCREASE: "is an increase already",
        Holds.RATIO: "is a ratio already",
    }
    hint = _MADE_FROM
    if found.holds is Holds.RATE:
        hint += ", or take rates as levels: `events: {of: gauges}`"
    return f"{clip(name)} {words[found.holds]}", hint


def check_names(side: WrittenPromql, *, is_dropped_at_end: bool = False) -> bool:
    """Whether no function drops the names that a pattern has chosen; reported where one does."""
    lost = list(names_lost(side.root, is_dropped_at_end=is_dropped_at_end))
    for node in lost:
        names = plain_names(node.selector) if node.selector else ()
        hint = "write a list of the metrics: [a_total, b_total]"
        if 0 < len(names) <= _MOST_LISTED:
            hint = f"write a list: [{', '.join(names)}]"
        what = "a pattern on the name" if has_name_matcher(node) else "a selector without a name"
        message = f"{what} fails where the name is dropped: metrics with equal labels collide"
        side.report(codes.NAME_PATTERN, matcher_span(node), message, hint)
    return not lost


def has_name_matcher(node: Node) -> bool:
    """Whether a selector has matchers on the metric's name."""
    return any(matcher.label == NAME for _, matcher in node.matchers)
