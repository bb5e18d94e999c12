"""A day of what two hundred SLOs of four kinds read, and those SLOs."""

from collections.abc import Iterator

import numpy as np

from tests.support.compile.live_specs import service, slo
from tests.support.history.history import History, every, history
from tests.support.history.live_history import NOW

DAY = every(NOW - 90_000, NOW + 1, 60)
SEEN = 40
KINDS = {
    "events: {bad: 'app%_total{code=~\"5..\"}', total: app%_total}": 70,
    "events: {good: 'app%_total{code=\"200\"}', total: app%_total}": 50,
    "latency: {histogram: latency%_seconds, at_most: 300ms}": SEEN,
    "threshold: {metric: lag%_seconds, at_most: 200ms, expected: up}": SEEN,
}
"""SLIs by how many there are of each; % is a number."""


def of_members(rows: dict[str, float]) -> Iterator[History]:
    """Series of three clusters of two members, by the text of their names; rates that differ."""
    for number, (cluster, member) in enumerate((c, m) for c in "abc" for m in "12"):
        own = {"job": "app", "cluster": cluster, "instance": f"{cluster}{member}"}
        for text, rate in rows.items():
            name, _, pair = text.partition(" ")
            label, _, value = pair.partition("=")
            labels = {"__name__": name, **own, **({label: value} if label else {})}
            values = np.floor(rate * (1 + number / 10) * (DAY - DAY[0])) if rate else 0.1
            yield history(labels, DAY, values)


def series_of_a_day() -> list[History]:
    """What the two hundred SLOs read."""
    rows = {"up": 0.0}
    for number in range(120):
        rows |= {f"app{number}_total code=200": 10.0, f"app{number}_total code=500": 0.0101}
    for number in range(SEEN):
        rows[f"latency{number}_seconds_count"] = 10.0
        rows |= {f"latency{number}_seconds_bucket le={le}": 9.99 for le in ("0.3", "+Inf")}
        rows[f"lag{number}_seconds"] = 0.0
    return list(of_members(rows))


def two_hundred_slos() -> str:
    """The spec of a service that has them."""
    slos: list[str] = []
    for sli, count in KINDS.items():
        for number in range(count):
            # the two kinds of events have metrics of their own
            metric = number + (70 if "good" in sli else 0)
            text = slo(sli.replace("%", str(metric)), "objective: 99%")
            slos.append(text.replace("name: one", f"name: n{len(slos)}"))
    return service("\n".join(slos), "{group_by: [cluster], selector: {job: app}}")
