"""Scenarios by SLI class: one file and one line here for each SLI type.

Of slices it is the scenario of what is in them, each phase so long that it holds a whole slice.

An SLI type without a line, or an SLI that its type's file refuses, has no scenario: its SLO is
tested from its ledger on.
"""

from collections.abc import Callable, Mapping
from typing import Any

from slokit.model.ledger import Sli, Terms
from slokit.model.time_slices import TimeSliced, measured_by
from slokit.sli.events import Events
from slokit.sli.latency import Latency
from slokit.sli.rate import Occurrences
from slokit.sli.ratio import Ratio
from slokit.sli.threshold import Threshold
from slokit.targets.promtool.scenarios import events, latency, rate, ratio, threshold
from slokit.targets.promtool.scenarios.base import NoScenarioError, Scenario
from slokit.targets.promtool.scenarios.slices import sliced

SCENARIOS: Mapping[type[Any], Callable[[Any, Terms, int], Scenario]] = {
    Events: events.scenario,
    Latency: latency.scenario,
    Occurrences: rate.scenario,
    Ratio: ratio.scenario,
    Threshold: threshold.scenario,
}


def scenario_of(sli: Sli, terms: Terms, lane: int = 0) -> Scenario | None:
    """The scenario of an SLI, or None where it has none.

    Scenarios of different lanes have series of different groups, as far as selectors allow.
    """
    make = SCENARIOS.get(type(measured_by(sli)))
    if make is None:
        return None
    try:
        found: Scenario = make(measured_by(sli), terms, lane)
    except NoScenarioError:
        return None
    return sliced(found, sli.slices, terms) if isinstance(sli, TimeSliced) else found
