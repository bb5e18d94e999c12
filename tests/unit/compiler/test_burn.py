"""Burn rates and budgets as rules: the expressions as text, and who decides how a window looks."""

from dataclasses import replace
from fractions import Fraction

from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import RecordingRule
from slokit.model.alerting import DEFAULT, NONE, PAGE, BudgetAlert
from slokit.model.bundle import Bundle
from slokit.model.window import MONTH, WEEK, CalendarWindow, RollingWindow
from tests.support.history.made_up import DAY, bundle, slo

BUDGETS = 'min by (bundle, service, slo) (slokit:budget:ratio{bundle="made-up"})'
PER_BUDGET = f"\n/ on (bundle, service, slo) group_left () {BUDGETS}"


def since(seconds: int) -> str:
    """What makes the time before a group's first sample good, over so many seconds."""
    own = 'slokit:since:timestamp{bundle="made-up"}'
    own = own if seconds <= 3600 else f"last_over_time({own}[12m])"
    return f"\n* clamp_max((time() - {own}) / {seconds}, 1)"


def recorded(made: Bundle, part: str) -> dict[str, str]:
    """The recording rules of one of the bundle's groups, in their order."""
    group = next(g for g in compile_bundle(made).groups if g.name.endswith(f":{part}"))
    return {rule.record: rule.expr for rule in group.rules if isinstance(rule, RecordingRule)}


def latest(side: str) -> str:
    """The newest ledger window of a side, levels averaged."""
    series = f'slokit:{side}:rate5m{{bundle="made-up"}}'
    return (
        f"(\n  (avg_over_time({series}[4m59s999ms]) and on (bundle, service, slo)"
        f' slokit:info{{bundle="made-up",measure="level"}})\n  or {series}\n)'
    )


def test_a_burn_rate_over_the_ledger_window() -> None:
    """Bad by total by budget, of the newest sample."""
    found = recorded(bundle(slo()), "fast")

    assert next(iter(found)) == "slokit:since:timestamp"
    assert list(found)[1:4] == ["slokit:burn:5m", "slokit:burn:30m", "slokit:burn:1h"]
    assert list(found)[4:] == [
        "slokit:burn_alert:ratio", "slokit:budget_gone:seconds", "slokit:burn_alert:facts",
    ]  # fmt: skip
    ratio = f"{latest('bad')}\n/ ({latest('total')} > 0)"
    assert found["slokit:burn:5m"] == f"{ratio}{PER_BUDGET}{since(300)}"


def test_a_burn_rate_over_an_hour() -> None:
    """The newest five minutes at full weight, and what went before them."""
    bad, total = (
        f"(10 * {latest(side)} + sum_over_time("
        f'slokit:{side}:rate5m{{bundle="made-up"}}[54m59s999ms] offset 5m))'
        for side in ("bad", "total")
    )

    found = recorded(bundle(slo()), "fast")["slokit:burn:1h"]
    assert found == f"{bad}\n/ ({total} > 0){PER_BUDGET}{since(3600)}"


def test_burn_rates_over_hours_and_days_read_counts() -> None:
    """Two counts for each ledger window, added up."""
    found = recorded(bundle(slo()), "slow")

    assert list(found) == [
        "slokit:total:events5m",
        "slokit:bad:events5m",
        "slokit:active:bool",
        "slokit:burn:2h",
        "slokit:burn:6h",
        "slokit:burn:1d",
        "slokit:burn:3d",
    ]
    assert found["slokit:bad:events5m"] == (
        '(\n  (sum_over_time(slokit:bad:rate5m{bundle="made-up"}[4m59s999ms] offset 30s) * 30'
        ' and on (bundle, service, slo) slokit:info{bundle="made-up",measure="level"})'
        '\n  or (sum_over_time(slokit:bad:rate5m{bundle="made-up"}[4m59s999ms] offset 30s)'
        " * on (bundle, service, slo) group_left () (300 / max by (bundle, service, slo)"
        ' (count_over_time(slokit:budget:ratio{bundle="made-up"}[4m59s999ms] offset 30s)))'
        ' and on (bundle, service, slo) slokit:info{bundle="made-up",measure="count"})'
        '\n  or avg_over_time(slokit:bad:rate5m{bundle="made-up"}[4m59s999ms] offset 30s) * 300'
        "\n) >= 0 < Inf"
    )
    assert found["slokit:burn:2h"] == (
        'sum_over_time(slokit:bad:events5m{bundle="made-up"}[1h59m])\n'
        '/ (sum_over_time(slokit:total:events5m{bundle="made-up"}[1h59m]) > 0)'
        f"{PER_BUDGET}{since(7200)}"
    )


