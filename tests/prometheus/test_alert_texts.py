"""What an alert carries: labels, and annotations that render to figures computed by hand."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from slokit.compiler import names
from slokit.compiler.alert_facts import gone
from slokit.model.bundle import Project
from slokit.model.window import CalendarWindow, RollingWindow
from tests.prometheus.bundles import growing, long_there
from tests.support.compile.compiled import compiled
from tests.support.history.replay_output import FiringAlert
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPECS = (
    """
    apiVersion: slokit/v1
    service: shop
    owner: team-shop
    labels: {criticality: "1"}
    defaults: {group_by: [cluster, {zone: az}], window: 3d}
    slos:
      - name: availability
        description: Orders that reach the till.
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
    """,
    """
    apiVersion: slokit/v1
    service: till
    runbook: https://wiki.example.com/till
    defaults: {window: 3d}
    slos:
      - name: sales
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
      - name: refunds
        runbook: https://wiki.example.com/refunds?a=1
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
    """,
)
LINKS = {"grafana": "https://grafana.example.com/", "runbooks": "https://runbooks.example.com"}


# 40 hours without fault, then four hours with 1.6 % errors; one sample a minute.
def old(samples: int) -> dict[str, str]:
    """The groups of all SLOs, which were there before."""
    return {
        **long_there(samples, "shop", "availability", cluster="a&b", zone="1"),
        **long_there(samples, "till", "sales"),
        **long_there(samples, "till", "refunds"),
    }


SERIES = {
    **old(2641),
    'requests_total{cluster="a&b",az="1"}': growing((2640, 600)),
    'errors_total{cluster="a&b",az="1"}': growing((2400, 0), (240, 9.6)),
}
PAGE = {"severity": "page", "alert_policy": "default"}
SHORT = {
    **old(21),
    'requests_total{cluster="a&b",az="1"}': growing((20, 600)),
    'errors_total{cluster="a&b",az="1"}': growing((20, 9.6)),
}
Alerts = Mapping[str, FiringAlert]


def pages(
    directory: Path, labels: Sequence[str], series: Mapping[str, str], *moments: str
) -> list[Alerts]:
    """The pages at each moment, by SLO, where alerts carry these info labels."""
    timing = {"interval": "1m", "scrape_interval": "1m"}
    made = compiled(directory, *SPECS, links=LINKS, alerts={"labels": [*labels]}, **timing)
    replay = RuleReplay(directory / "replay", made.files, series, "1m", evaluation_interval="1m")
    replay.ask_alerts(names.BURN_ALERT, *moments)
    return [
        {
            a.labels["slo"]: a
            for a in replay.alerts(names.BURN_ALERT, at)
            if a.labels["severity"] == "page"
        }
        for at in moments
    ]


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Alerts]:
    """Pages of a service that fails from its start, by the labels that alerts carry."""
    return {
        " ".join(labels): pages(tmp_path_factory.mktemp("texts"), labels, SHORT, "18m")[0]
        for labels in (["owner"], ["owner", "criticality", "runbook"], [])
    }


def test_a_burn_alert_carries_exactly_the_frozen_labels(alerts: Mapping[str, Alerts]) -> None:
    """Identity, group, severity, policy and the owner: nothing else, by default."""
    identity = {"alertname": "SLOBudgetBurn", "bundle": "test", "service": "shop"}
    group = {"slo": "availability", "cluster": "a&b", "zone": "1"}

    assert alerts["owner"]["availability"].labels == {
        **identity, **group, **PAGE, "owner": "team-shop",
    }  # fmt: skip
    assert alerts[""]["availability"].labels == {**identity, **group, **PAGE}


def test_alerts_carry_the_info_labels_that_the_bundle_names(alerts: Mapping[str, Alerts]) -> None:
    """Labels of a spec become alert labels where slokit.yaml says so; absent ones stay absent."""
    found = alerts["owner criticality runbook"]
    shop, till = found["availability"].labels, found["sales"].labels

    assert (shop["owner"], shop["criticality"], "runbook" in shop) == ("team-shop", "1", False)
    assert till["runbook"] == "https://wiki.example.com/till"
    assert "owner" not in till
    assert "criticality" not in till


def test_a_summary_says_how_bad_it_is_what_is_left_and_when_it_is_gone(tmp_path: Path) -> None:
    """The figures are those computed by hand; once the budget is spent, the summary says so.

    The windows of a page of 3d are 15m and 45m: one hour in, all of both has 1.6 % errors. The
    ledger sees a change ramp up over five minutes, counts end a minute ago, and the budget's series
    is five minutes old: 10.4 slots of 48 bad events of 490.4 slots of 3,000: 33.93 % of the 0.1 %
    is spent. The rest lasts 0.6607 * 3d / 16 = 10,700 s.
    """
    in_time, too_late = pages(tmp_path, ["owner"], SERIES, "41h", "44h")

    assert in_time["availability"].annotations["summary"] == (
        "shop/availability cluster=a&b zone=1: 1.6% of requests fail over 15m, 1.6% over 45m;"
        " 0.1% may. 66.1% of the 3d budget is left, gone in 3 hours."
        " Since 1970-01-02 16:16 UTC. Orders that reach the till"
    )
    assert too_late["availability"].annotations["summary"] == (
        "shop/availability cluster=a&b zone=1: 1.6% of requests fail over 15m, 1.6% over 45m;"
        " 0.1% may. The 3d budget is spent. Since 1970-01-02 16:16 UTC. Orders that reach the till"
    )


def test_an_slo_without_groups_is_named_by_service_and_slo(alerts: Mapping[str, Alerts]) -> None:
    """Nothing stands between the name and the rest of the sentence."""
    summary = alerts["owner"]["sales"].annotations["summary"]

    assert summary.startswith("till/sales: 1.6% of requests fail over ")


def test_alerts_say_the_same_whatever_labels_they_carry(alerts: Mapping[str, Alerts]) -> None:
    """Labels added to alerts neither show as groups nor break the look-up; a new budget is young.

    Twenty minutes say nothing about a budget of three days, so nothing is said about it.
    """
    summaries = {found["availability"].annotations["summary"] for found in alerts.values()}

    (summary,) = summaries
    assert summary == (
        "shop/availability cluster=a&b zone=1: 1.6% of requests fail over 15m, 1.6% over 45m;"
        " 0.1% may. Since 1970-01-01 00:06 UTC. Orders that reach the till"
    )


def test_links_lead_to_the_runbook_and_the_dashboard(alerts: Mapping[str, Alerts]) -> None:
    """An SLO's own runbook wins over its service's, and that over the bundle's."""
    found = alerts["owner"]
    runbooks = {slo: alert.annotations["runbook_url"] for slo, alert in found.items()}

    assert runbooks == {
        "availability": "https://runbooks.example.com/shop",
        "sales": "https://wiki.example.com/till",
        "refunds": "https://wiki.example.com/refunds?a=1",
    }
    assert found["sales"].annotations["dashboard_url"] == (
        "https://grafana.example.com/d/slokit-test-on-call/"
        "?var-bundle=test&var-service=till&var-slo=sales&from=now-6h&to=now"
    )
    assert found["availability"].annotations["dashboard_url"] == (
        "https://grafana.example.com/d/slokit-test-on-call/"
        "?var-bundle=test&var-service=shop&var-slo=availability"
        "&var-cluster=a%26b&var-zone=1&from=now-6h&to=now"
    )


