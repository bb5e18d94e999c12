"""A replicated PostgreSQL: nightly backups, a planned switchover, a replica that falls behind.

The series are those of postgres_exporter, and node_exporter's of the data directory.
"""

from collections.abc import Sequence

import numpy as np

from slokit.demo.month.incidents import ORDERS, Calendar
from slokit.demo.month.simulated import (
    DAY,
    MINUTE,
    Integers,
    Scraped,
    Simulated,
    Target,
    Timeline,
    Truth,
    counter,
)

SERVICE = "postgresql"
_SERVERS = ("pg-1", "pg-2", "pg-3")
_LAGGING = 2
_LAG_LIMITS = {"replication-lag-critical": 0.2, "replication-lag-reads": 5.0}
_PER_SECOND, _ROLLED_BACK, _DEADLOCKS = 120.0, 0.003, 2e-4
_CLIENTS, _MOST_CLIENTS = 60, 300
_MIB, _GIB = 2**20, 2**30
_DISTANCE_LIMIT = 64 * _MIB
_WAL_PER_SECOND, _BEHIND = 400_000.0, 31.0


def simulate(timeline: Timeline, calendar: Calendar, rng: np.random.Generator) -> Simulated:
    """One primary and two replicas."""
    found = Simulated()
    targets = [
        Target(
            {"job": "postgres", "cluster": "orders", "instance": f"{name}:9187"},
            offset=4 + 8 * number,
        )
        for number, name in enumerate(_SERVERS)
    ]
    primary = _primary(timeline)
    found.add(_roles(targets, timeline, primary))
    found.add(_transactions(targets, timeline, primary, rng))
    found.add(_replication(targets, timeline, calendar, primary, rng))
    found.add(_clients(targets, timeline, rng))
    found.add(_disks(timeline))
    found.series += [target.up(timeline) for target in targets]
    return found


def _primary(timeline: Timeline) -> Integers:
    """Which server is the primary; a planned switchover changes it."""
    primary = np.zeros(len(timeline.minutes), np.int64)
    primary[timeline.stretch(10, 1.0, 1).start :] = 1
    return primary


def _level(timeline: Timeline, members: int = 1) -> Integers:
    """The seconds of each minute, once for each member that counts."""
    return np.full(len(timeline.minutes), MINUTE * members)


def _roles(targets: Sequence[Target], timeline: Timeline, primary: Integers) -> Simulated:
    """Who answers, and who accepts writes."""
    found = Simulated()
    seconds, members = _level(timeline), _level(timeline, len(targets))
    for number, target in enumerate(targets):
        found.series += [
            target.series("pg_up", np.ones_like(primary)),
            target.series("pg_replication_is_replica", (primary != number).astype(np.int64)),
        ]
    found.truth = {
        (SERVICE, "servers-up", ORDERS): Truth(0 * members, members),
        (SERVICE, "one-primary", ORDERS): Truth(0 * seconds, seconds),
        (SERVICE, "promotions", ORDERS): Truth(np.diff(primary, prepend=0), seconds),
    }
    return found


def _transactions(
    targets: Sequence[Target], timeline: Timeline, primary: Integers, rng: np.random.Generator
) -> Simulated:
    """Transactions of the shop: half of them on the primary, the reads everywhere."""
    found, count = Simulated(), len(timeline.minutes)
    load = 0.25 + timeline.day_and_night(14.0)
    good, bad, locked = (np.zeros(count, np.int64) for _ in range(3))
    for number, target in enumerate(targets):
        done = rng.poisson(_PER_SECOND * MINUTE * load * np.where(primary == number, 0.5, 0.25))
        rolled_back = rng.binomial(done, _ROLLED_BACK)
        deadlocks = rng.poisson(_DEADLOCKS, count)
        good, bad, locked = good + done - rolled_back, bad + rolled_back, locked + deadlocks
        for name, events in (
            ("xact_commit", done - rolled_back),
            ("xact_rollback", rolled_back),
            ("deadlocks", deadlocks),
        ):
            values = counter(events) + 1000
            found.series.append(target.series(f"pg_stat_database_{name}", values, datname="orders"))
    found.truth = {
        (SERVICE, "transactions", ORDERS): Truth(bad, good + bad),
        (SERVICE, "deadlocks", ORDERS): Truth(locked, _level(timeline)),
    }
    return found


