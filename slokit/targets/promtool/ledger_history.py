"""The ledger as input series, and by arithmetic alone what burn rates and alerts follow from it.

Nothing here knows how the rules compute: a burn rate is the bad events of a window against the
allowed ones. Where one sample more or less decides, or the events of a young ledger are known to a
window or two only, nothing is clear, and tests expect nothing.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Any, TypeVar

from slokit.compiler import alert_labels, names
from slokit.compiler.ledger import identity, metadata
from slokit.compiler.windows import Windows
from slokit.model.alerting import SEVERITIES, BurnAlert
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.unit_test import ExpectedSamples, InputSeries, label_text, steady

ZERO, ONE, ALWAYS = Fraction(0), Fraction(1), Fraction(-1)
_LONG_AGO = Fraction(-1_000_000_000)  # tests begin at 0
FIRING = {"alertstate": "firing"}
T = TypeVar("T")
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class BundleContext:
    """A bundle's settings, the windows of its burn rates, and the names of its burn alerts.

    ``timed`` are the policies whose burn alerts wait or go on: of theirs the rows are expected
    that they read, and not when they fire.
    """

    project: Project
    windows: Windows
    burn_alerts: tuple[str, ...] = (names.BURN_ALERT,)
    timed: tuple[str, ...] = ()
    # Thousands of SLOs are alike.
    _ledgers: dict[int, "LedgerSeries"] = field(init=False, default_factory=dict, compare=False)
    _of_kinds: dict[Hashable, dict[Hashable, Any]] = field(
        init=False, default_factory=dict, compare=False
    )

    @property
    def ledger_window(self) -> Fraction:
        """Seconds of the ledger window."""
        return self.project.ledger_window

    def ledger(self, slo: Slo) -> "LedgerSeries":
        """The series of an SLO's ledger, which many tests need."""
        # An SLO that is held on to is no other's, and has the quickest of all keys.
        known = self._ledgers.get(id(slo))
        if known is None:
            known = self._ledgers[id(slo)] = LedgerSeries(slo, self.project, self._of_kinds)
        return known

    def of_kind(self, slo: Slo, what: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives; the same for all SLOs of the kind of this one, by a name.

        SLOs of a kind have the same budget and alerts, so the same burns.
        """
        known = self.ledger(slo).of_kind
        if what not in known:
            known[what] = make()
        found: T = known[what]
        return found

    def samples(self, seconds: Fraction) -> int:
        """How many samples there are in so many seconds."""
        return int(seconds / self.project.interval)

    def whole(self, seconds: Fraction) -> Fraction:
        """So many seconds or a little more: whole ledger windows, at which tests are evaluated."""
        return self.ledger_window * ceil(seconds / self.ledger_window)

    def after(self, at: Fraction, hold: Fraction) -> Fraction:
        """When an alert with a hold fires for sure whose condition begins to hold at a time."""
        return self.whole(at + hold) + 2 * self.ledger_window


def group_of(slo: Slo) -> dict[str, str]:
    """A value for each group label of an SLO."""
    return {label: f"{label}-1" for label in slo.folding.names}


class LedgerSeries:
    """The four series of an SLO's ledger, for one group, and the labels of what follows from them.

    ``row`` are the labels of the group's burn rates, as text; ``budget`` and ``info`` are the
    series of the SLO's budget and metadata; ``allowed`` is bad per total; ``of_kind`` is what is
    known of all SLOs of its kind.
    """

    def __init__(
        self, slo: Slo, project: Project, of_kinds: dict[Hashable, dict[Hashable, Any]]
    ) -> None:
        self.slo = slo
        window = project.ledger_window
        own = identity(slo, project)
        known = metadata(slo)
        self._group, self._carried = group_of(slo), alert_labels.carried(slo, project, known)
        self._of_burn_alert = {
            "alertname": names.burn_alert(slo),
            **FIRING,
            "alert_policy": slo.policy.name,
        }
        self.row_labels = {**own, **self._group}
        self.row = label_text(self.row_labels)
        self._since = names.SINCE + self.row
        self._names = (names.total_rate(window) + self.row, names.bad_rate(window) + self.row)
        self.info = names.INFO + label_text({**own, **known})
        self.budget = names.BUDGET + label_text(own)
        self.allowed, self.alerts = slo.budget, slo.burn_alerts
        # of whole numbers and texts, whose hashes are quick
        allowed, is_ratio = self.allowed.as_integer_ratio(), slo.objective is not None
        named = slo.policy.name, slo.window.name
        kind = named, allowed, is_ratio, slo.min_bad_events
        self.of_kind = of_kinds.setdefault(kind, {})
        self._policy, self._rows_of_alerts = slo.policy, dict[Hashable, str]()
        self._budgets: dict[int, str] = self.of_kind.setdefault("budgets", {})

    def all(self, total: str, bad: str, samples: int) -> list[InputSeries]:
        """The two rows of the group with these values, and budget and metadata for as long.

        The group is an old one, which had data long before.
        """
        return [*self.rows(total, bad), *self.old(samples), *self.terms(_ones(samples), samples)]

    def old(self, samples: int) -> list[InputSeries]:
        """What the rules have recorded of a group that is long there."""
        return [InputSeries(self._since, steady((_LONG_AGO, samples)))]

    def rows(self, total: str, bad: str) -> list[InputSeries]:
        """The two rows of the group."""
        return [InputSeries(self._names[0], total), InputSeries(self._names[1], bad)]

    def terms(self, info: str, samples: int) -> list[InputSeries]:
        """The budget for so many samples, and metadata with these values."""
        if samples not in self._budgets:
            self._budgets[samples] = steady((self.allowed, samples))
        return [InputSeries(self.budget, self._budgets[samples]), InputSeries(self.info, info)]

    def labels_of_alert(self, severity: str, *, of_group: bool = True) -> dict[str, str]:
        """The labels of an alert about the SLO or its group, but for the alert's name."""
        return {**self._carried[severity], **(self._group if of_group else {})}

    def row_of(self, alert: BurnAlert) -> str:
        """The labels of the group where it burns too fast for a burn alert, as text."""
        key = alert.severity, alert.long.as_integer_ratio(), alert.short.as_integer_ratio()
        if key not in self._rows_of_alerts:
            labels = {**self.row_labels, **names.of_burn_alert(self._policy, alert)}
            self._rows_of_alerts[key] = label_text(labels)
        return self._rows_of_alerts[key]

    def labels_of_burn_alert(self, severity: str) -> dict[str, str]:
        """The labels of the alert on the group that is there while burn alerts hold."""
        return {**self.labels_of_alert(severity), **self._of_burn_alert}


def _ones(samples: int) -> str:
    return steady((ONE, samples))


@dataclass(frozen=True, slots=True)
class Burst:
    """Bad per total after ``begin`` and up to ``end``; with ``ALWAYS`` from the start on."""

    begin: Fraction
    end: Fraction
    bad: Fraction


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """One event a second of one SLO since 0, good ones but for some bursts, one after another.

    Begins and ends are whole ledger windows, and so are the times at which a burn rate is wanted:
    between them it depends on how the samples of a window are averaged. What was before 0 was like
    it, or was good when the group is new then.
    """

    slo: Slo
    context: BundleContext
    bursts: tuple[Burst, ...]
    is_new: bool = False
    # what is worked out already, also by histories of SLOs of the same kind with the same bursts
    _known: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def inputs(self, end: Fraction) -> list[InputSeries]:
        """The ledger as input series, up to a time."""
        key = "inputs", end.as_integer_ratio()
        if key not in self._known:
            self._known[key] = self._values(end)
        total, bad, samples = self._known[key]
        ledger = self.context.ledger(self.slo)
        if self.is_new:
            return [*ledger.rows(total, bad), *ledger.terms(_ones(samples), samples)]
        return ledger.all(total, bad, samples)

    def _values(self, end: Fraction) -> tuple[str, str, int]:
        samples = self.context.samples(end) + 1
        pieces, at = [], 0
        for burst in self.bursts:
            begin = 0 if burst.begin < 0 else self.context.samples(burst.begin) + 1
            until = self.context.samples(burst.end) + 1
            pieces += [(ZERO, begin - at), (burst.bad, until - begin)]
            at = until
        return steady((ONE, samples)), steady(*pieces, (ZERO, samples - at)), samples

    def bad(self, window: Fraction, at: Fraction) -> Fraction:
        """Bad events within a window that ends at a time."""
        overlaps = ((b.bad, min(at, b.end) - max(at - window, b.begin, ZERO)) for b in self.bursts)
        return sum((bad * seconds for bad, seconds in overlaps if seconds > 0), ZERO)

    def burn(self, window: Fraction, at: Fraction) -> Fraction:
        """The burn rate over a window that ends at a time; of less than that, where it began later.

        No burn rate looks back for less than the ledger window.
        """
        key = "burn", window.as_integer_ratio(), at.as_integer_ratio()
        if key not in self._known:
            span = max(window, self.context.ledger_window)
            span = span if self.is_new else min(span, at)
            allowed = self.context.ledger(self.slo).allowed
            self._known[key] = self.bad(span, at) / span / allowed
        found: Fraction = self._known[key]
        return found

    def fires(self, alert: BurnAlert, at: Fraction) -> bool:
        """Whether a burn alert holds at a time."""
        burn = min(self.burn(alert.long, at), self.burn(alert.short, at))
        is_enough = enough(self.slo, alert, self.bad(alert.long, at))
        return burn > Fraction(alert.burn) and is_enough and self._spent(alert, at) >= 1

    def _spent(self, alert: BurnAlert, at: Fraction) -> Fraction:
        """How much of the share of a whole budget that a page waits for its long window holds."""
        share = self.slo.policy.wants_spent(alert)
        if not share:
            return ONE
        # one event a second; of an old group no more of the window than the history is recorded
        whole = self.slo.window.longest if self.is_new else min(at, self.slo.window.longest)
        return self.bad(alert.long, at) / (share * whole * self.slo.budget)

    def is_near(self, alert: BurnAlert, at: Fraction) -> bool:
        """Whether a burn rate is so near to the alert's own that one sample may decide.

        Versions differ on whether a range holds its oldest sample: one of those in a ledger window.
        Where all samples so far are alike, none decides.
        """
        if not self.is_new and any(b.begin < 0 and b.end >= at for b in self.bursts):
            return False
        # of a ledger window that holds one sample this is 0: then any burn is near
        near = 1 - self.context.project.interval / self.context.ledger_window
        burns = (self.burn(s, at) / Fraction(alert.burn) for s in (alert.long, alert.short))
        return any(near < burn and burn * near < 1 for burn in burns)

    def is_clear(self, alert: BurnAlert, at: Fraction) -> bool:
        """Whether neither a sample nor an event more or less would change an alert at a time."""
        events, window = self.bad(alert.long, at), self.context.ledger_window
        # How much more a young ledger may count: two ledger windows, and a tenth for rounding.
        uncounted = max(min(alert.long, at + 2 * window) / min(alert.long, at), Fraction(11, 10))
        same = enough(self.slo, alert, events) == enough(self.slo, alert, events * uncounted)
        is_sure = not self.slo.policy.wants_spent(alert) or not (
            1 / uncounted**2 < self._spent(alert, at) < uncounted**2
        )
        return same and is_sure and not self.is_near(alert, at)

    def is_clear_at(self, severity: str, at: Fraction) -> bool:
        """Whether the alert of a severity is clear: one of its burn alerts holds, or none does."""
        alerts = [alert for alert in self.slo.burn_alerts if alert.severity == severity]
        clear = [alert for alert in alerts if self.is_clear(alert, at)]
        return len(clear) == len(alerts) or any(self.fires(alert, at) for alert in clear)

    def firing(self, at: Fraction) -> list[BurnAlert]:
        """The burn alerts that hold at a time."""
        key = "firing", at.as_integer_ratio()
        if key not in self._known:
            alerts = self.context.ledger(self.slo).alerts
            self._known[key] = [alert for alert in alerts if self.fires(alert, at)]
        found: list[BurnAlert] = self._known[key]
        return found


def enough(slo: Slo, alert: BurnAlert, events: Fraction) -> bool:
    """Whether a page's long window holds the events that the SLO asks for; tickets ask for none.

    Events are whole: what is within half of one counts as there.
    """
    return events >= alert.waits_for(slo.min_bad_events) - _HALF


def settled(slo: Slo, bad: Fraction, context: BundleContext) -> Fraction:
    """Seconds after which a steady ledger is in every burn rate, and its events are enough or not.

    A young ledger may count for up to two ledger windows more than it has: for its first samples,
    which look back, and for its newest window, which is not over. Where that makes the difference,
    it does no more in twice the time.
    """
    window = context.ledger_window
    at = window
    while slo.min_bad_events and any(
        enough(slo, a, bad * min(a.long, at)) != enough(slo, a, bad * min(a.long, at + 2 * window))
        for a in slo.burn_alerts
    ):
        # Until the two windows that are not sure make no difference to any alert.
        at *= 2
    return at


def steady_histories(
    shares: Iterable[tuple[Slo, Fraction]], context: BundleContext
) -> Mapping[Fraction, list[LedgerHistory]]:
    """SLOs with steady bad per total, by the time that settles them; nearly always one for all."""
    found: dict[tuple[int, int], list[LedgerHistory]] = {}
    for slo, bad in shares:
        what = "steady", bad.as_integer_ratio()
        at, bursts, known = context.of_kind(slo, what, partial(_steady, slo, bad, context))
        history = LedgerHistory(slo, context, bursts, _known=known)
        found.setdefault(at.as_integer_ratio(), []).append(history)
    return {Fraction(*at): histories for at, histories in found.items()}


def _steady(
    slo: Slo, bad: Fraction, context: BundleContext
) -> tuple[Fraction, tuple[Burst, ...], dict[Hashable, Any]]:
    at = settled(slo, bad, context)
    return at, (Burst(ALWAYS, at, bad),), {}


def possible(slo: Slo, bad: Fraction) -> Fraction:
    """Bad per total, but no more than all of it where the bad are a part of the total."""
    return bad if slo.objective is None else min(bad, ONE)


def outage(slo: Slo) -> Fraction:
    """Bad per total while everything fails."""
    # Of a rate a hundred times what is allowed: any of its burn rates is beyond that.
    return possible(slo, 100 * max(slo.budget, ONE))


def one_each(slos: Iterable[Slo], key: Callable[[Slo], Hashable]) -> list[Slo]:
    """Of all SLOs with the same key the one with the smallest budget, which burns fastest."""
    found: dict[Hashable, Slo] = {}
    for slo in slos:
        known = found.setdefault(key(slo), slo)
        if slo.budget < known.budget:
            found[key(slo)] = slo
    return list(found.values())


def alert_samples(
    slo: Slo, context: BundleContext, alerts: Iterable[BurnAlert]
) -> list[tuple[str, int]]:
    """The series ALERTS while these burn alerts hold, with all labels: one for each severity."""
    if slo.policy.name in context.timed:
        return []
    ledger = context.ledger(slo)
    severities = dict.fromkeys(alert.severity for alert in alerts)
    return [(label_text(ledger.labels_of_burn_alert(s), names.ALERTS), 1) for s in severities]


def holding(context: BundleContext, labels: Mapping[str, str], *patterns: Matcher) -> str:
    """Where burn alerts of the bundle hold, as rows without a name, each of them 1."""
    own = {names.BUNDLE: context.project.bundle, **labels}
    return f"group without () ({build.series(names.BURN_TOO_FAST, own, *patterns)})"


def rows_of(history: LedgerHistory, alerts: Iterable[BurnAlert]) -> list[tuple[str, int]]:
    """The rows that :func:`holding` finds while these burn alerts hold."""
    ledger = history.context.ledger(history.slo)
    return [(ledger.row_of(alert), 1) for alert in alerts]


def untimed(context: BundleContext) -> tuple[Matcher, ...]:
    """Leaves out the burn alerts that wait or go on."""
    if not context.timed:
        return ()
    return (Matcher(names.ALERT_POLICY, "!~", "|".join(context.timed)),)


def firing_burn_alerts(context: BundleContext, labels: Mapping[str, str]) -> str:
    """The burn alerts of the bundle that fire and have these labels, whatever they are called."""
    own = {names.BUNDLE: context.project.bundle, **FIRING, **labels}
    but = untimed(context)
    if len(context.burn_alerts) == 1:
        return build.series(names.ALERTS, {"alertname": context.burn_alerts[0], **own}, *but)
    called = Matcher("alertname", "=~", "|".join(context.burn_alerts))
    return build.series(names.ALERTS, own, called, *but)


def expected_alerts(
    at: Fraction,
    name: str,
    found: Sequence[Mapping[str, str]],
    comment: str = "",
    state: str = "firing",
) -> ExpectedSamples:
    """The alerts of this name that are in a state, each with all of its labels."""
    own = {"alertname": name, "alertstate": state}
    samples = [(label_text({**own, **labels}, names.ALERTS), 1) for labels in found]
    return ExpectedSamples(at, build.series(names.ALERTS, own), samples, comment)


def expected_burn_alerts(
    histories: Sequence[LedgerHistory], at: Fraction, comment: str
) -> list[ExpectedSamples]:
    """Which burn alerts hold at a time, what fires then, and for whom: where all SLOs are clear."""
    context, found = histories[0].context, list[tuple[str, list[tuple[str, int]]]]()
    for policy, alert in dict.fromkeys(
        (h.slo.policy, a) for h in histories for a in h.slo.burn_alerts
    ):
        concerned = [h for h in histories if h.slo.policy == policy and alert in h.slo.burn_alerts]
        if all(h.is_clear(alert, at) for h in concerned):
            rows = [row for h in concerned if h.fires(alert, at) for row in rows_of(h, [alert])]
            found.append((holding(context, names.of_burn_alert(policy, alert)), rows))
    for severity in SEVERITIES:
        if all(h.is_clear_at(severity, at) for h in histories):
            samples = [
                sample
                for h in histories
                if (alerts := [a for a in h.firing(at) if a.severity == severity])
                for sample in alert_samples(h.slo, context, alerts)
            ]
            called = context.project.alerts.of(severity).name
            found.append((firing_burn_alerts(context, {"severity": called}), samples))
    return [
        ExpectedSamples(at, query, samples, "" if number else comment)
        for number, (query, samples) in enumerate(found)
    ]