def test_a_rate_says_how_many_events_are_bad(tmp_path: Path) -> None:
    """Four failovers in three quarters of an hour: as many, in words that a person counts in.

    Beside an SLO with an objective, so that one rule says both.
    """
    spec = """
    apiVersion: slokit/v1
    service: pg
    slos:
      - name: failovers
        sli: {rate: {counter: failovers_total, counted_by: one_member, at_most: 2/30d}}
      - name: availability
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
    """
    timing = {"interval": "1m", "scrape_interval": "1m"}
    made = compiled(tmp_path, spec, **timing)
    series = {
        "failovers_total": "0x59 1x9 2x9 3x9 4x30",
        "requests_total": growing((120, 600)),
        "errors_total": growing((60, 0), (60, 600)),
    }
    replay = RuleReplay(tmp_path / "replay", made.files, series, "1m", evaluation_interval="1m")
    replay.ask_alerts(names.BURN_ALERT, "1h10m", "1h34m")
    found = {
        a.labels["slo"]: a.annotations["summary"]
        for a in replay.alerts(names.BURN_ALERT, "1h34m")
        if a.labels["severity"] == "page"
    }
    one = [
        a.annotations["summary"].partition(". Since")[0]
        for a in replay.alerts(names.BURN_ALERT, "1h10m")
        if a.labels["slo"] == "failovers"
    ]

    assert one == ["pg/failovers: 1 failover within 1d; 2 in 30d are allowed"]

    assert found["failovers"] == (
        "pg/failovers: 4 failovers within 1h; 2 in 30d are allowed. Since 1970-01-01 01:20 UTC"
    )
    assert "% of requests fail over 1h" in found["availability"]


