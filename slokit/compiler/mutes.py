"""Maintenance in Alertmanager: when notifications are muted, and of which alerts.

The rules of the bundle are silent during maintenance by themselves. Alertmanager is as well: the
end of an alert that had fired before is no news either, and alerts that other rules write about the
same services are muted with them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.model.maintenance import (
    ALERTS,
    MINUTES,
    OWN_LABELS,
    Maintenance,
    TimeInterval,
    applying,
)
from slokit.promql.selector import Matcher

# Scopes that overlap need a route for each set of them: beyond these, the first one that fits.
MOST_VARIANTS = 63


@dataclass(frozen=True, slots=True)
class Scope:
    """Alerts that are muted by some maintenances, whose names are ``mutes``.

    Those of the ``services``, of any where there are none, that fit the ``matchers``.
    """

    services: tuple[str, ...]
    matchers: tuple[Matcher, ...]
    mutes: tuple[str, ...]

    def overlaps(self, other: "Scope") -> bool:
        """Whether an alert may be of both, as far as equality of labels says."""
        if self.services and other.services and not set(self.services) & set(other.services):
            return False
        mine = {m.label: m.value for m in self.matchers if m.op == "="}
        return not any(
            m.op == "=" and mine.get(m.label, m.value) != m.value for m in other.matchers
        )


def mute_name(bundle: Bundle, maintenance: Maintenance) -> str:
    """The time interval of a maintenance in Alertmanager, which knows no bundles."""
    return f"slokit-{bundle.name}-{maintenance.name}"


def intervals(bundle: Bundle) -> dict[str, tuple[TimeInterval, ...]]:
    """When each maintenance that mutes alerts is, by the names of its time intervals."""
    return {
        mute_name(bundle, each): (*each.when, *(once(each.once) if each.once else ()))
        for each in _muting(bundle)
    }


def _muting(bundle: Bundle) -> list[Maintenance]:
    """Those that mute alerts; one without a length is no time interval, and changes nothing."""
    found = applying(bundle.project.maintenances, ALERTS)
    return [each for each in found if each.once is None or each.once[0] < each.once[1]]


def once(span: tuple[float, float]) -> tuple[TimeInterval, ...]:
    """A stretch of time as time intervals in UTC, whole minutes around it.

    The first and the last day have times, the days between them are whole.
    """
    begin, end = int(span[0] // 60), -int(-span[1] // 60)
    first, last = begin // MINUTES, (end - 1) // MINUTES
    found = []
    for day in dict.fromkeys((first, last)):
        times = max(begin - day * MINUTES, 0), min(end - day * MINUTES, MINUTES)
        found.append(_days([_date(day)], () if times == (0, MINUTES) else (times,)))
    between = [_date(day) for day in range(first + 1, last)]
    by_month = groupby(between, key=lambda day: (day.year, day.month))
    found[1:1] = [_days(list(days), ()) for _, days in by_month]
    return tuple(found)


def _date(day: int) -> date:
    return (datetime.fromtimestamp(0, UTC) + timedelta(days=day)).date()


def _days(days: Sequence[date], times: tuple[tuple[int, int], ...]) -> TimeInterval:
    """Days of one month, one after another."""
    return TimeInterval(
        times=times,
        days_of_month=((days[0].day, days[-1].day),),
        months=((days[0].month, days[0].month),),
        years=((days[0].year, days[0].year),),
    )


def variants(bundle: Bundle) -> tuple[Scope, ...]:
    """What is muted, and by what: the first that an alert fits says all that mutes it.

    Where scopes overlap, what is of several comes before what is of one.
    """
    scopes = _merged([scope for each in _muting(bundle) for scope in _scopes(each, bundle)])
    found: list[tuple[Scope, ...]] = [()]
    for scope in scopes:
        found += [
            (*chosen, scope) for chosen in found if all(each.overlaps(scope) for each in chosen)
        ]
        if len(found) > MOST_VARIANTS + 1:
            return scopes
    found.sort(key=len, reverse=True)
    return tuple(_together(chosen) for chosen in found if chosen)


def _merged(scopes: Sequence[Scope]) -> tuple[Scope, ...]:
    """Scopes of the same alerts as one."""
    mutes: dict[tuple[tuple[str, ...], tuple[Matcher, ...]], list[str]] = {}
    for scope in scopes:
        mutes.setdefault((scope.services, scope.matchers), []).extend(scope.mutes)
    return tuple(Scope(*key, tuple(dict.fromkeys(found))) for key, found in mutes.items())


def _together(scopes: Sequence[Scope]) -> Scope:
    """What is of all of them at once."""
    named = [set(scope.services) for scope in scopes if scope.services]
    services = tuple(sorted(set.intersection(*named))) if named else ()
    matchers = dict.fromkeys(matcher for scope in scopes for matcher in scope.matchers)
    mutes = dict.fromkeys(mute for scope in scopes for mute in scope.mutes)
    return Scope(services, tuple(matchers), tuple(mutes))


def _scopes(maintenance: Maintenance, bundle: Bundle) -> Iterator[Scope]:
    """The alerts of a maintenance by their labels.

    Metadata that alerts do not carry is looked up here: then its SLOs are named.
    """
    mute = (mute_name(bundle, maintenance),)
    hidden = {matcher.label for matcher in maintenance.match} & _not_carried(bundle)
    if not hidden:
        yield Scope(tuple(sorted(maintenance.services)), maintenance.match, mute)
        return
    for service in bundle.services:
        found: dict[tuple[Matcher, ...], list[str]] = {}
        for slo in service.slos:
            groups = maintenance.group_matchers(slo.own_labels, slo.folding.names)
            if groups is not None:
                found.setdefault(groups, []).append(slo.name)
        for groups, slos in found.items():
            yield Scope((service.name,), (_one_of(names.SLO, slos), *groups), mute)


def _not_carried(bundle: Bundle) -> frozenset[str]:
    """Metadata by which a maintenance chooses SLOs, and which not all of their alerts have."""
    lifted = [labels.lifted for labels in bundle.project.alerts.severities.values()]
    return frozenset(x for x in OWN_LABELS[2:] if not all(x in labels for labels in lifted))


def _one_of(label: str, values: Sequence[str]) -> Matcher:
    """A matcher on names, which have no character that a pattern gives a meaning."""
    if len(values) == 1:
        return Matcher(label, "=", values[0])
    return Matcher(label, "=~", "|".join(values))
