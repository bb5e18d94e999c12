"""A recorded past: what compiled rules would have recorded over a back-filled history.

`promtool tsdb create-blocks-from rules` cannot read what an earlier rule of the same run recorded,
and slokit's rules build on each other. So Prometheus evaluates the expressions of the rule files
with range queries, level by level, and each level is back-filled before the next one reads it.
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from slokit.compiler.names import SINCE
from tests.support.history.history import Floats, History, backfill, every, history
from tests.support.history.replay_output import seconds
from tests.support.servers.prometheus_server import PrometheusServer

_MOST_POINTS = 10_000
_ALERTS, _SINCE = "ALERTS", "ALERTS_FOR_STATE"
_TOTALS = "slokit:total:rate"
_HOUR = 3600


@dataclass(frozen=True)
class Span:
    """A stretch of time; rules are evaluated from ``start`` on, those of ``late`` later."""

    start: float
    end: float
    late_start: float
    late: str


def record(server: PrometheusServer, rule_files: Iterable[Path], span: Span) -> None:
    """Evaluate all rules but those about Prometheus itself over the span, and keep the results.

    The server runs before and after; recorded names that match ``late`` and alerts start late.
    """
    rules = [rule for path in rule_files for rule in _rules(path)]
    while rules:
        waiting = {rule["record"] for rule in rules if "record" in rule}
        ready = [rule for rule in rules if not _reads(rule, waiting - {rule.get("record")})]
        assert ready, f"rules that wait for each other: {sorted(waiting)}"
        rules = [rule for rule in rules if rule not in ready]
        series = [each for rule in ready for each in _evaluated(server, rule, span)]
        server.stop()
        backfill(server.data, series)
        server.start()


def long_there(server: PrometheusServer, *groups: Mapping[str, str]) -> None:
    """Let groups be old, before the server starts: their rules ran an hour ago, and long before."""
    start = time.time() - _HOUR
    times = every(start - 60, start + 900, 5)
    backfill(server.data, [history({**own, "__name__": SINCE}, times, 0.0) for own in groups])


def _rules(path: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(path.read_text())["groups"]
    return [
        {**rule, "step": seconds(group["interval"])}
        for group in groups
        if not group["name"].endswith(":self")
        for rule in group["rules"]
    ]


def _reads(rule: Mapping[str, Any], names: set[str]) -> bool:
    found = names & set(re.findall(r"[a-zA-Z_][\w:]*", rule["expr"]))
    if rule.get("record") == SINCE:
        found = {name for name in found if name.startswith(_TOTALS)}
    return bool(found)


def _long_there(server: PrometheusServer, span: Span, step: float) -> list[History]:
    """Since when groups have data: long before. No query can carry on what it has recorded."""
    length = f"{span.end - span.start:.0f}s"
    rows = server.query(f'last_over_time({{__name__=~"{_TOTALS}.+"}}[{length}])', span.end)
    times = np.arange(span.start, span.end + 1, step)
    return [History({**row.labels, "__name__": SINCE}, times, np.zeros(len(times))) for row in rows]


def _evaluated(server: PrometheusServer, rule: Mapping[str, Any], span: Span) -> list[History]:
    if rule.get("record") == SINCE:
        return _long_there(server, span, rule["step"])
    is_late = "alert" in rule or re.fullmatch(span.late, rule["record"])
    found: dict[tuple[tuple[str, str], ...], dict[float, float]] = {}
    name = rule.get("record", _ALERTS)
    for start, end in _chunks(span.late_start if is_late else span.start, span.end, rule["step"]):
        for series in server.query_range(rule["expr"], start, end, rule["step"]):
            labels = {**series.labels, **rule.get("labels", {}), "__name__": name}
            found.setdefault(tuple(sorted(labels.items())), {}).update(series.points)
    rows = [_history(dict(labels), points) for labels, points in found.items()]
    if "alert" not in rule:
        return rows
    return [each for row in rows for each in _alerts(row, rule)]


def _chunks(start: float, end: float, step: float) -> list[tuple[float, float]]:
    starts = np.arange(start, end + 1, step * _MOST_POINTS)
    return [(float(at), min(float(at) + step * (_MOST_POINTS - 1), end)) for at in starts]


def _history(labels: dict[str, str], points: Mapping[float, float]) -> History:
    times = np.array(sorted(points))
    return History(labels, times, np.array([points[at] for at in times.tolist()]))


def _alerts(active: History, rule: Mapping[str, Any]) -> Sequence[History]:
    """ALERTS and ALERTS_FOR_STATE of an alert that was active at these times."""
    begun = _begun(active.times, rule["step"])
    waits = active.times - begun < seconds(rule.get("for", "0s"))
    labels = {**active.labels, "alertname": rule["alert"]}
    states = {"pending": waits, "firing": ~waits}
    found = [
        History({**labels, "alertstate": state}, active.times[held], np.ones(int(held.sum())))
        for state, held in states.items()
    ]
    return [*found, History({**labels, "__name__": _SINCE}, active.times, begun)]


def _begun(times: Floats, step: float) -> Floats:
    """When the stretch began that each of the times belongs to."""
    is_new = np.diff(times, prepend=times[0] - 2 * step) > step
    first = np.maximum.accumulate(np.where(is_new, np.arange(len(times)), 0))
    return times[first]
