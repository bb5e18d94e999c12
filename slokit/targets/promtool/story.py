"""The unit test of one SLO from its raw series to its ledger: phase after phase, row after row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.targets.promtool.expected import row
from slokit.targets.promtool.motion import Span, moves
from slokit.targets.promtool.scenarios.base import Phase, Scenario
from slokit.targets.promtool.unit_test import (
    Claim,
    Input,
    UnitTest,
    label_text,
    rounded,
    rounded_value,
)
from slokit.text.numbers import format_number

_LONGEST_STEP = Fraction(150)
_ELSEWHERE, _OF_OTHERS = "elsewhere", 777


def evaluation_interval(project: Project) -> Fraction:
    """Seconds between evaluations: twice in a ledger window, within the look-back of a query.

    Steady ledgers do not depend on it, and promtool takes its time for every evaluation.
    """
    longest = min(project.ledger_window / 2, _LONGEST_STEP)
    return project.interval * max(1, int(longest / project.interval))


def story(slo: Slo, project: Project, scenario: Scenario) -> UnitTest:
    """The phases of an SLO, one after another, with what must hold at the end of each."""
    spans = _spans(scenario.phases, project)
    claims = _Claims(slo, project, scenario.group)
    samples = sum(span.samples for span in spans)
    series = [*moves(spans, project.interval), *_of_others(slo, project, scenario.group, samples)]
    return UnitTest(slo.id, project.interval, series, claims.of(spans))


def _of_others(
    slo: Slo, project: Project, group: Mapping[str, str], samples: int
) -> Iterator[Input]:
    """Totals of the same group that other SLOs recorded, which this one must not read."""
    own = {**identity(slo, project), **group}
    for label in names.IDENTITY:
        series = names.total_rate(project.ledger_window) + label_text({**own, label: _ELSEWHERE})
        yield Input(series, f"{_OF_OTHERS}x{samples - 1}")


def _spans(phases: Sequence[Phase], project: Project) -> list[Span]:
    """How many samples each phase has; the first begins at zero, and may be no more than that."""
    per_step = int(evaluation_interval(project) / project.interval)
    lengths = [per_step * _steps(phase, project) for phase in phases]
    if phases[0].is_brief:
        lengths[0] = 0
    return [
        Span(phase, n + (not i)) for i, (phase, n) in enumerate(zip(phases, lengths, strict=True))
    ]


def _steps(phase: Phase, project: Project) -> int:
    """Evaluations until the ledger window holds nothing else."""
    step = evaluation_interval(project)
    return 1 if phase.is_brief else ceil(max(phase.seconds, project.ledger_window) / step) + 1


@dataclass(frozen=True, slots=True)
class _Claims:
    """What is claimed of one group of one SLO."""

    slo: Slo
    project: Project
    group: Mapping[str, str]

    def of(self, spans: Sequence[Span]) -> Iterator[Claim]:
        at = -self.project.interval
        for number, span in enumerate(spans):
            at += span.samples * self.project.interval
            total, bad = self.of_rows(at, span.phase)
            yield replace(total, scene=span.phase.title)
            yield bad
            if not number:
                yield from self.of_terms(at)

    def of_rows(self, at: Fraction, phase: Phase) -> tuple[Claim, Claim]:
        window = self.project.ledger_window
        total, bad = (phase.ledger.total, phase.ledger.bad) if phase.ledger else (None, None)
        return (
            self.of_series(at, "total", names.total_rate(window), total),
            self.of_series(at, "bad", names.bad_rate(window), bad),
        )

    def of_series(self, at: Fraction, key: str, name: str, value: Fraction | None) -> Claim:
        own = row(self.slo, self.project, self.group)
        samples = [] if value is None else [(own, rounded_value(value))]
        return Claim(at, key, rounded(build.series(name, self.mine)), samples)

    @property
    def mine(self) -> dict[str, str]:
        return identity(self.slo, self.project)

    def of_terms(self, at: Fraction) -> Iterator[Claim]:
        """Budget and metadata, which never change."""
        own = identity(self.slo, self.project)
        budget = names.BUDGET + label_text(own), format_number(self.slo.budget)
        yield Claim(at, "budget", build.series(names.BUDGET, self.mine), [budget])
        told = names.INFO + label_text({**own, **metadata(self.slo)})
        yield Claim(at, "info", build.series(names.INFO, self.mine), [(told, "1")])
