"""Canaries: whether one version of a service burns its budget faster than another, and how surely.

Arithmetic on what two groups of an SLO counted. The difference of their burn rates is known up to
an interval: that of Newcombe for the difference of two proportions, from Wilson's intervals with
continuity correction (R. G. Newcombe, Statistics in Medicine 17, 1998, pp. 873-890, method 11).
It holds for few events, and where one side has nothing bad at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from slokit.model.ledger import CountedIn
from slokit.model.slo import Slo
from slokit.promql.selector import Matcher
from slokit.reporting.evidence import Key
from slokit.reporting.formats import figures
from slokit.reporting.gate import CLOSED, OPEN, UNKNOWN, Gate, GateAnswer, gate_of
from slokit.reporting.model import Counts, TimeRange
from slokit.sli.nouns import event_unit
from slokit.text.numbers import measured_count
from slokit.text.words import clip

# Events in time are as rare as one likes in a moment that is short enough: Poisson's distribution.
_MOMENTS = 1000.0
Group = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Canary:
    """Which two groups are compared over which time, and what is too much.

    ``tolerance`` is by how much the burn rate of the one (``match``) may exceed that of the other
    (``against``); ``confidence`` is a ratio, of each of the two answers by itself.
    """

    match: tuple[Matcher, ...]
    against: tuple[Matcher, ...]
    over: TimeRange
    tolerance: float = 1.0
    confidence: float = 0.95

    @property
    def labels(self) -> frozenset[str]:
        """The labels that tell the two apart, which an SLO must be grouped by."""
        return frozenset(matcher.label for matcher in (*self.match, *self.against))


def judge_canary(
    canary: Canary,
    slos: Sequence[Slo],
    ours: Mapping[Key, Counts],
    theirs: Mapping[Key, Counts],
    override: str = "",
) -> Gate:
    """One answer for each SLO: that of the worst of its groups beside the compared labels.

    ``ours`` are the counts of what is matched, ``theirs`` of what it is compared with. Groups that
    only the latter have say nothing about a canary.
    """
    answers = []
    for slo in slos:
        one, other = (_of(slo, canary.labels, counts) for counts in (ours, theirs))
        found = [_answer(slo, group, own, other.get(group), canary) for group, own in one.items()]
        named = _named(canary.match)
        nothing = GateAnswer(slo.id, {}, slo.owner, UNKNOWN, f"{named} has counted nothing yet")
        answers.append(gate_of(found or [nothing], canary.over.end).answers[0])
    subject = f"{_named(canary.match)} against {_named(canary.against)}"
    return gate_of(answers, canary.over.end, override, subject)


def _of(slo: Slo, labels: frozenset[str], counts: Mapping[Key, Counts]) -> dict[Group, Counts]:
    """What an SLO counted, by the labels that are not compared."""
    found: dict[Group, Counts] = {}
    for (service, name, group), own in counts.items():
        if (service, name) == (slo.service, slo.name) and own.total > 0:
            rest = tuple(pair for pair in group if pair[0] not in labels)
            found[rest] = found[rest] + own if rest in found else own
    return found


def _answer(
    slo: Slo, group: Group, own: Counts, other: Counts | None, canary: Canary
) -> GateAnswer:
    labels, budget = dict(group), float(slo.budget)
    if other is None:
        why = f"{_named(canary.against)} has counted nothing to compare with"
        return GateAnswer(slo.id, labels, slo.owner, UNKNOWN, why)
    z = NormalDist().inv_cdf(canary.confidence)
    trials = [_trials(counts, slo.sli.counted_in) for counts in (own, other)]
    low, high = difference_interval(*trials[0][:2], *trials[1][:2], z)
    scale = trials[0][2] / budget
    low, high = low * scale, high * scale
    facts: dict[str, float | None] = {
        "bad": own.bad,
        "total": own.total,
        "against_bad": other.bad,
        "against_total": other.total,
        "burn_difference_at_least": low,
        "burn_difference_at_most": high,
        "confidence": canary.confidence,
    }
    state = CLOSED if low > canary.tolerance else OPEN if high <= canary.tolerance else UNKNOWN
    stand = f"{_stand(own, slo)} against {_stand(other, slo)}"
    why = f"{stand}: {_statement(state, low, high, canary)}"
    if state == UNKNOWN:
        why += _more(own, trials[0][1], z, canary.tolerance / scale)
    return GateAnswer(slo.id, labels, slo.owner, state, why, facts)


def _trials(counts: Counts, unit: CountedIn) -> tuple[float, float, float]:
    """Bad ones and all of what happened independently, and ratios of bad per total for one of them.

    Of events, each one. Of events in time, each moment. Of time, a ledger window: its seconds
    follow each other, so that a minute is no sixty trials.
    """
    if unit.is_time:
        return counts.bad / counts.total * counts.slots, float(counts.slots), 1.0
    if unit.total.is_time:
        return counts.bad, max(counts.total, counts.bad) * _MOMENTS, _MOMENTS
    return counts.bad, counts.total, 1.0


def difference_interval(
    bad: float, total: float, other_bad: float, other_total: float, z: float
) -> tuple[float, float]:
    """Between what the difference of two shares of bad lies, each bound held by ``z`` deviations.

    The first example of the paper, at 95 % on both sides:

    >>> [round(bound, 4) for bound in difference_interval(56, 70, 48, 80, 1.959964)]
    [0.0428, 0.3422]
    """
    share, other = bad / total, other_bad / other_total
    low, high = _wilson(bad, total, z)
    other_low, other_high = _wilson(other_bad, other_total, z)
    below = math.hypot(share - low, other_high - other)
    above = math.hypot(high - share, other - other_low)
    return share - other - below, share - other + above


def _wilson(bad: float, total: float, z: float) -> tuple[float, float]:
    """Wilson's interval of a share, with continuity correction (method 4 of the same author)."""
    share, square = bad / total, z * z
    middle, width = 2 * bad + square, 2 * (total + square)
    below = square - 2 - 1 / total + 4 * share * (total - bad + 1)
    above = square + 2 - 1 / total + 4 * share * (total - bad - 1)
    low = (middle - 1 - z * math.sqrt(max(below, 0))) / width
    high = (middle + 1 + z * math.sqrt(max(above, 0))) / width
    return max(0.0, low) if bad > 0 else 0.0, min(1.0, high) if bad < total else 1.0


