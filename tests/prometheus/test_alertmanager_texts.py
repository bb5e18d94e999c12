"""What reaches a person: the texts of alerts as a real Alertmanager hands them to a webhook.

The figures are those computed by hand. Of 10^12 requests a month a thousandth may fail: 60 % of
that is left of one budget, and another is spent twice. What fails now, half of the requests, is
too little beside it to change either.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from slokit.compiler import names
from tests.prometheus.bundles import Repository
from tests.prometheus.live_edits import routing, traffic
from tests.support.history.history import backfill, every, history
from tests.support.history.recorded_history import long_there
from tests.support.servers.alertmanager_server import AlertmanagerServer
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer
from tests.support.servers.webhook import WebhookReceiver

pytestmark = pytest.mark.programs("prometheus", "prometheus-alertmanager")

PROJECT = """\
bundle: live
interval: 1s
scrape_interval: 1s
ledger_window: 10s
links: {grafana: "https://grafana.example.com", runbooks: "https://runbooks.example.com"}
"""
SPEC = """\
apiVersion: slokit/v1
service: shop
owner: team-shop
defaults: {group_by: [cluster]}
slos:
  - name: availability
    description: Orders that reach the till
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: refunds
    description: Refunds that are paid
    runbook: https://wiki.example.com/refunds
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: failovers
    sli: {rate: {counter: failovers_total, counted_by: one_member, at_most: 2/30d}}
  - name: exports
    description: Exports that are complete
    objective: 99%
    sli: {events: {bad: failed_exports_total, total: exports_total}}
  - name: answers
    objective: 99.9%
    sli: {latency: {histogram: answer_seconds, at_most: 500ms}}
  - name: lag
    objective: 99.9%
    sli: {threshold: {metric: lag_seconds, at_most: 200ms}}
  - name: one-leader
    objective: 99.9%
    sli: {threshold: {metric: leaders, aggregate: sum, at_least: 1, at_most: 1}}
  - name: measured
    objective: 99.9%
    sli: {ratio: {bad: failing_ratio}}
  - name: whole
    objective: 99.9%
    sli: {composite: {of: [shop/availability, shop/lag], method: worst}}
  - name: slices
    objective: 99%
    budgeting_method: time_slices
    time_slice: {window: 10s, target: 99%}
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: weekly
    objective: 99.9%
    window: {calendar: week, timezone: Europe/Berlin}
    sli: {events: {bad: errors_total, total: requests_total}}
cause_alerts:
  - name: ShopSplitBrain
    failure_mode: split-brain
    severity: page
    summary: more than one leader takes orders
    expr: sum by ($group_by) (leaders{$selector}) > 1
    for: 1s
