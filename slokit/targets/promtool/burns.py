"""Unit tests of a service from its ledger on: just above and below what its alerts wait for."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.policies import PAGE, BurnAlert
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.spec.model import Service, Slo
from slokit.spec.rehearsal import Steady
from slokit.spec.units import format_duration
from slokit.targets.promtool.expected import (
    alert_samples,
    burn_rate,
    enough,
    firing,
    is_clear,
    row,
    usable,
)
from slokit.targets.promtool.setting import LedgerInput, Setting, group_of, steps
from slokit.targets.promtool.unit_test import Claim, UnitTest

_ONE, _NONE = Fraction(1), Fraction(0)
_ABOVE, _BELOW, _STORM = Fraction("1.02"), Fraction("0.98"), Fraction(100)
_WINDOWS_TO_SETTLE = 3
_FIRING = {"alertstate": "firing"}


def burn_tests(service: Service, setting: Setting) -> list[UnitTest]:
    """All tests of a service; each has all of its SLOs that can take part."""
    scenes: tuple[tuple[str, Callable[[Slo], Fraction | None]], ...] = (
        ("a fast burn, just above the fastest alert", lambda slo: _at(slo, max, _ABOVE)),
        ("a burn just below the fastest alert", lambda slo: _at(slo, max, _BELOW)),
        ("a slow burn, just above the slowest alert", lambda slo: _at(slo, min, _ABOVE)),
        ("a burn just below the slowest alert", lambda slo: _at(slo, min, _BELOW)),
    )
    tests = [_idle(service, setting), _outage(service, setting)]
    for title, share in scenes:
        shares = [(slo, bad) for slo in service.slos if (bad := share(slo)) is not None]
        tests += [_steady(service, setting, title, shares)] if shares else []
    return [*tests, *_few_events(service, setting)]


def _at(slo: Slo, choose: Callable[..., Fraction], factor: Fraction) -> Fraction | None:
    """Bad per total that burns a little faster or slower than an alert waits for."""
    burns = [Fraction(a.burn) for a in usable(slo) if a.reaches(slo)]
    return _possible(slo, choose(burns) * factor * slo.budget) if burns else None


def _possible(slo: Slo, bad: Fraction) -> Fraction:
    return bad if slo.objective is None else min(bad, _ONE)


def _settled(setting: Setting) -> tuple[Fraction, int]:
    """When a steady ledger has reached every alert, and how many samples that takes."""
    at = _WINDOWS_TO_SETTLE * setting.project.ledger_window
    return at, setting.samples(at) + 1


def _idle(service: Service, setting: Setting) -> UnitTest:
    at, samples = _settled(setting)
    nothing = steps((_NONE, samples))
    inputs = [_inputs(slo, setting, nothing, nothing, samples) for slo in service.slos]
    mine = {names.SERVICE: service.name}
    burns = build.series("", mine, Matcher("__name__", "=~", names.burn_pattern()))
    claims = [Claim(at, "burns", burns, []), _alerts(at, service, [])]
    return _test(service, setting, "idle: no traffic burns nothing", inputs, claims)


def _steady(
    service: Service, setting: Setting, title: str, shares: Sequence[tuple[Slo, Fraction]]
) -> UnitTest:
    at, samples = _settled(setting)
    total = steps((_ONE, samples))
    inputs = [_inputs(slo, setting, total, steps((bad, samples)), samples) for slo, bad in shares]
    claims = [
        *_burn_claims(at, service, setting, shares),
        _alerts(at, service, _expected(setting, shares)),
    ]
    return _test(service, setting, title, inputs, claims)


def _outage(service: Service, setting: Setting) -> UnitTest:
    at, samples = _settled(setting)
    after = setting.samples(2 * setting.project.ledger_window)
    shares = [(slo, _possible(slo, _STORM * max(slo.budget, _ONE))) for slo in service.slos]
    total = steps((_ONE, samples + after))
    inputs = [
        _inputs(slo, setting, total, steps((bad, samples), (_NONE, after)), samples + after)
        for slo, bad in shares
    ]
    end, short = at + after * setting.project.interval, setting.project.ledger_window
    mine = {names.SERVICE: service.name}
    fresh = build.series("ALERTS", {**mine, **_FIRING, "short": format_duration(short)})
    claims = [
        *_burn_claims(at, service, setting, shares),
        _alerts(at, service, _expected(setting, shares)),
        Claim(end, "burn", f"{build.series(names.burn(short), mine)} > 0", []),
        Claim(end, "fresh", fresh, []),
    ]
    return _test(service, setting, "a total outage, then recovery", inputs, claims)


def _expected(setting: Setting, shares: Iterable[tuple[Slo, Fraction]]) -> list[tuple[str, str]]:
    return [
        sample
        for slo, bad in shares
        for sample in alert_samples(
            slo, setting.project, group_of(slo), firing(slo, Steady(_ONE, bad))
        )
    ]


def _burn_claims(
    at: Fraction, service: Service, setting: Setting, shares: Iterable[tuple[Slo, Fraction]]
) -> list[Claim]:
    """Over every window the burn rate is the same: how many windows that are, for each SLO."""
    slos: dict[Fraction, list[Slo]] = {}
    for slo, bad in shares:
        slos.setdefault(burn_rate(slo, Steady(_ONE, bad)), []).append(slo)
    name = Matcher("__name__", "=~", names.burn_pattern())
    burns = build.series("", {names.SERVICE: service.name}, name)
    return [
        Claim(
            at,
            f"burn-{number}",
            f"count without () ({between(burns, burn)})",
            [(row(s, setting.project, group_of(s)), str(setting.burn_windows(s))) for s in found],
        )
        for number, (burn, found) in enumerate(slos.items(), start=1)
    ]


def between(query: str, value: Fraction, tolerance: Fraction = Fraction(1, 10_000)) -> str:
    """The query's samples that are near a value."""
    low, high = (f"{float(value * (1 + sign * tolerance)):.8g}" for sign in (-1, 1))
    return f"{query} > {low} < {high}"


