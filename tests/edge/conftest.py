"""What the tests of the client share: a real Prometheus, and an environment without proxies."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.settings import PrometheusSettings
from tests.conftest import require_programs
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

Connect = Callable[..., PrometheusClient]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the machine's proxy settings out of every test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Builds clients with a short timeout, and closes them."""
    opened: list[PrometheusClient] = []

    def build(url: str, timeout: float = 5.0, **settings: Any) -> PrometheusClient:
        opened.append(PrometheusClient(PrometheusSettings(url, timeout=timeout, **settings)))
        return opened[-1]

    yield build
    for client in opened:
        client.close()


@pytest.fixture(scope="package")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A real Prometheus that scrapes itself every second."""
    require_programs("prometheus")
    directory = tmp_path_factory.mktemp("prometheus")
    rules = directory / "some.rules.yaml"
    rules.write_text(
        "groups: [{name: some, interval: 1s, rules: ["
        "{record: 'up:copy', expr: up, labels: {kind: copy}}, {alert: Down, expr: up == 0}]}]"
    )
    server = PrometheusServer(directory, rule_files=[rules])
    server.scrape = [ScrapeJob("self", [f"127.0.0.1:{server.port}"])]
    with server:
        server.wait_for("up:copy")
        yield server
