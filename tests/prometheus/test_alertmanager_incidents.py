"""Two clusters fail, and people are notified: a real Prometheus, a real Alertmanager, a webhook.

Time is compressed as in tests/prometheus/live_edits.py. Counters grow as fast as is wanted, so that
an incident of some seconds outweighs what was before, and recovery outweighs the incident.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from slokit import api
from slokit.explain.alerts import AlertExplanation
from tests.prometheus.bundles import Repository
from tests.support.servers.alertmanager_server import AlertmanagerServer, check_config
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer
from tests.support.servers.webhook import Notification, WebhookReceiver

pytestmark = pytest.mark.programs("prometheus", "prometheus-alertmanager", "amtool")

PROJECT = """\
bundle: live
interval: 1s
scrape_interval: 1s
ledger_window: 10s
alerts: {{severities: {{page: critical}}}}
alertmanager:
  receivers:
    pager: {{webhook: {{url: "{url}/pager"}}}}
    tickets: {{webhook: {{url: "{url}/tickets"}}}}
    lead: {{webhook: {{url: "{url}/lead"}}}}
    rest: {{webhook: {{url: "{url}/rest"}}}}
  default: rest
  routes:
    - owner: team-shop
      page: pager
      ticket: tickets
      escalate: {{after: 25s, to: lead}}
  group_wait: {{page: 1s, ticket: 4s}}
  group_interval: 1s
  repeat_interval: 1d
"""
SPEC = """\
apiVersion: slokit/v1
service: shop
owner: team-shop
defaults: {group_by: [cluster]}
slos:
  - name: availability
    objective: 99.99%
    sli: {events: {bad: errors_total, total: requests_total}}
"""
CLUSTERS = ("eu", "us")
SENT_AGAIN = 10.0  # by when Prometheus has sent all alerts again, and some seconds for the start
CALM, FAILING, RECOVERED = (10.0, 0.0), (0.0, 1e3), (1e9, 0.0)


@dataclass
class Traffic:
    """Good and bad events a second by cluster; a cluster that is not there has no counters."""

    rates: dict[str, tuple[float, float]] = field(default_factory=dict)
    totals: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def flowing(self, exposed: Exposition) -> Iterator[None]:
        """Counters that grow by these rates."""
        stopped, last = Event(), time.monotonic()

        def grow() -> None:
            nonlocal last
            while not stopped.wait(0.1):
                passed, last = time.monotonic() - last, time.monotonic()
                for cluster, (good, bad) in list(self.rates.items()):
                    counts = self.totals.setdefault(cluster, [0.0, 0.0])
                    counts[0] += passed * (good + bad)
                    counts[1] += passed * bad
                exposed.set_samples(
                    {
                        f'{name}{{cluster="{cluster}"}}': count
                        for cluster, counts in self.totals.items()
                        for name, count in zip(
                            ("requests_total", "errors_total"), counts, strict=True
                        )
                    }
                )

        thread = Thread(target=grow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()


@dataclass
class Scene:
    """The servers, the traffic, and when what was done."""

    server: PrometheusServer
    alertmanager: AlertmanagerServer
    webhook: WebhookReceiver
    traffic: Traffic
    config: Path
    loaded: api.Loaded
    explained: tuple[AlertExplanation, ...] = ()
    restarted: float = 0.0

    def sent(self, path: str, status: str = "", cluster: str = "") -> list[Notification]:
        """Notifications on a path, in their order."""
        return [
            n
            for n in list(self.webhook.notifications)
            if n.path == path
            and status in ("", n.status)
            and cluster in ("", n.body["groupLabels"].get("cluster", ""))
        ]

    def wait(self, ready: Callable[[], object], what: str) -> None:
        self.server.wait_until(lambda: bool(ready()), what, 120)

    def states(self, severity: str, cluster: str) -> set[str]:
        """What Alertmanager makes of the alerts of a severity on a cluster, if it holds any."""
        return {
            alert["status"]["state"]
            for alert in self.alertmanager.alerts()
            if alert["labels"]["severity"] == severity and alert["labels"].get("cluster") == cluster
        }

    def is_inhibited(self, cluster: str) -> bool:
        """Whether there is a ticket on a cluster, and it is silenced."""
        return self.states("ticket", cluster) == {"suppressed"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The whole of it, from calm to calm."""
    directory = tmp_path_factory.mktemp("incidents")
    with ExitStack() as stack:
        webhook = stack.enter_context(WebhookReceiver())
        exposed = stack.enter_context(Exposition())
        traffic = Traffic(dict.fromkeys(CLUSTERS, CALM))
        stack.enter_context(traffic.flowing(exposed))
        repository = Repository(directory / "repository")
        repository.write(PROJECT.format(url=webhook.url), {"shop": SPEC})
        loaded = api.load((), str(repository.directory / "slokit.yaml"))
        api.write(loaded, ["alertmanager"])
        config = repository.directory / "alertmanager" / "alertmanager.yaml"
        alertmanager = stack.enter_context(AlertmanagerServer(directory / "am", config))
        server = PrometheusServer(
            directory / "prometheus",
            rule_files=[repository.rules],
            scrape=[exposed.target],
            alertmanagers=[alertmanager.target],
            lookback="10s",
            resend_delay="5s",
        )
        stack.enter_context(server)
        scene = Scene(server, alertmanager, webhook, traffic, config, loaded)
        server.wait_for('slokit:burn:1h{slo="availability"}', 60)
        let_fail(scene)
        yield scene