def test_the_budget_of_a_window_is_that_of_its_own_slos() -> None:
    """The burn rate over an SLO window is filtered by it; what is left is 1 less that.

    So is whose history is long enough.
    """
    found = recorded(bundle(slo()), "period")

    assert found == {
        "slokit:burn:30d": (
            '(sum_over_time(slokit:bad:events5m{bundle="made-up"}[29d23h59m])'
            ' and on (bundle, service, slo) slokit:info{bundle="made-up",window="30d"})\n'
            '/ (sum_over_time(slokit:total:events5m{bundle="made-up"}[29d23h59m]) > 0)'
            f"{PER_BUDGET}{since(2_592_000)}"
        ),
        "slokit:budget_remaining:ratio": '1 - slokit:burn:30d{bundle="made-up"}',
        "slokit:history:bool": (
            '(\n  present_over_time(slokit:total:events5m{bundle="made-up"}[15d] offset 15d)\n'
            "  or max without (window) (present_over_time("
            'slokit:budget_remaining:ratio{bundle="made-up"}[1d] offset 15d))\n)'
            ' and on (bundle, service, slo) slokit:info{bundle="made-up",window="30d"}'
        ),
    }


def test_a_budget_in_events_is_what_the_burn_rate_is_made_of() -> None:
    """Where a page waits for a share of it: so that the total of the window is read once."""
    policy = replace(DEFAULT, name="gold", min_budget_spent=Fraction(1, 50))
    found = recorded(bundle(slo(policy=policy)), "period")

    assert list(found)[:2] == ["slokit:budget:events", "slokit:burn:30d"]
    assert found["slokit:burn:30d"] == (
        '(sum_over_time(slokit:bad:events5m{bundle="made-up"}[29d23h59m])'
        ' and on (bundle, service, slo) slokit:info{bundle="made-up",window="30d"})\n'
        "/ ignoring (window)"
        ' (last_over_time(slokit:budget:events{bundle="made-up",window="30d"}[12m]) > 0)'
    )


def test_an_slo_window_that_burn_alerts_use_is_recorded_once() -> None:
    """Of the series that serves every SLO, what is left takes the SLOs with this window."""
    made = bundle(slo(), slo(name="b", window=RollingWindow(DAY), policy=NONE))
    found = recorded(made, "period")

    assert list(found) == [
        "slokit:burn:30d",
        "slokit:budget_remaining:ratio",
        "slokit:history:bool",
    ]
    assert found["slokit:budget_remaining:ratio"] == '1 - slokit:burn:30d{bundle="made-up"}'
    assert compile_bundle(made).groups[2].rules[1] == RecordingRule(
        "slokit:budget_remaining:ratio",
        '1 - (slokit:burn:1d{bundle="made-up"} and on (bundle, service, slo)'
        ' slokit:info{bundle="made-up",window="1d"})',
        {"window": "1d"},
    )


def test_windows_that_nothing_uses_are_not_recorded() -> None:
    """Without a burn alert there is no burn rate but that of the SLO window."""
    made = bundle(slo(policy=NONE))

    assert list(recorded(made, "fast")) == ["slokit:since:timestamp"]
    assert list(recorded(made, "slow")) == [
        "slokit:total:events5m",
        "slokit:bad:events5m",
        "slokit:active:bool",
    ]


def test_a_calendar_window_adds_up_counts_that_have_its_period() -> None:
    """What it wants recorded stands behind the counts; its burn rate reads that, not the counts."""
    policy = replace(NONE, name="late", spent=(BudgetAlert(PAGE, Fraction(1)),))
    made = bundle(slo(window=CalendarWindow(MONTH, "Europe/Berlin"), policy=policy))
    newest = (
        "bottomk by (bundle, service, slo)"
        ' (1, slokit:window_elapsed:ratio{bundle="made-up",window="month"})'
    )

    slow, period = recorded(made, "slow"), recorded(made, "period")
    assert list(slow)[3:] == [
        "slokit:counts_local_time:seconds",
        "slokit:window_elapsed:ratio",
        "slokit:total:events5m:month",
        "slokit:bad:events5m:month",
        "slokit:burn:month",
    ]
    assert slow["slokit:bad:events5m:month"] == (
        'slokit:bad:events5m{bundle="made-up"}\n'
        f"* on (bundle, service, slo) group_left (period) ({newest} ^ 0)"
    )
    bad, total = (
        f"sum without (period) (\n  sum_over_time(slokit:{side}:events5m:month"
        f'{{bundle="made-up"}}[31d59m])\n  and on (bundle, service, slo, period) {newest}\n)'
        for side in ("bad", "total")
    )
    assert slow["slokit:burn:month"] == f"{bad}\n/ ({total} > 0){PER_BUDGET}"
    assert "slokit:burn:month" not in period
    info = compile_bundle(made).ledgers[0][1].rules[3]
    assert (info.labels["window"], info.labels["timezone"]) == ("month", "Europe/Berlin")


def test_calendar_windows_of_several_places_share_their_rules() -> None:
    """One local time for each place; everything else is recorded once for each unit."""
    places = ("Europe/Berlin", "UTC", "America/New_York")
    made = bundle(
        *(
            slo(name=f"{unit}-{number}", window=CalendarWindow(unit, place), policy=NONE)
            for unit in (WEEK, MONTH)
            for number, place in enumerate(places)
        )
    )
    rules = [
        rule.record
        for group in compile_bundle(made).groups
        for rule in group.rules
        if isinstance(rule, RecordingRule)
    ]
    assert rules.count("slokit:counts_local_time:seconds") == len(places)
    assert rules.count("slokit:window_elapsed:ratio") == 2
    assert rules.count("slokit:burn:month") == rules.count("slokit:burn:week") == 1
