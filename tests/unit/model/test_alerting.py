"""Alert policies as values: which alerts an SLO gets, and in which order they stand."""

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
    BurnAlert,
    in_order,
)
from slokit.model.bundle import Project
from slokit.model.window import RollingWindow
from tests.support.history.made_up import DAY, bundle, slo

HOUR = Fraction(3600)
GOLD = AlertPolicy("gold", (BurnAlert(PAGE, HOUR, HOUR / 12, Decimal(10)),))


def test_an_slo_gets_what_it_can_set_off_in_time() -> None:
    """A short window drops the slow alerts, a low objective the fast ones."""
    short, low = slo(window=RollingWindow(5 * DAY)), slo(objective=Decimal("0.9"))

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
    alert, window = DEFAULT.burn_alerts[0], RollingWindow(30 * DAY)

    assert alert.spends(window) == Fraction(2, 100)
    assert alert.empties_in(window) == 50 * HOUR
    assert alert.bad_per_total(Fraction(1, 1000)) == Fraction("0.0144")
    assert alert.smallest_objective().quantize(Decimal("0.0001")) == Decimal("0.9306")


def test_only_pages_wait_for_events() -> None:
    """A ticket is made for whatever burns."""
    assert [alert.waits_for(3) for alert in DEFAULT.burn_alerts] == [3, 3, 0, 0]


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
