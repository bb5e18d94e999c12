"""Hours of request counters, in each way in which real counters live, with the truth kept.

Every history is four instances, scraped every 30 s, whose failures come in bursts of a few minutes.
The truth is what the generator made fail, whether a scrape saw it or not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.support.history.history import Floats
from tests.support.history.scrapes import Scraped, scraped

STEP, HOURS = 30, 2
# Before the first failure and after the last one: every failure is in full view.
QUIET = 900
SCRAPES = (HOURS * 3600 + 2 * QUIET) // STEP + 1
END = (SCRAPES - 1) * STEP
INSTANCES = 4
SERVED = 10_000.0

Failures = list[Floats]


@dataclass(frozen=True)
class CounterHistory:
    """The scrapes of one history and the number of failures in it."""

    series: list[Scraped]
    failed: float


def failures(seed: int, *, rare: bool = False) -> Failures:
    """Failures of each instance between two scrapes, none in the quiet times."""
    rng = np.random.default_rng(seed)
    rows = []
    first, last = QUIET // STEP + 1, SCRAPES - QUIET // STEP
    for _ in range(INSTANCES):
        row = np.zeros(SCRAPES)
        if rare:
            row[rng.choice(np.arange(first, last), 12, replace=False)] = 1
        else:
            for begin in rng.choice(np.arange(first, last - 20), 12, replace=False):
                row[begin : begin + 12] += rng.poisson(9, 12)
        rows.append(row)
    return rows


def rows(
    case: str,
    failed: Failures,
    *,
    first: float = SERVED,
    phases: Callable[[int], int] = lambda _: 0,
    change: Callable[[int, str, Floats], Floats] = lambda _instance, _code, values: values,
) -> list[Scraped]:
    """The good and the failed requests of each instance; ``change`` edits what was scraped."""
    made = []
    for instance, failing in enumerate(failed):
        for code, per_scrape in (("200", np.full(SCRAPES, 100.0)), ("500", failing)):
            values = change(instance, code, first + np.cumsum(per_scrape))
            made.append(_series(case, instance, code, values, phases(instance)))
    return made


def _series(case: str, instance: int, code: str, values: Floats, phase: int) -> Scraped:
    labels = {"__name__": "http_requests_total", "job": "shop", "case": case}
    return scraped({**labels, "instance": f"{case} {instance}", "code": code}, values, STEP, phase)


def total(failed: Failures) -> float:
    """All failures."""
    return float(sum(row.sum() for row in failed))


def plain(case: str) -> CounterHistory:
    """Counters that are old already, scraped at the moments of the evaluations."""
    failed = failures(1)
    return CounterHistory(rows(case, failed), total(failed))


def beside(case: str) -> CounterHistory:
    """Scrapes between two evaluations, each instance at a phase of its own."""
    failed = failures(2)
    return CounterHistory(rows(case, failed, phases=lambda i: 10 + 10 * (i % 2)), total(failed))


def from_zero(case: str) -> CounterHistory:
    """A client that writes its error counter as 0 from the start."""
    failed = failures(3)
    return CounterHistory(rows(case, failed, first=0.0), total(failed))


def _unborn(_instance: int, code: str, values: Floats) -> Floats:
    """Without a sample until the first failure."""
    return np.where(values > 0, values, np.nan) if code == "500" else values


def born(case: str) -> CounterHistory:
    """Error counters that appear with their first error, as client libraries make them."""
    failed = failures(4)
    return CounterHistory(rows(case, failed, first=0.0, change=_unborn), total(failed))


def born_beside(case: str) -> CounterHistory:
    """The same, scraped between two evaluations."""
    failed = failures(5)
    made = rows(case, failed, first=0.0, change=_unborn, phases=lambda i: 10 + 10 * (i % 2))
    return CounterHistory(made, total(failed))


def _restarted(failed: Failures, instance: int, values: Floats) -> Floats:
    """Counters that begin anew in the middle of a burst of their instance."""
    restart = _burst(failed[instance])
    values = values.copy()
    values[restart:] -= values[restart - 1]
    return values


def _burst(failing: Floats) -> int:
    """A scrape in the middle of a burst, near the middle of the day."""
    middle = SCRAPES // 2
    return middle + int(np.argmax(failing[middle:] > 0)) + 5


def restarts(case: str) -> CounterHistory:
    """Instances that restart while they fail; nothing fails between the last scrape and the end."""
    failed = failures(6)
    made = rows(case, failed, change=lambda i, _, values: _restarted(failed, i, values))
    return CounterHistory(made, total(failed))


def quick_restarts(case: str) -> CounterHistory:
    """A restart of counters so young that they pass their old value before the next look."""
    failed = failures(7)

    def change(instance: int, code: str, values: Floats) -> Floats:
        restart = _burst(failed[instance])
        begin = values[restart - 3]
        values = values.copy()
        values[:restart] = np.maximum(values[:restart] - begin, 0)
        values[restart:] -= values[restart - 1] - values[restart - 2]
        return values

    made = rows(case, failed, first=0.0, change=change)
    bad = [row for row in made if row.labels["code"] == "500"]
    return CounterHistory(made, sum(_grown(row.values) for row in bad))


def _grown(values: Floats) -> float:
    """What a counter grew by, restarts included."""
    steps = np.diff(values)
    return float(np.where(steps < 0, values[1:], steps).sum())


def joins(case: str) -> CounterHistory:
    """A pod that appears in the middle of the day with all of its series."""
    failed = failures(8)
    failed[0][: SCRAPES // 2] = 0

    def change(instance: int, _code: str, values: Floats) -> Floats:
        values = values.copy()
        if instance == 0:
            values[: SCRAPES // 2 - 15] = np.nan
        return values

    return CounterHistory(rows(case, failed, change=change), total(failed))


def leaves(case: str) -> CounterHistory:
    """A pod that is gone from the middle of the day on."""
    failed = failures(9)
    failed[0][SCRAPES // 2 - 15 :] = 0

    def change(instance: int, _code: str, values: Floats) -> Floats:
        values = values.copy()
        if instance == 0:
            values[SCRAPES // 2 :] = np.nan
        return values

    return CounterHistory(rows(case, failed, change=change), total(failed))


def relabelled(case: str) -> CounterHistory:
    """A label of all series changes at one moment; the counters go on."""
    failed = failures(10)
    half = SCRAPES // 2
    for row in failed:
        row[half - 20 : half + 20] = 0
    old, new = [], []
    for whole in rows(case, failed):
        before, after = whole.values.copy(), whole.values.copy()
        before[half:], after[:half] = np.nan, np.nan
        old.append(scraped({**whole.labels, "version": "1"}, before, STEP))
        new.append(scraped({**whole.labels, "version": "2"}, after, STEP))
    return CounterHistory([*old, *new], total(failed))


def gap(case: str) -> CounterHistory:
    """Twelve minutes without a scrape, in which nothing failed."""
    failed = failures(11)
    half = SCRAPES // 2
    for row in failed:
        row[half - 20 : half + 45] = 0

    def change(_instance: int, _code: str, values: Floats) -> Floats:
        values = values.copy()
        values[half : half + 24] = np.nan
        return values

    return CounterHistory(rows(case, failed, change=change), total(failed))


def rare(case: str) -> CounterHistory:
    """Forty-eight single failures in some hours."""
    failed = failures(12, rare=True)
    return CounterHistory(rows(case, failed), total(failed))


def single_errors(case: str) -> CounterHistory:
    """A hundred error series, each with the one failure that it was born with."""
    rng = np.random.default_rng(13)
    made = rows(case, [np.zeros(SCRAPES) for _ in range(10)])[::2]
    births = rng.integers(QUIET // STEP + 20, SCRAPES - QUIET // STEP, size=(10, 10))
    for (instance, route), birth in np.ndenumerate(births):
        values = np.where(np.arange(SCRAPES) >= birth, 1.0, np.nan)
        series = _series(case, int(instance), "500", values, 0)
        made.append(scraped({**series.labels, "route": str(route)}, values, STEP))
    return CounterHistory(made, float(births.size))


HISTORIES: dict[str, Callable[[str], CounterHistory]] = {
    "plain": plain,
    "scrapes beside the evaluation": beside,
    "errors from zero": from_zero,
    "born with the first error": born,
    "born, scrapes beside the evaluation": born_beside,
    "restarts in a burst": restarts,
    "restart past the old value": quick_restarts,
    "a pod joins": joins,
    "a pod leaves": leaves,
    "a label changes on all": relabelled,
    "a gap of twelve minutes": gap,
    "rare errors": rare,
    "a hundred series with one error": single_errors,
}
