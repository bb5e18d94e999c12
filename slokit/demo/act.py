"""A real etcd cluster loses its leader, and the ledger tells what that cost."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slokit import api, workspace
from slokit.compiler import names
from slokit.demo.etcd import EtcdCluster
from slokit.demo.processes import HOST, Server, free_ports, require, wait_until
from slokit.errors import EnvironmentFault
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.errors import PrometheusFault
from slokit.prometheus.settings import PrometheusSettings
from slokit.report.build import RECORDED, Inquiry, build_report
from slokit.report.formats import figures, table
from slokit.spec.bundle import Bundle

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


def play(say: Say) -> None:
    """Start the servers, kill the leader, bring it back, and say what the ledger holds.

    Raises:
        EnvironmentFault: a program is missing or a server does not start.
    """
    require(["etcd", "prometheus"])
    directory = Path(tempfile.mkdtemp(prefix="slokit-demo-"))
    try:
        _play(directory, say)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _play(directory: Path, say: Say) -> None:
    cluster = EtcdCluster(directory)
    say("compiling slo-specs/etcd.yaml")
    bundle = _compile(directory)
    prometheus, client = _prometheus(directory, cluster)
    servers = [*cluster.servers.values(), prometheus]
    with _running(servers), client:
        first = next(iter(cluster.servers.values()))
        wait_until(lambda: cluster.leader() is not None, 30, "the first election", first)
        wait_until(lambda: _answers(client), 30, "the start of Prometheus", prometheus)
        say(f"three etcd nodes and a Prometheus run; {cluster.leader()} leads")
        with _writes(cluster):
            _lose_the_leader(cluster, say)
        _tell(bundle, client, say)


def _compile(directory: Path) -> Bundle:
    (directory / "slokit.yaml").write_text(_PROJECT)
    (directory / "etcd.yaml").write_text(workspace.catalog_text("etcd"))
    loaded = api.load(project=str(directory / "slokit.yaml"))
    artifacts = api.compile(loaded.bundle)
    changes = workspace.plan(artifacts, directory, loaded.bundle.name, ())
    workspace.apply(artifacts, changes, directory)
    return loaded.bundle


def _prometheus(directory: Path, cluster: EtcdCluster) -> tuple[Server, PrometheusClient]:
    (port,) = free_ports(1)
    own = f"{HOST}:{port}"
    config = directory / "prometheus.yml"
    config.write_text(
        _PROMETHEUS.format(
            rules=directory / names.RULES_DIRECTORY, targets=cluster.targets, own=own
        )
    )
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address={own}",
    ]
    server = Server(command, directory / "prometheus.log")
    return server, PrometheusClient(PrometheusSettings(f"http://{own}"))


@contextmanager
def _running(servers: list[Server]) -> Iterator[None]:
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            server.stop()


@contextmanager
def _writes(cluster: EtcdCluster) -> Iterator[None]:
    """A client that writes a few keys a second, as something always does."""
    done = threading.Event()

    def write() -> None:
        while not done.wait(0.2):
            cluster.put("slokit")

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(5)


def _answers(client: PrometheusClient) -> bool:
    try:
        return bool(client.instant("up", time.time()))
    except PrometheusFault:
        return False


def _lose_the_leader(cluster: EtcdCluster, say: Say) -> None:
    say(f"{_CALM:.0f} seconds of calm")
    time.sleep(_CALM)
    lost = cluster.leader()
    if lost is None:
        raise EnvironmentFault("etcd lost its leader before the demo killed it")
    other = next(server for name, server in cluster.servers.items() if name != lost)
    say(f"killing {lost}, the leader")
    cluster.servers[lost].kill()
    begun = time.monotonic()
    wait_until(lambda: cluster.leader() is not None, 30, "an election", other)
    say(f"{cluster.leader()} leads after {time.monotonic() - begun:.1f} s")
    time.sleep(_DOWN)
    say(f"bringing {lost} back")
    cluster.servers[lost].start()
    time.sleep(_AFTER)


def _tell(bundle: Bundle, client: PrometheusClient, say: Say) -> None:
    at = time.time()
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
            f" ({labels.get('severity', '')}, {labels.get('long', '')})"
        )
    report = build_report(Inquiry(bundle, bundle.slos, at, _PERIOD, RECORDED), client)
    say("\nleft of each budget, if the rest of the window goes without a fault:\n")
    for row in report.rows:
        measured = row.window_measure
        spent = (measured.budget_spent_ratio or 0.0) * measured.coverage
        say(
            f"{row.slo:22} {figures.percent(1 - spent, 3):>10} of {row.objective} over {row.window}"
        )
    say("\nthe report calls minutes of data `new`; no verdict before half of a window:\n")
    say(table.render(report, _WIDTH))
