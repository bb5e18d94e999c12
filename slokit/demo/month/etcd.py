"""Three etcd nodes: a network split that costs the quorum, a slow disk that costs elections."""

import numpy as np

from slokit.demo.month.incidents import ETCD, Calendar
from slokit.demo.month.simulated import (
    MINUTE,
    Integers,
    Simulated,
    Target,
    Timeline,
    Truth,
    counter,
    histogram,
    shares,
)

SERVICE, JOB = "etcd", "etcd"
BOUNDS = tuple(0.001 * 2**power for power in range(14))
_MEMBERS = ("etcd-1", "etcd-2", "etcd-3")
_SLOW = 1
_UNARY = {"Range": 22.0, "Txn": 9.0, "Put": 3.0}
_REFUSED, _FAULTS = 0.85, 2e-5
_ELECTIONS, _UNSURE = 18, 6
_GIB = 2**30
_SYNCS = 8.0
# The processes are older than the month: their counters do not begin at zero.
_EARLIER = 100_000


def simulate(timeline: Timeline, calendar: Calendar, rng: np.random.Generator) -> Simulated:
    """The whole cluster."""
    found = Simulated()
    targets = [
        Target({"job": JOB, "instance": f"{name}:2379"}, offset=5 + 6 * number)
        for number, name in enumerate(_MEMBERS)
    ]
    for part in (_leadership, _connections, _requests, _disks, _raft, _space):
        found.add(part(targets, timeline, calendar, rng))
    found.series += [target.up(timeline) for target in targets]
    return found


def _leadership(
    targets: list[Target], timeline: Timeline, calendar: Calendar, rng: np.random.Generator
) -> Simulated:
    """Who leads, who knows a leader, and the elections that every member counts."""
    found, count = Simulated(), len(timeline.minutes)
    flapping = np.arange(calendar.flapping.start, calendar.flapping.stop)
    elections = np.zeros(count, np.int64)
    elections[calendar.split.stop] = 1
    elections[rng.choice(flapping, _ELECTIONS, replace=False)] = 1
    leader = np.cumsum(elections) % len(targets)
    knows = np.ones((count, len(targets)), np.int64)
    knows[rng.choice(flapping, _UNSURE, replace=False), rng.integers(0, 3, _UNSURE)] = 0
    split = timeline.during(calendar.split)
    knows[split] = 0
    for number, target in enumerate(targets):
        leads = ((leader == number) & ~split).astype(np.int64)
        seen = counter(elections) + 4
        found.series += [
            target.series("etcd_server_has_leader", knows[:, number]),
            target.series("etcd_server_is_leader", leads),
            target.series("etcd_server_leader_changes_seen_total", seen),
        ]
    seconds = np.full(count, MINUTE)
    lost = knows.sum(axis=1) == 0
    found.truth = {
        (SERVICE, "leader-present", ETCD): Truth(MINUTE * lost, seconds),
        (SERVICE, "members-with-leader", ETCD): Truth(
            MINUTE * (1 - knows).sum(axis=1), 3 * seconds
        ),
        (SERVICE, "leader-elections", ETCD): Truth(elections, seconds),
    }
    return found


def _connections(
    targets: list[Target], timeline: Timeline, calendar: Calendar, rng: np.random.Generator
) -> Simulated:
    """Connections between members; each end counts those it loses."""
    found, count = Simulated(), len(timeline.minutes)
    lost = np.zeros(count, np.int64)
    for target, name in zip(targets, _MEMBERS, strict=True):
        for other in (member for member in _MEMBERS if member != name):
            events = rng.poisson(1e-4, count)
            events[calendar.split.start] += 1
            lost += events
            found.series.append(
                target.series(
                    "etcd_network_disconnected_peers_total",
                    counter(events) + 20,
                    Local=name,
                    Remote=other,
                )
            )
    found.truth[SERVICE, "peer-disconnects", ETCD] = Truth(lost, np.full(count, MINUTE))
    return found


