"""Every number of the report on the demo's month, against Prometheus' own and the simulation's."""

import random
from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import TypeAlias

import pytest

from slokit.demo.month import evaluation
from slokit.demo.month.incidents import incidents
from slokit.demo.month.report import write_project
from slokit.demo.month.simulated import DAY, HOUR, MINUTE, Key
from tests.prometheus.month import AT, WINDOW, TheMonth, budget, by_key, the_month
from tests.prometheus.month_queries import queries

pytestmark = pytest.mark.programs("prometheus", "promtool")

LEVELS = "threshold"
EXACT = 1e-9
TYPO = """\
apiVersion: slokit/v1
service: shop-api
defaults: {window: 4d, selector: {job: shop-api, region: eu}}
slos:
  - name: typo
    objective: 99.9%
    sli: {events: {bad: 'http_requests_total{code=~"5xx"}', total: http_requests_total}}
  - name: errors
    objective: 99.9%
    sli: {events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}}
  - name: answering
    objective: 99.9%
    sli: {events: {of: gauges, good: "up * 100", total: "up * 100"}}
"""
Identity: TypeAlias = frozenset[tuple[str, str]]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TheMonth]:
    with the_month(tmp_path_factory.mktemp("month")) as ready:
        yield ready


@pytest.fixture(scope="module")
def rules(month: TheMonth, tmp_path_factory: pytest.TempPathFactory) -> list[evaluation.Rule]:
    """The rules as compiled."""
    _, artifacts = write_project(tmp_path_factory.mktemp("rules") / "new", month.timeline.days)
    return [rule for level in evaluation.levels(artifacts) for rule in level]


def _noise(bad: float) -> float:
    """How far a count may be off: a thousandth of it, and where it is small a part of an event.

    rate() looks at five scrapes and stretches them over five minutes: each event is counted a
    little more or less often, by about a twentieth, which shrinks with the root of their number.
    Twice that is allowed.
    """
    return max(1e-3 * bad, 2 * 0.05 * sqrt(bad))


def _burst(month: TheMonth, key: Key) -> float:
    """What rate() loses of errors that begin at full strength on a counter that was near zero.

    It does not stretch a rise to before the counter's own zero: half a scrape interval of events
    for each of its three instances, which were restarted by the deploy.
    """
    if key[:2] not in {("shop-api", "availability"), ("shop-api", "latency-slow")}:
        return 0.0
    truth = month.truth(key)
    return 0.5 * float(truth.bad[month.calendar.bad_deploy].max())


def test_every_slo_has_its_row(month: TheMonth) -> None:
    """One row a group, and no other."""
    assert month.rows.keys() == month.simulated.truth.keys()


def test_each_count_is_the_simulations(month: TheMonth) -> None:
    """Bad and total of window and period are what happened: levels to the second."""
    for key, row in month.rows.items():
        bad, total = month.truth(key).within(month.timeline.counted)
        noise = _noise(bad) + _burst(month, key)
        for measure in (row["window_measure"], row["period_measure"]):
            if row["sli"] == LEVELS:
                assert (measure["bad"], measure["total"]) == pytest.approx((bad, total), rel=EXACT)
            else:
                assert measure["bad"] == pytest.approx(bad, abs=noise), key
                assert measure["total"] == pytest.approx(total, rel=1e-3), key


def test_each_count_is_what_raw_promql_says(month: TheMonth) -> None:
    """increase() over the window and readings once a minute give the same, within a thousandth.

    They are asked for the time that the counts hold, which ends an evaluation earlier.
    """
    outage = month.timeline.seconds(month.calendar.scrape_outage)
    asked = queries(outage, AT, WINDOW)
    assert asked.keys() == month.rows.keys()
    for key, (bad_query, total_query) in asked.items():
        measure = month.rows[key]["window_measure"]
        bad, total = month.value(bad_query, AT - MINUTE), month.value(total_query, AT - MINUTE)
        noise = _noise(bad) + _burst(month, key)
        assert measure["bad"] == pytest.approx(bad, abs=noise), (key, bad_query)
        assert measure["total"] == pytest.approx(total, rel=1e-3), (key, total_query)


def test_the_other_numbers_follow_from_the_counts(month: TheMonth) -> None:
    """Ratio, SLI and budget, by the arithmetic of the SRE workbook on the report's own counts."""
    for key, row in month.rows.items():
        allowed_share = budget(row["objective"])
        for measure in (row["window_measure"], row["period_measure"]):
            bad, total = measure["bad"], measure["total"]
            spent = bad / (total * float(allowed_share))
            is_rate = row["sli"] == "rate"
            assert measure["ratio_bad"] == pytest.approx(bad / total, rel=EXACT)
            assert measure["budget_allowed"] == pytest.approx(total * float(allowed_share))
            assert measure["budget_spent_ratio"] == pytest.approx(spent, rel=EXACT), key
            assert measure["budget_remaining_ratio"] == pytest.approx(1 - spent, abs=EXACT)
            assert measure["sli"] == (None if is_rate else pytest.approx(1 - bad / total))
            assert measure["good"] == (None if is_rate else pytest.approx(total - bad))


