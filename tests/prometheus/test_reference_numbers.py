"""The reference specs on data made by hand: what each says of it is what a person would."""

from pathlib import Path

import pytest

from tests.prometheus.traffic import LEDGER, SUPPORTING
from tests.support.compile.compiled import compiled, keeping
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.samples import Sample

pytestmark = pytest.mark.programs("promtool")

SPECS = Path(__file__).parents[1] / "fixtures" / "specs"
NOW, STEADY = "20m", "x60"
# a step at minute 18, which the ledger window of minute 20 holds
EVENT = "{0}x35 {1}x24"
STEP = 1 / 300


def level(value: float) -> str:
    """A gauge that stands still."""
    return f"{value:g}{STEADY}"


def per_second(rate: float, start: float = 1000) -> str:
    """A counter, scraped every 30 s, that grows by so much a second."""
    return f"{start:g}+{30 * rate:g}{STEADY}"


def event(before: int, after: int) -> str:
    """A number that changes at minute 18."""
    return EVENT.format(before, after)


UNARY = 'job="etcd-a",instance="m1",grpc_type="unary"'
ETCD = {
    **{
        f'grpc_server_handled_total{{{UNARY},grpc_code="{code}"}}': per_second(rate)
        for code, rate in {"OK": 8, "NotFound": 1, "Unavailable": 0.5, "DataLoss": 0.5}.items()
    },
    'etcd_server_has_leader{job="etcd-a",instance="m1"}': level(1),
    'etcd_server_has_leader{job="etcd-a",instance="m2"}': level(0),
    **{f'up{{job="etcd-a",instance="{m}"}}': level(1) for m in ("m1", "m2")},
    'up{job="etcd-a",instance="m3"}': level(0),
    'etcd_server_proposals_committed_total{job="etcd-a",instance="m1"}': level(10_000),
    'etcd_server_proposals_applied_total{job="etcd-a",instance="m1"}': level(10_000),
    'etcd_server_proposals_applied_total{job="etcd-a",instance="m2"}': level(4_000),
    'etcd_server_leader_changes_seen_total{job="etcd-a",instance="m1"}': event(3, 4),
    'etcd_server_leader_changes_seen_total{job="etcd-a",instance="m2"}': event(3, 4),
    'etcd_server_leader_changes_seen_total{job="etcd-a",instance="m3"}': event(3, 1),
    'etcd_network_disconnected_peers_total{job="etcd-a",instance="m1",To="x"}': event(3, 4),
    'etcd_network_disconnected_peers_total{job="etcd-a",instance="m2",To="y"}': event(0, 2),
    'etcd_mvcc_db_total_size_in_bytes{job="etcd-a",instance="m1"}': level(6e9),
    'etcd_server_quota_backend_bytes{job="etcd-a",instance="m1"}': level(8e9),
    **{
        f'etcd_disk_wal_fsync_duration_seconds_{series},job="etcd-a",instance="m1"}}': per_second(n)
        for series, n in {
            'bucket{le="0.016"': 9,
            'bucket{le="0.032"': 9.5,
            'bucket{le="+Inf"': 10,
        }.items()
    },
    'etcd_disk_wal_fsync_duration_seconds_count{job="etcd-a",instance="m1"}': per_second(10),
}
BROKER = 'namespace="kafka",strimzi_io_cluster="events"'
TOPICS = "kafka_server_brokertopicmetrics"
KAFKA = {
    **{
        f'{TOPICS}_{kind}requests_total{{{BROKER},pod="k1",topic="{topic}"}}': per_second(rate)
        for kind, rate in {"totalproduce": 6, "totalfetch": 4, "failedproduce": 1}.items()
        for topic in ("", "orders")
    },
    f'kafka_controller_kafkacontroller_offlinepartitionscount{{{BROKER},pod="k1"}}': level(2),
    f'kafka_controller_kafkacontroller_offlinepartitionscount{{{BROKER},pod="k2"}}': level(0),
    f'kafka_server_raftmetrics_current_epoch{{{BROKER},pod="k1"}}': event(7, 9),
    f'kafka_server_raftmetrics_current_epoch{{{BROKER},pod="k2"}}': level(7),
    **{
        f'kafka_network_requestmetrics_totaltimems{{{BROKER},pod="{pod}",request="Produce",'
        f'quantile="0.99"}}': level(ms)
        for pod, ms in {"k1": 99, "k2": 101, "k3": 100}.items()
    },
    **{
        f'kafka_consumergroup_lag{{{BROKER},consumergroup="{name}",partition="{p}"}}': level(6000)
        for name in ("shop", "batch-nightly")
        for p in (0, 1)
    },
}
SET = 'job="kube-state-metrics",cluster="c",namespace="shop-a"'
POD = 'cluster="c",namespace="shop-a",pod="db-0"'
KUBERNETES = {
    f'kube_statefulset_replicas{{{SET},statefulset="db"}}': level(3),
    f'kube_statefulset_status_replicas_ready{{{SET},statefulset="db"}}': level(2),
    f'kube_statefulset_status_replicas_updated{{{SET},statefulset="db"}}': level(3),
    f'kube_pod_owner{{{SET},pod="db-0",owner_kind="StatefulSet",owner_name="db"}}': level(1),
    **{
        f'kube_pod_container_status_restarts_total{{{SET},pod="db-0",container="{c}"}}': event(0, n)
        for c, n in {"main": 1, "sidecar": 2}.items()
    },
    **{
        f'container_cpu_cfs_{kind}_total{{job="kubelet",{POD},container="main"}}': per_second(rate)
        for kind, rate in {"periods": 10, "throttled_periods": 3}.items()
    },
}
SHOP, GALERA = 'cluster="shop"', 'job="galera",cluster="shop"'
MYSQL = {
    **{f'mysql_up{{{GALERA},instance="g{n}"}}': level(n != 3) for n in (1, 2, 3)},
    **{
        f'mysql_global_status_wsrep_local_state{{{GALERA},instance="g{n}"}}': level(state)
        for n, state in {1: 4, 2: 2}.items()
    },
    f'mysql_global_status_wsrep_cluster_conf_id{{{GALERA},instance="g1"}}': event(12, 14),
    f'mysql_global_status_wsrep_cluster_conf_id{{{GALERA},instance="g2"}}': level(2**64 - 1),
    f'mysql_global_status_wsrep_cluster_size{{{GALERA},instance="g1"}}': level(2),
    f'mysql_global_status_wsrep_flow_control_paused_ns{{{GALERA},instance="g1"}}': per_second(6e7),
    f'mysql_slave_status_slave_io_running{{job="mysql-replica",{SHOP},instance="r1"}}': level(0),
}
PG, PATRONI = 'job="postgres",cluster="orders"', 'job="patroni",scope="orders"'
POSTGRES = {
    **{f'pg_up{{{PG},instance="p{n}"}}': level(1) for n in (1, 2, 3)},
    **{f'pg_replication_is_replica{{{PG},instance="p{n}"}}': level(n == 3) for n in (1, 2, 3)},
    f'pg_stat_database_xact_commit{{{PG},instance="p1",datname="orders"}}': per_second(9),
    f'pg_stat_database_xact_rollback{{{PG},instance="p1",datname="orders"}}': per_second(1),
    f'pg_stat_database_xact_rollback{{{PG},instance="p1",datname="template1"}}': per_second(1),
    **{f'pg_replication_lag_seconds{{{PG},instance="p{n}"}}': level(0.1) for n in (1, 2)},
    f'patroni_postgres_timeline{{{PATRONI},instance="a"}}': "4x20 0x14 5x25",
    f'patroni_postgres_timeline{{{PATRONI},instance="b"}}': "4x20 0x14 4x25",
    **{
        f'patroni_{kind}{{{PATRONI},instance="{n}"}}': level(value)
        for n, (streaming, primary) in {"a": (0, 1), "b": (1, 0), "c": (0, 0)}.items()
        for kind, value in {"postgres_streaming": streaming, "primary": primary}.items()
    },
}
PERMANENT = "rabbitmq_cluster_permanent_id"
RABBIT = {
    **{
        f'rabbitmq_identity_info{{job="{job}",instance="r{n}",{PERMANENT}="q"}}': level(1)
        for job in ("rabbitmq", "rabbitmq-per-object")
        for n in (1, 2)
    },
    **{f'rabbitmq_build_info{{job="rabbitmq",instance="r{n}"}}': level(1) for n in (1, 2)},
    **{
        f'rabbitmq_global_messages_{kind}_total{{job="rabbitmq",instance="r1"}}': per_second(rate)
        for kind, rate in {
            "received": 10,
            "unroutable_dropped": 1,
            "unroutable_returned": 2,
        }.items()
    },
    'rabbitmq_alarms_memory_used_watermark{job="rabbitmq",instance="r1"}': level(0),
    'rabbitmq_alarms_free_disk_space_watermark{job="rabbitmq",instance="r2"}': level(1),
    'rabbitmq_raft_term{job="rabbitmq-per-object",instance="r1",vhost="/",queue="z"}': event(3, 4),
    'rabbitmq_raft_term_total{job="rabbitmq-per-object",instance="r2",vhost="/",queue="z"}': (
        event(3, 4)
    ),
}
REDIS_AT = 'job="redis",cluster="sessions"'
REDIS = {
    **{
        f'redis_{metric}{{{REDIS_AT},instance="s1",cmd="get"}}': per_second(rate)
        for metric, rate in {
            "commands_total": 10,
            "commands_failed_calls_total": 1,
            "commands_rejected_calls_total": 2,
        }.items()
    },
    f'redis_up{{{REDIS_AT},instance="s1"}}': level(1),
    f'redis_instance_info{{{REDIS_AT},instance="s1",role="slave"}}': level(1),
    f'redis_memory_used_bytes{{{REDIS_AT},instance="s1"}}': level(9),
    f'redis_memory_max_bytes{{{REDIS_AT},instance="s1"}}': level(10),
    f'redis_memory_used_bytes{{{REDIS_AT},instance="s2"}}': level(9),
    f'redis_memory_max_bytes{{{REDIS_AT},instance="s2"}}': level(0),
    f'redis_evicted_keys_total{{{REDIS_AT},instance="s1"}}': event(100, 140),
}
INGRESS = 'ingress="checkout",controller="i1"'
ANSWERED, SECONDS = "nginx_ingress_controller_requests", "nginx_ingress_controller_request_duration"
CHECKOUT = {
    **{
        f'{ANSWERED}{{{INGRESS},region="{region}",service="web",path="{path}",method="POST",'
        f'status="{status}"}}': per_second(rate)
        for region in ("eu-west-1", "ap-south-1")
        for path in ("/pay", "/healthz")
        for status, rate in {"200": 9, "503": 1}.items()
    },
    **{
        f'{SECONDS}_seconds_{series}{INGRESS},region="eu-west-1",status="{code}"}}': per_second(n)
        for code in ("200", "500")
        for series, n in {
            'bucket{le="0.25",': 8,
            'bucket{le="+Inf",': 10,
            "count{": 10,
        }.items()
    },
    **{
        f'payment_requests_total{{job="payments",region="eu-west-1",outcome="{outcome}"}}': (
            per_second(rate)
        )
        for outcome, rate in {"ok": 7, "declined": 5, "failed": 3}.items()
    },
}
SERIES = {
    **ETCD,
    **KAFKA,
    **KUBERNETES,
    **MYSQL,
    **POSTGRES,
    **RABBIT,
    **REDIS,
    **CHECKOUT,
}
# bad and total of each group, by hand; None is no row
ROWS: dict[str, dict[str, tuple[float, float]]] = {
    "etcd/availability": {"etcd-a": (1, 10)},
    "etcd/leader-present": {"etcd-a": (0, 1)},
    "etcd/members-with-leader": {"etcd-a": (2, 3)},
    "etcd/follower-lag": {"etcd-a": (1, 1)},
    "etcd/leader-elections": {"etcd-a": (STEP, 1)},
    "etcd/peer-disconnects": {"etcd-a": (3 * STEP, 1)},
    "etcd/db-space": {"etcd-a": (1, 1)},
    "etcd/wal-fsync": {"etcd-a": (1, 10)},
    "kafka-strimzi/requests": {"events": (1, 10)},
    "kafka-strimzi/offline-partitions": {"events": (1, 1)},
    "kafka-strimzi/controller-elections": {"events": (2 * STEP, 1)},
    "kafka-strimzi/request-latency-produce": {"events": (1, 3)},
    "kafka-strimzi/consumer-lag-online": {"events,shop": (1, 1)},
    "kafka-strimzi/consumer-lag-batch": {"events,batch-nightly": (0, 1)},
    "kubernetes-statefulsets/ready-replicas": {"c,shop-a,db": (1, 3)},
    "kubernetes-statefulsets/rollout": {"c,shop-a,db": (0, 1)},
    "kubernetes-statefulsets/restarts": {"c,shop-a,db": (3 * STEP, 1)},
    "kubernetes-statefulsets/cpu-throttling": {"c,shop-a,db": (3, 10)},
    "mysql-galera/nodes-synced": {"shop": (2, 3)},
    "mysql-galera/view-changes": {"shop": (2 * STEP, 1)},
    "mysql-galera/cluster-size-small": {"shop": (1, 1)},
    "mysql-galera/cluster-size-big": {},
    "mysql-galera/flow-control": {"shop": (1, 1)},
    "mysql-galera/replica-lag": {"shop": (1, 1)},
    "postgresql-patroni/one-primary": {"orders": (1, 1)},
    "postgresql-patroni/transactions": {"orders": (1, 10)},
    "postgresql-patroni/replication-lag-critical": {"orders": (1, 1)},
    "postgresql-patroni/replicas-streaming": {"orders": (1, 3)},
    "postgresql-patroni/failovers": {"orders": (STEP, 1)},
    "postgresql-patroni/primary-present": {"orders": (0, 1)},
    "rabbitmq/nodes": {"q": (1, 1)},
    "rabbitmq/routing": {"q": (3, 10)},
    "rabbitmq/publishers-free": {"q": (1, 1)},
    "rabbitmq/queue-elections": {"q,z,/": (STEP, 1)},
    "redis-sentinel/commands": {"sessions": (3, 12)},
    "redis-sentinel/one-master": {"sessions": (1, 1)},
    "redis-sentinel/memory": {"sessions": (1, 1)},
    "redis-sentinel/evictions": {"sessions": (40 * STEP, 1)},
    "checkout-api/availability-eu-us": {"eu-west-1": (1, 10)},
    "checkout-api/availability-ap": {"ap-south-1": (1, 10)},
    "checkout-api/availability-global": {"": (2, 20)},
    "checkout-api/latency-fast": {"eu-west-1": (2, 10)},
    "checkout-api/backends": {"web,eu-west-1": (2, 20), "web,ap-south-1": (2, 20)},
    "checkout-api/payments": {"eu-west-1": (3, 10)},
}


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """The ledgers of all eight services over twenty minutes of these series."""
    directory = tmp_path_factory.mktemp("reference")
    specs = sorted(path for path in SPECS.glob("*.yaml") if path.name != "slokit.yaml")
    made = compiled(directory / "c", *specs)
    files = [keeping(path, (*LEDGER, *SUPPORTING)) for path in made.ledgers]
    replay = RuleReplay(directory / "r", files, SERIES)
    for side in LEDGER[:2]:
        replay.ask(side, NOW)
    return replay


@pytest.mark.parametrize("slo", ROWS)
def test_numbers_of_the_reference_specs(replay: RuleReplay, slo: str) -> None:
    """Bad and total of each group are what a person counts in the series."""
    bad, total = (by_group(replay.samples(side, NOW), slo) for side in reversed(LEDGER[:2]))

    assert total == pytest.approx({group: row[1] for group, row in ROWS[slo].items()})
    assert bad == pytest.approx({group: row[0] for group, row in ROWS[slo].items()})


def test_each_reference_spec_has_numbers() -> None:
    """Of every spec some number is counted by hand."""
    named = {name.partition("/")[0] for name in ROWS}
    assert named == {path.stem for path in SPECS.glob("*.yaml")} - {"slokit"}


def by_group(samples: list[Sample], slo: str) -> dict[str, float]:
    """The values of an SLO's groups, by their labels' values in the order of their names."""
    known = ("__name__", "bundle", "service", "slo")
    return {
        ",".join(value for name, value in sorted(s.labels.items()) if name not in known): s.value
        for s in samples
        if f"{s.labels['service']}/{s.labels['slo']}" == slo
    }
