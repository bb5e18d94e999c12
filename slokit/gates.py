"""Gates of deploy pipelines: use cases of `slokit.api`, which has these functions too."""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slokit.diagnostics.errors import UsageError
from slokit.model.slo import Slo
from slokit.project import output, workspace
from slokit.project.loading import Loaded
from slokit.project.selection import named_slos
from slokit.prometheus.settings import PrometheusSettings
from slokit.promql.parse import PromqlSyntaxError
from slokit.promql.reading import read_matchers
from slokit.promql.selector import Matcher
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration
from slokit.text.format import format_named
from slokit.text.numbers import parse_percent
from slokit.text.words import clip, joined

if TYPE_CHECKING:
    from slokit.reporting.canary import Canary
    from slokit.reporting.gate import Gate
    from slokit.reporting.model import Report

_MATCHER = re.compile(r"(?P<label>[^=~!]+)(?P<op>=~|=)(?P<value>.*)", re.DOTALL)
_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.5, 1.0
_LEDGER_WINDOWS = 2
_SHOWN_OVERRIDES = 3


def gate(
    loaded: Loaded,
    report: "Report",
    *,
    min_remaining: str = "",
    max_burn: float | None = None,
    override: str = "",
) -> "Gate":
    """Whether a deployment may go through, by a report: an answer for each SLO.

    By slokit.yaml's ``error_budget_policy``, where only ``freeze`` closes; without one, a spent
    budget closes. ``min_remaining`` such as ``10%`` stands in the policy's place, and ``max_burn``
    is the fastest burn rate over an hour. ``override`` is the reason to pass nevertheless.

    Raises:
        UsageError: ``min_remaining`` is no percentage, or ``max_burn`` is not above 0.
    """
    from slokit.model.budget_policy import DEFAULT
    from slokit.reporting.gate import Limits, judge_gate

    try:
        least = float(parse_percent(min_remaining)) if min_remaining else None
    except InvalidTextError as cause:
        raise UsageError(f"min-remaining: {cause}; write it like 10%") from cause
    if max_burn is not None and not max_burn > 0:
        raise UsageError("max-burn: a burn rate is above 0")
    rules = loaded.bundle.project.budget_rules or DEFAULT
    return judge_gate(report, Limits(rules, least, max_burn), " ".join(override.split()))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups of an SLO to be compared, a canary: by matchers of labels, such as ``version=v2``.

    What ``match`` counted ``over`` the last hour may burn the budget faster by ``max_worse`` than
    what ``against`` did; ``confidence`` is that of an answer.
    """

    match: Sequence[str]
    against: Sequence[str]
    over: str = "1h"
    max_worse: float = 1.0
    confidence: str = "95%"


def compare_groups(
    loaded: Loaded,
    prometheus: PrometheusSettings,
    comparison: Comparison,
    *,
    at: float,
    slos: Iterable[str] | None = None,
    override: str = "",
) -> "Gate":
    """Whether one of two groups of an SLO burns faster, by what the ledger counted.

    Open where its burn rate is higher by no more than the comparison allows, closed where it is
    higher by more, not known where the counts say neither with confidence. SLOs that are not
    grouped by the labels are left out. ``at`` is in Unix seconds.

    Raises:
        UsageError: a matcher, a time or a number cannot be read, both match the same group, or no
            SLO is grouped by the labels.
        BrokenEnvironmentError: the server cannot be reached, or does not answer.
    """
    from slokit.prometheus.client import PrometheusClient
    from slokit.reporting.canary import judge_canary
    from slokit.reporting.plan.recorded import plan_matching
    from slokit.reporting.read.recorded import read_matching

    project, canary = loaded.bundle.project, _canary(comparison, loaded, at)
    chosen = _grouped(loaded, slos, canary.labels)
    services = sorted({slo.service for slo in chosen})
    with PrometheusClient(prometheus) as client:
        one, other = (
            read_matching(plan_matching(project, canary.over, matchers, services), client)
            for matchers in (canary.match, canary.against)
        )
    if both := one.keys() & other.keys():
        group = ", ".join(f"{name}={clip(value)}" for name, value in min(both)[2])
        raise UsageError(f"match and against are both about {group}: nothing to compare")
    return judge_canary(canary, chosen, one, other, " ".join(override.split()))


def _canary(comparison: Comparison, loaded: Loaded, at: float) -> "Canary":
    from slokit.reporting.canary import Canary
    from slokit.reporting.model import TimeRange

    if not 0 < comparison.max_worse < math.inf:
        raise UsageError("max-worse: a difference of burn rates is above 0, such as 1")
    seconds = _seconds(comparison.over, float(loaded.bundle.project.ledger_window))
    return Canary(
        _matchers("match", comparison.match),
        _matchers("against", comparison.against),
        TimeRange(at - seconds, at),
        comparison.max_worse,
        _confidence(comparison.confidence),
    )


def _matchers(option: str, given: Iterable[str]) -> tuple[Matcher, ...]:
    found = []
    for text in given:
        parts = _MATCHER.fullmatch(text)
        if not parts:
            raise UsageError(f"{option}: {clip(text)!r} is no matcher; write it like version=v2")
        value = parts["value"]
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        matcher = Matcher(parts["label"].strip(), parts["op"], value[1:-1] if quoted else value)
        try:
            read_matchers(str(matcher))
        except PromqlSyntaxError as cause:
            raise UsageError(f"{option}: {clip(text)!r}: {cause}") from cause
        found.append(matcher)
    if not found:
        raise UsageError("match and against: both groups are needed, such as version=v2")
    return tuple(found)


def _seconds(text: str, ledger_window: float) -> float:
    try:
        seconds = float(parse_duration(text))
    except InvalidTextError as cause:
        raise UsageError(f"over: {cause}; write it like 1h") from cause
    if seconds < _LEDGER_WINDOWS * ledger_window:
        least = f"{_LEDGER_WINDOWS * ledger_window / 60:g}m"
        raise UsageError(f"over: {clip(text)} is shorter than two ledger windows; {least} or more")
    return seconds


def _confidence(text: str) -> float:
    try:
        found = float(parse_percent(text))
    except InvalidTextError as cause:
        raise UsageError(f"confidence: {cause}; write it like 95%") from cause
    if not _LEAST_CONFIDENCE < found < _MOST_CONFIDENCE:
        raise UsageError("confidence: it lies between 50% and 100%, such as 95%")
    return found


def _grouped(loaded: Loaded, slos: Iterable[str] | None, labels: frozenset[str]) -> list[Slo]:
    """The SLOs that have all of the labels in their groups."""
    chosen = loaded.slos if slos is None else named_slos(slos, loaded.bundle)
    found = [slo for slo in chosen if labels <= set(slo.folding.names)]
    if not found:
        known = sorted({name for slo in chosen for name in slo.folding.names})
        hint = f"they are grouped by {joined(known, 'and')}" if known else "none is grouped"
        named = joined(sorted(labels), "and")
        raise UsageError(f"no SLO here is grouped by {clip(named)}: {hint}; see group_by")
    return found


def log_gate(path: str | Path, gate: "Gate") -> "Gate":
    """Add a gate's answer to a log, as one line of JSON; the gate with the log's last overrides.

    Lines of the log that are no answers of gates are passed over.

    Raises:
        BrokenEnvironmentError: the log cannot be read or written.
    """
    from slokit.reporting.formats.gate import FORMATS

    shown, file = format_named("json", FORMATS), Path(path)
    text, _ = workspace.read_file(file) if file.exists() else ("", [])
    earlier = [found for line in text.splitlines() if (found := _override_of(line))]
    output.append_line(file, json.dumps(json.loads(shown.inert(shown.render(gate)))))
    return replace(gate, earlier=tuple(earlier[-_SHOWN_OVERRIDES:]))


def _override_of(line: str) -> str:
    try:
        data: Any = json.loads(line)
        return f"{data['at']}, {data['gate']}: {data['override']}" if data["override"] else ""
    except (ValueError, TypeError, KeyError):
        return ""


def render_gate(gate: "Gate", form: str = "text") -> str:
    """A gate's answers as lines, or as JSON for programs.

    Raises:
        UsageError: no such format.
    """
    from slokit.reporting.formats.gate import FORMATS

    chosen = format_named(form, FORMATS)
    return chosen.inert(chosen.render(gate))
