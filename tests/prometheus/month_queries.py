"""What the month's SLOs count, in plain PromQL over raw series: written by hand, once for each.

``W`` is the window. Levels are read once a minute; a range that is open on one end holds as many
readings as it has minutes. The rest is increase().
"""

from slokit.demo.month.simulated import Key
from tests.prometheus.month import DAYS

_OPEN = f"{DAYS - 1}d23h59m59s"


def _counted(selector: str) -> str:
    return f"sum(increase({selector}[{DAYS}d]))"


def _held(condition: str) -> str:
    """The seconds in which something held, of each member that the condition keeps apart."""
    return f"60 * sum(sum_over_time(({condition})[{_OPEN}:1m]))"


def _slower(histogram: str, le: str) -> tuple[str, str]:
    total = _counted(f"{histogram}_count")
    return f"{total} - {_counted(f'{histogram}_bucket{{le={le!r}}}')}", total


_SECONDS = f"{DAYS} * 86400"
_UNARY = 'grpc_server_handled_total{job="etcd",grpc_type="unary"%s}'
_WAL = "etcd_disk_wal_fsync_duration_seconds"
_COMMIT = "etcd_disk_backend_commit_duration_seconds"
_LAG, _WAL_DISTANCE = "pg_replication_lag_seconds", "pg_stat_replication_pg_wal_lsn_diff"

# Of each SLO the bad events and all of them.
ETCD = {
    "availability": (_counted(_UNARY % ',grpc_code="Unavailable"'), _counted(_UNARY % "")),
    "leader-present": (_held("max(etcd_server_has_leader) == bool 0"), _SECONDS),
    "members-with-leader": (_held("etcd_server_has_leader == bool 0"), f"3 * {_SECONDS}"),
    "wal-fsync": _slower(_WAL, "0.016"),
    "backend-commit-fast": _slower(_COMMIT, "0.032"),
    "backend-commit-slow": _slower(_COMMIT, "0.256"),
    "leader-elections": (
        f"max(increase(etcd_server_leader_changes_seen_total[{DAYS}d]))",
        _SECONDS,
    ),
    "peer-disconnects": (_counted("etcd_network_disconnected_peers_total"), _SECONDS),
    "slow-applies": (_counted("etcd_server_slow_apply_total"), _SECONDS),
    "follower-lag": (
        _held(
            "max(etcd_server_proposals_committed_total)"
            " - min(etcd_server_proposals_applied_total) > bool 5000"
        ),
        _SECONDS,
    ),
    "db-space": (
        _held("max(etcd_mvcc_db_total_size_in_bytes / etcd_server_quota_backend_bytes) > bool 0.7"),
        _SECONDS,
    ),
}
POSTGRESQL = {
    "servers-up": (_held("pg_up == bool 0"), f"3 * {_SECONDS}"),
    "one-primary": (
        _held("sum(pg_replication_is_replica == bool 0) != bool 1"),
        _SECONDS,
    ),
    "transactions": (
        _counted("pg_stat_database_xact_rollback"),
        " + ".join(_counted(f"pg_stat_database_xact_{end}") for end in ("commit", "rollback")),
    ),
    "deadlocks": (_counted("pg_stat_database_deadlocks"), _SECONDS),
    "long-transactions": (_held("max(pg_stat_activity_max_tx_duration) > bool 600"), _SECONDS),
    "replication-lag-critical": (_held(f"max({_LAG}) > bool 0.2"), _SECONDS),
    "replication-lag-reads": (_held(f"max({_LAG}) > bool 5"), _SECONDS),
    "replication-distance": (_held(f"max({_WAL_DISTANCE}) > bool 67108864"), _SECONDS),
    "replicas-streaming": (_held("vector(0)"), f"2 * {_SECONDS}"),
    "promotions": (f"sum(resets(pg_replication_is_replica[{DAYS}d]))", _SECONDS),
    "connections": (
        _held(
            "max(sum by (instance) (pg_stat_activity_count)"
            " / on (instance) pg_settings_max_connections) > bool 0.8"
        ),
        _SECONDS,
    ),
    "retained-wal": (
        _held("max(pg_replication_slots_pg_wal_lsn_diff) > bool 17179869184"),
        _SECONDS,
    ),
    "disk-space": (
        _held("min(node_filesystem_avail_bytes / node_filesystem_size_bytes) < bool 0.2"),
        _SECONDS,
    ),
}

_REQUESTS = "http_requests_total"
_DURATIONS = "http_request_duration_seconds"


def shop_api(region: str, stretches: list[tuple[int, int]]) -> dict[str, tuple[str, str]]:
    """The queries of one region over the stretches (length, offset in seconds) it was measured."""

    def counted(name: str, more: str = "") -> str:
        selector = f'{name}{{region="{region}"{more}}}'
        return " + ".join(
            f"sum(increase({selector}[{length}s] offset {ago}s))".replace(" offset 0s", "")
            for length, ago in stretches
        )

    def slower(le: str) -> tuple[str, str]:
        total = counted(f"{_DURATIONS}_count")
        return f"{total} - ({counted(f'{_DURATIONS}_bucket', f',le={le!r}')})", total

    return {
        "availability": (counted(_REQUESTS, ',code=~"5.."'), counted(_REQUESTS)),
        "latency-fast": slower("0.25"),
        "latency-slow": slower("1"),
    }


def queries(outage: tuple[int, int], at: int, window: int) -> dict[Key, tuple[str, str]]:
    """Bad and total of every group of every SLO; ``outage`` begins and ends in Unix seconds."""
    begun, ended = outage
    whole, parts = [(window, 0)], [(begun - (at - window), at - begun), (at - ended, 0)]
    groups: list[tuple[str, tuple[str, str], dict[str, tuple[str, str]]]] = [
        ("etcd", ("cluster", "etcd"), ETCD),
        ("postgresql", ("cluster", "orders"), POSTGRESQL),
        ("shop-api", ("region", "eu"), shop_api("eu", whole)),
        ("shop-api", ("region", "us"), shop_api("us", parts)),
    ]
    return {
        (service, slo, (group,)): sides
        for service, group, slos in groups
        for slo, sides in slos.items()
    }
