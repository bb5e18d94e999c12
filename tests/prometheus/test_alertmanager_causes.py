"""Causes in a real Alertmanager: what a cause alert silences, and what it never does.

The alerts are sent as Prometheus sends them, with the labels that the compiled rules give them.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from slokit import api
from slokit.compiler import alert_labels, causes
from slokit.model.bundle import Bundle
from tests.support.servers.alertmanager_server import AlertmanagerServer, check_config
from tests.support.servers.webhook import WebhookReceiver

pytestmark = pytest.mark.programs("prometheus-alertmanager", "amtool")

SPEC = """
apiVersion: slokit/v1
service: {service}
owner: team-{service}
defaults: {{group_by: [cluster, instance]}}
slos:
  - {{name: a, objective: 99%, sli: {{events: {{bad: b, total: t}}}}}}
  - {{name: b, objective: 99%, sli: {{events: {{bad: b, total: t}}}}}}
  - {{name: whole, group_by: [cluster], objective: 99%, sli: {{events: {{bad: b, total: t}}}}}}
"""
CAUSES = """
cause_alerts:
  - {name: Thrash, failure_mode: leader-thrash, group_by: [cluster],
     expr: max by (cluster) (changes) > 3}
  - {name: Split, failure_mode: split-brain, severity: page, group_by: [cluster],
     expr: sum by (cluster) (leaders) > 1}
  - {name: Slow, failure_mode: slow-node, expr: "max by (cluster, instance) (lag) > 3"}
"""
EU, US, ASIA = "eu", "us", "asia"
HEARD = 10


@dataclass
class Silenced:
    """Which alerts Alertmanager holds to be silenced, and which were notified."""

    bundle: Bundle
    server: AlertmanagerServer
    webhook: WebhookReceiver

    def symptom(self, name: str, severity: str, **group: str) -> dict[str, str]:
        """The labels of a burn alert on an SLO."""
        slo = next(slo for slo in self.bundle.slos if slo.id == name)
        own = alert_labels.carried(slo, self.bundle.project)[severity]
        return {"alertname": "SLOBudgetBurn", "alert_policy": "default", **own, **group}

    def cause(self, name: str, **group: str) -> dict[str, str]:
        """The labels of a cause alert."""
        cause = next(cause for cause in self.bundle.causes if cause.name == name)
        return {"alertname": name, **causes.labels(cause, self.bundle), **group}

    def states(self) -> dict[tuple[str, ...], str]:
        """The state of each alert by what it is on, its name and its severity."""
        return {_key(alert["labels"]): alert["status"]["state"] for alert in self.server.alerts()}

    def notified(self) -> set[tuple[str, ...]]:
        """The alerts that the webhook got."""
        sent = list(self.webhook.notifications)
        return {_key(alert["labels"]) for notification in sent for alert in notification.alerts}


def _key(labels: dict[str, str]) -> tuple[str, ...]:
    names = ("cluster", "instance", "service", "slo", "alertname", "severity")
    return tuple(labels.get(name, "") for name in names)


@pytest.fixture(scope="module")
def silenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Silenced]:
    """Causes of eu, us and one member in asia, then symptoms in all of them and elsewhere."""
    directory = tmp_path_factory.mktemp("causes")
    with ExitStack() as stack:
        webhook = stack.enter_context(WebhookReceiver())
        settings: dict[str, Any] = {
            "bundle": "test",
            "alertmanager": {
                "receivers": {"hook": {"webhook": {"url": webhook.url}}},
                "group_wait": "1s",
                "group_interval": "1s",
            },
        }
        (directory / "slo-specs").mkdir()
        for service, more in (("shop", CAUSES), ("till", "")):
            text = SPEC.format(service=service) + more
            (directory / "slo-specs" / f"{service}.yaml").write_text(text)
        (directory / "slokit.yaml").write_text(json.dumps(settings))
        loaded = api.load((), str(directory / "slokit.yaml"))
        assert not loaded.errors, [finding.message for finding in loaded.errors]
        api.write(loaded, ["alertmanager"])
        config = directory / "alertmanager" / "alertmanager.yaml"
        check_config(config)
        server = stack.enter_context(AlertmanagerServer(directory / "am", config))
        found = Silenced(loaded.bundle, server, webhook)
        sent = [
            found.cause("Thrash", cluster=EU),
            found.cause("Split", cluster=US),
            found.cause("Slow", cluster=ASIA, instance="1"),
            *[
                found.symptom("shop/a", severity, cluster=cluster, instance=instance)
                for severity in ("page", "ticket")
                for cluster in (EU, US, ASIA)
                for instance in ("1", "2")
            ],
            # pages of other groups than the tickets', which would silence those by themselves
            *[found.symptom("shop/whole", "ticket", cluster=cluster) for cluster in (EU, ASIA)],
            *[found.symptom("shop/b", "ticket", cluster=ASIA, instance=n) for n in "12"],
            found.symptom("till/whole", "ticket", cluster=EU),
        ]
        for labels in sent:
            server.send(labels)
        deadline = time.monotonic() + 30
        while len(found.notified()) < HEARD and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(3)  # whatever is late is given the time of several notifications
        yield found


def on(cluster: str, instance: str, severity: str) -> tuple[str, ...]:
    return cluster, instance, "shop", "a", "SLOBudgetBurn", severity


def test_a_cause_that_is_a_ticket_silences_tickets_of_its_cluster(silenced: Silenced) -> None:
    """Of the whole of it and of its members; never a page, and no other service or cluster."""
    states = silenced.states()

    assert states[EU, "", "shop", "whole", "SLOBudgetBurn", "ticket"] == "suppressed"
    assert {states[on(EU, n, "page")] for n in "12"} == {"active"}
    assert states[EU, "", "till", "whole", "SLOBudgetBurn", "ticket"] == "active"
    assert states[ASIA, "", "shop", "whole", "SLOBudgetBurn", "ticket"] == "active"


def test_a_cause_that_pages_silences_pages_of_its_cluster_too(silenced: Silenced) -> None:
    """One page says what is wrong; what happens to its members is silent."""
    states = silenced.states()

    assert {states[on(US, n, s)] for n in "12" for s in ("page", "ticket")} == {"suppressed"}
    assert states[US, "", "shop", "", "Split", "page"] == "active"


def test_a_cause_of_a_member_silences_nothing_of_another(silenced: Silenced) -> None:
    """The ticket of that member alone; no page of either."""
    states = silenced.states()
    tickets = [states[ASIA, n, "shop", "b", "SLOBudgetBurn", "ticket"] for n in "12"]

    assert tickets == ["suppressed", "active"]
    assert {states[on(ASIA, n, "page")] for n in "12"} == {"active"}


def test_what_is_notified_is_what_is_not_silenced(silenced: Silenced) -> None:
    """Each cause, the pages that no cause pages for, and tickets without page or cause."""
    active = {key for key, state in silenced.states().items() if state == "active"}

    assert silenced.notified() == active
    assert len(active) == HEARD
