"""A shop's API in two regions: traffic by day and night, a bad deploy, targets out of reach."""

from dataclasses import dataclass

import numpy as np

from slokit.demo.month.incidents import Calendar
from slokit.demo.month.simulated import (
    MINUTE,
    Floats,
    Integers,
    Mask,
    Scraped,
    Simulated,
    Target,
    Timeline,
    Truth,
    counter,
    histogram,
    shares,
)

SERVICE = "shop-api"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLO_BOUNDS = {"latency-fast": 0.25, "latency-slow": 1.0}
_INSTANCES = 3
_NIGHT, _DAY = 12.0, 45.0
_SPREAD = 0.75
_MEDIAN, _LOADED = 0.055, 0.012
_NOT_FOUND, _ERRORS, _BUSY = 0.01, 1.2e-4, 4e-5
_BROKEN, _FAILING, _SLOWER = 2, 0.4, 5.0


@dataclass(frozen=True)
class _Region:
    """A region: when its people are awake, how many there are, what befalls it."""

    name: str
    peak_hour: float
    size: float
    deploy: slice | None = None
    unreachable: slice | None = None


def simulate(timeline: Timeline, calendar: Calendar, rng: np.random.Generator) -> Simulated:
    """Both regions, three instances each."""
    found = Simulated()
    for region in (
        _Region("eu", 13.0, 1.0, deploy=calendar.bad_deploy),
        _Region("us", 20.0, 0.7, unreachable=calendar.scrape_outage),
    ):
        found.add(_region(region, timeline, rng))
    return found


def _region(region: _Region, timeline: Timeline, rng: np.random.Generator) -> Simulated:
    found = Simulated()
    missing = timeline.during(region.unreachable) if region.unreachable else None
    requests, errors, within = [], [], []
    for number in range(_INSTANCES):
        labels = {"job": SERVICE, "region": region.name, "instance": f"{region.name}-{number}:8080"}
        target = Target(labels, offset=3 + 4 * number, missing=missing)
        is_broken = region.deploy is not None and number < _BROKEN
        broken = timeline.during(region.deploy) if region.deploy and is_broken else None
        restarts = (region.deploy.start, region.deploy.stop) if region.deploy else ()
        one = _instance(region, timeline, broken, restarts, rng)
        found.series += [target.up(timeline), *_series(target, one, restarts)]
        requests.append(one.requests)
        errors.append(one.codes["500"].sum(axis=1) + one.codes["503"].sum(axis=1))
        within.append(np.cumsum(one.durations, axis=1))
    group = (("region", region.name),)
    total = np.sum(requests, axis=0)
    found.truth[SERVICE, "availability", group] = Truth(np.sum(errors, axis=0), total, missing)
    for slo, bound in _SLO_BOUNDS.items():
        good = np.sum(within, axis=0)[:, BOUNDS.index(bound)]
        found.truth[SERVICE, slo, group] = Truth(total - good, total, missing)
    return found


@dataclass(frozen=True)
class _Instance:
    """Requests a minute; by code with a column a method; by duration with a column a bucket."""

    requests: Integers
    codes: dict[str, Integers]
    durations: Integers


def _instance(
    region: _Region,
    timeline: Timeline,
    broken: Mask | None,
    restarts: tuple[int, ...],
    rng: np.random.Generator,
) -> _Instance:
    """One instance; in the minute of a restart the load balancer sends it nothing."""
    load = timeline.day_and_night(region.peak_hour)
    rate = (_NIGHT + (_DAY - _NIGHT) * load) * region.size
    requests = rng.poisson(rate * MINUTE * _wobble(len(rate), rng))
    requests[list(restarts)] = 0
    is_broken = np.zeros(len(rate), dtype=bool) if broken is None else broken
    codes, rest = {}, requests
    for code, share in (
        ("500", _ERRORS + _FAILING * is_broken),
        ("503", np.full(len(rate), _BUSY)),
        ("404", np.full(len(rate), _NOT_FOUND)),
    ):
        these = rng.binomial(rest, share)
        codes[code], rest = _by_method(these, rng), rest - these
    codes["200"] = _by_method(rest, rng)
    median = (_MEDIAN + _LOADED * load) * np.where(is_broken, _SLOWER, 1.0)
    return _Instance(requests, codes, rng.multinomial(requests, shares(median, _SPREAD, BOUNDS)))


def _wobble(count: int, rng: np.random.Generator) -> Floats:
    """A factor near 1 that changes over half an hour: no two days are alike."""
    noise = np.convolve(rng.normal(0, 0.35, count), np.ones(30) / 30, mode="same")
    return np.asarray(np.exp(noise), dtype=np.float64)


def _by_method(requests: Integers, rng: np.random.Generator) -> Integers:
    """GET and POST."""
    reads = rng.binomial(requests, 0.8)
    return np.stack([reads, requests - reads], axis=1)


def _series(target: Target, one: _Instance, restarts: tuple[int, ...]) -> list[Scraped]:
    found = [
        target.series(
            "http_requests_total", counter(events[:, column], restarts), code=code, method=method
        )
        for code, events in sorted(one.codes.items())
        for column, method in enumerate(("GET", "POST"))
    ]
    name = "http_request_duration_seconds"
    return [*found, *histogram(target, name, BOUNDS, one.durations, restarts)]