"""
BURNING = (
    *("availability", "refunds", "failovers", "answers", "lag", "one-leader"),
    *("measured", "whole", "slices", "weekly"),
)
SLOS = (*BURNING, "exports")
MONTH, WHOLE = 30 * 86_400, 1e12
DASHBOARD = "https://grafana.example.com/d/slokit-live-on-call/?var-bundle=live&var-service=shop"
Told = Mapping[tuple[str, ...], Mapping[str, str]]


def of(slo: str) -> dict[str, str]:
    return {"bundle": "live", "service": "shop", "slo": slo, "cluster": "eu"}


def past(server: PrometheusServer) -> None:
    """All groups are old; two budgets are known, and exports have been silent for some minutes."""
    long_there(server, *map(of, SLOS))
    now = time.time()
    month_ago, lately = every(now - 0.7 * MONTH, now - 0.7 * MONTH + 15, 10), now - 120
    spent = {"availability": 0.0004, "refunds": 0.002}
    rows = [
        history(
            {**of(slo), "__name__": name(Fraction(10))}, month_ago, share * WHOLE / len(month_ago)
        )
        for slo, bad in spent.items()
        for name, share in ((names.total_events, 1), (names.bad_events, bad))
    ]
    was_there = every(now - 3600, lately, 5)
    rows.append(history({**of("exports"), "__name__": names.ACTIVE}, was_there, 1.0))
    backfill(server.data, rows)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The annotations that came, by the alert's name, what it is on, and its severity."""
    directory = tmp_path_factory.mktemp("texts")
    with ExitStack() as stack:
        webhook = stack.enter_context(WebhookReceiver())
        exposed, also = (stack.enter_context(Exposition()) for _ in range(2))
        stack.enter_context(traffic(exposed))
        gauges = {
            'leaders{cluster="eu"}': 2,
            'lag_seconds{cluster="eu",instance="a"}': 0.3,
            'failing_ratio{cluster="eu"}': 1 / 3,
        }
        also.set_samples({**gauges, 'failovers_total{cluster="eu"}': 0})
        alertmanager = stack.enter_context(AlertmanagerServer(directory / "am", routing(webhook)))
        repository = Repository(directory / "repository").write(PROJECT, {"shop": SPEC})
        bundle_rules = repository.directory / names.bundle_rules_file("live")
        # as all times of this test are: ten minutes are too long to wait for
        bundle_rules.write_text(bundle_rules.read_text().replace("for: 10m", "for: 2s"))
        server = PrometheusServer(
            directory / "prometheus",
            rule_files=[repository.rules],
            scrape=[exposed.target, also.target],
            alertmanagers=[alertmanager.target],
            lookback="10s",
            resend_delay="5s",
        )
        past(server)
        stack.enter_context(server)
        server.wait_for('slokit:bad:rate10s{slo="failovers"}', 60)
        also.set_samples({**gauges, 'failovers_total{cluster="eu"}': 4})
        found: dict[tuple[str, ...], Mapping[str, str]] = {}

        def all_came() -> bool:
            found.update(came(webhook))
            return found.keys() >= WANTED

        server.wait_until(all_came, f"all alerts; there are {sorted(found)}", 90)
        yield found


WANTED = {
    *[("SLOBudgetBurn", slo, s) for slo in BURNING for s in ("page", "ticket")],
    ("SLOBudgetExhausted", "refunds", "ticket"),
    ("SLONoData", "exports", "ticket"),
    ("ShopSplitBrain", "", "page"),
}


def came(webhook: WebhookReceiver) -> dict[tuple[str, ...], Mapping[str, str]]:
    """The newest annotations of each alert that was sent."""
    alerts: list[dict[str, Any]] = [
        alert for notification in list(webhook.notifications) for alert in notification.alerts
    ]
    return {
        tuple(alert["labels"].get(name, "") for name in ("alertname", "slo", "severity")): alert[
            "annotations"
        ]
        for alert in alerts
    }


def said(told: Told, name: str, slo: str, severity: str, annotation: str = "summary") -> str:
    """A text with its minute left out, which is that of the run."""
    return re.sub(
        r"Since \d{4}-\d\d-\d\d \d\d:\d\d UTC", "Since T", told[name, slo, severity][annotation]
    )


def test_each_alert_comes_and_no_other(told: Told) -> None:
    """What burns is one page and one ticket; a spent budget, missing data and a cause are one."""
    assert set(told) == WANTED


def test_a_page_says_how_bad_it_is_what_is_left_and_when_it_is_gone(told: Told) -> None:
    """60 % of 30 days at 500 times the rate that is allowed: 51.8 minutes."""
    assert said(told, "SLOBudgetBurn", "availability", "page") == (
        "shop/availability cluster=eu: 50% of requests fail over 1h, 50% over 6h; 0.1% may."
        " 60% of the 30d budget is left, gone in 52 minutes. Since T. Orders that reach the till"
    )
    assert said(told, "SLOBudgetBurn", "refunds", "page") == (
        "shop/refunds cluster=eu: 50% of requests fail over 1h, 50% over 6h; 0.1% may."
        " The 30d budget is spent. Since T. Refunds that are paid"
    )


def test_it_says_since_when(told: Told) -> None:
    """A minute of the run, not of 1970 and not of the hour before."""
    (since,) = re.findall(
        r"Since (.{16}) UTC", told["SLOBudgetBurn", "availability", "page"]["summary"]
    )
    ago = time.time() - datetime.fromisoformat(f"{since}+00:00").timestamp()

    assert 0 < ago < 300


def test_a_rate_is_counted(told: Told) -> None:
    """Events in a time, against those that are allowed in a longer one."""
    assert said(told, "SLOBudgetBurn", "failovers", "page") == (
        "shop/failovers cluster=eu: 4 failovers within 1h; 2 in 30d are allowed. Since T"
    )


