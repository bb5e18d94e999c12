"""Burn alerts fire above their burn rates and stay silent below, policy by policy."""

from itertools import product

import pytest

from slokit.compiler import names
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
