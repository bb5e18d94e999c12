"""Alert policies as values: which alerts an SLO gets, and in which order they stand."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from slokit.model.alerting import (
    DEFAULT,
    NONE,
    PAGE,
    PAGE_ONLY,
    PRESETS,
    TICKET,
    TICKET_ONLY,
    AlertPolicy,
    BudgetAlert,
    BurnAlert,
    ShareAlert,
    in_order,
)
from slokit.model.bundle import Project
from slokit.model.window import RollingWindow
from tests.support.history.made_up import DAY, bundle, slo

HOUR = Fraction(3600)
GOLD = AlertPolicy("gold", (BurnAlert(PAGE, HOUR, HOUR / 12, Decimal(10)),))


def test_an_slo_gets_what_it_can_set_off_in_time() -> None:
    """Where windows stay, a short SLO window drops the slow alerts; a low objective the fast."""
    rigid = replace(DEFAULT, shrinks=False)
    short, low = slo(window=RollingWindow(5 * DAY), policy=rigid), slo(objective=Decimal("0.9"))

    assert [str(alert) for alert in slo().burn_alerts] == [
        "page 1h/5m at 14.4",
        "page 6h/30m at 6",
        "ticket 1d/2h at 3",
        "ticket 3d/6h at 1",
    ]
    assert [alert.severity for alert in short.burn_alerts] == [PAGE, PAGE]
    assert [alert.burn for alert in low.burn_alerts] == [Decimal(6), Decimal(3), Decimal(1)]


def test_a_burn_alert_in_numbers() -> None:
    """At 14.4 an hour costs 2 % of a 30d budget, which is gone in 50 hours."""
    window = RollingWindow(30 * DAY)
    alert = DEFAULT.over(window)[0]

    assert alert.spends(window) == Fraction(2, 100)
    assert alert.empties_in(window) == 50 * HOUR
    assert alert.bad_per_total(Fraction(1, 1000)) == Fraction("0.0144")
    assert alert.smallest_objective().quantize(Decimal("0.0001")) == Decimal("0.9306")


def test_only_pages_wait_for_events() -> None:
    """A ticket is made for whatever burns."""
    assert [alert.waits_for(3) for alert in slo().burn_alerts] == [3, 3, 0, 0]


@pytest.mark.parametrize(
    ("policy", "exhausted", "no_data", "is_silent"),
    [
        (DEFAULT, TICKET, TICKET, False),
        (PAGE_ONLY, "", TICKET, False),
        (TICKET_ONLY, TICKET, TICKET, False),
        (NONE, "", "", True),
    ],
)
def test_presets_say_what_alerts(
    policy: AlertPolicy, exhausted: str, no_data: str, is_silent: bool
) -> None:
    """The severities of a spent budget and of missing data are the policy's own."""
    assert (policy.exhausted, policy.no_data, policy.is_silent) == (exhausted, no_data, is_silent)


def test_missing_data_alerts_unless_spec_or_policy_wants_silence() -> None:
    """Both have to agree."""
    found = [slo(), slo(no_data="good"), slo(no_data="ignore"), slo(policy=NONE)]

    assert [one.alerts_on_no_data for one in found] == [True, True, False, False]


def test_policies_stand_in_one_order_whoever_uses_them() -> None:
    """The presets first, then a bundle's own by name; each once."""
    amber = AlertPolicy("amber")
    used = [GOLD, NONE, amber, TICKET_ONLY, DEFAULT, GOLD]
    slos = [slo(name=f"slo-{number}", policy=policy) for number, policy in enumerate(used)]

    expected = (DEFAULT, TICKET_ONLY, NONE, amber, GOLD)
    assert in_order(used) == in_order(reversed(used)) == expected
    assert bundle(*slos).policies == expected


def test_a_bundle_adds_policies_and_replaces_presets() -> None:
    """An SLO may name the presets and the bundle's own; the bundle's own count."""
    strict = AlertPolicy("default", GOLD.burn_alerts)
    known = Project(own_policies=(GOLD, strict)).policies

    assert list(known) == [*(policy.name for policy in PRESETS), "gold"]
    assert known["default"] is strict
    assert known["gold"] is GOLD


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, ["page 15m/5m at 6", "ticket 1h/5m at 3", "ticket 3h/15m at 1"]),
        (
            3,
            ["page 15m/5m at 14.4", "page 45m/5m at 6", "ticket 3h/15m at 3", "ticket 8h/40m at 1"],
        ),
        (
            7,
            [
                "page 15m/5m at 14.4",
                "page 1h30m/10m at 6",
                "ticket 6h/30m at 3",
                "ticket 18h/1h30m at 1",
            ],
        ),
        (28, ["page 1h/5m at 14.4", "page 6h/30m at 6", "ticket 1d/2h at 3", "ticket 3d/6h at 1"]),
        (365, ["page 1h/5m at 14.4", "page 6h/30m at 6", "ticket 1d/2h at 3", "ticket 3d/6h at 1"]),
    ],
)
def test_below_28_days_the_windows_of_a_preset_shrink_with_the_slo_window(
    days: int, expected: list[str]
) -> None:
    """Burn rates stay; of two alerts over the same windows the slower one is enough."""
    assert [str(alert) for alert in slo(window=RollingWindow(days * DAY)).burn_alerts] == expected


@pytest.mark.parametrize("minutes", [1, 5, 6, 10, 20, 30])
@pytest.mark.parametrize("days", range(1, 28))
def test_every_slo_window_has_a_page_and_a_ticket_by_default(days: int, minutes: int) -> None:
    """In time, over whole ledger windows, and at least three of them."""
    slot = Fraction(60 * minutes)
    found = replace(DEFAULT, slot=slot).fitting(RollingWindow(days * DAY))

    assert {alert.severity for alert in found} == {PAGE, TICKET}
    for alert in found:
        assert alert.long / slot >= 3
        assert (alert.long / slot).denominator == (alert.short / slot).denominator == 1
        assert alert.short < alert.long


@pytest.mark.parametrize(
    ("days", "burn"),
    [(30, "1"), (60, "2"), (365, "12.166667"), (7, "1")],
)
def test_a_share_of_the_budget_is_a_burn_rate_for_each_window(days: int, burn: str) -> None:
    """10 % in three days: 0.1 * window / 3d, and never less than what the budget bears."""
    alert = ShareAlert(TICKET, 3 * DAY, DAY / 4, Fraction(1, 10))

    assert str(alert.over(RollingWindow(days * DAY)).burn) == burn
    assert str(alert) == "ticket 3d/6h at 10% of the budget"


def test_what_is_spent_is_exhausted_or_a_threshold() -> None:
    """All of the budget has an alert of its own; thresholds come in order."""
    half, most, spent = (BudgetAlert(TICKET, Fraction(n, 100)) for n in (50, 75, 100))
    policy = AlertPolicy("x", spent=(spent, most, half))

    assert policy.exhausted == TICKET
    assert [alert.percent for alert in policy.thresholds] == ["50%", "75%"]