def _replication(
    targets: Sequence[Target],
    timeline: Timeline,
    calendar: Calendar,
    primary: Integers,
    rng: np.random.Generator,
) -> Simulated:
    """A little lag always, more during the nightly backup, and one replica that is lost."""
    found, count = Simulated(), len(timeline.minutes)
    nightly = timeline.minutes % DAY // MINUTE < 2
    behind = np.zeros(count)
    behind[calendar.replica_lag] = _BEHIND * (1 + np.arange(count)[calendar.replica_lag])
    behind[calendar.replica_lag] -= _BEHIND * calendar.replica_lag.start
    lags, distances = [], []
    for number, target in enumerate(targets):
        lag = rng.exponential(0.02, count) + nightly * rng.exponential(1.0, count)
        lag = np.round(lag + behind * (number == _LAGGING), 3) * (primary != number)
        found.series.append(target.series("pg_replication_lag_seconds", lag))
        lags.append(lag)
        distances.append(np.round(lag * _WAL_PER_SECOND).astype(np.int64))
    for number in range(len(targets)):
        found.series += _standbys(targets, number, primary, distances)
    seconds = _level(timeline)
    for slo, limit in _LAG_LIMITS.items():
        found.truth[SERVICE, slo, ORDERS] = Truth(MINUTE * (np.max(lags, axis=0) > limit), seconds)
    far = np.max(distances, axis=0) > _DISTANCE_LIMIT
    found.truth[SERVICE, "replication-distance", ORDERS] = Truth(MINUTE * far, seconds)
    found.truth[SERVICE, "replicas-streaming", ORDERS] = Truth(0 * seconds, 2 * seconds)
    return found


def _standbys(
    targets: Sequence[Target], number: int, primary: Integers, distances: Sequence[Integers]
) -> list[Scraped]:
    """How far a primary says its standbys are behind, and the WAL that their slots hold back."""
    found, is_primary = [], primary == number
    if not is_primary.any():
        return []
    own = Target(targets[number].labels, targets[number].offset, missing=~is_primary)
    for name, distance in zip(_SERVERS, distances, strict=True):
        if name != _SERVERS[number]:
            found += [
                own.series(
                    "pg_stat_replication_pg_wal_lsn_diff",
                    distance,
                    application_name=name,
                    state="streaming",
                ),
                own.series("pg_replication_slots_pg_wal_lsn_diff", distance + _MIB, slot_name=name),
            ]
    return found


def _clients(targets: Sequence[Target], timeline: Timeline, rng: np.random.Generator) -> Simulated:
    """Connections by day and night, far below what a server takes, and their transactions."""
    found, count = Simulated(), len(timeline.minutes)
    load = 0.3 + timeline.day_and_night(14.0)
    for target in targets:
        for state, clients, longest in (
            ("active", rng.poisson(_CLIENTS * load), rng.exponential(15.0, count)),
            ("idle", rng.poisson(_CLIENTS / 2, count), np.zeros(count)),
        ):
            labels = {"datname": "orders", "state": state}
            found.series += [
                target.series("pg_stat_activity_count", clients, **labels),
                target.series("pg_stat_activity_max_tx_duration", np.round(longest, 2), **labels),
            ]
        most = np.full(count, _MOST_CLIENTS)
        found.series.append(target.series("pg_settings_max_connections", most))
    seconds = _level(timeline)
    for slo in ("connections", "long-transactions", "retained-wal"):
        found.truth[SERVICE, slo, ORDERS] = Truth(0 * seconds, seconds)
    return found


def _disks(timeline: Timeline) -> Simulated:
    """The disks of the data directories fill slowly."""
    found, count = Simulated(), len(timeline.minutes)
    size = 500 * _GIB
    free = (size * np.linspace(0.48, 0.41, count)).astype(np.int64) // 4096 * 4096
    for number, name in enumerate(_SERVERS):
        labels = {"job": "node", "cluster": "orders", "instance": f"{name}:9100"}
        target = Target(labels, offset=2 + number)
        mount = {"mountpoint": "/var/lib/postgresql", "fstype": "ext4"}
        found.series += [
            target.series("node_filesystem_avail_bytes", free, **mount),
            target.series("node_filesystem_size_bytes", np.full(count, size), **mount),
        ]
    seconds = _level(timeline)
    found.truth[SERVICE, "disk-space", ORDERS] = Truth(0 * seconds, seconds)
    return found
