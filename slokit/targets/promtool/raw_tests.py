"""Unit tests from raw series to the ledger: the scenarios of all SLOs of a service in one run.

promtool evaluates every rule of a file for every test in it, so a test for each SLO would cost the
square of their number. SLOs that read the same metrics live in groups of their own instead, such as
cluster-1 and cluster-2; only where no label tells their series apart do they need a second test.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata, terms
from slokit.model.bundle import Project
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.raw_series import RawSeries, selects
from slokit.targets.promtool.scenarios import scenario_of
from slokit.targets.promtool.scenarios.base import Phase, Scenario
from slokit.targets.promtool.unit_test import (
    ExpectedSamples,
    InputSeries,
    UnitTest,
    input_series,
    label_text,
    rounded,
    rounded_value,
    steady,
)

_LONGEST_STEP = Fraction(150)
_ELSEWHERE, _OF_OTHERS = "elsewhere", Fraction(777)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")  # in regular expressions


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
    pace = _Pace(project)
    for slo in service.slos:
        metrics = _metrics(slo)
        lane = max((lanes.get(metric, 0) for metric in metrics), default=0)
        scenario = scenario_of(slo.sli, terms(slo, project), lane)
        if scenario is None:
            without.append(slo)
        else:
            lanes |= dict.fromkeys(metrics, lane + 1)
            placed.append(_Placed(slo, scenario, pace))
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
    pace = batch[0].pace
    length = max(sum(each.samples) + each.late for each in batch)
    inputs: dict[str, InputSeries] = {}  # a series that several have is written once
    expected: list[ExpectedSamples] = []
    for each in batch:
        for line in each.inputs(length):
            inputs.setdefault(line.series, line)
        expected += each.expected(is_shared=not shared.isdisjoint(_metrics(each.slo)))
    return UnitTest(title, pace.interval, list(inputs.values()), expected)


class _Pace:
    """The times of a project's tests. Its SLOs have much the same: each is worked out once."""

    def __init__(self, project: Project) -> None:
        self.project, self.interval = project, project.interval
        self._step = evaluation_interval(project)
        self._moments: dict[int, Fraction] = {}
        self._lengths: dict[tuple[int, int], int] = {}
        self._delays: dict[tuple[int, int], tuple[int, int]] = {}

    def moment(self, samples: int) -> Fraction:
        """Seconds from the start to the last of so many samples."""
        if samples not in self._moments:
            self._moments[samples] = (samples - 1) * self.interval
        return self._moments[samples]

    def delay(self, offset: Fraction) -> tuple[int, int]:
        """Where samples come late, by how many all is read later, and how many come before them.

        The former are whole evaluations.
        """
        key = offset.as_integer_ratio()
        if key not in self._delays:
            delay = self._step * ceil(offset / self._step)
            before = int((delay - offset) / self.interval)
            self._delays[key] = int(delay / self.interval), before
        return self._delays[key]

    def samples(self, phases: Sequence[Phase]) -> list[int]:
        """How many samples each phase has; the first begins at zero, and may be no more."""
        per_step = int(self._step / self.interval)
        # A brief phase ends before the ledger window has passed; after others it holds nothing
        # else.
        lengths = [per_step if p.is_brief else self._length(p.seconds) for p in phases]
        return [1 if phases[0].is_brief else 1 + lengths[0], *lengths[1:]]

    def _length(self, seconds: Fraction) -> int:
        key = seconds.as_integer_ratio()
        if key not in self._lengths:
            steps = ceil(max(seconds, self.project.ledger_window) / self._step) + 1
            self._lengths[key] = int(self._step / self.interval) * steps
        return self._lengths[key]


