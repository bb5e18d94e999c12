"""A service whose alerts fire in a real Prometheus and Alertmanager while its spec is edited.

Time is compressed: scrapes and evaluations every second, a ledger window of five; a sample stays
for ten seconds without a new one (five minutes at home), and Alertmanager holds an alert for
twenty (four minutes).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from slokit.compiler import names
from tests.prometheus.bundles import Repository
from tests.support.history.recorded_history import long_there
from tests.support.servers.alertmanager_server import AlertmanagerServer
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer
from tests.support.servers.webhook import WebhookReceiver

# A restart takes up to ten seconds until the next scrape, and a ledger window bears that, as five
# minutes bear a restart in earnest.
PROJECT = """\
bundle: live
interval: 1s
scrape_interval: 1s
ledger_window: 10s
alerts:
  severities: {{page: {page}, ticket: ticket}}
  labels: [{labels}]
  annotations: [{annotations}]
{maintenance}
"""
SPEC = """\
apiVersion: slokit/v1
service: shop
owner: {owner}
labels: {{criticality: "{criticality}"}}
routing: {{channel: "{channel}"}}
defaults: {{window: {window}, group_by: [cluster]}}
slos:
  - name: availability
    description: {description}
    runbook: {runbook}
    annotations: {{note: {note}}}
    alert_name: {alert_name}
    alert_policy: {alert_policy}
    objective: {objective}
    sli: {{events: {{bad: errors_total, total: requests_total}}}}
