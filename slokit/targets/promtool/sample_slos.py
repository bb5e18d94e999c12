"""The SLOs that a bundle's own tests are about: samples of what its rules tell apart.

None of them is a real one, which would change these tests with every service that comes or goes.
They follow from what the rules follow from: policies and windows in use, the alerts that objectives
reach, the names of alerts, and the settings. So where the rules stay the same, their tests do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

from slokit.compiler import alert_labels, names
from slokit.compiler.windows import in_order
from slokit.model.alerting import PRESETS, AlertPolicy
from slokit.model.bundle import Bundle
from slokit.model.ledger import (
    CountedIn,
    Facet,
    Folding,
    GroupLabel,
    Ledger,
    Side,
    Terms,
    allowed_share,
)
from slokit.model.slo import Service, Slo
from slokit.model.time_zone import UTC_NAME
from slokit.model.window import Window
from slokit.text.numbers import format_percent

_HOUR = Fraction(3600)
_SERVICE, _OWNER = "sample", "sample-owner"
# What an info series says of an SLO in any case.
_KNOWN = frozenset(
    "category sli measure objective window alert_policy min_bad_events owner unit runbook no_data"
    " alert_name alert_fails alert_allowed alert_description".split()
)
_GROUPS = ("cluster", "shard", "member", "part")
# The first that reaches the same alerts of a policy stands for an objective.
_OBJECTIVES = tuple(
    Decimal(text) / 100 for text in "99.9 99.99 99.999 99 95 90 85 80 70 60 50 30 10".split()
)


@dataclass(frozen=True, slots=True)
class SampleSli:
    """An SLI as the rules of a bundle see it: its measure, and what it allows."""

    measure: str = "rate"
    type: str = "events"
    counted_in: CountedIn = CountedIn.EVENTS
    unit: str = ""
    limit_text: str = ""

    @property
    def settings(self) -> Mapping[str, str]:
        """None."""
        return {}

    def failing(self, _: str) -> tuple[str, str]:
        """Words that no test asserts."""
        return "of events are bad", "may be"

    def budget(self, objective: Decimal | None) -> Fraction:
        """What the objective leaves; one event an hour where there is none."""
        return 1 / _HOUR if objective is None else allowed_share(objective)

    def ledger(self, terms: Terms) -> Ledger:
        """Constants: the tests write the ledger's series themselves."""
        return Ledger(total=f"vector({terms.window_seconds})", bad="vector(0)")

    def facets(self, _: Terms) -> Iterable[Facet]:
        """None."""
        return ()

    def sides(self) -> Iterable[Side]:
        """None."""
        return ()


def sample_bundle(bundle: Bundle) -> Bundle:
    """The same settings, with one service of samples; of a bundle without SLOs there are none."""
    slos = tuple(_samples(bundle))
    services = (Service(_SERVICE, slos, file="", index=0),) if slos else ()
    return Bundle(bundle.project, services)


def _samples(bundle: Bundle) -> Iterator[Slo]:
    named = {
        s.name: s for slo in bundle.slos if slo.policy.severities for s in [_alike(slo, bundle)]
    }
    ordered = sorted(named.values(), key=_rank)
    yield from ordered
    for first in ordered[:1]:
        # every rule knows all measures, silence that is meant, and where alerts are sent
        yield _named(replace(first, sli=SampleSli("level", "threshold")), "level")
        yield _named(replace(first, sli=SampleSli("count")), "count")
        yield _named(replace(first, no_data="ignore"), "silent")
        if bundle.routing:
            yield _named(replace(first, routing=_routes(bundle)), "routed")
    silent = (policy for policy in bundle.project.policies.values() if policy.is_silent)
    for policy, window in product(silent, in_order(slo.window for slo in bundle.slos)):
        yield _slo(bundle, policy, window, _OBJECTIVES[0])


def _rank(slo: Slo) -> tuple[int, bool, str, Fraction, str]:
    """The order of the samples, that of the rules: presets and usual alerts first."""
    presets = [policy.name for policy in PRESETS]
    name = slo.policy.name
    rank = presets.index(name) if name in presets else len(presets)
    return rank, slo.objective is None, slo.alert_name, slo.window.longest, slo.name


def _alike(slo: Slo, bundle: Bundle) -> Slo:
    """The sample that the rules treat as they do this SLO."""
    usual = _OBJECTIVES if slo.objective is not None else ()
    samples = (_slo(bundle, slo.policy, slo.window, each) for each in (*usual, slo.objective))
    found = next(sample for sample in samples if sample.burn_alerts == slo.burn_alerts)
    if slo.alert_name:
        called = replace(found, alert_name=slo.alert_name, routing=_routes(bundle))
        found = _named(called, slo.alert_name)
    if slo.min_bad_events:
        waiting = replace(found, min_bad_events=slo.min_bad_events)
        found = _named(waiting, f"waits-for-{slo.min_bad_events}")
    return found


def _slo(bundle: Bundle, policy: AlertPolicy, window: Window, objective: Decimal | None) -> Slo:
    text = "1/h" if objective is None else format_percent(objective)
    word = text.rstrip("%").replace(".", "-").replace("/", "-per-")
    alerts = bundle.project.alerts
    own = {label: f"sample-{label}" for label in (*alerts.lifted, *alerts.annotations)}
    return Slo(
        service=_SERVICE,
        name=f"{policy.name}-{window.name}{_place(window)}-{word}",
        sli=SampleSli(type="events" if objective is not None else "rate"),
        objective=objective,
        objective_text=text,
        window=window,
        folding=Folding((_group(bundle),), (), (), None),
        policy=policy,
        min_bad_events=0,
        no_data="alert",
        owner=_OWNER,
        # so that what all rules do about one is tested, and no label of an alert shows it
        runbook=f"https://runbooks.example.com/{_SERVICE}",
        labels={label: value for label, value in own.items() if label not in _KNOWN},
    )


def _place(window: Window) -> str:
    """Of a calendar window by other clocks than UTC its time zone: ``-america-new-york``."""
    zone = window.labels.get(names.TIMEZONE, UTC_NAME)
    word = zone.lower().replace("+", "-plus-")
    return "" if zone == UTC_NAME else f"-{re.sub(r'[^a-z0-9]+', '-', word)}"


def _routes(bundle: Bundle) -> dict[str, str]:
    return {label: f"sample-{label}" for label in bundle.routing}


def _named(slo: Slo, word: str) -> Slo:
    return replace(slo, name=f"{slo.name}-{word}")


def _group(bundle: Bundle) -> GroupLabel:
    """A label that nothing else puts on alerts."""
    taken = {*alert_labels.on_alerts(bundle), *bundle.routing}
    name = next(name for name in (*_GROUPS, f"{_SERVICE}_group") if name not in taken)
    return GroupLabel(name, name)