def _statement(state: str, low: float, high: float, canary: Canary) -> str:
    surely = f"with {figures.confidence(canary.confidence)} confidence"
    if state == CLOSED:
        return f"it burns at least {_burns(low)}x faster, {surely}, more than {canary.tolerance:g}x"
    if state == OPEN:
        slower = high < 0
        bound = f"at least {_burns(-high)}x slower" if slower else f"at most {_burns(high)}x faster"
        return f"it burns {bound}, {surely}"
    return f"it may burn {_burns(low)}x to {_burns(high)}x faster, {surely}"


def _burns(difference: float) -> str:
    text = figures.burn(abs(difference))
    return f"-{text}" if difference < 0 else text


def _more(own: Counts, trials: float, z: float, share: float) -> str:
    """How many events it takes to know, where there are fewer and nothing is bad; else: wait."""
    # the bound above of nothing bad out of n is about this over n
    least = (z * z + 1 + z * math.sqrt(z * z + 2)) / (2 * share)
    if trials >= least:
        return "; wait for more events"
    needed = measured_count(own.total / trials * least)
    return f"; it takes {needed} to know where nothing is bad"


def _stand(counts: Counts, slo: Slo) -> str:
    unit, events = slo.sli.counted_in, event_unit(slo)
    total = unit.total if unit.total.is_time else events
    bad = "bad" if unit.bad is unit.total else f"bad {events.plural}"
    return f"{measured_count(counts.bad)} {bad} of {measured_count(counts.total)} {total.plural}"


def _named(matchers: Sequence[Matcher]) -> str:
    return ",".join(f"{m.label}{m.op}{clip(m.value)}" for m in matchers)
