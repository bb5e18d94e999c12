"""Where a ledger covers the newer part of a window: raw history is asked for the rest alone.

The counts of the ledger by parts of some hours say since when it has no gap. What is older is read
from raw history, what is newer from the ledger, and a group's evidence is made of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from slokit.model.slo import Slo
from slokit.prometheus.types import MetricsSource
from slokit.reporting.added import AddedLabels
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.model import BURN_WINDOWS, NOTHING, Counts, TimeRange
from slokit.reporting.plan import QueryPlan
from slokit.reporting.plan.raw import RawPlan
from slokit.reporting.plan.recorded import PART_SLOTS, plan_parts
from slokit.reporting.read.raw import RawAnswer
from slokit.reporting.read.samples import matrix, points_by_side

# A few ledger windows may be missing around a restart: that is no gap to fill.
_NEARLY_ALL = 0.98
# Burn rates and alerts are those of the ledger, or else of raw history: never of both.
_LEAST = float(max(BURN_WINDOWS.values()))


@dataclass(frozen=True, slots=True)
class Parts:
    """The counts of each group by SLO, of parts so many seconds long; part 0 is the newest.

    Where nothing was asked, ``seconds`` is 0.
    """

    counts: Mapping[tuple[str, str], Mapping[Key, Mapping[int, Counts]]]
    seconds: float
    added: AddedLabels

    def begin(self, plan: RawPlan) -> float | None:
        """Since when the ledger of an SLO has no gap in some group; None where it is too short.

        It must hold all burn rates.
        """
        if not self.seconds:
            return None
        slo, number = plan.slo, 0
        apart = {*self.added.names, *self.added.replica_labels} - set(slo.folding.names)
        # groups of an earlier or later group_by say nothing about those of the report
        groups = [
            counts
            for key, counts in self.counts.get((slo.service, slo.name), {}).items()
            if {name for name, _ in key[2]} - apart == set(slo.folding.names)
        ]
        # what is compared with is from one source: parts need not end where it does
        end = plan.period.end
        most = (end - plan.compare.end) // self.seconds if plan.compare else float("inf")
        while number < most and any(
            number in counts and counts[number].slots >= PART_SLOTS * _NEARLY_ALL
            for counts in groups
        ):
            number += 1
        begin = end - number * self.seconds
        is_enough = number * self.seconds >= _LEAST and begin > plan.over.start
        return begin if is_enough else None

    def completed(self, answer: RawAnswer, found: Mapping[Key, Evidence]) -> Mapping[Key, Evidence]:
        """The evidence from raw history, and from the ledger what is newer than it."""
        plan, begin = answer.plan, answer.plan.until
        if begin is None:
            return answer.groups
        newest = round((plan.period.end - begin) / self.seconds)
        parts = self.counts.get((plan.slo.service, plan.slo.name), {})
        return {
            key: _joined(
                raw,
                found[key],
                plan,
                [counts for number, counts in parts.get(key, {}).items() if number < newest],
            )
            if key in found
            else raw
            for key, raw in answer.groups.items()
        }


def read_parts(
    plan: QueryPlan,
    found: Mapping[Key, Evidence],
    slos: Sequence[Slo],
    added: AddedLabels,
    metrics: MetricsSource,
) -> Parts:
    """The counts by parts, of the SLOs of which the ledger knows something.

    Raises:
        PrometheusError: the server cannot answer.
    """
    known = {key[:2] for key, evidence in found.items() if evidence.counts}
    services = sorted({slo.service for slo in slos if (slo.service, slo.name) in known})
    query = plan_parts(plan.request.project, plan.request.longest, services)
    if query is None or plan.parts is None or plan.recorded is None or not services:
        return Parts({}, 0.0, added)
    over, renamed = query.over, plan.recorded.renamed
    counts: dict[tuple[str, str], dict[Key, dict[int, Counts]]] = {}
    for (*own, group), sides in points_by_side(matrix(query, metrics)).items():
        totals, bads, slots = (sides.get(side, {}) for side in ("total", "bad", "slots"))
        slo = renamed.get((own[0], own[1]), (own[0], own[1]))
        parts = counts.setdefault(slo, {}).setdefault((*slo, group), {})
        for end in totals:
            if end in bads and end in slots:
                number = round((over.end - end) / query.step)
                # an SLO that got another name had one at a time: the two never count the same
                own_counts = Counts(totals[end], bads[end], int(slots[end]))
                parts[number] = parts.get(number, NOTHING) + own_counts
    return Parts(counts, query.step, added)


def _joined(raw: Evidence, recorded: Evidence, plan: RawPlan, newer: Sequence[Counts]) -> Evidence:
    begin = plan.over.end

    def counted(over: TimeRange) -> Counts | None:
        if over.start >= begin:
            return recorded.counts.get(over)
        if over.end <= begin:
            return raw.counts.get(over)
        both = [*([raw.counts[over]] if over in raw.counts else []), *newer]
        return sum(both, NOTHING) if both else None

    windows = [window for window in recorded.fast_windows if window.end > begin]
    return replace(
        recorded,
        source=raw.source,
        counts={over: counts for over in plan.ranges if (counts := counted(over))},
        fast_windows=(*raw.fast_windows, *windows),
        begun=raw.begun | recorded.begun,
        left_out=(*raw.left_out, *(each for each in recorded.left_out if each[0].start >= begin)),
        series=raw.series,
        since=raw.since if raw.counts else recorded.since,
    )
