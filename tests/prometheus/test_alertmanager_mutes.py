"""Maintenance in a real Alertmanager: what is muted, and nothing else."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slokit import api
from tests.support.command_here import slokit
from tests.support.servers.alertmanager_server import AlertmanagerServer, check_config, routes_to
from tests.support.servers.webhook import Notification, WebhookReceiver

pytestmark = pytest.mark.programs("prometheus-alertmanager", "amtool")

SPEC = """
apiVersion: slokit/v1
service: {service}
owner: team-{service}
defaults: {{group_by: [cluster]}}
slos:
  - {{name: a, category: latency, objective: 99%, sli: {{events: {{bad: b, total: t}}}}}}
  - {{name: c, objective: 99%, sli: {{events: {{bad: b, total: t}}}}}}
"""


def project(url: str) -> dict[str, Any]:
    """Three maintenances that are on, and one that is not."""
    now = datetime.now(UTC)
    on = {"from": moment(now - timedelta(hours=30)), "to": moment(now + timedelta(hours=30))}
    over = {"from": moment(now - timedelta(hours=9)), "to": moment(now - timedelta(hours=3))}
    whole_day = {"times": [{"start_time": "00:00", "end_time": "24:00"}]}
    receivers = {
        name: {"webhook": {"url": f"{url}/{name}"}} for name in ("pager", "tickets", "rest")
    }
    return {
        "bundle": "test",
        "alertmanager": {
            "receivers": receivers,
            "default": "rest",
            "routes": [{"page": "pager", "ticket": "tickets"}],
            "group_wait": "1s",
            "group_interval": "1s",
        },
        "maintenance": [
            {"name": "racks", "reason": "Moved", "services": ["shop"], **on},
            {"name": "eu", "reason": "Patched", "match": 'cluster="eu"', "when": whole_day},
            {"name": "latency", "reason": "Tuned", "match": 'category="latency"', **on},
            {"name": "past", "reason": "Done", "services": ["till"], **over},
        ],
    }


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def labels(service: str, slo: str, cluster: str, severity: str = "page") -> dict[str, str]:
    return {
        "alertname": "SLOBudgetBurn",
        "bundle": "test",
        "service": service,
        "slo": slo,
        "cluster": cluster,
        "severity": severity,
        "owner": f"team-{service}",
    }


def is_of(alert: dict[str, str]) -> Callable[[Notification], bool]:
    return lambda notification: notification.alerts[0]["labels"] == alert


MUTED = [
    labels("shop", "c", "us"),
    labels("shop", "a", "eu"),
    labels("till", "c", "eu"),
    labels("till", "c", "eu", "ticket"),
    labels("till", "a", "us"),
]
HEARD = [labels("till", "c", "us"), labels("till", "c", "us2", "ticket")]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, WebhookReceiver]]:
    """The project, compiled for Alertmanager, and its receiver."""
    directory = tmp_path_factory.mktemp("mutes")
    with WebhookReceiver() as webhook:
        (directory / "slo-specs").mkdir()
        for service in ("shop", "till"):
            text = SPEC.format(service=service)
            (directory / "slo-specs" / f"{service}.yaml").write_text(text)
        (directory / "slokit.yaml").write_text(json.dumps(project(webhook.url)))
        loaded = api.load((), str(directory / "slokit.yaml"))
        assert not loaded.errors, [finding.message for finding in loaded.errors]
        api.write(loaded, ["alertmanager"])
        yield directory, webhook


def test_nothing_is_notified_in_maintenance(compiled: tuple[Path, WebhookReceiver]) -> None:
    """Of a service, a cluster or a category that is maintained; all other alerts are notified."""
    directory, webhook = compiled
    with ExitStack() as stack:
        config = directory / "alertmanager" / "alertmanager.yaml"
        server = stack.enter_context(AlertmanagerServer(directory / "am", config))
        for alert in (*MUTED, *HEARD):
            server.send(alert)
        for alert in HEARD:
            webhook.wait_for(is_of(alert))
        # whatever is late is given the time of several notifications
        time.sleep(4)

    assert sorted(n.path for n in webhook.notifications) == ["/pager", "/tickets"]


def test_routes_stay_as_they_are(compiled: tuple[Path, WebhookReceiver]) -> None:
    """Muted or not, an alert goes to the same receivers, as amtool finds them."""
    config = compiled[0] / "alertmanager" / "alertmanager.yaml"

    check_config(config)
    for alert in (*MUTED, *HEARD):
        expected = "pager" if alert["severity"] == "page" else "tickets"
        assert routes_to(config, alert) == [expected]


@pytest.mark.parametrize(
    ("alert", "lines"),
    [
        (
            MUTED[1],
            [
                "Now: the maintenance racks: Moved.",
                "Now: the maintenance eu: Patched.",
                "Now: the maintenance latency: Tuned.",
            ],
        ),
        (MUTED[4], ["Now: the maintenance latency: Tuned."]),
        (HEARD[0], ["In its time, which is not now: the maintenance past: Done."]),
    ],
)
def test_an_explanation_says_what_mutes(
    compiled: tuple[Path, WebhookReceiver], alert: dict[str, str], lines: list[str]
) -> None:
    """Each maintenance that an alert is of, and whether it is on."""
    pasted = ",".join(f'{name}="{value}"' for name, value in alert.items())
    ran = slokit(compiled[0], "explain", "--alert", pasted)

    assert [line for line in lines if line not in ran.out] == []
    assert ran.out.count("Now: the maintenance") == sum("Now" in line for line in lines)