def test_windows_are_said_from_the_shortest_to_the_longest(tmp_path: Path) -> None:
    """Not in the order of their letters; by the alert alone, out of facts that are there."""
    slo = "{name: a, window: 7d, objective: 99%, sli: {events: {bad: b, total: t}}}"
    made = compiled(tmp_path, f"apiVersion: slokit/v1\nservice: shop\nslos: [{slo}]\n")
    groups = yaml.safe_load(made.bundle.read_text())["groups"]
    rules = [r for g in groups for r in g["rules"] if r.get("alert") == names.BURN_ALERT]
    alone = tmp_path / "alone.yaml"
    alone.write_text(yaml.safe_dump({"groups": [{"name": "alone", "rules": rules}]}))
    own = 'bundle="test",service="shop",slo="a"'
    facts = f"slokit:burn_alert:facts{{{own},alert_fact="
    series = {
        f'{facts}"about",alert_fails="of requests fail",alert_allowed="1% may"}}': "4x9",
        f'{facts}"since",severity="ticket"}}': "0x9",
        f'slokit:info{{{own},alert_policy="default"}}': "1x9",
    }
    for long, percent in (("18h", 2), ("6h", 4)):
        burning = f'alert_policy="default",severity="ticket",long="{long}"'
        series[f'{facts}"bad",{burning}}}'] = f"{percent}x9"
        series[f"slokit:burn_alert:ratio{{{own},{burning}}}"] = f"{percent}x9"
    replay = RuleReplay(tmp_path / "replay", [alone], series)
    replay.ask_alerts(names.BURN_ALERT, "5m")
    (ticket,) = replay.alerts(names.BURN_ALERT, "5m")

    assert ticket.annotations["summary"] == (
        "shop/a: 4% of requests fail over 6h, 2% over 18h; 1% may. Since 1970-01-01 00:00 UTC"
    )


def test_a_budget_that_lasts_until_its_boundary_is_not_gone(tmp_path: Path) -> None:
    """A burn rate of two: half of a month's budget lasts a quarter of it, a third of which is left.

    With a tenth of the month to go, the next budget is there before the old one is gone; a rolling
    window has no boundary.
    """
    month, rolling = CalendarWindow("month"), RollingWindow(Fraction(30 * 86_400))
    series = {}
    for slo, window, passed in (("a", "month", 2 / 3), ("b", "month", 0.9), ("c", "30d", None)):
        own = f'bundle="default",service="s",slo="{slo}"'
        series[f'slokit:budget_remaining:ratio{{{own},window="{window}",g="1"}}'] = "0.5x60"
        series[f'slokit:history:bool{{{own},window="{window}",g="1"}}'] = "1x60"
        series[f'slokit:burn_alert:ratio{{{own},g="1",severity="page",long="1h"}}'] = "2x60"
        if passed is not None:
            elapsed = f'slokit:window_elapsed:ratio{{{own},window="month",period="1"}}'
            series[elapsed] = f"{passed}x60"
    replay = RuleReplay(tmp_path, [], series)
    found = replay.samples(gone([rolling, month], Project()), "20m")

    assert {each.labels["slo"]: each.value for each in found} == {
        "a": pytest.approx(float(month.longest) / 4),
        "c": pytest.approx(30 * 86_400 / 4),
    }