"""
WRITTEN = {
    "owner": "team-a",
    "criticality": "1",
    "window": "30d",
    "description": "Answered without an error",
    "runbook": "https://wiki.example.com/a",
    "alert_policy": "default",
    "objective": "99.9%",
    "page": "page",
    "labels": "owner",
    "annotations": "",
    "note": "Call the shop",
    "channel": "#shop",
    "maintenance": "",
    "alert_name": names.BURN_ALERT,
}
EDITS = {
    "window": "28d",
    "objective": "99.8%",
    "runbook": "https://wiki.example.com/b",
    "description": "Answered in time, without an error",
    "criticality": "2",
    "annotations": "note",
    "note": "Call the till",
    "owner": "team-b",
    "labels": "owner, criticality",
    "page": "critical",
    "channel": "#till",
    "alert_name": "ShopErrors",
    "alert_policy": "page-only",
}
_SERIES = {
    "bundle": "live",
    "service": "shop",
    "slo": "availability",
    "cluster": "eu",
}
# The label of an alert by which it moves, and how many alerts end and begin under it.
MOVING = {
    "owner": ("owner", 2, 2),
    "labels": ("criticality", 2, 2),
    "page": ("severity", 1, 1),
    "channel": ("channel", 2, 2),
    "alert_name": ("alertname", 2, 2),
    "alert_policy": ("alert_policy", 2, 1),
}
HOLD, PATIENCE = 20, 60
_SETTLED = 22
Alert = tuple[tuple[str, str], ...]


@dataclass
class Step:
    """One edit: what Alertmanager sent because of it, and how many rules failed until then.

    ``notes`` are the annotations ``note`` that its alerts show by then.
    """

    sent: list[tuple[str, Alert]]
    failures: float
    notes: set[str]


@dataclass
class Scene:
    """The servers, and the spec as it stands."""

    repository: Repository
    server: PrometheusServer
    alertmanager: AlertmanagerServer
    webhook: WebhookReceiver
    written: dict[str, str] = field(default_factory=lambda: dict(WRITTEN))

    def edit(self, key: str, value: str) -> None:
        """Change one thing of the spec and compile it."""
        self.written[key] = value
        self.write()

    def write(self) -> None:
        """Write the project as it stands, and compile it."""
        project, spec = (text.format(**self.written) for text in (PROJECT, SPEC))
        self.repository.write(project, {"shop": spec})

    def burning(self) -> set[Alert]:
        """The burn alerts that Prometheus holds to be firing."""
        return {
            labels_of(alert["labels"])
            for alert in self.server.alerts()
            if is_burn_alert(alert) and alert["state"] == "firing"
        }

    def expected(self) -> set[Alert]:
        """The burn alerts that the spec as it stands calls for."""
        severities = [self.written["page"]]
        if self.written["alert_policy"] == "default":
            severities.append("ticket")
        return {
            labels_of(
                {
                    **_SERIES,
                    "severity": severity,
                    "alertname": self.written["alert_name"],
                    "channel": self.written["channel"],
                    "alert_policy": self.written["alert_policy"],
                    **{label: self.written[label] for label in self.written["labels"].split(", ")},
                }
            )
            for severity in severities
        }

    def wait_until_told(self, since: float) -> None:
        """Wait until Alertmanager got the alerts of the spec after a moment, and only those."""
        self.server.wait_until(lambda: self._is_told(since), "told by Alertmanager", PATIENCE)
        time.sleep(2)

    def _is_told(self, since: float) -> bool:
        held = self.held()
        fresh = {labels_of(a["labels"]) for a in held if seconds(a["updatedAt"]) > since}
        return {labels_of(a["labels"]) for a in held} == self.expected() == fresh

    def held(self) -> list[dict[str, Any]]:
        """The burn alerts that Alertmanager holds."""
        return [alert for alert in self.alertmanager.alerts() if is_burn_alert(alert)]


def is_burn_alert(alert: Mapping[str, Any]) -> bool:
    """Whether an alert is one, whatever it is called: no other alert has a policy."""
    return "alert_policy" in alert["labels"]


def labels_of(labels: Mapping[str, str]) -> Alert:
    """Labels as something that a set can hold."""
    return tuple(sorted(labels.items()))


def seconds(moment: str) -> float:
    """Seconds since the epoch of an RFC 3339 time, as Alertmanager writes it."""
    return datetime.fromisoformat(moment).timestamp()


@contextmanager
def failing_shop(directory: Path) -> Iterator[Scene]:
    """A shop that fails half of its requests, with all its burn alerts firing and told."""
    with ExitStack() as stack:
        webhook = stack.enter_context(WebhookReceiver())
        exposed = stack.enter_context(Exposition())
        stack.enter_context(traffic(exposed))
        alertmanager = stack.enter_context(AlertmanagerServer(directory / "am", routing(webhook)))
        repository = Repository(directory / "repository")
        server = PrometheusServer(
            directory / "prometheus",
            rule_files=[repository.rules],
            scrape=[exposed.target],
            alertmanagers=[alertmanager.target],
            lookback="10s",
            resend_delay=f"{HOLD // 4}s",
        )
        scene = Scene(repository, server, alertmanager, webhook)
        scene.write()
        long_there(server, _SERIES)
        stack.enter_context(server)
        scene.wait_until_told(0)
        yield scene


@contextmanager
def traffic(exposed: Exposition) -> Iterator[None]:
    """Counters that grow: 100 requests and 50 errors a second; a quarter takes over 0.5 s."""
    stopped, start = Event(), time.monotonic()

    def grow() -> None:
        while not stopped.wait(0.1):
            age = time.monotonic() - start
            series = {
                'requests_total{cluster="eu"}': 100 * age,
                'errors_total{cluster="eu"}': 50 * age,
                'answer_seconds_count{cluster="eu"}': 100 * age,
                'answer_seconds_bucket{cluster="eu",le="0.5"}': 75 * age,
                'answer_seconds_bucket{cluster="eu",le="+Inf"}': 100 * age,
            }
            exposed.set_samples(series)

    thread = Thread(target=grow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def routing(webhook: WebhookReceiver) -> dict[str, object]:
    """Every alert by itself, at once, and never repeated."""
    quick = {"group_wait": "50ms", "group_interval": "1s", "repeat_interval": "24h"}
    hooks = [{"url": webhook.url, "send_resolved": True}]
    return {
        "route": {"receiver": "hook", "group_by": ["..."], **quick},
        "receivers": [{"name": "hook", "webhook_configs": hooks}],
    }


def edit_all(scene: Scene, apply: Callable[[PrometheusServer], None]) -> dict[str, Step]:
    """Make each edit in turn, let the server take it, and note what became of it."""
    steps = {}
    for key, value in EDITS.items():
        before, failures = len(scene.webhook.notifications), scene.server.failures()
        since = time.time()
        scene.edit(key, value)
        apply(scene.server)
        scene.wait_until_told(since)
        # As in earnest, the next restart comes when the ledger window before it is whole again.
        if apply is PrometheusServer.restart:
            time.sleep(max(0.0, since + _SETTLED - time.time()))
        sent = [
            (notification.status, labels_of(notification.alerts[0]["labels"]))
            for notification in scene.webhook.notifications[before:]
        ]
        notes = {alert["annotations"].get("note", "") for alert in scene.held()}
        steps[key] = Step(sent, failures + scene.server.failures(), notes)
    return steps
