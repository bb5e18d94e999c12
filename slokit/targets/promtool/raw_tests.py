"""Unit tests from raw series to the ledger: the scenarios of all SLOs of a service in one run.

promtool evaluates every rule of a file for every test in it, so a test for each SLO would cost the
square of their number. SLOs that read the same metrics live in groups of their own instead, such as
cluster-1 and cluster-2; only where no label tells their series apart do they need a second test.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata, terms
from slokit.model.bundle import Project
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.input_values import input_series, steady
from slokit.targets.promtool.raw_series import RawSeries, selects
from slokit.targets.promtool.scenarios import scenario_of
from slokit.targets.promtool.scenarios.base import Phase, Scenario
from slokit.targets.promtool.unit_test import (
    ExpectedSamples,
    InputSeries,
    UnitTest,
    label_text,
    rounded,
    rounded_value,
)

_LONGEST_STEP = Fraction(150)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")  # in regular expressions
_ELSEWHERE, _OF_OTHERS = "elsewhere", Fraction(777)


def evaluation_interval(project: Project) -> Fraction:
    """Seconds between evaluations: twice in a ledger window, within the look-back of a query.

    Steady ledgers do not depend on it, and promtool takes its time for every evaluation.
    """
    longest = min(project.ledger_window / 2, _LONGEST_STEP)
    return project.interval * max(1, int(longest / project.interval))


def raw_tests(service: Service, project: Project) -> tuple[list[UnitTest], list[Slo]]:
    """The tests of a service, and the SLOs that have no scenario."""
    placed, without = [], []
    lanes: dict[str, int] = {}
    for slo in service.slos:
        metrics = _metrics(slo)
        lane = max((lanes.get(metric, 0) for metric in metrics), default=0)
        scenario = scenario_of(slo.sli, terms(slo, project), lane)
        if scenario is None:
            without.append(slo)
            continue
        lanes |= dict.fromkeys(metrics, lane + 1)
        placed.append(_Placed(slo, scenario, project))
    batches: list[list[_Placed]] = []
    for each in placed:
        fitting = (b for b in batches if not any(each.disturbs(o) or o.disturbs(each) for o in b))
        batch = next(fitting, None)
        if batch is None:
            batches.append([each])
        else:
            batch.append(each)
    shared = {metric for metric, users in lanes.items() if users > 1}
    return [_test(service, n, batch, shared) for n, batch in enumerate(batches, start=1)], without


def _metrics(slo: Slo) -> frozenset[str]:
    """The metrics that an SLO reads; those of SLOs that share one get groups of their own."""
    found = {part.metric() for side in slo.sli.sides() if not side.is_promql for part in side.parts}
    return frozenset(found | ({slo.folding.join.info} if slo.folding.join else set()))


def _test(service: Service, number: int, batch: list["_Placed"], shared: set[str]) -> UnitTest:
    title = f"{service.name}: from raw series to the ledger{f', {number}' if number > 1 else ''}"
    length = max(sum(each.samples) for each in batch)
    lines = [line for each in batch for line in each.inputs(length)]
    inputs = dict(reversed(lines))  # a series that several have is written once
    return UnitTest(
        title,
        batch[0].project.interval,
        [InputSeries(series, inputs[series]) for series in dict.fromkeys(s for s, _ in lines)],
        [
            expected
            for each in batch
            for expected in each.expected(is_shared=bool(shared & each.metrics))
        ],
    )


@dataclass(frozen=True)
class _Placed:
    """The scenario of an SLO, beside those of others in one test."""

    slo: Slo
    scenario: Scenario
    project: Project

    @cached_property
    def metrics(self) -> frozenset[str]:
        return _metrics(self.slo)

    @cached_property
    def series(self) -> tuple[RawSeries, ...]:
        """All series of all phases."""
        return tuple(dict.fromkeys(s for p in self.scenario.phases for s in p.values))

    @cached_property
    def samples(self) -> list[int]:
        """How many samples each phase has; the first begins at zero, and may be no more."""
        phases, step = self.scenario.phases, evaluation_interval(self.project)
        lengths = [int(step / self.project.interval) * self._steps(phase) for phase in phases]
        return [1 + (0 if phases[0].is_brief else lengths[0]), *lengths[1:]]

    def _steps(self, phase: Phase) -> int:
        """Evaluations until the ledger window holds nothing else."""
        if phase.is_brief:
            return 1
        longest = max(phase.seconds, self.project.ledger_window)
        return ceil(longest / evaluation_interval(self.project)) + 1

    def values(self, label: str) -> frozenset[str]:
        """The values of a label on the SLO's own series, and that of a series that lacks it."""
        return frozenset(series.get(label) for series in self.series) | {""}

    def disturbs(self, other: "_Placed") -> bool:
        """Whether its series might change a row that the other one expects, or add one beside."""
        scenario, folding = other.scenario, other.slo.folding
        read = [s for s in self.series if any(selects(r, s) for r in scenario.reads)]
        infos = [s for s in self.series if scenario.info and selects(scenario.info, s)]
        joined, keys = (folding.join.labels, folding.join.by) if folding.join else ((), ())

        def overlaps(series: Sequence[RawSeries], label: str, *, lacking: bool = True) -> bool:
            own = other.values(label) - (frozenset() if lacking else {""})
            return any(each.get(label) in own for each in series)

        if keys and all(overlaps([*read, *infos], key, lacking=False) for key in keys):
            return True  # it would be joined with the other one's info series, or double them
        return bool(read) and all(
            overlaps(infos if source in joined else read, source) for source in folding.sources
        )

    def inputs(self, length: int) -> Iterator[InputSeries]:
        """The raw series, and totals of the same group that other SLOs recorded.

        Those must not be read.
        """
        yield from input_series(self.scenario.phases, self.samples, self.project.interval)
        own = {**identity(self.slo, self.project), **self.scenario.group}
        total = names.total_rate(self.project.ledger_window)
        for label in names.IDENTITY:
            others = label_text({**own, label: _ELSEWHERE}, total)
            yield InputSeries(others, steady((_OF_OTHERS, length)))

    def expected(self, *, is_shared: bool) -> Iterator[ExpectedSamples]:
        """The ledger row at each phase's end; of the own groups, where others have the metrics."""
        own, window = identity(self.slo, self.project), self.project.ledger_window
        groups = [
            Matcher(group.name, "=~", _one_of(self.values(group.source)))
            for group in self.slo.folding.group_by
            if is_shared
        ]
        total, bad = (
            rounded(build.series(name(window), own, *groups))
            for name in (names.total_rate, names.bad_rate)
        )
        row = label_text({**own, **self.scenario.group})
        at = -self.project.interval
        for number, (phase, samples) in enumerate(
            zip(self.scenario.phases, self.samples, strict=True)
        ):
            at += samples * self.project.interval
            ledger = phase.ledger
            totals = [(row, rounded_value(ledger.total))] if ledger else []
            bads = [(row, rounded_value(ledger.bad))] if ledger else []
            yield ExpectedSamples(at, total, totals, f"{self.slo.name}: {phase.title}")
            yield ExpectedSamples(at, bad, bads)
            if not number:
                # Budget and metadata never change.
                info, budget = {**own, **metadata(self.slo)}, self.slo.budget
                yield ExpectedSamples(
                    at, build.series(names.BUDGET, own), [(label_text(own, names.BUDGET), budget)]
                )
                yield ExpectedSamples(
                    at, build.series(names.INFO, own), [(label_text(info, names.INFO), 1)]
                )


def _one_of(values: Iterable[str]) -> str:
    """A regular expression that matches these values only."""
    return "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in sorted(values))
