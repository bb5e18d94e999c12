"""Unit tests of pages that wait for some events: one too few does not page, enough of them do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.model.alerting import PAGE, BurnAlert
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.expected import FIRING, alert_samples, enough, is_clear, usable
from slokit.targets.promtool.setting import Setting, group_of, steps
from slokit.targets.promtool.unit_test import Claim, Input, UnitTest
from slokit.text.durations import format_duration

_QUIET = 3  # ledger windows before the events in a young ledger, and after them in any
# A young ledger counts for up to two ledger windows more than it has, and its events likewise.
_OVERCOUNT = Fraction(_QUIET + 2, _QUIET)

Counts = Sequence[tuple[Slo, int]]


def few_event_tests(service: Service, setting: Setting) -> Iterator[UnitTest]:
    """The tests of the rates of a service whose pages wait for events."""
    waiting = [
        s for s in service.slos if s.min_bad_events and s.sli.measure == "rate" and _pages(s)
    ]
    longest = max((a.long for slo in waiting for a in _pages(slo)), default=Fraction(0))
    window = setting.project.ledger_window
    old, young = setting.whole(longest) + window, _QUIET * window
    scenes = (
        ("one event too few to page", old, [(s, s.min_bad_events - 1) for s in waiting]),
        ("just enough events to page", old, [(s, s.min_bad_events) for s in waiting]),
        ("a young ledger, too few events to page", young, [(s, _too_few(s)) for s in waiting]),
        ("a young ledger, enough events to page", young, [(s, s.min_bad_events) for s in waiting]),
    )
    for title, begin, counts in scenes:
        test = _Scene(service, setting, begin, [(s, n) for s, n in counts if n]).test(title)
        if test:
            yield test


def _pages(slo: Slo) -> list[BurnAlert]:
    return [a for a in usable(slo) if a.severity == PAGE and a.reaches(slo.objective)]


def _too_few(slo: Slo) -> int:
    """As many events as do not page even where a young ledger counts for more than it has."""
    return max(ceil((slo.min_bad_events - 1) / _OVERCOUNT) - 1, 0)


@dataclass(frozen=True, slots=True)
class _Scene:
    """A quiet time, then some events within one ledger window, and a short quiet time."""

    service: Service
    setting: Setting
    begin: Fraction
    counts: Counts

    def test(self, title: str) -> UnitTest | None:
        """The scene; None where nothing about it is clear."""
        late = _QUIET * self.window
        alerts = dict.fromkeys(a for slo, _ in self.counts for a in _pages(slo))
        fast = self.setting.windows.fast
        claims = [
            *(self.claim(self.begin, a) for a in alerts if a.long in fast),
            *(
                self.claim(self.begin + late, a)
                for a in alerts
                if a.long not in fast and a.short > late
            ),
        ]
        told = [claim for claim in claims if claim]
        if not told:
            return None
        name = f"{self.service.name}: {title}"
        inputs = [line for slo, n in self.counts for line in self.inputs(slo, n)]
        return UnitTest(name, self.setting.project.interval, inputs, told)

    @property
    def window(self) -> Fraction:
        """The ledger window."""
        return self.setting.project.ledger_window

    def inputs(self, slo: Slo, events: int) -> list[Input]:
        before, during = self.setting.samples(self.begin), self.setting.samples(self.window)
        after = self.setting.samples(_QUIET * self.window)
        zero = Fraction(0)
        bad = steps((zero, before), (events / self.window, during), (zero, after))
        samples = before + during + after
        return self.setting.ledger(slo).all(steps((Fraction(1), samples)), bad, samples)

    def claim(self, at: Fraction, alert: BurnAlert) -> Claim | None:
        """Whom the alert pages for, of all SLOs where that is clear."""
        clear = [
            (s, n) for s, n in self.counts if alert in _pages(s) and self.is_clear(s, n, at, alert)
        ]
        if not clear:
            return None
        samples = [
            sample
            for slo, n in clear
            if self.is_paged(slo, n, at, alert)
            for sample in alert_samples(slo, self.setting.project, group_of(slo), [alert])
        ]
        labels = {"severity": PAGE, "long": format_duration(alert.long)}
        slos = Matcher(names.SLO, "=~", "|".join(slo.name for slo, _ in clear))
        query = build.series("ALERTS", {names.SERVICE: self.service.name, **FIRING, **labels}, slos)
        return Claim(at, f"pages-{labels['long']}", query, samples)

    def burns(self, slo: Slo, events: int, at: Fraction, alert: BurnAlert) -> list[Fraction]:
        """The burn rates over the alert's windows, which hold all events.

        A young ledger has seen less; none looks back for less than the ledger window.
        """
        spans = (min(max(s, self.window), at) for s in (alert.long, alert.short))
        return [events / span / slo.budget for span in spans]

    def is_clear(self, slo: Slo, events: int, at: Fraction, alert: BurnAlert) -> bool:
        """Whether no burn rate is so near to the alert's that one sample would matter."""
        burns = self.burns(slo, events, at, alert)
        return all(is_clear(burn, Fraction(alert.burn), self.setting) for burn in burns)

    def is_paged(self, slo: Slo, events: int, at: Fraction, alert: BurnAlert) -> bool:
        """Whether both windows burn faster than the alert waits for, by enough events."""
        burning = all(b > Fraction(alert.burn) for b in self.burns(slo, events, at, alert))
        return burning and enough(slo, alert, Fraction(events))
