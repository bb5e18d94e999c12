"""A replicated PostgreSQL: nightly backups, a planned switchover, a replica that falls behind."""

import numpy as np

from slokit.demo.month.incidents import ORDERS, Calendar
from slokit.demo.month.simulated import Simulated, Target, Truth, counter
from slokit.demo.month.timeline import DAY, MINUTE, Integers, Timeline

SERVICE, JOB = "orders-db", "postgres"
_SERVERS = ("pg-1", "pg-2", "pg-3")
_LAGGING = 2
_LIMITS = {"replication-lag-critical": 1.0, "replication-lag-reads": 30.0}
_PER_SECOND, _ROLLED_BACK = 120.0, 0.003
_CLIENTS, _MOST_CLIENTS = 60, 300


def simulate(timeline: Timeline, calendar: Calendar, rng: np.random.Generator) -> Simulated:
    """One primary and two replicas."""
    found = Simulated()
    targets = [
        Target({"job": JOB, "cluster": "orders", "instance": f"{name}:9187"}, offset=4 + 8 * number)
        for number, name in enumerate(_SERVERS)
    ]
    primary = _primary(timeline)
    found.add(_roles(targets, timeline, primary))
    found.add(_transactions(targets, timeline, primary, rng))
    found.add(_lag(targets, timeline, calendar, primary, rng))
    found.add(_clients(targets, timeline, rng))
    found.series += [target.up(timeline) for target in targets]
    return found


def _primary(timeline: Timeline) -> Integers:
    """Which server is the primary; a planned switchover changes it."""
    primary = np.zeros(len(timeline.minutes), np.int64)
    primary[timeline.stretch(10, 1.0, 1).start :] = 1
    return primary


def _roles(targets: list[Target], timeline: Timeline, primary: Integers) -> Simulated:
    """Who answers, who accepts writes, and the timeline that each promotion raises."""
    found, count = Simulated(), len(timeline.minutes)
    ones = np.ones(count, np.int64)
    for number, target in enumerate(targets):
        found.series += [
            target.series("pg_up", ones),
            target.series("pg_replication_is_replica", (primary != number).astype(np.int64)),
            target.series("patroni_postgres_timeline", 4 + primary),
        ]
    seconds = MINUTE * ones
    switched = np.diff(primary, prepend=0)
    found.truth = {
        (SERVICE, "servers-answering", ORDERS): Truth(0 * seconds, len(targets) * seconds),
        (SERVICE, "one-primary", ORDERS): Truth(0 * seconds, seconds),
        (SERVICE, "failovers", ORDERS): Truth(switched, seconds),
    }
    return found


def _transactions(
    targets: list[Target], timeline: Timeline, primary: Integers, rng: np.random.Generator
) -> Simulated:
    """Transactions of the shop: writes on the primary, reads everywhere."""
    found, count = Simulated(), len(timeline.minutes)
    load = 0.25 + timeline.day_and_night(14.0)
    good, bad = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for number, target in enumerate(targets):
        share = np.where(primary == number, 0.5, 0.25)
        done = rng.poisson(_PER_SECOND * MINUTE * load * share)
        rolled_back = rng.binomial(done, _ROLLED_BACK)
        good, bad = good + done - rolled_back, bad + rolled_back
        for name, events in (("commit", done - rolled_back), ("rollback", rolled_back)):
            metric = f"pg_stat_database_xact_{name}"
            found.series.append(target.series(metric, counter(events), datname="orders"))
    found.truth[SERVICE, "transactions", ORDERS] = Truth(bad, good + bad)
    return found


def _lag(
    targets: list[Target],
    timeline: Timeline,
    calendar: Calendar,
    primary: Integers,
    rng: np.random.Generator,
) -> Simulated:
    """Replay lag in seconds: a little always, more during the nightly backup, one replica lost."""
    found, count = Simulated(), len(timeline.minutes)
    nightly = timeline.minutes % DAY // MINUTE < 2
    worst = np.zeros(count)
    for number, target in enumerate(targets):
        lag = rng.exponential(0.03, count) + nightly * rng.exponential(1.2, count)
        if number == _LAGGING:
            behind = calendar.replica_lag
            lag[behind] += np.arange(behind.stop - behind.start) * 31.0 + 31.0
        lag = np.where(primary == number, 0.0, np.round(lag, 3))
        worst = np.maximum(worst, lag)
        found.series.append(target.series("pg_replication_lag_seconds", lag))
    seconds = np.full(count, MINUTE)
    for slo, limit in _LIMITS.items():
        found.truth[SERVICE, slo, ORDERS] = Truth(MINUTE * (worst > limit), seconds)
    return found


def _clients(targets: list[Target], timeline: Timeline, rng: np.random.Generator) -> Simulated:
    """Connections, by day and night, far below what a server takes."""
    found, count = Simulated(), len(timeline.minutes)
    load = 0.3 + timeline.day_and_night(14.0)
    for target in targets:
        active = rng.poisson(_CLIENTS * load)
        idle = rng.poisson(_CLIENTS / 2, count)
        for state, clients in (("active", active), ("idle", idle)):
            found.series.append(
                target.series("pg_stat_activity_count", clients, datname="orders", state=state)
            )
        most = np.full(count, _MOST_CLIENTS)
        found.series.append(target.series("pg_settings_max_connections", most))
    seconds = np.full(count, MINUTE)
    found.truth[SERVICE, "connections", ORDERS] = Truth(0 * seconds, seconds)
    return found