class _Placed:
    """The scenario of an SLO, beside those of others in one test."""

    def __init__(self, slo: Slo, scenario: Scenario, pace: _Pace) -> None:
        self.slo, self.scenario, self.pace = slo, scenario, pace
        self.samples = pace.samples(scenario.phases)
        self.late, self._before = pace.delay(slo.folding.offset)
        self._own = identity(slo, pace.project)
        self.series = tuple(dict.fromkeys(s for p in scenario.phases for s in p.values))
        self._labels: dict[str, frozenset[str]] = {}

    def labels(self, label: str) -> frozenset[str]:
        """The values of a label on the SLO's own series; the empty one where some lack it."""
        if label not in self._labels:
            self._labels[label] = frozenset(series.get(label) for series in self.series)
        return self._labels[label]

    def _values(self, source: str) -> frozenset[str]:
        """The values of a group's label, whatever an info metric calls it."""
        join = self.slo.folding.join
        taken = dict(join.renamings) if join else {}
        return self.labels(source) | self.labels(taken.get(source, source))

    def disturbs(self, other: "_Placed") -> bool:
        """Whether its series might change a row that the other one expects, or add one beside.

        Those are the rows of the groups that the other's series have, and of no group.
        """
        reads, info, folding = other.scenario.reads, other.scenario.info, other.slo.folding
        if not info and any(
            self.labels(source).isdisjoint({*other.labels(source), ""})
            for source in folding.sources
        ):
            return False  # in other groups, all of them
        read = [series for series in self.series if any(selects(r, series) for r in reads)]
        infos = [series for series in self.series if info and selects(info, series)]
        join = folding.join
        joined = dict(zip(join.labels, join.sources, strict=True)) if join else {}
        keys = join.by if join else ()

        def overlaps(series: Sequence[RawSeries], label: str, *known: str) -> bool:
            own = {*other.labels(label), *known}
            return any(each.get(label) in own for each in series)

        if keys and all(overlaps([*read, *infos], key) for key in keys):
            return True  # joined with the other's info series, or doubling them
        return bool(read) and all(
            overlaps(infos, joined[source], "") if source in joined else overlaps(read, source, "")
            for source in folding.sources
        )

    def inputs(self, length: int) -> Iterator[InputSeries]:
        """The raw series, and totals of the same group that others recorded: they must not count.

        The latter have so many samples.
        """
        before = f"_x{self._before} " if self._before else ""
        for line in input_series(self.scenario.phases, self.samples, self.pace.interval):
            yield InputSeries(line.series, before + line.values)
        own = {**self._own, **self.scenario.group}
        # A bad side reads the recorded total: it must be that of its own identity.
        total = names.total_rate(self.pace.project.ledger_window)
        for label in names.IDENTITY:
            others = label_text({**own, label: _ELSEWHERE}, total)
            yield InputSeries(others, steady((_OF_OTHERS, length)))

    def expected(self, *, is_shared: bool) -> Iterator[ExpectedSamples]:
        """The ledger row at each phase's end; of the own groups, where others have the metrics."""
        own, window = self._own, self.pace.project.ledger_window
        groups = [
            Matcher(group.name, "=~", _one_of({*self._values(group.source), ""}))
            for group in self.slo.folding.group_by
            if is_shared
        ]
        total = rounded(build.series(names.total_rate(window), own, *groups))
        bad = rounded(build.series(names.bad_rate(window), own, *groups))
        row = label_text({**own, **self.scenario.group})
        passed = self.late
        for phase, samples in zip(self.scenario.phases, self.samples, strict=True):
            passed += samples
            at = self.pace.moment(passed)
            ledger, title = phase.ledger, f"{self.slo.name}: {phase.title}"
            totals = [(row, rounded_value(ledger.total))] if ledger else []
            bads = [(row, rounded_value(ledger.bad))] if ledger else []
            yield ExpectedSamples(at, total, totals, title)
            yield ExpectedSamples(at, bad, bads)
            if phase is self.scenario.phases[0]:
                # Budget and metadata never change.
                budget = label_text(own, names.BUDGET), self.slo.budget
                info = label_text({**own, **metadata(self.slo)}, names.INFO), 1
                yield ExpectedSamples(at, build.series(names.BUDGET, own), [budget])
                yield ExpectedSamples(at, build.series(names.INFO, own), [info])


def _one_of(values: Iterable[str]) -> str:
    """A regular expression that matches these values only."""
    return "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in sorted(values))
