"""Each cause alert of the catalog: fires for the cluster in trouble, and for no other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from slokit import api
from slokit.model.causes import FAILURE_MODES
from tests.prometheus.bundles import growing
from tests.support.command import ROOT
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

CATALOG = ROOT / "slo-specs"
FLAT, MINUTES = 240, 2  # samples, and samples a minute


@dataclass(frozen=True)
class Trouble:
    """Series of a cluster in trouble from half an hour on, and when its alert has to be there.

    ``calm`` are those of a cluster that is well, and ``group`` the label that it differs by.
    """

    service: str
    failure_mode: str
    severity: str
    series: Mapping[str, str]
    calm: Mapping[str, str]
    before: str
    after: str
    group: tuple[str, str]


def level(*parts: tuple[float, float]) -> str:
    """A gauge: so many minutes of a value, and so on."""
    return " ".join(f"{value:g}x{int(minutes * MINUTES) - 1}" for minutes, value in parts)


def changing(minutes: float, *values: float) -> str:
    """A gauge that has a value for so many minutes, then each of the others for one minute."""
    return level((minutes, values[0]), *((1, value) for value in values[1:]), (120, values[-1]))


def members(name: str, *texts: str, **labels: str) -> dict[str, str]:
    """The series of a metric on some instances."""
    shown = "".join(f',{label}="{value}"' for label, value in labels.items())
    return {f'{name}{{instance="{n}"{shown}}}': text for n, text in enumerate(texts)}


UP, DOWN = level((120, 1)), level((30, 1), (90, 0))
ELECTIONS = changing(30, 1, 2, 3, 4, 5, 6)
STEADY = level((120, 1))


def buckets(instance: str, job: str, *, is_slow: bool) -> dict[str, str]:
    """Syncs of a log, thirty in each half minute, of 8 ms or of 256 ms."""
    name = "etcd_disk_wal_fsync_duration_seconds_bucket"
    within = {"0.008": not is_slow, "0.016": not is_slow, "0.128": not is_slow, "0.256": True}
    return {
        f'{name}{{job="{job}",instance="{instance}",le="{le}"}}': growing((FLAT, 30 * holds))
        for le, holds in {**within, "+Inf": True}.items()
    }


def of_etcd(name: str, *texts: str, job: str) -> dict[str, str]:
    return members(name, *texts, job=job)


def requests(instance: str, job: str, rate: float) -> dict[str, str]:
    labels = f'job="{job}",instance="{instance}",handler="/",method="get",code="200"'
    return {f"http_requests_total{{{labels}}}": growing((FLAT, rate))}


def versions(job: str, *found: str) -> dict[str, str]:
    name = "etcd_server_version"
    return {
        f'{name}{{job="{job}",instance="{n}",server_version="{one}"}}': level((240, 1))
        for n, one in enumerate(found)
    }


BEHIND = level((30, 1), (90, 600))
ETCD, OTHER = ("cluster", "etcd"), "etcd-b"
CAUSES = {
    "EtcdLeaderThrash": Trouble(
        "etcd", "leader-thrash", "ticket",
        of_etcd("etcd_server_leader_changes_seen_total", *[ELECTIONS] * 3, job="etcd"),
        of_etcd("etcd_server_leader_changes_seen_total", *[changing(30, 1, 2)] * 3, job=OTHER),
        "31m", "37m", ETCD,
    ),
    "EtcdQuorumAtRisk": Trouble(
        "etcd", "quorum-at-risk", "ticket",
        of_etcd("up", UP, UP, DOWN, job="etcd"),
        of_etcd("up", UP, UP, UP, UP, DOWN, job=OTHER),
        "32m", "35m", ETCD,
    ),
    "EtcdMemberSlow": Trouble(
        "etcd", "slow-node", "ticket",
        {k: v for n in "abc" for k, v in buckets(n, "etcd", is_slow=n == "a").items()},
        {k: v for n in "abc" for k, v in buckets(n, OTHER, is_slow=True).items()},
        "5m", "20m", ETCD,
    ),
    "EtcdVersionsDiffer": Trouble(
        "etcd", "config-drift", "ticket",
        versions("etcd", "3.4", "3.5"),
        versions(OTHER, "3.5", "3.5"),
        "1h55m", "2h5m", ETCD,
    ),
    "PostgresqlSplitBrain": Trouble(
        "postgresql", "split-brain", "page",
        members("pg_replication_is_replica", level((120, 0)), level((30, 1), (90, 0)),
                job="postgres", cluster="a"),
        members("pg_replication_is_replica", level((120, 0)), STEADY, job="postgres", cluster="b"),
        "30m30s", "32m", ("cluster", "a"),
    ),
    "PostgresqlReplicaFarBehind": Trouble(
        "postgresql", "replica-lag", "ticket",
        members("pg_replication_lag_seconds", BEHIND, job="postgres", cluster="a")
        | members("pg_replication_is_replica", STEADY, job="postgres", cluster="a"),
        # on a primary the lag means nothing
        members("pg_replication_lag_seconds", level((120, 900)), job="postgres", cluster="b")
        | members("pg_replication_is_replica", level((120, 0)), job="postgres", cluster="b"),
        "34m", "36m", ("cluster", "a"),
    ),
    "PatroniSplitBrain": Trouble(
        "patroni", "split-brain", "page",
        members("patroni_primary", STEADY, level((30, 0), (90, 1)), job="patroni", scope="a"),
        members("patroni_primary", STEADY, level((120, 0)), job="patroni", scope="b"),
        "30m30s", "32m", ("cluster", "a"),
    ),
    "PatroniFailoverThrash": Trouble(
        "patroni", "leader-thrash", "ticket",
        members("patroni_postgres_timeline", changing(30, 4, 5, 6, 7), job="patroni", scope="a"),
        members("patroni_postgres_timeline", changing(30, 4, 5, 6), job="patroni", scope="b"),
        "31m30s", "33m", ("cluster", "a"),
    ),
    "RedisSplitBrain": Trouble(
        "redis", "split-brain", "page",
        members("redis_instance_info", STEADY, f"_x60 {STEADY}", job="redis", cluster="a",
                role="master"),
        members("redis_instance_info", STEADY, job="redis", cluster="b", role="master"),
        "30m30s", "32m", ("cluster", "a"),
    ),
    "RedisReplicaDisconnected": Trouble(
        "redis", "replica-lag", "ticket",
        members("redis_master_link_up", UP, DOWN, job="redis", cluster="a"),
        members("redis_master_link_up", UP, UP, job="redis", cluster="b"),
        "34m", "36m", ("cluster", "a"),
    ),
    "MariadbSplitBrain": Trouble(
        "mariadb", "split-brain", "page",
        members("mysql_global_variables_read_only", level((120, 0)), DOWN, job="mariadb",
                cluster="a"),
        members("mysql_global_variables_read_only", level((120, 0)), UP, job="mariadb",
                cluster="b"),
        "30m30s", "32m", ("cluster", "a"),
    ),
    "MariadbReplicationStopped": Trouble(
        "mariadb", "replica-lag", "ticket",
        members("mysql_slave_status_slave_sql_running", UP, UP, job="mariadb", cluster="a")
        | members("mysql_slave_status_slave_io_running", UP, DOWN, job="mariadb", cluster="a"),
        members("mysql_slave_status_slave_sql_running", UP, job="mariadb", cluster="b")
        | members("mysql_slave_status_slave_io_running", UP, job="mariadb", cluster="b"),
        "34m", "36m", ("cluster", "a"),
    ),
    "PatroniRestartPending": Trouble(
        "patroni", "config-drift", "ticket",
        members("patroni_pending_restart", level((3000, 1)), job="patroni", scope="a"),
        members("patroni_pending_restart", level((3000, 0)), job="patroni", scope="b"),
        "23h50m", "24h10m", ("cluster", "a"),
    ),
    "RabbitmqQuorumAtRisk": Trouble(
        "rabbitmq", "quorum-at-risk", "ticket",
        members("up", UP, UP, DOWN, job="rabbitmq"), {}, "34m", "36m", ("cluster", "rabbitmq"),
    ),
    "AlertmanagerConfigsDiffer": Trouble(
        "alertmanager", "config-drift", "ticket",
        members("alertmanager_config_hash", level((120, 7)), level((30, 7), (90, 8)),
                job="alertmanager"),
        {}, "44m", "46m", ("cluster", "alertmanager"),
    ),
    "PrometheusTsdbCorrupted": Trouble(
        "prometheus", "data-corruption", "ticket",
        members("prometheus_tsdb_wal_corruptions_total", level((30, 0), (90, 1)), job="prometheus"),
        {}, "29m", "32m", ("instance", "0"),
    ),
    "NodeMemoryErrors": Trouble(
        "node", "data-corruption", "ticket",
        members("node_edac_uncorrectable_errors_total", level((30, 0), (90, 1)), job="node"),
        {}, "29m", "32m", ("cluster", "node"),
    ),
    "HttpApiHotInstance": Trouble(
        "http-api", "hot-shard", "ticket",
        {k: v for n, rate in zip("abcde", (900, 30, 30, 30, 30), strict=True)
         for k, v in requests(n, "http-api", rate).items()},
        {}, "10m", "20m", ("job", "http-api"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_alert_fires_for_the_cluster_in_trouble(tmp_path: Path, name: str) -> None:
    """Silent before and for the other cluster, then with the labels that routes go by."""
    trouble = CAUSES[name]
    made = compiled(tmp_path, CATALOG / f"{trouble.service}.yaml")
    replay = RuleReplay(tmp_path / "replay", made.ledgers, {**trouble.series, **trouble.calm})
    replay.ask_alerts(name, trouble.before, trouble.after)

    assert replay.alerts(name, trouble.before) == []
    (fired,) = replay.alerts(name, trouble.after)
    group, value = trouble.group
    assert fired.labels == {
        "alertname": name,
        "bundle": "test",
        "service": trouble.service,
        "owner": fired.labels["owner"],
        "failure_mode": trouble.failure_mode,
        "severity": trouble.severity,
        group: value,
    }
    assert fired.annotations["summary"].startswith(f"{trouble.service} {group}={value}: ")


def test_every_cause_alert_of_the_catalog_is_proved() -> None:
    """None is left out of the table above, and all eight failure modes are in it."""
    bundle = api.load([str(CATALOG)], project=str(ROOT / "slokit.yaml")).bundle

    assert {cause.name for cause in bundle.causes} == set(CAUSES)
    assert {cause.failure_mode for cause in bundle.causes} == set(FAILURE_MODES)
