"""The catalog's spec of hosts on a real node_exporter; a full disk is simulated behind it."""

import re
import time
from collections.abc import Iterator

import pytest

from slokit.demo.processes import HOST, free_ports
from tests.clusters.catalog_lab import SCRAPE, CatalogLab, catalog_lab
from tests.conftest import require_programs
from tests.support.servers.exposition import Exposition
from tests.support.servers.process import ServerProcess, answers, loopback_session
from tests.support.servers.prometheus_server import ScrapeJob

PROGRAM = "prometheus-node-exporter"
pytestmark = pytest.mark.programs("prometheus", PROGRAM)
AVAILABLE = re.compile(r"^(node_filesystem_avail_bytes\{.*\}) .*$", re.MULTILINE)
# A kernel without pressure stall information has no metrics of it.
PRESSURE = {"cpu-pressure", "io-pressure"}


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CatalogLab, Exposition, str]]:
    """A lab that scrapes what node_exporter said once, and may be made to say otherwise."""
    require_programs("prometheus", PROGRAM)
    directory = tmp_path_factory.mktemp("node")
    at, session = f"{HOST}:{free_ports(1)[0]}", loopback_session()
    exporter = ServerProcess([PROGRAM, f"--web.listen-address={at}"], directory / "node.log")
    exporter.start()
    try:
        exporter.wait_until(lambda: answers(session, f"http://{at}/metrics"), "answering")
        said = session.get(f"http://{at}/metrics", timeout=10).text
    finally:
        exporter.stop()
    with Exposition() as exposed:
        exposed.set(said)
        with catalog_lab(directory, "node", [ScrapeJob("node", [exposed.target])]) as lab:
            lab.prometheus.wait_for('slokit:total:rate5s{slo="disk-space"}')
            lab.prometheus.wait_for('slokit:total:rate5s{slo="reboots"}')
            yield lab, exposed, said


def test_a_full_disk_costs_its_seconds(host: tuple[CatalogLab, Exposition, str]) -> None:
    """As long as it was full, within two scrapes; a reboot is one event; all SLOs have data."""
    lab, exposed, said = host
    full = AVAILABLE.sub(r"\1 1", said)
    rebooted = re.sub(r"(?m)^node_boot_time_seconds .*$", "node_boot_time_seconds 1.7e+09", said)

    exposed.set(full)
    start = time.time()
    lab.goes_bad("disk-space")
    exposed.wait_for_scrapes(8)
    exposed.set(rebooted)
    end = time.time()
    lab.recovers("disk-space")

    counted = lab.counted("disk-space", until=end)
    assert counted == pytest.approx(end - start, abs=2 * SCRAPE)
    assert lab.counted("reboots", until=end + 5) == pytest.approx(1, abs=0.21)
    has_pressure = "node_pressure_cpu_waiting_seconds_total" in said
    assert lab.without_ledger() <= (set() if has_pressure else PRESSURE)
    assert all("node_pressure" in message for message in lab.missing()) or has_pressure
