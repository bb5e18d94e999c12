"""A real etcd cluster loses its leader, and the ledger shows what that cost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slokit import api
from slokit.compiler import names
from slokit.demo.processes import Children, wait_until
from slokit.demo.servers import OWN_ADDRESS, EtcdCluster, Prometheus
from slokit.diagnostics.errors import BrokenEnvironmentError
from slokit.model.bundle import Bundle
from slokit.prometheus.client import PrometheusClient
from slokit.reporting import ReportRequest, build_report
from slokit.reporting.formats import figures, table
from slokit.reporting.plan.request import RECORDED

_PROJECT = """\
bundle: demo
specs: [etcd.yaml]
interval: 1s
scrape_interval: 1s
ledger_window: 10s
targets: [prometheus]
"""
_PROMETHEUS = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yaml"]
scrape_configs:
  - job_name: etcd-demo
    static_configs: [{{targets: {targets}}}]
  - job_name: prometheus
    static_configs: [{{targets: ["{own}"]}}]
"""
_CALM, _DOWN, _AFTER = 30.0, 20.0, 30.0
_PERIOD = 3600.0
_WIDTH = 100

Say = Callable[[str], None]


@dataclass(frozen=True)
class Failover:
    """What the failover leaves behind: the bundle and the server with its ledger."""

    bundle: Bundle
    prometheus: Prometheus


def run(directory: Path, children: Children, pace: float, say: Say) -> Failover:
    """Start the servers, kill the leader and bring it back; ``pace`` scales the waits.

    Raises:
        BrokenEnvironmentError: a server does not start.
    """
    cluster = EtcdCluster(directory, children)
    say("compiling slo-specs/etcd.yaml")
    bundle = _compile(directory)
    config = _PROMETHEUS.format(
        rules=directory / names.RULES_DIRECTORY, targets=cluster.targets, own=OWN_ADDRESS
    )
    prometheus = Prometheus(directory, children, config)
    for server in cluster.servers.values():
        server.start()
    first = next(iter(cluster.servers.values()))
    wait_until(lambda: cluster.leader() is not None, 30, "the first election", first)
    prometheus.start()
    say(f"three etcd nodes and a Prometheus run; {cluster.leader()} leads")
    with _writes(cluster):
        _lose_the_leader(cluster, pace, say)
    return Failover(bundle, prometheus)


def _compile(directory: Path) -> Bundle:
    (directory / "slokit.yaml").write_text(_PROJECT)
    (directory / "etcd.yaml").write_text(api.catalog_entry("etcd").text)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    api.write(loaded)
    return loaded.bundle


@contextmanager
def _writes(cluster: EtcdCluster) -> Iterator[None]:
    """A client that writes a few keys a second, as something always does."""
    done = threading.Event()

    def write() -> None:
        while not done.wait(0.2):
            cluster.put("slokit")

    # Without requests there is no availability to lose.
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(5)


def _lose_the_leader(cluster: EtcdCluster, pace: float, say: Say) -> None:
    say(f"{_CALM * pace:.0f} seconds of calm")
    time.sleep(_CALM * pace)
    lost = cluster.leader()
    if lost is None:
        raise BrokenEnvironmentError("etcd lost its leader before the demo killed it")
    other = next(server for name, server in cluster.servers.items() if name != lost)
    say(f"killing {lost}, the leader")
    cluster.servers[lost].kill()
    begun = time.monotonic()
    wait_until(lambda: cluster.leader() is not None, 30, "an election", other)
    say(f"{cluster.leader()} leads after {time.monotonic() - begun:.1f} s")
    time.sleep(_DOWN * pace)
    say(f"bringing {lost} back")
    cluster.servers[lost].start()
    time.sleep(_AFTER * pace)


def show(failover: Failover, say: Say) -> None:
    """Say what the ledger, the alerts and the report hold now."""
    with failover.prometheus.client() as client:
        _show(failover.bundle, client, time.time(), say)


def _show(bundle: Bundle, client: PrometheusClient, at: float, say: Say) -> None:
    bad = names.bad_events(bundle.project.ledger_window)
    counted = {
        sample.labels[names.SLO]: sample.value
        for sample in client.instant(
            f'sum by (slo) (sum_over_time({bad}{{service="etcd"}}[1h]))', at
        )
    }
    say("")
    say(f"elections counted:           {counted.get('leader-elections', 0):.1f}")
    say(f"seconds without any leader:  {counted.get('leader-present', 0):.0f}")
    say(f"member-seconds lost:         {counted.get('members-with-leader', 0):.0f}")
    say(f"unary requests failed:       {counted.get('availability', 0):.0f}")
    for sample in client.instant('ALERTS{alertstate="firing"}', at):
        labels = sample.labels
        say(
            f"alert fires:                 {labels['alertname']} {labels.get('slo', '')}"
            f" ({labels.get('severity', '')})"
        )
    report = build_report(ReportRequest(bundle, bundle.slos, at, _PERIOD, RECORDED), client)
    say("\nleft of each budget, if the rest of the window goes without a fault:\n")
    for row in report.rows:
        measured = row.window_measure
        # The report's ratio is of the minutes measured; here it is weighed by how few of the window
        # those are.
        spent = (measured.budget_spent_ratio or 0.0) * measured.coverage
        say(
            f"{row.slo:22} {figures.percent(1 - spent, 3):>10} of {row.objective} over {row.window}"
        )
    say("\nthe report calls minutes of data `new`: it judges nothing before half of a window:\n")
    say(table.render(report, _WIDTH))
