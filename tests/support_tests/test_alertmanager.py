"""Alerts travel from a real Prometheus through a real Alertmanager to a webhook."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.servers.alertmanager_server import AlertmanagerServer, check_config, routes_to
from tests.support.servers.prometheus_server import PrometheusServer
from tests.support.servers.webhook import WebhookReceiver

pytestmark = pytest.mark.programs("prometheus", "prometheus-alertmanager", "amtool")


@pytest.fixture
def webhook() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def routing(webhook: WebhookReceiver) -> dict[str, Any]:
    quick = {"group_wait": "100ms", "group_interval": "200ms", "group_by": ["alertname"]}
    pages = {"receiver": "pager", "matchers": ['severity="page"']}
    return {
        "route": {"receiver": "rest", **quick, "routes": [pages]},
        "receivers": [
            {"name": name, "webhook_configs": [{"url": f"{webhook.url}/{name}"}]}
            for name in ("rest", "pager")
        ],
    }


def test_a_firing_rule_reaches_its_receiver(tmp_path: Path, webhook: WebhookReceiver) -> None:
    """A page is sent to the pager's path with its labels."""
    rules = tmp_path / "rules.yml"
    rule = {"alert": "Fire", "expr": "vector(1)", "labels": {"severity": "page"}}
    rules.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    with AlertmanagerServer(tmp_path / "am", routing(webhook)) as alertmanager:
        targets = [alertmanager.target]
        with PrometheusServer(tmp_path / "p", rule_files=[rules], alertmanagers=targets):
            sent = webhook.wait_for(lambda one: one.path == "/pager")

    assert sent.status == "firing"
    assert sent.alerts[0]["labels"] == {"alertname": "Fire", "severity": "page"}


def test_a_sent_alert_can_be_resolved(tmp_path: Path, webhook: WebhookReceiver) -> None:
    """An alert sent with an end in the past is notified as resolved."""
    with AlertmanagerServer(tmp_path, routing(webhook)) as alertmanager:
        alertmanager.send({"alertname": "Soon"})
        webhook.wait_for(lambda one: one.status == "firing")
        alertmanager.send({"alertname": "Soon"}, lasts=timedelta(0))

        assert webhook.wait_for(lambda one: one.status == "resolved").path == "/rest"


def test_routes_are_found_without_a_server(tmp_path: Path, webhook: WebhookReceiver) -> None:
    """The tool amtool accepts the configuration and names the receiver of a page."""
    path = tmp_path / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(routing(webhook)))

    assert "SUCCESS" in check_config(path)
    assert routes_to(path, {"severity": "page"}) == ["pager"]
    assert routes_to(path, {"severity": "ticket"}) == ["rest"]
