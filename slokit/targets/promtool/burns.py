"""Unit tests of a service from its ledger on: idle, an outage, and just above and below alerts."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from slokit.compiler import names
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.expected import (
    FIRING,
    Shares,
    burn_rate,
    by_time,
    common_labels,
    firing,
    of_alert,
    row,
    settled,
    usable,
)
from slokit.targets.promtool.scenarios.base import LedgerRow
from slokit.targets.promtool.setting import Setting, group_of, steps
from slokit.targets.promtool.unit_test import Claim, Input, UnitTest, between, label_text
from slokit.text.durations import format_duration

_ONE, _NONE = Fraction(1), Fraction(0)
_ABOVE, _BELOW, _STORM = Fraction("1.02"), Fraction("0.98"), Fraction(100)
_TOLD = (names.SLO, "severity", "long", "short")
_BURNS = Matcher("__name__", "=~", names.burn_pattern())


def burn_tests(service: Service, setting: Setting) -> Iterator[UnitTest]:
    """The tests of a service; each has all of its SLOs that can take part."""
    scenes: tuple[tuple[str, Callable[[Slo], Fraction | None]], ...] = (
        ("a fast burn, just above the fastest alert", lambda slo: _at(slo, max, _ABOVE)),
        ("a burn just below the fastest alert", lambda slo: _at(slo, max, _BELOW)),
        ("a slow burn, just above the slowest alert", lambda slo: _at(slo, min, _ABOVE)),
        ("a burn just below the slowest alert", lambda slo: _at(slo, min, _BELOW)),
    )
    yield _idle(service, setting)
    storm = [(slo, _possible(slo, _STORM * max(slo.budget, _ONE))) for slo in service.slos]
    for at, shares in by_time(storm, setting):
        yield _outage(service, setting, at, shares)
    for title, share in scenes:
        found = [(slo, bad) for slo in service.slos if (bad := share(slo)) is not None]
        for at, shares in by_time(found, setting):
            inputs = _steady_inputs(setting, at, shares)
            yield _test(service, setting, title, inputs, _claims(at, service, setting, shares))


def _at(slo: Slo, choose: Callable[..., Fraction], factor: Fraction) -> Fraction | None:
    """Bad per total that burns a little faster or slower than an alert waits for."""
    burns = [Fraction(a.burn) for a in usable(slo) if a.reaches(slo.objective)]
    return _possible(slo, choose(burns) * factor * slo.budget) if burns else None


def _possible(slo: Slo, bad: Fraction) -> Fraction:
    return bad if slo.objective is None else min(bad, _ONE)


def _idle(service: Service, setting: Setting) -> UnitTest:
    at = max(settled(slo, LedgerRow(_ONE, _NONE), setting) for slo in service.slos)
    samples = setting.samples(at) + 1
    nothing = steps((_NONE, samples))
    inputs = [
        line for slo in service.slos for line in setting.ledger(slo).all(nothing, nothing, samples)
    ]
    burns = build.series("", {names.SERVICE: service.name}, _BURNS)
    claims = [Claim(at, "burns", burns, []), _alerts(at, service, [])]
    return _test(service, setting, "idle: no traffic burns nothing", inputs, claims)


def _steady_inputs(setting: Setting, at: Fraction, shares: Shares, after: int = 0) -> list[Input]:
    """The ledgers of all SLOs: steady until a time, and without bad events ``after`` it."""
    before = setting.samples(at) + 1
    samples = before + after
    total = steps((_ONE, samples))
    return [
        line
        for slo, bad in shares
        for line in setting.ledger(slo).all(total, steps((bad, before), (_NONE, after)), samples)
    ]


def _outage(service: Service, setting: Setting, at: Fraction, shares: Shares) -> UnitTest:
    """Until a time, and on until the shortest burn rate and what waits for it are silent."""
    window, mine = setting.project.ledger_window, {names.SERVICE: service.name}
    shortest = min(setting.windows.fast, default=window)
    end = at + setting.whole(shortest) + 2 * window
    inputs = _steady_inputs(setting, at, shares, setting.samples(end - at))
    everything = build.series("ALERTS", {**mine, **FIRING})
    common = f"count without (severity, long, short) ({everything})"
    fresh = build.series("ALERTS", {**mine, **FIRING, "short": format_duration(shortest)})
    burn = build.series(names.burn(shortest), mine)
    claims = [
        *_claims(at, service, setting, shares),
        Claim(at, "labels", common, _labels(at, setting, shares)),
        Claim(end, "burn", f"{burn} > 0", [], "recovery"),
        Claim(end, "fresh", fresh, []),
    ]
    return _test(service, setting, "a total outage, then recovery", inputs, claims)


def _labels(at: Fraction, setting: Setting, shares: Shares) -> list[tuple[str, str]]:
    """How many alerts fire for each SLO, with all labels that they have in common."""
    found = []
    for slo, bad in shares:
        alerts = firing(slo, LedgerRow(_ONE, bad), at)
        labels = label_text(common_labels(slo, setting.project, group_of(slo)))
        found += [(labels, str(len(alerts)))] if alerts else []
    return found


def _claims(at: Fraction, service: Service, setting: Setting, shares: Shares) -> list[Claim]:
    samples = [
        (label_text({names.SLO: slo.name, **of_alert(alert)}), "1")
        for slo, bad in shares
        for alert in firing(slo, LedgerRow(_ONE, bad), at)
    ]
    return [*_burn_claims(at, service, setting, shares), _alerts(at, service, samples)]


def _burn_claims(at: Fraction, service: Service, setting: Setting, shares: Shares) -> list[Claim]:
    """Over every window the burn rate is the same: how many windows that are, for each SLO."""
    slos: dict[Fraction, list[Slo]] = {}
    for slo, bad in shares:
        slos.setdefault(burn_rate(slo, LedgerRow(_ONE, bad)), []).append(slo)
    burns = build.series("", {names.SERVICE: service.name}, _BURNS)
    return [
        Claim(
            at,
            f"burn-{number}",
            f"count without () ({between(burns, burn)})",
            [(row(s, setting.project, group_of(s)), str(setting.burn_windows(s))) for s in found],
        )
        for number, (burn, found) in enumerate(slos.items(), start=1)
    ]


def _alerts(at: Fraction, service: Service, samples: list[tuple[str, str]]) -> Claim:
    """How many alerts of each kind fire for each SLO; there is one group."""
    firing_now = build.series("ALERTS", {names.SERVICE: service.name, **FIRING})
    return Claim(at, "alerts", build.fold("count", _TOLD, firing_now), samples)


def _test(
    service: Service,
    setting: Setting,
    title: str,
    inputs: list[Input],
    claims: list[Claim],
) -> UnitTest:
    return UnitTest(f"{service.name}: {title}", setting.project.interval, inputs, claims)
