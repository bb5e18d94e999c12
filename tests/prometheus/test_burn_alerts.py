"""Burn alerts fire above their burn rates and stay silent below, policy by policy."""

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from slokit.compiler import names
from slokit.compiler.alerts import spends_less
from slokit.model.bundle import Project
from tests.prometheus.bundles import growing, long_there
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

BURNS = {
    ("page", "1h", "5m"): 14.4,
    ("page", "6h", "30m"): 6.0,
    ("ticket", "1d", "2h"): 3.0,
    ("ticket", "3d", "6h"): 1.0,
}
POLICIES = {
    "default": ("page", "ticket"),
    "page-only": ("page",),
    "ticket-only": ("ticket",),
    "none": (),
}
CASES = list(product(BURNS.values(), (0.98, 1.02)))
SCRAPES, PER_SCRAPE, BUDGET = 60, 100_000, 0.001


def spec() -> str:
    """One service a policy; its SLOs burn at 0.98 and 1.02 times each alert's rate."""
    return "---\n".join(
        f"apiVersion: slokit/v1\nservice: {policy}\ndefaults: {{alert_policy: {policy}}}\nslos:\n"
        + "".join(
            f"  - name: case-{number}\n    objective: 99.9%\n"
            f"    sli: {{events: {{bad: bad_{number}_total, total: all_total}}}}\n"
            for number in range(len(CASES))
        )
        for policy in POLICIES
    )


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, ...]]:
    """What burns too fast after half an hour: policy, SLO, severity, long and short window.

    The alerts are one for each of their severities.
    """
    directory = tmp_path_factory.mktemp("burns")
    series = {"all_total": growing((SCRAPES, PER_SCRAPE))}
    for number, (burn, share) in enumerate(CASES):
        bad = burn * share * BUDGET * PER_SCRAPE
        series[f"bad_{number}_total"] = growing((SCRAPES, bad))
    for policy, number in product(POLICIES, range(len(CASES))):
        series |= long_there(SCRAPES, policy, f"case-{number}")
    replay = RuleReplay(directory, compiled(directory, spec()).files, series)
    keys = ("alert_policy", "slo", "severity", "long", "short")
    replay.ask(names.BURN_TOO_FAST, "30m")
    alerts = replay.alerts(names.BURN_ALERT, "30m")
    rows = replay.samples(names.BURN_TOO_FAST, "30m")
    carried = [*(alert.labels for alert in alerts), *(row.labels for row in rows)]
    assert all(labels["service"] == labels["alert_policy"] for labels in carried)
    found = {tuple(row.labels[name] for name in keys) for row in rows}
    fired = [tuple(alert.labels[name] for name in keys[:3]) for alert in alerts]
    assert sorted(fired) == sorted({row[:3] for row in found})
    return found


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{b:g}x{s}" for b, s in CASES])
def test_an_alert_fires_exactly_above_its_burn_rate(
    fired: set[tuple[str, ...]], policy: str, number: int
) -> None:
    """Each burn alert of a policy fires at 1.02 times its burn rate, and not at 0.98 times."""
    burn, share = CASES[number]

    assert {row[2:] for row in fired if row[:2] == (policy, f"case-{number}")} == {
        alert
        for alert, limit in BURNS.items()
        if alert[0] in POLICIES[policy] and burn * share > limit
    }


WEIGHED = """
    apiVersion: slokit/v1
    service: shop
    defaults: {window: 1d, group_by: [case]}
    slos:
      - name: plain
        objective: 99%
        alert_policy: plain
        sli: {events: {bad: bad_total, total: all_total}}
      - name: weighed
        objective: 99%
        alert_policy: weighed
        sli: {events: {bad: bad_total, total: all_total}}
"""
PLAIN = {"burn_alerts": [{"severity": s, "long": "1h", "burn": 4} for s in ("page", "ticket")]}
# Three hours of 600 requests a minute, then so many minutes of so many requests, and those that
# fail; whether it pages where a page waits for a share of the budget.
CASES_OF_SHARES = {
    "one-failure-of-two-at-night": ((80, 0.2), ((77, 0), (1, 1.0), (2, 0)), False),
    "an-outage-at-night": ((80, 0.2), ((60, 0), (20, 0.2)), False),
    "an-outage-by-day": ((80, 600), ((60, 0), (20, 600)), True),
    "a-fifth-of-all-by-day": ((80, 600), ((60, 0), (20, 120)), True),
}


def test_a_page_may_wait_for_a_share_of_the_budget(tmp_path: Path) -> None:
    """What fails at night is a large part of its hour and little of the budget: a ticket.

    By hand: 108,000 requests within the SLO window, so 1,080 may fail; the page waits for 1 % of
    them, which are 11.
    """
    policies = {"plain": PLAIN, "weighed": {"extends": "plain", "min_budget_spent": "1%"}}
    made = compiled(tmp_path, WEIGHED, interval="1m", scrape_interval="1m", alert_policies=policies)
    series: dict[str, str] = {}
    for case, (total, bad, _) in CASES_OF_SHARES.items():
        series[f'all_total{{case="{case}"}}'] = growing((180, 600), total)
        series[f'bad_total{{case="{case}"}}'] = growing((180, 0), *bad)
        for slo in policies:
            series |= long_there(2, "shop", slo, case=case)
    replay = RuleReplay(tmp_path / "replay", made.files, series, "1m", "1m")
    replay.ask(names.BUDGET_EVENTS, "3h10m")
    alerts = replay.alerts(names.BURN_ALERT, "4h19m")

    found = {tuple(a.labels[name] for name in ("case", "slo", "severity")) for a in alerts}
    expected = {
        (case, "plain", severity) for case in CASES_OF_SHARES for severity in ("page", "ticket")
    }
    expected |= {(case, "weighed", "ticket") for case in CASES_OF_SHARES}
    assert found == expected | {
        (case, "weighed", "page") for case, (*_, pages) in CASES_OF_SHARES.items() if pages
    }
    allowed = [s.value for s in replay.samples(names.BUDGET_EVENTS, "3h10m")]
    assert len(allowed) == 2 * len(CASES_OF_SHARES)
    assert allowed == pytest.approx([1080] * len(allowed), rel=0.1)


def test_what_a_page_has_waited_for_is_never_too_much(tmp_path: Path) -> None:
    """One bad event a second from minute 20 on: of the last hour all but the last few are counted.

    By hand: those before the newest five minutes are in counts, of which the last ended up to ten
    minutes and a half ago. It is never more than there were.
    """
    begin, step, slot, late = 1200, 30, 300, 60

    def failed(start: float, end: float) -> float:
        return max(0.0, end - max(start, begin))

    rates, counts = [], []
    for at in range(0, 6001, step):
        rates.append(f"{failed(at - 300, at) / 300:.10g}")
        counts.append(f"{failed(at - 330, at - 30):g}" if at % slot == late else "_")
    own = 'bundle="default",service="s",slo="a"'
    series = {
        f"slokit:bad:rate5m{{{own}}}": " ".join(rates),
        f"slokit:bad:events5m{{{own}}}": " ".join(counts),
        f'slokit:budget:events{{{own},window="30d"}}': f"1000000x{len(rates)}",
    }
    replay = RuleReplay(tmp_path, [], series, "30s", "30s")
    expr = spends_less(Fraction(1, 100), Fraction(3600), Project())
    moments = range(300, 6001, 60)
    replay.ask(expr, *(f"{at}s" for at in moments))

    for at in moments:
        true = failed(at - 3600, at)
        (sample,) = replay.samples(expr, f"{at}s")
        assert true - 330 <= sample.value <= true + 1e-6, at
