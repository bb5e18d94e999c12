"""Scenarios by SLI class: one file and one line here for each SLI type.

Of slices it is the scenario of what is in them, each phase so long that it holds a whole slice.

An SLI type without a line, or an SLI that its type's file refuses, has no scenario: its SLO is
tested from its ledger on.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from slokit.model.ledger import Sli, Terms, over_another
from slokit.model.time_slices import TimeSliced
from slokit.sli.composite import Composite
from slokit.sli.events import Events
from slokit.sli.latency import Latency
from slokit.sli.rate import Occurrences
from slokit.sli.ratio import Ratio
from slokit.sli.threshold import Threshold
from slokit.targets.promtool.scenarios import composite, events, latency, rate, ratio, threshold
from slokit.targets.promtool.scenarios.base import NoScenarioError, Scenario
from slokit.targets.promtool.scenarios.slices import sliced

SCENARIOS: Mapping[type[Any], Callable[[Any, Terms, int], Scenario]] = {
    Events: events.scenario,
    Latency: latency.scenario,
    Occurrences: rate.scenario,
    Ratio: ratio.scenario,
    Threshold: threshold.scenario,
}
# Of SLIs that are made of other SLOs.
OF_MEMBERS: Mapping[type[Any], Callable[[Any, Terms, Mapping[str, Fraction]], Scenario]] = {
    Composite: composite.scenario
}
# Of an SLI over another one, what becomes of the scenario of the other one.
OVER: Mapping[type[Any], Callable[[Scenario, Any, Terms], Scenario]] = {TimeSliced: sliced}


def scenario_of(
    sli: Sli, terms: Terms, lane: int = 0, filled: Mapping[str, Fraction] | None = None
) -> Scenario | None:
    """The scenario of an SLI, or None where it has none.

    Scenarios of different lanes have series of different groups, as far as selectors allow.
    ``filled`` is how much bad the rules of members add per total, where the SLO is made of others.
    """
    if over := over_another(sli):
        measured = scenario_of(over.measured, terms, lane, filled)
        then = OVER.get(type(sli))
        return then(measured, sli, terms) if measured and then else None
    try:
        if filled is not None:
            return OF_MEMBERS[type(sli)](sli, terms, filled)
        make = SCENARIOS.get(type(sli))
        return make(sli, terms, lane) if make else None
    except NoScenarioError:
        return None
