"""The catalog's specs of Prometheus and Alertmanager on real ones, while notifications fail."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from slokit.demo.processes import HOST, free_ports
from tests.clusters.catalog_lab import CatalogLab, catalog_lab
from tests.conftest import require_programs
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.support.servers.process import ServerProcess, answers, loopback_session
from tests.support.servers.prometheus_server import ScrapeJob

PROGRAM = "prometheus-alertmanager"
pytestmark = pytest.mark.programs("prometheus", PROGRAM)
RECEIVER = """\
route: {{receiver: hook, group_by: [name], group_wait: 0s}}
receivers: [{{name: hook, webhook_configs: [{{url: "{url}", send_resolved: false}}]}}]
"""


class Hook(LoopbackServer):
    """Takes notifications, or refuses those of alerts whose name begins with `bad`."""

    def __init__(self) -> None:
        self.taken = self.refused = 0
        hook = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_bad = b'"name":"bad' in body
                hook.refused += is_bad
                hook.taken += not is_bad
                # 400 is final: nothing is sent again
                self.answer(400 if is_bad else 200, "text/plain", b"")

        super().__init__(Handler)


@dataclass(frozen=True)
class Pager:
    """An Alertmanager, its receiver, and the Prometheus that watches it."""

    lab: CatalogLab
    hook: Hook
    url: str

    def alert(self, name: str) -> None:
        """Fire one alert."""
        alerts = [{"labels": {"alertname": "Test", "name": name}}]
        loopback_session().post(f"{self.url}/api/v2/alerts", json=alerts, timeout=10)


@pytest.fixture
def pager(tmp_path: Path) -> Iterator[Pager]:
    require_programs("prometheus", PROGRAM)
    at = f"{HOST}:{free_ports(1)[0]}"
    with ExitStack() as stack:
        hook = stack.enter_context(Hook())
        file = tmp_path / "alertmanager.yml"
        file.write_text(RECEIVER.format(url=hook.url))
        where = [f"--web.listen-address={at}", f"--storage.path={tmp_path / 'alertmanager'}"]
        command = [PROGRAM, f"--config.file={file}", *where, "--cluster.listen-address="]
        process = ServerProcess(command, tmp_path / "alertmanager.log")
        process.start()
        stack.callback(process.stop)
        session = loopback_session()
        process.wait_until(lambda: answers(session, f"http://{at}/-/ready"), "ready")
        jobs = [ScrapeJob("alertmanager", [at])]
        lab = stack.enter_context(catalog_lab(tmp_path, "alertmanager", jobs))
        lab.prometheus.wait_for('slokit:total:rate5s{slo="notifications"}')
        yield Pager(lab, hook, f"http://{at}")


def test_failed_notifications_are_as_many_as_the_receiver_refused(pager: Pager) -> None:
    """Each counts once, and so does each that was taken; no indicator is without data."""
    for number in range(100):
        pager.alert(f"bad{number}" if number % 4 == 0 else f"good{number}")
        time.sleep(0.1)
    hook = pager.hook
    pager.lab.prometheus.wait_until(lambda: hook.taken + hook.refused >= 100, "notified")

    assert (hook.refused, hook.taken) == (25, 75)
    counted = pager.lab.counted("notifications", until=time.time())
    # one scrape's may be amiss, or 10 %
    assert counted == pytest.approx(hook.refused, abs=3)
    assert pager.lab.counted("notifications", "total") == pytest.approx(100, abs=10)
    assert pager.lab.without_ledger() == set()
    assert pager.lab.missing() == []


def test_prometheus_watches_itself(tmp_path: Path) -> None:
    """It has every indicator, and nothing of it is bad; the live check misses no metric."""
    with catalog_lab(tmp_path, "prometheus", []) as lab:
        server = lab.prometheus
        server.scrape = [ScrapeJob("prometheus", [server.url.removeprefix("http://")])]
        server.reload()
        server.wait_for('slokit:total:rate5s{slo="restarts"}')
        server.wait_for('slokit:total:rate5s{slo="query-latency"} > 0')

        server.wait_until(lambda: not lab.without_ledger(), "every indicator")
        assert lab.missing() == []
        assert lab.counted("rule-evaluations") == 0