def let_fail(scene: Scene) -> None:
    """One cluster fails, both servers restart, the other one fails, and both recover."""
    scene.traffic.rates["eu"] = FAILING
    scene.wait(lambda: scene.sent("/pager", "firing", "eu"), "paged about eu")
    scene.wait(lambda: scene.is_inhibited("eu"), "a ticket on eu")
    scene.explained = api.explain_alerts(
        scene.loaded,
        alertmanager=scene.alertmanager.url,
        prometheus=api.PrometheusSettings(scene.server.url),
        at=time.time(),
    )
    scene.restarted = time.time()
    scene.alertmanager.restart()
    time.sleep(3)
    scene.traffic.rates["us"] = FAILING
    scene.wait(lambda: scene.sent("/pager", "firing", "us"), "paged about us")
    scene.server.restart()
    scene.wait(lambda: scene.is_inhibited("us"), "a ticket on us")
    scene.wait(lambda: scene.sent("/lead", "firing", "eu"), "escalated")
    # the second one is over before anybody else is called
    scene.traffic.rates["us"] = RECOVERED
    scene.wait(lambda: scene.sent("/pager", "resolved", "us"), "us recovered")
    scene.traffic.rates["eu"] = RECOVERED
    scene.wait(lambda: scene.sent("/pager", "resolved", "eu"), "eu recovered")
    scene.wait(lambda: not scene.states("ticket", "eu"), "the ticket ended")
    time.sleep(3)


def test_one_page_for_each_incident_and_cluster(scene: Scene) -> None:
    """Neither restart repeats a page nor loses one: each cluster fires once and resolves once."""
    counts = Counter((n.body["groupLabels"]["cluster"], n.status) for n in scene.sent("/pager"))

    assert counts == {(c, s): 1 for c in CLUSTERS for s in ("firing", "resolved")}
    assert all(len(n.alerts) == 1 for n in scene.sent("/pager"))


def test_the_group_is_the_slo_and_its_cluster(scene: Scene) -> None:
    """A notification is about one SLO of one cluster of the bundle."""
    about = {tuple(sorted(n.body["groupLabels"].items())) for n in scene.sent("/pager")}

    assert about == {
        (("bundle", "live"), ("cluster", c), ("service", "shop"), ("slo", "availability"))
        for c in CLUSTERS
    }


def test_no_ticket_beside_a_page(scene: Scene) -> None:
    """While Alertmanager knows that the page of a cluster fires, its ticket is not notified.

    After a restart it knows no alerts until Prometheus sends them again, one by one: a ticket that
    comes before its page is notified then, once.
    """
    for cluster in CLUSTERS:
        (page,) = scene.sent("/pager", "resolved", cluster)
        ended = datetime.fromisoformat(page.alerts[0]["endsAt"]).timestamp()

        early = [n.at for n in scene.sent("/tickets", "firing", cluster) if n.at < ended]

        # what is still true once the page has ended is a ticket's business again
        assert [at for at in early if not 0 < at - scene.restarted < SENT_AGAIN] == []
        assert len(early) <= 1


def test_a_page_that_goes_on_is_escalated_once(scene: Scene) -> None:
    """The second receiver gets it after its time, and its end; a shorter one never reaches it."""
    assert [(n.body["groupLabels"]["cluster"], n.status) for n in scene.sent("/lead")] == [
        ("eu", "firing"),
        ("eu", "resolved"),
    ]


def test_nothing_goes_elsewhere(scene: Scene) -> None:
    """What an owner's routes take does not reach the default receiver."""
    assert [n.body["commonLabels"] for n in scene.sent("/rest")] == []


def explained(scene: Scene, severity: str) -> AlertExplanation:
    """What slokit said about the burn alert of a severity while eu alone failed."""
    (found,) = [
        each
        for each in scene.explained
        if each.alert.labels["severity"] == severity
        and each.alert.labels["alertname"] == "SLOBudgetBurn"
    ]
    return found


def test_the_page_is_explained(scene: Scene) -> None:
    """Who gets it, and which windows burnt too fast at that moment, by the ledger itself."""
    page = explained(scene, "critical")

    assert [route.receiver for route in page.routes or ()] == ["pager", "lead"]
    assert page.evidence is not None
    assert any(window.fired for window in page.evidence.windows)
    assert [each for each in page.silencings if each.by] == []


def test_its_ticket_is_explained(scene: Scene) -> None:
    """It would reach the tickets' receiver, and the page is what silences it."""
    ticket = explained(scene, "ticket")
    (silencing,) = [each for each in ticket.silencings if each.by]

    assert [route.receiver for route in ticket.routes or ()] == ["tickets"]
    assert ticket.alert.state == "suppressed"
    assert [other.labels["severity"] for other in silencing.by] == ["critical"]
    assert "Now: a page on the same SLO and group" in api.render_alerts([ticket])


def test_the_configuration_is_what_amtool_checks(scene: Scene) -> None:
    """The very file that the server runs passes Alertmanager's own check."""
    assert "SUCCESS" in check_config(scene.config)
