"""A real Alertmanager on loopback."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from slokit.demo.processes import HOST, free_ports
from tests.support.servers.process import ServerProcess, answers, loopback_session

PROGRAM = "prometheus-alertmanager"


class AlertmanagerServer:
    """An Alertmanager of its own for one test, as a context manager.

    `config` is an alertmanager.yaml as a mapping or as the path of a file; `target` is the
    host:port that PrometheusServer takes in `alertmanagers`.
    """

    def __init__(self, directory: Path, config: Mapping[str, Any] | Path) -> None:
        self.directory = directory
        self.target = f"{HOST}:{free_ports(1)[0]}"
        self.url = f"http://{self.target}"
        self._session = loopback_session()
        self._path = write_config(directory, config)
        self._process = ServerProcess(self._command(), directory / "alertmanager.log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.stop()

    def start(self) -> None:
        """Start and wait until it is ready."""
        self._process.start()
        self._process.wait_until(lambda: answers(self._session, f"{self.url}/-/ready"), "ready")

    def stop(self) -> None:
        """Stop it; what it has notified and what is silenced stays."""
        self._process.stop()

    def restart(self) -> None:
        """Stop and start again on the same port and data."""
        self.stop()
        self.start()

    def send(
        self,
        labels: Mapping[str, str],
        annotations: Mapping[str, str] | None = None,
        lasts: timedelta = timedelta(hours=1),
    ) -> None:
        """Send one alert as Prometheus would; a `lasts` of zero resolves it."""
        alert = {
            "labels": dict(labels),
            "annotations": dict(annotations or {}),
            "endsAt": (datetime.now(UTC) + lasts).isoformat(),
        }
        answer = self._session.post(f"{self.url}/api/v2/alerts", json=[alert], timeout=30)
        assert answer.ok, answer.text

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts it holds: labels, annotations, status {state, inhibitedBy, silencedBy}."""
        return list(self._session.get(f"{self.url}/api/v2/alerts", timeout=30).json())

    def _command(self) -> list[str]:
        return [
            PROGRAM,
            f"--config.file={self._path}",
            f"--storage.path={self.directory / 'alertmanager-data'}",
            f"--web.listen-address={self.target}",
            "--cluster.listen-address=",
        ]


def write_config(directory: Path, config: Mapping[str, Any] | Path) -> Path:
    """The configuration as a file: the given one, or the mapping written down."""
    if isinstance(config, Path):
        return config
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(dict(config), sort_keys=False))
    return path


def check_config(path: Path) -> str:
    """What `amtool check-config` says; raises AssertionError when it refuses the file."""
    run = amtool("check-config", str(path))
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def routes_to(path: Path, labels: Mapping[str, str]) -> Sequence[str]:
    """The receivers that an alert with these labels reaches, as `amtool` finds them."""
    pairs = [f"{name}={json.dumps(value)}" for name, value in labels.items()]
    run = amtool("config", "routes", "test", f"--config.file={path}", *pairs)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.strip().split(",")


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run amtool."""
    return subprocess.run(
        ["amtool", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