def _requests(
    targets: list[Target], timeline: Timeline, calendar: Calendar, rng: np.random.Generator
) -> Simulated:
    """Unary requests: without a quorum only reads that may be stale are answered."""
    found, count = Simulated(), len(timeline.minutes)
    share = np.where(timeline.during(calendar.split), _REFUSED, _FAULTS)
    load = 0.6 + 0.8 * timeline.day_and_night(14.0)
    bad, total = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for target in targets:
        for method, per_second in _UNARY.items():
            requests = rng.poisson(per_second / len(targets) * MINUTE * load)
            refused = rng.binomial(requests, share)
            for code, events in (("OK", requests - refused), ("Unavailable", refused)):
                found.series.append(
                    target.series(
                        "grpc_server_handled_total",
                        counter(events) + _EARLIER,
                        grpc_type="unary",
                        grpc_service="etcdserverpb.KV",
                        grpc_method=method,
                        grpc_code=code,
                    )
                )
            bad, total = bad + refused, total + requests
    found.truth[SERVICE, "availability", ETCD] = Truth(bad, total)
    return found


def _disks(
    targets: list[Target], timeline: Timeline, calendar: Calendar, rng: np.random.Generator
) -> Simulated:
    """Syncs of the write-ahead log and commits of the backend; one disk is slow for a while."""
    found, count = Simulated(), len(timeline.minutes)
    slow = timeline.during(calendar.flapping)
    for metric, median, slos in (
        ("wal_fsync", 0.002, {"wal-fsync": 0.016}),
        ("backend_commit", 0.006, {"backend-commit-fast": 0.032, "backend-commit-slow": 0.256}),
    ):
        events = np.zeros((len(targets), count, len(BOUNDS) + 1), np.int64)
        for number, target in enumerate(targets):
            medians = median * np.where(slow & (number == _SLOW), 8.0, 1.0)
            syncs = rng.poisson(_SYNCS * MINUTE, count)
            events[number] = rng.multinomial(syncs, shares(medians, 0.6, BOUNDS))
            name = f"etcd_disk_{metric}_duration_seconds"
            found.series += histogram(target, name, BOUNDS, events[number])
        total = events.sum(axis=(0, 2))
        for slo, bound in slos.items():
            good = events[:, :, : BOUNDS.index(bound) + 1].sum(axis=(0, 2))
            found.truth[SERVICE, slo, ETCD] = Truth(total - good, total)
    return found


def _raft(
    targets: list[Target], timeline: Timeline, calendar: Calendar, rng: np.random.Generator
) -> Simulated:
    """The log: entries committed and applied, and those that took long to apply."""
    found, count = Simulated(), len(timeline.minutes)
    split, flapping = timeline.during(calendar.split), timeline.during(calendar.flapping)
    committed = 7_000_000 + counter(np.where(split, 0, rng.poisson(12 * MINUTE, count)))
    slow = np.zeros(count, np.int64)
    for number, target in enumerate(targets):
        events = rng.poisson(np.where(flapping & (number == _SLOW), 20.0, 0.05))
        slow += events
        found.series += [
            target.series("etcd_server_proposals_committed_total", committed),
            target.series(
                "etcd_server_proposals_applied_total", committed - rng.integers(0, 9, count)
            ),
            target.series("etcd_server_slow_apply_total", counter(events) + 300),
        ]
    seconds = np.full(count, MINUTE)
    found.truth[SERVICE, "follower-lag", ETCD] = Truth(0 * seconds, seconds)
    found.truth[SERVICE, "slow-applies", ETCD] = Truth(slow, seconds)
    return found


def _space(
    targets: list[Target], timeline: Timeline, calendar: Calendar, rng: np.random.Generator
) -> Simulated:
    """The database file grows towards its quota until somebody defragments it."""
    found, count = Simulated(), len(timeline.minutes)
    grown = np.arange(count) % (count * 2 // 3)
    size = (2 * _GIB + grown * (3 * _GIB // count)) // 4096 * 4096
    for target in targets:
        found.series += [
            target.series("etcd_mvcc_db_total_size_in_bytes", size),
            target.series("etcd_server_quota_backend_bytes", np.full(count, 8 * _GIB)),
        ]
    seconds: Integers = np.full(count, MINUTE)
    found.truth[SERVICE, "db-space", ETCD] = Truth(0 * seconds, seconds)
    return found
