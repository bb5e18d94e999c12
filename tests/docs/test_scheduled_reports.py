"""The schedules of the documentation can be read, and their commands make and send reports."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.command import slokit
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.support.servers.prometheus_server import PrometheusServer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "scheduled-reports.md"
SPEC = """\
apiVersion: slokit/v1
service: edge
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""

pytestmark = pytest.mark.programs("prometheus")


def _blocks(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _command(of: str) -> str:
    """The line of an example that makes the report, for a shell."""
    (crontab,), (service, _timer) = _blocks("crontab"), _blocks("ini")
    github, gitlab, kubernetes = map(yaml.safe_load, _blocks("yaml"))
    container = kubernetes["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    commands: dict[str, str] = {
        "cron": crontab.strip().splitlines()[-1].partition(" && ")[2],
        "systemd": re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)[0],
        "github": github["jobs"]["report"]["steps"][1]["run"],
        "gitlab": gitlab["slo-report"]["script"][0],
        "kubernetes": shlex.join(container["command"]),
    }
    return commands[of]


class Chat(LoopbackServer):
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        bodies = self.bodies

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer(200, "text/plain", b"ok")

        super().__init__(Handler)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus that holds nothing: what is proved is that the command runs."""
    with PrometheusServer(tmp_path_factory.mktemp("prometheus")) as running:
        yield running


@pytest.mark.parametrize("of", ["cron", "systemd", "github", "gitlab", "kubernetes"])
def test_the_command_of_a_schedule_makes_and_sends_a_report(
    of: str, server: PrometheusServer, tmp_path: Path
) -> None:
    """As it stands on the page, but for the directories of the machine."""
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "edge.yaml").write_text(SPEC)
    line = re.sub(r"/(var/www|var/lib|etc|kept|secrets)/", f"{tmp_path}/", _command(of))
    with Chat() as chat:
        for name in ("slack", "slokit/slack"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(chat.url)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own = {
            "PATH": path,
            "NO_PROXY": "*",
            "SLOKIT_PROMETHEUS_URL": server.url,
            "PYTHONPATH": str(ROOT),
            "SLACK_WEBHOOK": chat.url if of == "github" else str(tmp_path / "slack"),
            **dict.fromkeys(
                ("STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "RUNNER_TEMP"), str(tmp_path)
            ),
        }
        ran = subprocess.run(
            ["sh", "-euc", line],
            cwd=tmp_path,
            env=own,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert ran.returncode == 0, ran.stderr
    assert len(chat.bodies) == 1
    assert len(list(tmp_path.rglob("report.html"))) == 1


def test_a_report_that_is_not_delivered_is_on_disk(
    server: PrometheusServer, tmp_path: Path
) -> None:
    """One line on standard error, and the exit code of a broken environment."""
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "edge.yaml").write_text(SPEC)
    with LoopbackServer(QuietHandler) as deaf:  # it knows no POST
        (tmp_path / "slack").write_text(deaf.url)
        given = ["--prometheus", server.url, "--out", "report.txt", "--send", "slack:slack"]
        ran = slokit(tmp_path, "report", *given, NO_PROXY="*")

    assert ran.code == 4
    assert "the report was not delivered to slack:slack: 127.0.0.1 answers 501" in ran.err
    assert (tmp_path / "report.txt").is_file()


def test_every_schedule_is_monday_morning() -> None:
    """Five fields of cron, and a calendar of systemd."""
    github, _, kubernetes = map(yaml.safe_load, _blocks("yaml"))
    crontab = _blocks("crontab")[0].strip().splitlines()[-1]
    crons = [
        " ".join(crontab.split()[:5]),
        github[True]["schedule"][0]["cron"],
        kubernetes["spec"]["schedule"],
    ]

    assert all(re.fullmatch(r"0 [78] \* \* 1", cron) for cron in crons), crons
    assert "OnCalendar=Mon *-*-* 08:00:00 Europe/Berlin" in _blocks("ini")[1]
