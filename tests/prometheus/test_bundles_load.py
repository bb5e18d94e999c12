"""The reference systems and the catalog: they compile, load, and every rule evaluates."""

import time
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from slokit import api
from slokit.compiler.ledger import terms
from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios import scenario_of
from tests.support.compile.compiled import Compiled, compiled
from tests.support.compile.promtool import check_rules
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

ROOT = Path(__file__).parents[2]
FOLDERS = {"catalog": ROOT / "slo-specs", "reference": ROOT / "tests" / "fixtures" / "specs"}
FAST = {"interval": "1s", "scrape_interval": "1s", "ledger_window": "10s"}


def specs(bundle: str) -> list[Path]:
    """The spec files of a bundle."""
    return sorted(path for path in FOLDERS[bundle].glob("*.yaml") if path.name != "slokit.yaml")


Row = tuple[str, str, str]
ROW = ("bundle", "service", "slo")


# Sides that are PromQL have no scenario: their series by hand. A number is a value, or a growth per
# second where the name says that it is a counter.
BY_HAND = {
    'alertmanager_config_hash{job="alertmanager"}': 17,
    'node_pressure_cpu_waiting_seconds_total{job="node"}': 0.1,
    'node_pressure_io_stalled_seconds_total{job="node"}': 0.1,
    'node_timex_offset_seconds{job="node"}': 0.001,
    'redis_instance_info{job="redis",role="slave"}': 1,
    'redis_master_last_io_seconds_ago{job="redis"}': 1,
    'up{job="redis"}': 1,
    'etcd_server_proposals_committed_total{job="etcd"}': 5,
    'etcd_server_proposals_applied_total{job="etcd"}': 5,
    'kube_statefulset_replicas{job="kube-state-metrics",namespace="shop-a",statefulset="web"}': 3,
    (
        "kube_statefulset_status_replicas_updated"
        '{job="kube-state-metrics",namespace="shop-a",statefulset="web"}'
    ): 3,
    'mysql_global_status_wsrep_cluster_conf_id{job="galera"}': 7,
    'mysql_global_status_wsrep_flow_control_paused_ns{job="galera"}': 1,
    'nginx_ingress_controller_requests{method="POST",path="/api/v1/orders",ingress="checkout"}': 9,
    'orders_failed_total{job="checkout",zone="eu-west-1a"}': 1,
    'patroni_dcs_last_seen{job="patroni",scope="main"}': 1,
    'patroni_postgres_streaming{job="patroni",scope="main"}': 1,
    'patroni_primary{job="patroni",scope="main"}': 0,
    'patroni_xlog_location{job="patroni",scope="main"}': 100,
    'patroni_xlog_replayed_location{job="patroni",scope="main"}': 90,
    'pg_replication_is_replica{job="postgres"}': 0,
    'pg_settings_max_connections{job="postgres"}': 100,
    'pg_stat_activity_count{job="postgres"}': 5,
    'pg_stat_replication_pg_wal_lsn_diff{job="postgres",state="streaming"}': 1,
    'pg_up{job="postgres"}': 1,
    'redis_commands_duration_seconds_total{cmd="get",job="redis"}': 2,
    'redis_commands_total{cmd="get",job="redis"}': 8,
}
MAIN = ',cluster="main",region="main",instance="a"}'
# Text cannot carry a native histogram; tests/prometheus/test_native_histograms.py does.
NATIVE = ("reference", "checkout-api", "app-latency")


def slos_of(made: Compiled) -> tuple[set[Row], dict[RawSeries, Fraction]]:
    """The SLOs of a bundle, and all raw series of their scenarios with how they change."""
    loaded = api.load(project=str(made.bundle.parents[1] / "slokit.yaml"))
    slos = {(made.project.bundle, slo.service, slo.name) for slo in loaded.bundle.slos}
    series: dict[RawSeries, Fraction] = {}
    for slo in loaded.bundle.slos:
        scenario = scenario_of(slo.sli, terms(slo, made.project))
        for phase in reversed(scenario.phases if scenario else ()):
            series |= phase.values
    return slos - {NATIVE}, series


def samples(values: Mapping[RawSeries, Fraction], after: float) -> dict[str, float]:
    """What a scrape sees so many seconds after the beginning."""
    found = {str(s): float(value) * (after if s.grows else 1) for s, value in values.items()}
    by_hand = {series.replace("}", MAIN): number for series, number in BY_HAND.items()}
    return found | {s: number * (after if "_total" in s else 1.0) for s, number in by_hand.items()}


@pytest.mark.parametrize("bundle", sorted(FOLDERS))
def test_a_bundle_has_no_finding(bundle: str) -> None:
    """Not even a note."""
    project = ROOT if bundle == "catalog" else FOLDERS[bundle]
    loaded = api.load(project=str(project / "slokit.yaml"))

    assert loaded.findings == ()
    assert len(loaded.bundle.services) == len(specs(bundle))


@pytest.mark.programs("promtool")
def test_all_rule_files_load_without_a_lint(tmp_path: Path) -> None:
    """There is no fault and no duplicate rule in all files of both bundles together."""
    files = [
        f for name in FOLDERS for f in compiled(tmp_path / name, *specs(name), bundle=name).files
    ]

    outcome = check_rules(files)

    assert outcome.ok, outcome.output


@pytest.mark.programs("promtool")
def test_a_glob_over_the_committed_rules_loads() -> None:
    """alert-rules/*.yaml has rule files only, and promtool takes them all."""
    files = sorted((ROOT / "alert-rules").glob("*.yaml"))

    outcome = check_rules(files)

    assert len(files) == len(specs("catalog")) + 1
    assert outcome.ok, outcome.output


@pytest.mark.programs("prometheus")
def test_every_rule_evaluates_on_a_real_prometheus(tmp_path: Path) -> None:
    """With the series of all SLOs at once, each has its ledger and no evaluation fails."""
    bundles = [compiled(tmp_path / n, *specs(n), bundle=n, **FAST) for n in sorted(FOLDERS)]
    found = [slos_of(made) for made in bundles]
    slos = {slo for names, _ in found for slo in names}
    values = {series: value for _, all_values in found for series, value in all_values.items()}
    files = [file for made in bundles for file in made.files]
    with Exposition() as exposed:
        job = ScrapeJob("all", [exposed.target], options={"honor_labels": True})
        with PrometheusServer(tmp_path / "prometheus", scrape=[job], rule_files=files) as server:
            begun = time.monotonic()

            def have_ledgers() -> bool:
                exposed.set_samples(samples(values, time.monotonic() - begun))
                rows = server.query("slokit:total:rate10s")
                return {tuple(row.labels[name] for name in ROW) for row in rows} >= slos

            server.wait_until(have_ledgers, "recorded every ledger")
            server.wait_until(lambda: all(r["health"] == "ok" for r in server.rules()), "evaluated")
            assert server.failures() == 0