def _alerts(at: Fraction, service: Service, samples: list[tuple[str, str]]) -> Claim:
    return Claim(
        at, "alerts", build.series("ALERTS", {names.SERVICE: service.name, **_FIRING}), samples
    )


def _few_events(service: Service, setting: Setting) -> list[UnitTest]:
    """A page waits for some events: one too few does not page, enough of them do."""
    tests = []
    for title, missing in (("one event too few to page", 1), ("just enough events to page", 0)):
        counts = [
            (slo, slo.min_bad_events - missing)
            for slo in service.slos
            if slo.min_bad_events and slo.sli.measure == "rate" and _pages(slo)
        ]
        counts = [(slo, n) for slo, n in counts if _is_clear(slo, Fraction(n), setting)]
        tests += [_of_events(service, setting, title, counts)] if counts else []
    return tests


def _pages(slo: Slo) -> list[BurnAlert]:
    return [a for a in usable(slo) if a.severity == PAGE and a.reaches(slo)]


def _is_clear(slo: Slo, events: Fraction, setting: Setting) -> bool:
    """Whether no burn rate is so near to its alert that a sample more or less would matter."""
    return all(
        is_clear(events / _seen(span, setting) / slo.budget, Fraction(a.burn))
        for a in _pages(slo)
        for span in (a.long, a.short)
    )


def _seen(span: Fraction, setting: Setting) -> Fraction:
    return max(span, setting.project.ledger_window)


def _of_events(
    service: Service, setting: Setting, title: str, counts: Sequence[tuple[Slo, int]]
) -> UnitTest:
    """A long quiet time, some events within one ledger window, and a short quiet time."""
    window = setting.project.ledger_window
    begin = max(a.long for slo, _ in counts for a in _pages(slo)) + window
    before, during = setting.samples(begin), setting.samples(window)
    after = setting.samples(_WINDOWS_TO_SETTLE * window)
    samples = before + during + after
    total = steps((_ONE, samples))
    inputs = [
        _inputs(
            slo,
            setting,
            total,
            steps((_NONE, before), (n / window, during), (_NONE, after)),
            samples,
        )
        for slo, n in counts
    ]
    fast = [a for a in _all_pages(counts) if a.long in setting.windows.fast]
    late = _WINDOWS_TO_SETTLE * window
    slow = [a for a in _all_pages(counts) if a.long in setting.windows.slow and a.short > late]
    claims = [
        *(_page_claim(begin, service, setting, a, counts) for a in fast),
        *(_page_claim(begin + late, service, setting, a, counts) for a in slow),
    ]
    return _test(service, setting, title, inputs, claims)


def _all_pages(counts: Iterable[tuple[Slo, int]]) -> list[BurnAlert]:
    return list(dict.fromkeys(alert for slo, _ in counts for alert in _pages(slo)))


def _page_claim(
    at: Fraction,
    service: Service,
    setting: Setting,
    alert: BurnAlert,
    counts: Iterable[tuple[Slo, int]],
) -> Claim:
    samples = [
        sample
        for slo, n in counts
        if alert in _pages(slo) and _is_paged(slo, alert, Fraction(n))
        for sample in alert_samples(slo, setting.project, group_of(slo), [alert])
    ]
    labels = {"severity": PAGE, "long": format_duration(alert.long)}
    query = build.series("ALERTS", {names.SERVICE: service.name, **_FIRING, **labels})
    return Claim(at, f"pages-{labels['long']}", query, samples)


def _is_paged(slo: Slo, alert: BurnAlert, events: Fraction) -> bool:
    burns = (events / span / slo.budget for span in (alert.long, alert.short))
    return all(burn > Fraction(alert.burn) for burn in burns) and enough(slo, alert, events)


def _inputs(
    slo: Slo, setting: Setting, total: str, bad: str, samples: int
) -> list[tuple[str, str]]:
    ledger = LedgerInput(slo, setting)
    return [*ledger.rows(total, bad), *ledger.terms(samples)]


def _test(
    service: Service,
    setting: Setting,
    title: str,
    inputs: Iterable[Sequence[tuple[str, str]]],
    claims: Sequence[Claim],
) -> UnitTest:
    series = [pair for pairs in inputs for pair in pairs]
    return UnitTest(f"{service.name}: {title}", setting.project.interval, series, claims)