def test_coverage_is_what_was_scraped(month: TheMonth) -> None:
    """All of the window, but for the API in us: its outage is missing, to a ledger window."""
    begun, ended = month.timeline.seconds(month.calendar.scrape_outage)
    for key, row in month.rows.items():
        covered = row["window_measure"]["covered_seconds"]
        if key[0] == "shop-api" and ("region", "us") in key[2]:
            assert covered == pytest.approx(WINDOW - (ended - begun), abs=5 * MINUTE), key
        else:
            assert covered == WINDOW, key
        assert row["coverage"] == covered / WINDOW


def test_burn_rates_are_those_of_the_last_hours(month: TheMonth) -> None:
    """Each level's burn is its bad share of the span over the budget; an hour is 60 samples."""
    spans = {"1h": HOUR, "6h": 6 * HOUR, "1d": DAY, "3d": 3 * DAY}
    for key, row in month.rows.items():
        if row["sli"] != LEVELS:
            continue
        for name, seconds in spans.items():
            last = month.timeline.last(seconds // MINUTE)
            if seconds > HOUR:  # of counts, which end an evaluation earlier
                last = slice(last.start - 1, last.stop - 1)
            bad, total = month.truth(key).within(last)
            expected = bad / total / float(budget(row["objective"]))
            assert row["burn"][name] == pytest.approx(expected, rel=1e-6), (key, name)


def test_burn_rates_of_counters_are_within_their_noise(month: TheMonth) -> None:
    """Long spans agree with raw increase() over the same span."""
    for region in ("eu", "us"):
        bad, total = (
            month.value(
                f'sum(increase(http_requests_total{{region="{region}"{more}}}[1d]))', AT - MINUTE
            )
            for more in (',code=~"5.."', "")
        )
        row = month.rows["shop-api", "availability", (("region", region),)]
        assert row["burn"]["1d"] == pytest.approx(
            bad / total / 0.001, abs=_noise(bad) / total / 1e-3
        )


def test_states_are_what_the_month_deserves(month: TheMonth) -> None:
    """Exhausted where more was bad than allowed, burning where it goes on, else ok."""
    for key, row in month.rows.items():
        bad, total = month.truth(key).within(month.timeline.month)
        spent = bad / total / float(budget(row["objective"]))
        is_burning = key[1] == "replication-lag-critical"
        expected = "exhausted" if spent >= 1 else "burning" if is_burning else "ok"
        assert row["state"] == expected, (key, spent)


def test_recorded_and_raw_agree(month: TheMonth) -> None:
    """Both sources give the same counts within a thousandth, levels and elections to the second.

    Where events are few they share no noise: the two read the same scrapes at other moments.
    """
    raw = by_key(month.report("raw"))
    assert raw.keys() == month.rows.keys()
    for key, row in month.rows.items():
        ours, theirs = row["window_measure"], raw[key]["window_measure"]
        noise = _noise(ours["bad"]) + _burst(month, key)
        assert theirs["total"] == pytest.approx(ours["total"], rel=1e-3), key
        assert theirs["bad"] == pytest.approx(ours["bad"], abs=noise), key
        assert raw[key]["coverage"] == pytest.approx(row["coverage"], abs=0.002), key
        if row["sli"] == LEVELS:
            assert theirs["bad"] == pytest.approx(ours["bad"], rel=EXACT), key
        assert raw[key]["state"] == row["state"], key


def test_each_incident_costs_in_the_report_what_it_cost(month: TheMonth) -> None:
    """Every named incident is found, with its cost within 3 %.

    Beside the noise the report counts whole ledger windows: some minutes before and after belong
    to it, with their usual errors. What nobody measured is told to a ledger window.
    """
    found = {line.cost.incident.name for line in month.made.lines}
    assert found == {incident.name for incident in incidents(month.calendar)}
    for line in month.made.lines:
        if line.cost.incident.blind:
            assert line.reported == pytest.approx(line.cost.bad, abs=5 * MINUTE)
        else:
            assert line.reported == pytest.approx(line.cost.bad, rel=0.03), line.texts
            assert line.share == pytest.approx(
                _share(month, line.cost.key, line.cost.bad), rel=0.03
            )


def _share(month: TheMonth, key: Key, bad: float) -> float:
    _, total = month.truth(key).within(month.timeline.month)
    return bad / (total * float(budget(month.rows[key]["objective"])))


def test_pages_come_with_the_incidents(month: TheMonth) -> None:
    """The lost quorum paged: the report lists the alerts that fired then."""
    row = month.rows["etcd", "leader-present", (("cluster", "etcd"),)]
    (incident,) = row["incidents"]

    assert "page" in incident["alerts"]


def test_the_ledger_is_what_prometheus_would_have_recorded(
    month: TheMonth, rules: list[evaluation.Rule]
) -> None:
    """Rows of every rule, at moments drawn by lot, are what its expression gives at that moment.

    Both ways: what was recorded is what the rule gives, and what the rule gives was recorded.
    """
    chance = random.Random(5)
    for rule in (rule for rule in rules if rule.record):
        steps = (AT - month.timeline.start) // rule.step - 1
        at = month.timeline.start + chance.randint(1, steps) * rule.step + rule.offset
        expected = _given(month, rule, at)
        assert _stored(month, rule, rule.record, at) == pytest.approx(expected, rel=1e-12), at


def test_alerts_are_those_that_the_rules_would_have_fired(
    month: TheMonth, rules: list[evaluation.Rule]
) -> None:
    """At each hour of the month: the alerts stored are those that the expressions give."""
    fired = set()
    for rule in (rule for rule in rules if rule.alert and rule.waits == 0):
        for at in range(month.timeline.start + HOUR, AT + 1, HOUR):
            expected = _given(month, rule, at)
            found = _stored(month, rule, "ALERTS", at, alertname=rule.alert)
            assert found.keys() == expected.keys(), (rule.expr, at)
            fired |= {(rule.alert, rule.labels["severity"]) for _ in found}

    assert {("SLOBudgetBurn", "page"), ("SLOBudgetExhausted", "ticket")} <= fired


def test_silence_is_told(month: TheMonth) -> None:
    """SLONoData waited ten minutes in the scrape outage, then fired until it ended."""
    begun, ended = month.timeline.seconds(month.calendar.scrape_outage)
    alert = 'ALERTS{alertname="SLONoData",region="us",alertstate="firing",slo="availability"}'

    assert month.query(alert, begun + 5 * MINUTE) == []
    assert month.query(alert, ended - 10 * MINUTE) != []
    assert month.query(alert, ended + 30 * MINUTE) == []


def test_a_selector_that_matches_nothing_is_called_out(month: TheMonth, tmp_path: Path) -> None:
    """None of millions of requests was bad: that is said, with their number.

    Nothing is said of seconds in which nothing was bad, however many they are.
    """
    (tmp_path / "slokit.yaml").write_text("bundle: demo\nspecs: [typo.yaml]\ninterval: 60s\n")
    (tmp_path / "typo.yaml").write_text(TYPO)
    report = month.report("raw", tmp_path)
    (told,) = [text for text in report["warnings"] if "was bad" in text]
    totals = {row["slo"]: row["window_measure"]["total"] for row in report["rows"]}
    total = totals["typo"]

    assert min(total, totals["answering"]) > 1_000_000
    assert told.startswith(f"shop-api/typo: none of {total:,.0f} requests")


def test_a_window_that_is_mostly_unknown_is_new(month: TheMonth, tmp_path: Path) -> None:
    """Four days of a window of thirty prove nothing, whatever they cost: new, never exhausted."""
    write_project(tmp_path / "long", 30)
    for row in month.report("recorded", tmp_path / "long")["rows"]:
        assert row["state"] == "new"
        assert row["coverage"] < 0.5


def _given(month: TheMonth, rule: evaluation.Rule, at: int) -> dict[Identity, float]:
    """What the expression of a rule gives, with the rule's labels; an empty one takes off."""
    return {
        _identity({n: v for n, v in {**sample.labels, **rule.labels}.items() if v}): sample.value
        for sample in month.query(rule.expr, at)
    }


def _stored(
    month: TheMonth, rule: evaluation.Rule, name: str, at: int, **labels: str
) -> dict[Identity, float]:
    """What was stored for a rule at exactly this moment."""
    own = ",".join(f'{n}="{value}"' for n, value in {**rule.labels, **labels}.items())
    found = month.query(f"last_over_time({name}{{{own}}}[1s])", at)
    return {_identity(sample.labels): sample.value for sample in found}


def _identity(labels: dict[str, str]) -> Identity:
    """Labels less those that name the series."""
    return frozenset(
        (name, value)
        for name, value in labels.items()
        if name not in {"__name__", "alertname", "alertstate"}
    )
