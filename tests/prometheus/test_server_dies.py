"""A real Prometheus that goes away while `check` and `report` ask it."""

import time
from pathlib import Path

import pytest

from slokit.demo.processes import HOST
from tests.support.command import Ran, interrupted
from tests.support.command_here import slokit
from tests.support.compile.live_specs import service, slo
from tests.support.compile.loaded import written
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
COMMANDS = ["check", "report"]
SPEC = service(
    slo("events: {bad: 'http_requests_total{code=\"500\"}', total: http_requests_total}")
)
ESTABLISHED = "01"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A bundle of one SLO, and last week's report."""
    directory = written(tmp_path / "project", SPEC).parent
    (directory / "report.json").write_text("last week's")
    return directory


def options(command: str, url: str) -> list[str]:
    """The command's arguments; a report would replace last week's."""
    out = ["--format", "json", "--out", "report.json"] if command == "report" else []
    return [command, "--prometheus", url, *out]


def assert_told(project: Path, ran: Ran, url: str) -> None:
    """One line that names the server, exit code 4, and the old report as it was."""
    assert (ran.code, ran.out) == (4, "")
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith(f"slokit: Prometheus at {url} was reached, but the connection broke")
    assert (project / "report.json").read_text() == "last week's"
    assert len(list(project.iterdir())) == 3


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("answered", [1, 4])
def test_it_dies_half_way(
    project: Path, shop: PrometheusServer, command: str, answered: int
) -> None:
    """What was answered before is not told as if it were all; of one at a time, it is the last."""
    one = ["--concurrency", "1"] if command == "report" else []
    with PrometheusProxy(shop.url, Faults(dies_after=answered)) as proxy:
        ran = slokit(project, *options(command, proxy.url), *one)
        assert len(proxy.log.paths) == answered + 1
    assert_told(project, ran, proxy.url)


@pytest.mark.parametrize("answered", [1, 2, 4])
def test_it_dies_while_two_are_asked(project: Path, shop: PrometheusServer, answered: int) -> None:
    """Of a report that asks two questions at once, at most both get no answer, and none follows."""
    with PrometheusProxy(shop.url, Faults(dies_after=answered)) as proxy:
        ran = slokit(project, *options("report", proxy.url))
        assert answered < len(proxy.log.paths) <= answered + 2
    assert_told(project, ran, proxy.url)


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_killed_while_it_answers(project: Path, tmp_path: Path, command: str) -> None:
    """A server that hangs holds the question; then it is killed."""
    with Exposition() as exposed:
        exposed.set_samples({'http_requests_total{code="500"}': 1.0})
        with PrometheusServer(tmp_path / "server", scrape=[exposed.target]) as server:
            server.hang()

            def killed_when_asked(_process: object) -> None:
                deadline = time.monotonic() + 60
                while not is_asked(server.port):
                    assert time.monotonic() < deadline, "nobody asked"
                    time.sleep(0.02)
                server.crash()

            ran = interrupted(
                project, *options(command, server.url), when=killed_when_asked, by=None
            )
    assert_told(project, ran, server.url)


def is_asked(port: int) -> bool:
    """Whether bytes of a question wait at a server that does not read them."""
    here = f"{''.join(f'{int(part):02X}' for part in reversed(HOST.split('.')))}:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        row[1] == here and row[3] == ESTABLISHED and int(row[4].partition(":")[2], 16) > 0
        for row in rows
    )
