"""A recorded ledger of a whole fleet, as months of running rules would have left it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from slokit import api
from slokit.compiler import names
from slokit.compiler.hours import has_hours
from slokit.compiler.ledger import identity, metadata
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from tests.benchmarks.blocks import Even, write_blocks
from tests.support.history.history import BLOCK_SECONDS
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR, SLOT, INTERVAL = 86_400, 3600, 300, 30
GROUP = {"cluster": "c1", "region": "eu"}
PER_SECOND, BAD_SHARE = 10.0, 0.0004
_SIDES = (
    (names.total_rate, names.total_events, 1.0),
    (names.bad_rate, names.bad_events, BAD_SHARE),
)


def loaded_bundle(directory: Path) -> Bundle:
    """The bundle of a fleet's directory."""
    loaded = api.load(project=str(directory / "slokit.yaml"))
    assert not loaded.errors
    return loaded.bundle


def recent_slot() -> float:
    """The end of the last whole ledger slot, in Unix seconds."""
    return float(time.time() // SLOT * SLOT)


def ledger_server(
    directory: Path, bundle: Bundle, end: float, days: int, rule_files: Sequence[Path] = ()
) -> PrometheusServer:
    """A Prometheus, not started yet, that holds counts of so many days, and rates of some hours."""
    server = PrometheusServer(directory, rule_files=rule_files)
    write_ledger(server, bundle, end, days)
    return server


def write_ledger(server: PrometheusServer, bundle: Bundle, end: float, days: int) -> None:
    """Write the ledger of a bundle into the data of a server that is not started yet."""
    series = [row for slo in bundle.slos for row in _of_slo(slo, bundle, end, days)]
    if has_hours(bundle):
        own = {"__name__": names.HOUR_GROUPS, names.BUNDLE: bundle.name}
        series.append(_hourly(own, end, days, 2 * SLOT, float(len(bundle.slos))))
    write_blocks(server.data, series, BLOCK_SECONDS)


def _of_slo(slo: Slo, bundle: Bundle, end: float, days: int) -> Iterator[Even]:
    """The ledger of one SLO: its budget and metadata, rates of two hours, counts of all days."""
    window = bundle.project.ledger_window
    own = identity(slo, bundle.project)
    group = {**own, **GROUP}
    yield _lately({"__name__": names.BUDGET, **own}, end, float(slo.budget))
    yield _lately({"__name__": names.SINCE, **group}, end, 0.0)
    yield _lately({"__name__": names.INFO, **own, **metadata(slo)}, end, 1.0)
    slots = days * DAY // SLOT
    for rate, events, share in _SIDES:
        yield _lately({"__name__": rate(window), **group}, end, PER_SECOND * share)
        counts, labels = PER_SECOND * share * SLOT, {"__name__": events(window), **group}
        yield Even(labels, end - (slots - 1) * SLOT, SLOT, slots, counts)
        if has_hours(bundle):
            labels = {"__name__": names.hourly(events(window)), **group}
            yield _hourly(labels, end, days, SLOT, counts * HOUR / SLOT)
    if has_hours(bundle):
        labels = {"__name__": names.HOUR_COUNTS, **group}
        yield _hourly(labels, end, days, SLOT, HOUR / SLOT)


def _lately(labels: Mapping[str, str], end: float, value: float) -> Even:
    times = 2 * HOUR // INTERVAL + 1
    return Even(labels, end - 2 * HOUR, INTERVAL, times, value)


def _hourly(labels: Mapping[str, str], end: float, days: int, late: int, value: float) -> Even:
    """What is recorded some time after each full hour, but for the first one, which is no whole."""
    last = (end - late) // HOUR * HOUR
    hours = days * DAY // HOUR - 1
    return Even(labels, last - (hours - 1) * HOUR + late, HOUR, hours, value)
