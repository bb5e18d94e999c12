"""Which stretches of time a report leaves out, and for which maintenance.

What a ledger did not count is not there to be left out; raw history still has it, and so has the
ledger of a maintenance that was written down afterwards. The stretches do not overlap, so that no
count is taken off twice, and end where a window of the report begins.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from slokit.compiler import names
from slokit.compiler.maintenance import without_groups
from slokit.model.bundle import Project
from slokit.model.maintenance import LEDGER, REPORT, Maintenance, Span, merged
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.pattern import is_match
from slokit.promql.selector import Matcher, quote
from slokit.reporting.model import PlannedTime, TimeRange


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of time, and the maintenances of which it is."""

    over: TimeRange
    maintenances: tuple[Maintenance, ...]

    def of(self, slo: Slo, group: Mapping[str, str]) -> tuple[Maintenance, ...]:
        """Those that are for a group of an SLO."""
        return tuple(each for each in self.maintenances if is_for(each, slo, group))

    def silences(self, slo: Slo, group: Mapping[str, str]) -> bool:
        """Whether it keeps the ledger of a group from counting, or that of a member of it."""
        stopping = [each for each in self.maintenances if LEDGER in each.applies]
        return any(
            _fits(wanted, group, slo.folding.names)
            for each in stopping
            for one in (slo, *slo.below)
            if (wanted := each.group_matchers(one.own_labels, one.folding.names)) is not None
        )

    def stops(self, slo: Slo) -> bool:
        """Whether it may keep an SLO from counting anything: it, or each of its members."""
        return any(
            LEDGER in each.applies
            and each.group_matchers(slo.own_labels, slo.folding.names) is not None
            for each in self.maintenances
        ) or (bool(slo.members) and all(map(self.stops, slo.members)))


def _fits(wanted: Iterable[Matcher], group: Mapping[str, str], labels: Iterable[str]) -> bool:
    """Whether a group matches, as far as it has the labels."""
    own = frozenset(labels)
    return all(is_match(m, group.get(m.label, "")) for m in wanted if m.label in own)


def counted(slo: Slo, total: str, planned: Iterable[LeftOut], over: TimeRange) -> str:
    """The total of an SLO without its groups that are in maintenance, over a part of raw history.

    Of an SLO as a whole it is ``TOTAL unless on () (vector(time()) > BEGIN <= END or …)``.
    """
    spans: dict[Maintenance, list[Span]] = {}
    for stretch in planned:
        if stretch.over.start < over.end and over.start <= stretch.over.end:
            for each in stretch.maintenances:
                if LEDGER in each.applies:
                    spans.setdefault(each, []).append((stretch.over.start, stretch.over.end))
    for each, own in spans.items():
        groups = each.group_matchers(slo.own_labels, slo.folding.names)
        if groups is None:
            continue
        times = " or ".join(
            f"vector(time()) > {build.number(Fraction(start))} <= {build.number(Fraction(end))}"
            for start, end in merged(own)
        )
        if groups:
            label, name = quote(names.MAINTENANCE_LABEL), quote(each.name)
            named = f'label_replace({times}, {label}, {name}, "", "")'
            on = f"on ({names.MAINTENANCE_LABEL}) {named}"
            total = without_groups(build.own(total), each, groups, on)
        else:
            total = f"{build.own(total)} unless on () ({times})"
    return total


def is_for(maintenance: Maintenance, slo: Slo, group: Mapping[str, str]) -> bool:
    """Whether a maintenance is for a group of an SLO."""
    wanted = maintenance.group_matchers(slo.own_labels, slo.folding.names)
    return wanted is not None and all(is_match(m, group.get(m.label, "")) for m in wanted)


def left_out(project: Project, ranges: Iterable[TimeRange]) -> tuple[LeftOut, ...]:
    """The stretches of maintenance within some time ranges, in order.

    Each goes on behind its end for as long as counts reach back to it.
    """
    windows = tuple(ranges)
    start, end = min(w.start for w in windows), max(w.end for w in windows)
    tail = float(project.count_reach)
    spans = {
        each: merged(
            (max(begin, start), min(until + tail, end))
            for begin, until in each.spans(start - tail, end)
        )
        for each in project.maintenances
        if each.applies & {LEDGER, REPORT}
    }
    edges = {edge for own in spans.values() for span in own for edge in span}
    inner = {edge for w in windows for edge in (w.start, w.end)}
    cuts = sorted({*edges, *inner}) if edges else []
    found = (
        LeftOut(
            TimeRange(begin, until),
            tuple(m for m, own in spans.items() if any(a <= begin < b for a, b in own)),
        )
        for begin, until in pairwise(cuts)
    )
    return tuple(each for each in found if each.maintenances)


def listed(project: Project, slos: Sequence[Slo], over: TimeRange) -> Iterator[PlannedTime]:
    """The maintenances of a time range that reports list, for some of the SLOs."""
    for each in project.maintenances:
        if REPORT not in each.applies or not (spans := each.spans(over.start, over.end)):
            continue
        meant = [
            slo
            for slo in slos
            if each.group_matchers(slo.own_labels, slo.folding.names) is not None
        ]
        if meant:
            yield PlannedTime(
                name=each.name,
                reason=each.reason,
                subject=each.subject,
                is_corrected=each.is_corrected,
                times=tuple(TimeRange(begin, until) for begin, until in spans),
            )


def length_of(over: TimeRange) -> Fraction:
    """The length of a stretch, to the millisecond."""
    return Fraction(round(over.seconds * 1000), 1000)
