"""The commands of the pages on gates and reports run, and print what the pages show."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from slokit import api
from slokit.cli.output import Exit
from slokit.text.moments import rfc3339
from tests.docs.test_scheduled_reports import Chat
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command import ROOT, Ran, slokit
from tests.support.history.history import History, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

GATES, REPORTS = (ROOT / "docs" / "how-to" / f"{name}.md" for name in ("gates", "reports"))
DAY = 86_400
AT = 1_767_571_200.0  # the moment of the page's gates
NOW = 1_795_435_200.0  # a Monday on which the reports are made
READERS_SERVER = "http://localhost:9090"
SETTINGS = "bundle: shop\nspecs: [specs]\n"
SPECS = {
    "orders-db": """\
apiVersion: slokit/v1
service: orders-db
owner: team-storage
slos:
  - name: availability
    objective: 99.9%
    group_by: [cluster]
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: read-latency-fast
    objective: 99%
    group_by: [cluster]
    sli: {latency: {histogram: read_seconds, at_most: 10ms}}
""",
    "edge": """\
apiVersion: slokit/v1
service: edge
slos:
  - name: availability
    objective: 99%
    group_by: [version]
    sli: {events: {bad: http_errors_total, total: http_requests_total}}
""",
}
# by SLO and group: out of how many in a ledger window, how many are bad, and the budget
LEDGERS = {
    ("orders-db", "availability", "cluster", "eu"): (1000.0, 1.12, 0.001),
    ("orders-db", "read-latency-fast", "cluster", "us"): (1000.0, 3.87, 0.01),
    ("edge", "availability", "version", "v1"): (1000.0, 2.0, 0.01),
    ("edge", "availability", "version", "v2"): (400.0, 12.0, 0.01),
}

pytestmark = pytest.mark.programs("prometheus", "promtool")


@dataclass(frozen=True)
class Shown:
    """Commands of a page that stand together, and the lines that they must print."""

    commands: list[str]
    printed: list[str]


def _indented(page: Path) -> list[Shown]:
    """The indented blocks of commands, outside of fences and lists."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"(?:^    \S.*\n)+", text, re.MULTILINE)
    blocks = [[line.strip() for line in block.splitlines()] for block in found]
    return [
        Shown(
            [line for line in block if line.startswith("slokit ")],
            [line for line in block if not line.startswith(("slokit ", "pip "))],
        )
        for block in blocks
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The services of the pages, and the policy of the page on gates."""
    root = tmp_path_factory.mktemp("project")
    (policy,) = (
        block
        for block in re.findall(r"^```yaml\n(.*?)^```", GATES.read_text(), re.MULTILINE | re.DOTALL)
        if "error_budget_policy" in block
    )
    (root / "slokit.yaml").write_text(SETTINGS + policy)
    (root / "specs").mkdir()
    for name, text in SPECS.items():
        (root / "specs" / f"{name}.yaml").write_text(text)
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[PrometheusServer]:
    """A Prometheus with the month before the page's gates."""
    loaded = api.load(project=str(project / "slokit.yaml"))
    assert not loaded.errors, loaded.errors
    series: dict[object, History] = {}
    for (service, slo, label, value), (total, bad, budget) in LEDGERS.items():
        labels = {"service": service, "slo": slo, label: value}
        over = AT - 31 * DAY, AT + 3600
        own = Ledger(loaded.bundle.project, *over, total, bad, budget=budget, labels=labels)
        series |= {tuple(sorted(each.labels.items())): each for each in own.series()}
    running = server_with_history(tmp_path_factory.mktemp("prometheus"), [*series.values()])
    with running:
        settings = project / "slokit.yaml"
        settings.write_text(f"{settings.read_text()}prometheus: {{url: {running.url!r}}}\n")
        yield running


def _run(project: Path, command: str, places: dict[str, str], now: float, *more: str) -> Ran:
    """A command of a page with other places in it, on a machine whose clock shows that moment."""
    for old, new in places.items():
        command = command.replace(old, new)
    clock = project.parent / "clock"
    clock.mkdir(exist_ok=True)
    (clock / "sitecustomize.py").write_text(f"import time\ntime.time = lambda: {now}\n")
    words = shlex.split(command)[1:]
    return slokit(project, *words, *more, PYTHONPATH=f"{clock}:{ROOT}", NO_PROXY="*")


def test_gates_print_what_the_page_shows(
    project: Path, server: PrometheusServer, tmp_path: Path
) -> None:
    """Each block at the moment that it shows, with the exit code of its last line."""
    places = {READERS_SERVER: server.url, "/srv/deployments": str(tmp_path)}
    codes = {"open": Exit.FINE, "closed": Exit.BREACHED, "not known": Exit.UNKNOWN}
    blocks = _indented(GATES)

    assert len(blocks) == 3
    for block in blocks:
        moment, state = re.findall(
            r"^gate at (\S+?Z).*: (.*)$", "\n".join(block.printed), re.MULTILINE
        )[0]
        *before, last = block.commands
        for command in before:
            ran = _run(project, command, places, NOW, "--at", rfc3339(AT))
            assert ran.code == Exit.FINE, ran.err
        ran = _run(project, last, places, NOW, "--at", moment)
        lines = iter(ran.out.splitlines())

        assert ran.code == codes[state], ran.err
        for line in block.printed:
            assert any(line == each for each in lines), f"{line}\nprinted:\n{ran.out}"


def test_the_pipeline_of_the_page_stops(project: Path, server: PrometheusServer) -> None:
    """Its gate is closed, by the policy and by nothing else."""
    (script,) = (
        document["deploy"]["script"]
        for block in re.findall(r"^```yaml\n(.*?)^```", GATES.read_text(), re.MULTILINE | re.DOTALL)
        if "deploy" in (document := yaml.safe_load(block))
    )
    ran = _run(project, script[0], {}, NOW, "--at", rfc3339(AT))

    assert server.url
    assert ran.code == Exit.BREACHED
    assert "freeze (Only fixes ship)" in ran.out


def test_commands_of_the_page_on_reports_run(
    project: Path, server: PrometheusServer, tmp_path: Path
) -> None:
    """All of them end well; their files are written, and what is sent arrives."""
    with Chat() as chat:
        (tmp_path / "slack").write_text(chat.url)
        places = {
            READERS_SERVER: server.url,
            "/etc/slokit/slack": str(tmp_path / "slack"),
            "/var/lib/slokit/archive": str(tmp_path / "archive"),
        }
        commands = [command for block in _indented(REPORTS) for command in block.commands]
        for command in commands:
            ran = _run(project, command, places, NOW)
            assert ran.code == Exit.FINE, f"{command}\n{ran.err}"

    assert len(commands) == 9
    assert "https://reports.example.com/" in str(chat.bodies)
    assert (project / "report.html").read_text().startswith("<!doctype html>")
    assert (project / "report.md").read_text().startswith("# Error budgets of shop")