@pytest.mark.parametrize(
    ("slo", "percent", "words", "windows", "may"),
    [
        ("answers", "25%", " of events take over 500ms", ("1h", "6h"), "0.1% may"),
        ("lag", "100%", " of the time is above 200ms", ("1h", "6h"), "0.1% may be"),
        ("one-leader", "100%", " of the time is not 1", ("1h", "6h"), "0.1% may be"),
        ("measured", "33.3%", " is bad", ("1h", "6h"), "0.1% may be"),
        ("whole", "100%", " of the time is bad", ("1h", "6h"), "0.1% may be"),
        ("slices", "100%", " of the time lies in bad slices", ("1h", "6h"), "1% may"),
        ("weekly", "50%", " of requests fail", ("15m", "1h30m"), "0.1% may"),
    ],
)
def test_each_type_has_its_words(
    told: Told, slo: str, percent: str, words: str, windows: tuple[str, str], may: str
) -> None:
    """What is counted, of what, in how long, and how much of it may be.

    Its two windows burn one soon after the other: the page came with the first of them, or both.
    """
    short, long = windows
    known = (short, long, f"{short}, {percent} over {long}")

    assert said(told, "SLOBudgetBurn", slo, "page") in {
        f"shop/{slo} cluster=eu: {percent}{words} over {burning}; {may}. Since T"
        for burning in known
    }


def test_a_ticket_names_its_own_windows(told: Told) -> None:
    """The longer ones."""
    assert "50% of requests fail over 1d, 50% over 3d; 0.1% may." in said(
        told, "SLOBudgetBurn", "availability", "ticket"
    )


def test_a_spent_budget_says_how_much_more_was_spent(told: Told) -> None:
    """Twice as much failed as may: no negative share of it is left."""
    assert said(told, "SLOBudgetExhausted", "refunds", "ticket") == (
        "shop/refunds cluster=eu has spent its error budget, and 100% more"
    )
    assert said(told, "SLOBudgetExhausted", "refunds", "ticket", "description") == (
        "Refunds that are paid. Of the budget of the whole window nothing is left."
    )


def test_missing_data_is_named(told: Told) -> None:
    """What is missing, what that means, and what to do."""
    assert said(told, "SLONoData", "exports", "ticket") == (
        "shop/exports cluster=eu has no data: its error budget cannot be known"
    )
    assert said(told, "SLONoData", "exports", "ticket", "description").startswith(
        "Exports that are complete. No sample for ten minutes. The service is gone,"
    )


def test_a_cause_says_what_is_wrong(told: Told) -> None:
    """In the words of the spec; its description has the failure mode and the value."""
    assert said(told, "ShopSplitBrain", "", "page") == (
        "shop cluster=eu: more than one leader takes orders"
    )
    assert said(told, "ShopSplitBrain", "", "page", "description") == (
        "split-brain: more than one member acts as the primary."
        " The condition of ShopSplitBrain has held for 1s; its value is 2."
    )


@pytest.mark.parametrize(
    ("name", "slo", "severity", "runbook"),
    [
        ("SLOBudgetBurn", "availability", "page", "https://runbooks.example.com/shop"),
        ("SLOBudgetBurn", "refunds", "page", "https://wiki.example.com/refunds"),
        ("SLOBudgetExhausted", "refunds", "ticket", "https://wiki.example.com/refunds"),
        ("SLONoData", "exports", "ticket", "https://runbooks.example.com/shop"),
        ("ShopSplitBrain", "", "page", "https://runbooks.example.com/split-brain"),
    ],
)
def test_links_lead_to_the_runbook_and_to_the_group_of_the_alert(
    told: Told, name: str, slo: str, severity: str, runbook: str
) -> None:
    """The dashboard shows the bundle, the service, the SLO and the cluster, and hours before."""
    chosen = f"&var-slo={slo}" if slo else ""

    assert said(told, name, slo, severity, "runbook_url") == runbook
    assert said(told, name, slo, severity, "dashboard_url") == (
        f"{DASHBOARD}{chosen}&var-cluster=eu&from=now-6h&to=now"
    )
