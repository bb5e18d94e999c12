"""A recorded ledger of a whole fleet, as months of running rules would have left it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from slokit import api
from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from tests.support.history.history import Floats, History, every, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR, SLOT, INTERVAL = 86_400, 3600, 300, 30
GROUP = {"cluster": "c1", "region": "eu"}
PER_SECOND, BAD_SHARE = 10.0, 0.0004


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
    series = [row for slo in bundle.slos for row in ledger_series(slo, bundle, end, days)]
    return server_with_history(directory, series, rule_files=rule_files)


def ledger_series(slo: Slo, bundle: Bundle, end: float, days: int) -> Iterator[History]:
    """The ledger of one SLO: its budget and metadata, rates of two hours, counts of all days."""
    window = bundle.project.ledger_window
    own = identity(slo, bundle.project)
    lately = every(end - 2 * HOUR, end + 1, INTERVAL)
    slots = every(end - days * DAY + SLOT, end + 1, SLOT)
    yield _series(names.BUDGET, own, lately, float(slo.budget))
    yield _series(names.SINCE, {**own, **GROUP}, lately, 0.0)
    yield _series(names.INFO, {**own, **metadata(slo)}, lately, 1.0)
    for name, share in ((names.total_rate(window), 1.0), (names.bad_rate(window), BAD_SHARE)):
        yield _series(name, {**own, **GROUP}, lately, PER_SECOND * share)
    for name, share in ((names.total_events(window), 1.0), (names.bad_events(window), BAD_SHARE)):
        yield _series(name, {**own, **GROUP}, slots, PER_SECOND * share * SLOT)


def _series(name: str, labels: Mapping[str, str], times: Floats, value: float) -> History:
    return History({"__name__": name, **labels}, times, np.full(len(times), value))
