"""Unit tests from raw series to the ledger: the scenarios of all SLOs of a service in one run.

promtool evaluates every rule of a file for every test in it, so a test for each SLO would cost the
square of their number. SLOs that read the same metrics live in groups of their own instead, such as
cluster-1 and cluster-2; only where no label tells their series apart do they need a second test.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from slokit.compiler import names
from slokit.compiler.ledger import identity, terms
from slokit.model.bundle import Project
from slokit.model.ledger import Terms
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher, Selector
from slokit.targets.promtool.beside_members import filled_by_rules
from slokit.targets.promtool.ledger_history import BundleContext, LedgerSeries
from slokit.targets.promtool.raw_series import RawSeries, Text, selects
from slokit.targets.promtool.scenarios import scenario_of
from slokit.targets.promtool.scenarios.base import Phase, Scenario
from slokit.targets.promtool.scenarios.kinds import kind_of
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


class RawTests:
    """The tests from raw series on of all services of a project, whose SLOs are of few kinds."""

    def __init__(self, context: BundleContext) -> None:
        self._context, self._pace = context, _Pace(context.project)
        self._made: dict[Hashable, tuple[Sequence[Text], _Made | None]] = {}

    def of(self, service: Service) -> tuple[list[UnitTest], list[Slo]]:
        """The tests of a service, and the SLOs that have no scenario."""
        lanes: dict[str, int] = {}
        batches: list[list[_Placed]] = []
        composites: list[list[_Placed]] = []
        without = []
        for slo in service.slos:
            metrics = _metrics(slo)
            lane = max((lanes.get(metric, 0) for metric in metrics), default=0)
            placed = self._placed(slo, lane)
            if placed is None:
                without.append(slo)
                continue
            lanes |= dict.fromkeys(metrics, lane + 1)
            _beside_others(placed, composites if slo.members else batches)
        shared = {metric for metric, users in lanes.items() if users > 1}
        tests = [_test(service, n, batch, shared) for n, batch in enumerate(batches, start=1)]
        tests += [_test(service, n, batch, shared) for n, batch in enumerate(composites, start=1)]
        return tests, without

    def _placed(self, slo: Slo, lane: int) -> "_Placed | None":
        """The scenario of an SLO: that of its kind, with its own texts."""
        own, texts = terms(slo, self._context.project), {}
        if slo.members:
            made = self._of_members(slo, own)
        elif kind := kind_of(slo.sli, own, lane):
            if kind.key not in self._made:
                self._made[kind.key] = kind.texts, self._make(scenario_of(slo.sli, own, lane))
            written, made = self._made[kind.key]
            texts = dict(zip(written, kind.texts, strict=True)) if written != kind.texts else {}
        else:
            made = self._make(scenario_of(slo.sli, own, lane))
        if made is None:
            return None
        return _Placed(slo, made, texts, self._pace, self._context.ledger(slo))

    def _of_members(self, slo: Slo, own: Terms) -> "_Made | None":
        """Of what is made of other SLOs, where it is clear what their rules do beside it."""
        filled = filled_by_rules(slo, self._context.project)
        return None if filled is None else self._make(scenario_of(slo.sli, own, filled=filled))

    def _make(self, scenario: Scenario | None) -> "_Made | None":
        return _made(scenario, self._pace) if scenario else None


def _beside_others(placed: "_Placed", batches: list[list["_Placed"]]) -> None:
    """Put it into the first test in which it clashes with nothing, or into a test of its own."""
    fitting = (b for b in batches if not any(placed.clashes(other) for other in b))
    batch = next(fitting, None)
    if batch is None:
        batches.append([placed])
    else:
        batch.append(placed)


def _metrics(slo: Slo) -> frozenset[str]:
    """The metrics that an SLO reads; those of SLOs that share one get groups of their own."""
    if slo.members:
        return frozenset()
    found = {part.metric() for side in slo.sli.sides() if not side.is_promql for part in side.parts}
    return frozenset(found | ({slo.folding.join.info} if slo.folding.join else set()))


def _test(service: Service, number: int, batch: list["_Placed"], shared: set[str]) -> UnitTest:
    what = "the ledgers of members" if batch[0].slo.members else "raw series"
    title = f"{service.name}: from {what} to the ledger{f', {number}' if number > 1 else ''}"
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


class _Made(NamedTuple):
    """What SLOs of a kind share: a scenario, how it is written, and the rows it comes down to.

    ``values`` are those of each series in promtool's notation, ``rows`` the total and bad at the
    end of each phase. ``labels`` are the values of those labels that were asked for so far.
    """

    scenario: Scenario
    samples: Sequence[int]
    series: Sequence[RawSeries]
    values: Sequence[str]
    rows: Sequence[tuple[Fraction, Fraction] | None]
    labels: dict[str, frozenset[str]]


def _made(scenario: Scenario, pace: _Pace) -> _Made:
    samples = pace.samples(scenario.phases)
    series = tuple(dict.fromkeys(s for p in scenario.phases for s in p.values))
    values = [line.values for line in input_series(scenario.phases, samples, pace.interval)]
    ledgers = [phase.ledger for phase in scenario.phases]
    rows = [(rounded_value(row.total), rounded_value(row.bad)) if row else None for row in ledgers]
    return _Made(scenario, samples, series, values, rows, {})


class _Placed:
    """The scenario of an SLO, beside those of others in one test.

    ``texts`` are those of the scenario that the SLO has others for.
    """

    def __init__(
        self,
        slo: Slo,
        made: _Made,
        texts: Mapping[Text, Text],
        pace: _Pace,
        ledger: LedgerSeries,
    ) -> None:
        self.slo, self.scenario, self.pace = slo, made.scenario, pace
        self.samples, self._made, self._texts = made.samples, made, texts
        offset = Fraction(0) if slo.members else slo.folding.offset  # which is of raw series
        self.late, self._before = pace.delay(offset)
        self._own, self._ledger = identity(slo, pace.project), ledger
        self.series = [s.renamed(texts) for s in made.series] if texts else made.series
        self.sources, self._labels = slo.folding.sources, dict[str, frozenset[str]]()
        self._of_own_texts = {label for label, _ in texts}
        self.made_of = {slo.id, *(each.id for each in slo.below)} if slo.members else set[str]()

    @property
    def reads(self) -> list[Selector]:
        """What selects all series that can add to a row."""
        reads, texts = self.scenario.reads, self._texts
        return [Selector(r.name, tuple(_renamed(m, texts) for m in r.matchers)) for r in reads]

    def labels(self, label: str) -> frozenset[str]:
        """The values of a label on the SLO's own series; the empty one where some lack it."""
        known = self._labels if label in self._of_own_texts else self._made.labels
        if label not in known:
            known[label] = frozenset(series.get(label) for series in self.series)
        return known[label]

    def _values(self, source: str) -> frozenset[str]:
        """The values of a group's label, whatever an info metric calls it."""
        join = self.slo.folding.join
        taken = dict(join.renamings) if join else {}
        return self.labels(source) | self.labels(taken.get(source, source))

    def clashes(self, other: "_Placed") -> bool:
        """Whether the two need tests of their own.

        Of composites the ledgers of members are given, which the rules of others may write.
        """
        if self.made_of and other.made_of:
            return not self.made_of.isdisjoint(other.made_of)
        return self.disturbs(other) or other.disturbs(self)

    def disturbs(self, other: "_Placed") -> bool:
        """Whether its series might change a row that the other one expects, or add one beside.

        Those are the rows of the groups that the other's series have, and of no group.
        """
        info, folding, sources = other.scenario.info, other.slo.folding, other.sources
        for source in sources if not info else ():
            own = self.labels(source)
            if "" not in own and own.isdisjoint(other.labels(source)):
                return False  # in other groups, all of them
        reads = other.reads
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
            for source in sources
        )

    def inputs(self, length: int) -> Iterator[InputSeries]:
        """The raw series, and totals of the same group that others recorded: they must not count.

        The latter have so many samples.
        """
        before = f"_x{self._before} " if self._before else ""
        for series, values in zip(self.series, self._made.values, strict=True):
            yield InputSeries(str(series), before + values)
        own = {**self._own, **self.scenario.group}
        # A bad side reads the recorded total: it must be that of its own identity.
        total = names.total_rate(self.pace.project.ledger_window)
        values = steady((_OF_OTHERS, length))
        for label in names.IDENTITY:
            yield InputSeries(label_text({**own, label: _ELSEWHERE}, total), values)

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
        made = self._made
        for phase, samples, ledger in zip(
            self.scenario.phases, made.samples, made.rows, strict=True
        ):
            passed += samples
            at = self.pace.moment(passed)
            title = f"{self.slo.name}: {phase.title}"
            yield ExpectedSamples(at, total, [(row, ledger[0])] if ledger else [], title)
            yield ExpectedSamples(at, bad, [(row, ledger[1])] if ledger else [])
            if phase is self.scenario.phases[0]:
                # Budget and metadata never change.
                budget, info = (self._ledger.budget, self._ledger.allowed), (self._ledger.info, 1)
                yield ExpectedSamples(at, build.series(names.BUDGET, own), [budget])
                yield ExpectedSamples(at, build.series(names.INFO, own), [info])


def _renamed(matcher: Matcher, texts: Mapping[Text, Text]) -> Matcher:
    text = texts.get((matcher.label, matcher.value))
    return Matcher(matcher.label, matcher.op, text[1]) if text else matcher


def _one_of(values: Iterable[str]) -> str:
    """A regular expression that matches these values only."""
    return "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in sorted(values))
