"""The past of the rules: what they would have recorded, and when alerts can have been active.

`promtool tsdb create-blocks-from rules` evaluates every rule from scratch and cannot read what an
earlier rule of the same run recorded; the rules of slokit build on each other. So each level of
rules is evaluated by Prometheus itself with range queries, written as blocks, and only then read by
the next level. The expressions are those of the rule files, to the letter. An alert's expression
costs Prometheus two milliseconds a moment, so that it is evaluated only where it can hold.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import yaml

from slokit.compiler import names
from slokit.demo.month.blocks import Points, series_name
from slokit.demo.month.simulated import MINUTE, Floats, Integers, Mask, Timeline
from slokit.model.bundle import Project
from slokit.prometheus.types import MetricsSource
from slokit.targets import Artifact
from slokit.text.durations import parse_duration

# Prometheus spreads its groups over their interval. The ledger is evaluated between two full
# minutes, so that no sample lies on the edge of a window, where version 2 counts it twice.
LEDGER_OFFSET = 30
# As often as the slow rules that most alerts read, and as reports look at alerts.
ALERT_STEP = 300
_SELF = ":self"
_CAUSES = ":causes:"
_CONSTANT = re.compile(r"vector\(([-+.0-9e]+)\)")


@dataclass(frozen=True)
class Rule:
    """A rule as it stands in a rule file; ``step`` and ``offset`` of its evaluations in seconds."""

    record: str
    alert: str
    expr: str
    labels: Mapping[str, str]
    waits: int
    step: int
    offset: int


def levels(artifacts: Iterable[Artifact]) -> list[list[Rule]]:
    """The rules of all rule files; each level reads only what earlier ones recorded.

    The rules that watch Prometheus itself are left out: its own metrics are not simulated.
    """
    rules = list(_rules(artifacts))
    level = {rule.record: 0 for rule in rules if rule.record}
    patterns = {name: re.compile(rf"(?<![\w:]){re.escape(name)}(?![\w:])") for name in level}
    reads = {
        name: {
            other
            for rule in rules
            if rule.record == name
            for other, pattern in patterns.items()
            if other != name and pattern.search(rule.expr)
        }
        for name in level
    }
    if names.SINCE in reads:
        # it reads what follows from itself: see :func:`since`
        reads[names.SINCE] &= {_TOTAL}
    # Each pass moves a rule behind what it reads; as many passes as rules are always enough.
    for _ in level:
        level = {
            name: 1 + max((level[other] for other in reads[name]), default=-1) for name in level
        }
    found: list[list[Rule]] = [[] for _ in range(max(level.values()) + 1)]
    for rule in rules:
        if rule.record:
            found[level[rule.record]].append(rule)
    return [*found, [rule for rule in rules if rule.alert]]


def evaluate(
    rule: Rule,
    source: MetricsSource,
    stretches: Iterable[tuple[int, int]],
    tick: Callable[[], None] = lambda: None,
) -> list[Points]:
    """What a rule would have recorded after the beginning and up to the end of each stretch.

    ``tick`` is called before each question to the server.

    Raises:
        PrometheusError: the server refuses the expression or does not answer.
    """
    parts: dict[str, list[Floats]] = {}
    for start, end in stretches:
        tick()
        first = start + (rule.offset or rule.step)
        if constant := _CONSTANT.fullmatch(rule.expr):
            times = np.arange(first, end + 1, rule.step)
            points = np.stack([times, np.full(len(times), float(constant[1]))], axis=1)
            parts.setdefault(_name(rule, {}), []).append(points)
            continue
        for series in source.range(rule.expr, first, end, rule.step):
            points = np.fromiter(chain.from_iterable(series.points), np.float64).reshape(-1, 2)
            parts.setdefault(_name(rule, series.labels), []).append(points)
    found = [_merged(name, points) for name, points in parts.items()]
    return [state for each in found for state in _states(rule, each)] if rule.alert else found


def since(rule: Rule, recorded: Iterable[Points], timeline: Timeline) -> list[Points]:
    """Since when groups have data: all of them had some long before the month.

    The rule carries on what it has recorded itself, which no query over the past can.
    """
    first = timeline.start + (rule.offset or rule.step)
    times = np.arange(first, timeline.at + 1, rule.step)
    return [
        Points(points.name.replace(_TOTAL, names.SINCE, 1), times, np.zeros(len(times)))
        for points in recorded
        if points.name.startswith(f"{_TOTAL}{{")
    ]


def _name(rule: Rule, labels: Mapping[str, str]) -> str:
    return series_name({**labels, **rule.labels, "__name__": rule.record or names.ALERTS})


def _merged(name: str, parts: list[Floats]) -> Points:
    """One recorded series: the sides of an ``or`` differ in labels until the rule adds its own."""
    points = np.concatenate(parts)
    points = points[np.argsort(points[:, 0], kind="stable")]
    return Points(name, points[:, 0].astype(np.int64), points[:, 1])


def _rules(artifacts: Iterable[Artifact]) -> Iterator[Rule]:
    for artifact in artifacts:
        if artifact.path.endswith(".rules.yaml"):
            for group in yaml.safe_load(artifact.text)["groups"]:
                # Cause alerts read raw series, at each moment anew: too dear for a month.
                if not group["name"].endswith(_SELF) and _CAUSES not in group["name"]:
                    yield from (_rule(group, rule) for rule in group["rules"])


def _rule(group: Mapping[str, Any], rule: Mapping[str, Any]) -> Rule:
    return Rule(
        record=rule.get("record", ""),
        alert=rule.get("alert", ""),
        expr=rule["expr"],
        labels=rule.get("labels", {}),
        waits=int(parse_duration(rule["for"])) if "for" in rule else 0,
        step=ALERT_STEP if "alert" in rule else int(parse_duration(group["interval"])),
        offset=LEDGER_OFFSET if ":ledger:" in group["name"] else 0,
    )


def _states(rule: Rule, active: Points) -> Iterator[Points]:
    """What Prometheus writes of an alert that was active then: pending, firing, and since when."""
    times = active.times
    # An alert that was not active at the step before begins anew, and waits again.
    is_new = np.diff(times, prepend=times[0] - 2 * rule.step) > rule.step
    begun = times[np.maximum.accumulate(np.where(is_new, np.arange(len(times)), 0))]
    fires = times - begun >= rule.waits
    for state, mask in (("pending", ~fires), ("firing", fires)):
        if mask.any():
            own = f'alertname="{rule.alert}",alertstate="{state}",'
            name = active.name.replace("{", f"{{{own}", 1)
            yield Points(name, times[mask], np.ones(int(mask.sum()), dtype=np.int64))
    head = f'{names.ALERTS_SINCE}{{alertname="{rule.alert}",'
    yield Points(active.name.replace(f"{names.ALERTS}{{", head, 1), times, begun)


_CONDITION = re.compile(r"(slokit:[a-z_0-9:]+)\{[^}]*\}(?:\[12m\]\))? (>|<=?) ([0-9.]+)")
_TOTAL = names.total_rate(Project().ledger_window)
_REMEMBERED = 15 * MINUTE
_MOST = 72


def candidates(rule: Rule, recorded: Sequence[Points], timeline: Timeline) -> list[tuple[int, int]]:
    """The stretches in which an alert may be active, in Unix seconds on the grid of alerts."""
    condition = _CONDITION.search(rule.expr)
    is_recorded = names.BURN_TOO_FAST in rule.expr
    name = names.BURN_TOO_FAST if is_recorded else condition[1] if condition else _TOTAL
    # without a condition the alert is about evaluations that recorded nothing for a series
    due = np.arange(timeline.start + LEDGER_OFFSET, timeline.at, MINUTE)
    possible = np.zeros((timeline.at - timeline.start) // ALERT_STEP + 1, dtype=bool)
    for points in recorded:
        if points.name.startswith(f"{name}{{"):
            if is_recorded:
                # only while it burns too fast: any sample is one that may alert
                times = points.times
            else:
                times = _where(points, condition) if condition else np.setdiff1d(due, points.times)
            first = (times - timeline.start) // ALERT_STEP
            for later in range(_REMEMBERED // ALERT_STEP + 1):
                possible[np.clip(first + later, 0, len(possible) - 1)] = True
    return _runs(possible, timeline)


def _where(points: Points, condition: re.Match[str]) -> Integers:
    """The times at which a recorded series meets a condition."""
    limit = float(condition[3])
    # at the limit itself an alert below it is asked for in vain, which costs a moment
    holds = points.values > limit if condition[2] == ">" else points.values <= limit
    return np.asarray(points.times[holds], dtype=np.int64)


def _runs(possible: Mask, timeline: Timeline) -> list[tuple[int, int]]:
    """Neighbouring moments as stretches; each begins one step before its first moment."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], possible, [False]])))
    before = timeline.start - ALERT_STEP
    return [
        (before + first * ALERT_STEP, before + min(first + _MOST, ended) * ALERT_STEP)
        for begun, ended in edges.reshape(-1, 2).tolist()
        # In pieces: timestamp() reads a range from its beginning again for each moment.
        for first in range(begun, ended, _MOST)
    ]
