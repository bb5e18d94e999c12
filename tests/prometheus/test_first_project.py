"""The project that `slokit init` writes, on a real Prometheus that scrapes itself."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from slokit.demo.processes import HOST
from tests.support.command import slokit
from tests.support.compile import promtool
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

pytestmark = pytest.mark.programs("prometheus", "promtool")
WRITTEN = "http://localhost:9090"


def itself(directory: Path) -> PrometheusServer:
    """A Prometheus with the scrape job of its stock configuration."""
    server = PrometheusServer(directory)
    server.scrape.append(ScrapeJob("prometheus", [f"{HOST}:{server.port}"]))
    return server


def printed_commands(text: str) -> list[str]:
    """The commands that `slokit init` says come next."""
    return re.findall(r"^  (slokit .*)$", text.partition("\nNext:")[2], re.MULTILINE)


def test_the_three_printed_commands_work(tmp_path: Path) -> None:
    """In a fresh directory each printed command does what it says, the last on a real server."""
    project = tmp_path / "project"
    project.mkdir()
    commands = printed_commands(slokit(project, "init").out)

    assert len(commands) == 3
    with itself(tmp_path) as server:
        server.wait_for('prometheus_http_requests_total{code="200"}')
        assert server.wait_for("prometheus_config_last_reload_successful")
        for command in commands:
            program, *arguments = shlex.split(command.replace(WRITTEN, server.url))
            ran = slokit(project, *arguments)

            assert program == "slokit"
            assert (ran.code, ran.err) == (0, ""), ran.out
    assert "error[" not in ran.out
    assert ran.out.splitlines()[-1].startswith(f"checked 4 SLOs of 1 service against {server.url}")


def test_the_rules_of_the_first_project_load_and_keep_their_word(tmp_path: Path) -> None:
    """Promtool takes the rules, and their generated unit tests pass."""
    slokit(tmp_path, "init")
    slokit(tmp_path, "compile")
    rules = sorted((tmp_path / "alert-rules").glob("*.yaml"))
    tests = sorted((tmp_path / "alert-rules" / "tests").glob("*.yaml"))

    assert promtool.check_rules(rules).ok
    assert promtool.test_rules(tests).ok, promtool.test_rules(tests).output


def test_every_slo_of_the_first_project_gets_a_ledger(tmp_path: Path) -> None:
    """On a Prometheus that scrapes itself no first SLO is without data."""
    project = tmp_path / "project"
    project.mkdir()
    slokit(project, "init")
    settings = yaml.safe_load((project / "slokit.yaml").read_text())
    quick = {**settings, "interval": "1s", "scrape_interval": "1s", "ledger_window": "4s"}
    (project / "slokit.yaml").write_text(yaml.safe_dump(quick))
    assert slokit(project, "compile").code == 0
    with itself(tmp_path) as server:
        server.rule_files = sorted((project / "alert-rules").glob("*.yaml"))
        server.write_config()
        server.reload()
        for slo in ("availability", "latency", "configuration", "failed-compactions"):
            assert server.wait_for(f'slokit:total:rate4s{{slo="{slo}"}}')
            assert server.wait_for(f'slokit:bad:rate4s{{slo="{slo}"}}')
