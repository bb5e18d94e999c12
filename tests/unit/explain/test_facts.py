"""The numbers of an explanation, against numbers computed by hand."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from slokit import api
from slokit.explain.facts import Explanation, explain
from slokit.explain.formats import FORMATS
from slokit.explain.sections import Code, Page, Section, page
from slokit.text.format import Format
from tests.support.command import ROOT
from tests.support.compile.loaded import loaded, slo_of

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
defaults: {group_by: [region, {cluster: scope}]}
slos:
  - name: availability
    description: Requests answered
    objective: 99.9%
    sli: {events: {bad: 'errors_total{code=~"5.."}', total: requests_total}}
  - name: patient
    objective: 93%
    window: 7d
    group_by: []
    no_data: ignore
    sli: {latency: {histogram: answer_seconds, at_most: 250ms}}
  - name: lag
    objective: 99.95%
    alert_policy: ticket-only
    sli: {threshold: {metric: lag_seconds, at_most: 200ms}}
  - name: failovers
    sli: {rate: {epoch: timeline, at_most: 2/30d}}
  - name: elections
    alert_policy: page-only
    sli: {rate: {counter: elections_total, counted_by: every_member, at_most: 1/h}}
  - name: quiet
    objective: 99%
    alert_policy: none
    sli: {threshold: {metric: lag_seconds, at_most: 1s}}
  - name: replicas
    objective: 99%
    sli: {events: {of: gauges, good: ready_replicas, total: wanted_replicas}}
  - name: given
    objective: 99%
    group_by: []
    sli: {ratio: {bad: 'job:errors:ratio'}}
  - name: monthly
    objective: 99%
    window: {calendar: month, timezone: Europe/Berlin}
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: pending
    objective: 99%
    no_data: good
    sli: {threshold: {metric: pending, at_most: 0, expected: up}}
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> api.Loaded:
    return loaded(tmp_path_factory.mktemp("shop"), SPEC)


def explained(bundle: api.Loaded, name: str) -> Explanation:
    return explain(slo_of(bundle, f"shop/{name}"), bundle.bundle)


def section(explanation: Explanation, title: str) -> str:
    """A section as one text."""
    found: list[Section] = [s for s in page(explanation).sections if s.title.startswith(title)]
    parts = [part for s in found for part in s.parts]
    return "\n".join(f"{p.caption}: {p.text}" if isinstance(p, Code) else p for p in parts)


def test_the_budget_of_a_share_in_time_and_events(bundle: api.Loaded) -> None:
    """99.9 % of 30 days: 43 m 12 s of outage, or 2,592 of 2,592,000 events."""
    budget = section(explained(bundle, "availability"), "Error budget")

    assert explained(bundle, "availability").allowed == 43 * 60 + 12
    assert "0.1% of all events may be bad: 1 in 1,000." in budget
    assert "A total outage spends all of it in 43m 12s of 30d, at even traffic." in budget
    assert "At one event a second that is 2,592 bad ones of 2,592,000." in budget
    assert "Ten minutes of total outage cost 23.15% of it." in budget  # 600 / 2592
    assert "burn rate   = bad / total / 0.001" in budget


def test_the_budget_of_a_month_is_that_of_all_of_it(bundle: api.Loaded) -> None:
    """On the first day one thirtieth of it has passed, and what is spent is weighed so."""
    budget = section(explained(bundle, "monthly"), "Error budget")

    assert "Objective: 99% over each month in Europe/Berlin." in budget
    assert (
        "budget left = 1 - bad of this month so far / (total of this month so far * 0.01)"
        " * the share of the month that is over" in budget
    )


def test_the_budget_of_time_says_nothing_of_traffic(bundle: api.Loaded) -> None:
    """99.95 % of 30 days of time: 21 m 36 s."""
    budget = section(explained(bundle, "lag"), "Error budget")

    assert "0.05% of the time may be bad: 1 in 2,000." in budget
    assert "A total outage spends all of it in 21m 36s of 30d." in budget
    assert "traffic" not in budget


def test_the_budget_of_gauges_is_time_of_members(bundle: api.Loaded) -> None:
    """A replica that is not ready counts for as long as it lasts."""
    replicas = explained(bundle, "replicas")
    budget = section(replicas, "Error budget")

    assert "1% of the members' time may be bad: 1 in 100." in budget
    assert "A total outage spends all of it in 7h 12m of 30d." in budget
    assert "Each member counts for as long as it is there" in section(replicas, "What counts")
    assert "more than 14.4% of the members' time bad over 1h" in section(replicas, "Alerts")


def test_a_given_ratio_says_that_it_weighs_time(bundle: api.Loaded) -> None:
    """Whoever reads the numbers learns that a quiet hour counts as much as a busy one."""
    given = explained(bundle, "given")
    counts = section(given, "What counts")

    assert "The total is 1 while there is a ratio, the bad side is that ratio, group by" in counts
    assert "A given ratio weighs time, not events: a quiet hour counts as much as a busy" in counts
    assert "1% of the time may be bad: 1 in 100." in section(given, "Error budget")
    others = (explained(bundle, name) for name in ("availability", "lag", "replicas"))
    assert not any("weighs" in section(other, "What counts") for other in others)


def test_silence_that_is_good_is_explained(bundle: api.Loaded) -> None:
    """What it means that a member has no sample; missing data still alerts."""
    pending = explained(bundle, "pending")

    good = "A member that is expected and has no sample is good (`no_data: good`)."
    assert good in section(pending, "What counts")
    assert good not in section(explained(bundle, "lag"), "What counts")
    assert "SLONoData: a group has no sample for 10m" in section(pending, "Alerts")


def test_the_burn_alerts_of_the_default_policy(bundle: api.Loaded) -> None:
    """14.4, 6, 3 and 1 times 0.1 %; 2, 5, 10 and 10 % spent; gone in 50 h, 5 d, 10 d and 30 d."""
    burns = explained(bundle, "availability").burns
    hour, day = 3600, 86_400

    assert [b.bad_share for b in burns] == [
        Fraction(144, 10_000), Fraction(6, 1000), Fraction(3, 1000), Fraction(1, 1000),
    ]  # fmt: skip
    assert [b.spends for b in burns] == [Fraction(p, 100) for p in (2, 5, 10, 10)]
    assert [b.empties_in for b in burns] == [50 * hour, 5 * day, 10 * day, 30 * day]
    assert [b.waits_for for b in burns] == [0, 0, 0, 0]
    assert (
        "page SLOBudgetBurn 1h/5m, burn rate above 14.4: more than 1.44% bad over 1h and over 5m."
        " That spends 2% of the budget in 1h; all of it in 2d 2h."
    ) in section(explained(bundle, "availability"), "Alerts")


def test_a_burn_alert_that_waits_and_lasts_says_so(bundle: api.Loaded) -> None:
    """Both times stand with the burn rate that they belong to."""
    slo = slo_of(bundle, "shop/availability")
    slow = replace(slo.policy.burn_alerts[0], hold=Fraction(300), keep_firing=Fraction(900))
    policy = replace(slo.policy, name="gold", burn_alerts=(slow,))
    text = section(explain(replace(slo, policy=policy), bundle.bundle), "Alerts of the policy gold")

    assert "burn rate above 14.4 for 5m: more than 1.44% bad" in text
    assert "all of it in 2d 2h. It fires for 15m more after the burn." in text


def test_a_page_that_waits_for_a_share_of_the_budget(tmp_path: Path) -> None:
    """The policy says so, of pages alone."""
    spec = """
        apiVersion: slokit/v1
        service: shop
        slos:
          - name: availability
            objective: 99.9%
            sli: {events: {bad: errors_total, total: requests_total}}
          - name: slow
            alert_policy: ticket-only
            objective: 99.9%
            sli: {events: {bad: errors_total, total: requests_total}}
        """
    own = {name: {"min_budget_spent": "2%"} for name in ("default", "ticket-only")}
    made = loaded(tmp_path, spec, alert_policies=own)

    alerts = section(explained(made, "availability"), "Alerts")
    assert "until its long window holds 2% of the 30d budget, in events (min_bud" in alerts
    assert "in events" not in section(explained(made, "slow"), "Alerts")


def test_what_alerts_carry_and_show(tmp_path: Path) -> None:
    """By severity, under the names of slokit.yaml; a policy without pages has none of theirs."""
    spec = """
        apiVersion: slokit/v1
        service: shop
        owner: team-shop
        routing: {team: shop}
        defaults: {alert_name: ShopErrors, group_by: [cluster]}
        slos:
          - name: availability
            annotations: {note: Call us}
            objective: 99.9%
            sli: {events: {bad: errors_total, total: requests_total}}
          - name: slow
            alert_policy: ticket-only
            objective: 99.9%
            sli: {events: {bad: errors_total, total: requests_total}}
        """
    severities = {"page": {"name": "critical", "labels": {"pager": "yes"}}, "ticket": "warning"}
    rich = loaded(tmp_path, spec, alerts={"severities": severities, "annotations": ["note"]})
    identity = {"bundle": "test", "service": "shop", "slo": "availability"}
    common = {**identity, "owner": "team-shop", "team": "shop"}

    both, tickets = explained(rich, "availability"), explained(rich, "slow")

    assert both.carried == {
        "critical": {**common, "severity": "critical", "pager": "yes"},
        "warning": {**common, "severity": "warning"},
    }
    assert both.shown == {"note": "Call us"}
    assert (list(tickets.carried), tickets.shown) == (["warning"], {})
    alerts = section(both, "Alerts")
    assert "critical ShopErrors 1h/5m, burn rate above 14.4: " in alerts
    assert "warning SLONoData: " in alerts
    assert "The burn alerts of one severity are one alert" in alerts
    assert "SLOBudgetBurn" not in alerts
    carried = section(both, "What they carry")
    assert "All have bundle, service, slo and cluster; burn alerts also have" in carried


def test_what_a_short_window_and_a_low_objective_leave_out(bundle: api.Loaded) -> None:
    """At 93 % over 7d, 14.4 cannot be reached (7 % * 14.4 = 100.8 %); no data is expected.

    The windows shrink with the budget's: 3 over 6h spends 11 % of seven days, as over a day of 28.
    """
    patient = explained(bundle, "patient")
    out = section(patient, "Left out")

    assert [str(b.alert.burn) for b in patient.burns] == ["6", "3", "1"]
    assert patient.burns[1].spends == Fraction(3, 28)
    assert "page 15m/5m at 14.4 is left out: with an objective of 93%" in out
    assert "it works for objectives above 93.06%." in out
    assert "SLONoData: the spec says `no_data: ignore`." in out
    assert not [rule for rule in patient.alerts if rule.alert == "SLONoData"]


def test_a_rate_counts_events(bundle: api.Loaded) -> None:
    """2 in 30 days: one costs half; a page waits for three; one is enough for every ticket.

    14.4 * 2/30d over 1h is 0.04 events, 6 over 6h is 0.1, 3 over 1d 0.2, 1 over 3d 0.2. One event
    burns 360 times as fast as allowed over an hour, 60 over six, 15 over a day, 5 over three.
    """
    failovers = explained(bundle, "failovers")
    budget = section(failovers, "Error budget")

    assert failovers.allowed == 2
    assert "2 events may happen in 30d, one every 15d." in budget
    assert "One event costs 50% of the budget." in budget
    assert "Its burn rate is 360 over 1h, 60 over 6h, 15 over 1d and 5 over 3d." in budget
    assert [b.events for b in failovers.burns] == [(1, 1)] * 4
    assert [b.waits_for for b in failovers.burns] == [3, 3, 0, 0]
    alerts = section(failovers, "Alerts")
    assert "14.4: 3 events or more within 1h, 1 or more within 5m." in alerts
    assert "above 3: 1 event or more within 1d, 1 or more within 2h." in alerts
    assert "A page waits for 3 events in its long window (min_bad_events)." in alerts


def test_a_rate_of_many_events_needs_more_than_the_burn_rate(bundle: api.Loaded) -> None:
    """1/h at 14.4: more than 14.4 in an hour is 15, more than 1.2 in 5 minutes is 2.

    At 6 over 6h and 30m: more than 36 is 37, more than 3 is 4.
    """
    elections = explained(bundle, "elections")

    assert [b.events for b in elections.burns] == [(15, 2), (37, 4)]
    assert elections.allowed == 720
    assert "SLOBudgetExhausted: the policy page-only does not have it." in section(
        elections, "Left out"
    )


def test_without_alerts_nothing_alerts(bundle: api.Loaded) -> None:
    """The policy none leaves out every alert, and says so."""
    quiet = explained(bundle, "quiet")

    assert (quiet.burns, quiet.alerts) == ((), ())
    assert section(quiet, "Left out") == "Every alert: the policy is none."
    assert section(quiet, "Alerts") == ""


def test_groups_are_told_with_their_sources(bundle: api.Loaded) -> None:
    """A renamed label is shown with the label that it is taken from."""
    counts = section(explained(bundle, "availability"), "What counts")

    assert "one budget for each region and cluster (taken from scope)." in counts
    assert "one budget for everything." in section(explained(bundle, "patient"), "What counts")


@pytest.mark.parametrize("name", ["availability", "patient", "lag", "failovers", "quiet"])
def test_formulas_groups_and_files_are_those_of_the_compiled_bundle(
    bundle: api.Loaded, name: str
) -> None:
    """Each expression, rule group and file that is shown stands in what `compile` writes."""
    explanation = explained(bundle, name)
    artifacts = {a.path: a.text for a in api.compile(bundle.bundle)}
    rules = yaml.safe_load(artifacts["alert-rules/shop.rules.yaml"])["groups"][0]["rules"]
    mine = [r for r in rules if r["labels"]["slo"] == name]

    assert [(r["record"], r["expr"]) for r in mine] == [
        (rule.record, rule.expr) for rule in explanation.ledger
    ]
    assert set(explanation.files) <= set(artifacts)
    text = "\n".join(artifacts.values())
    assert all(f"name: {group}\n" in text for group in explanation.groups)
    places = section(explanation, "Where it goes")
    assert all(path in places for path in explanation.files)


def test_paths_of_files_do_not_depend_on_the_directory(tmp_path: Path) -> None:
    """What is shown is below the output directory, whatever it is called."""
    moved = loaded(tmp_path, SPEC, out="generated")

    files = explain(slo_of(moved, "shop/lag"), moved.bundle).files
    assert "alert-rules/shop.rules.yaml" in files


@pytest.fixture(scope="module")
def references() -> list[Explanation]:
    """Each SLO of the reference systems, explained."""
    bundle = api.load(project=str(ROOT / "tests/fixtures/specs/slokit.yaml")).bundle
    return [explain(slo, bundle) for slo in bundle.slos]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_reference_slo_can_be_explained(
    form: Format[Callable[[Page, int], str]], references: list[Explanation]
) -> None:
    """In each format, with both of its expressions and the name of its policy in the text."""
    assert len(references) == 75
    for explanation in references:
        text = form.render(page(explanation), 80)
        lines = [line.strip() for line in text.splitlines()]
        assert all(
            line.strip() in lines
            for rule in explanation.ledger[:2]
            for line in rule.expr.split("\n")
        ), explanation.slo.id
        assert "Alerts of the policy" in text or explanation.slo.policy.name == "none"
