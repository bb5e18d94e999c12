"""The course of a ledger that is old enough to have seen trouble: its burn rates by arithmetic."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.model.alerting import BurnAlert
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.targets.promtool.expected import (
    FIRING,
    alert_samples,
    enough,
    is_clear,
    of_alert,
    usable,
)
from slokit.targets.promtool.setting import Setting, group_of, steps
from slokit.targets.promtool.unit_test import Claim, Input
from slokit.text.durations import format_duration

_ONE, _ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Bad per total after ``begin`` and up to ``end``; a begin before 0 means from the start on."""

    begin: Fraction
    end: Fraction
    bad: Fraction


@dataclass(frozen=True, slots=True)
class Course:
    """One event a second of one SLO since 0, good ones but for some troubles, one after another.

    Begins and ends are whole ledger windows, and so are the times that are asked for: between them
    a burn rate depends on how the samples of a window are averaged.
    """

    slo: Slo
    setting: Setting
    troubles: tuple[Trouble, ...]

    def inputs(self, end: Fraction) -> list[Input]:
        """The ledger as input series, up to a time."""
        samples = self.setting.samples(end) + 1
        pieces, at = [], 0
        for trouble in self.troubles:
            begin = 0 if trouble.begin < 0 else self.setting.samples(trouble.begin) + 1
            until = self.setting.samples(trouble.end) + 1
            pieces += [(_ZERO, begin - at), (trouble.bad, until - begin)]
            at = until
        bad = steps(*pieces, (_ZERO, samples - at))
        return self.setting.ledger(self.slo).all(steps((_ONE, samples)), bad, samples)

    def bad(self, window: Fraction, at: Fraction) -> Fraction:
        """Bad events within a window that ends at a time."""
        overlaps = (
            (t.bad, min(at, t.end) - max(at - window, t.begin, _ZERO)) for t in self.troubles
        )
        return sum((bad * seconds for bad, seconds in overlaps if seconds > 0), _ZERO)

    def burn(self, window: Fraction, at: Fraction) -> Fraction:
        """The burn rate over a window that ends at a time; a young ledger has seen less of it.

        No burn rate looks back for less than the ledger window.
        """
        span = min(max(window, self.setting.project.ledger_window), at)
        return self.bad(span, at) / span / self.slo.budget

    def fires(self, alert: BurnAlert, at: Fraction) -> bool | None:
        """Whether an alert fires at a time; None where a sample more or less would matter."""
        burns = [self.burn(window, at) for window in (alert.long, alert.short)]
        events, window = self.bad(alert.long, at), self.setting.project.ledger_window
        uncounted = max(min(alert.long, at + 2 * window) / min(alert.long, at), Fraction(11, 10))
        if enough(self.slo, alert, events) != enough(self.slo, alert, events * uncounted):
            return None
        if not all(is_clear(burn, Fraction(alert.burn), self.setting) for burn in burns):
            return None
        return min(burns) > Fraction(alert.burn) and enough(self.slo, alert, events)


def alert_claims(courses: Sequence[Course], at: Fraction, scene: str) -> list[Claim]:
    """Which burn alerts fire at a time, and for whom: of each alert that is clear for all SLOs."""
    claims: list[Claim] = []
    for alert in dict.fromkeys(a for course in courses for a in usable(course.slo)):
        concerned = [course for course in courses if alert in usable(course.slo)]
        told = [(course, course.fires(alert, at)) for course in concerned]
        if all(fires is not None for _, fires in told):
            on = [course for course, fires in told if fires]
            claims.append(_alert_claim(alert, at, courses[0].setting, on, "" if claims else scene))
    return claims


def _alert_claim(
    alert: BurnAlert, at: Fraction, setting: Setting, on: Iterable[Course], scene: str
) -> Claim:
    samples = [
        sample
        for course in on
        for sample in alert_samples(course.slo, setting.project, group_of(course.slo), [alert])
    ]
    own = {"alertname": names.BURN_ALERT, names.BUNDLE: setting.project.bundle}
    query = build.series("ALERTS", {**own, **FIRING, **of_alert(alert)})
    return Claim(at, f"{alert.severity}-{format_duration(alert.long)}", query, samples, scene)


def one_each(slos: Iterable[Slo], key: Callable[[Slo], Hashable]) -> list[Slo]:
    """Of all SLOs with the same key the one with the smallest budget, which burns fastest."""
    found: dict[Hashable, Slo] = {}
    for slo in slos:
        known = found.setdefault(key(slo), slo)
        if slo.budget < known.budget:
            found[key(slo)] = slo
    return list(found.values())


def possible(slo: Slo, bad: Fraction) -> Fraction:
    """Bad per total, but no more than all of it where the bad are a part of the total."""
    return bad if slo.objective is None else min(bad, _ONE)
