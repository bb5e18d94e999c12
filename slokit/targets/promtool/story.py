"""The unit test of one SLO from its raw series on: act after act, the ledger and its alerts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.promql import build
from slokit.spec.bundle import Project
from slokit.spec.model import Slo
from slokit.spec.rehearsal import Act, Rehearsal
from slokit.spec.units import format_duration, format_number
from slokit.targets.promtool.expected import FIRING, alert_samples, burn_rate, firing, row, settled
from slokit.targets.promtool.motion import Span, moves
from slokit.targets.promtool.setting import Setting
from slokit.targets.promtool.unit_test import Claim, UnitTest, label_text, rounded, rounded_value

_LONGEST_STEP = Fraction(150)


def evaluation_interval(project: Project) -> Fraction:
    """Seconds between evaluations: twice in a ledger window, within the look-back of a query.

    Steady ledgers do not depend on it, and promtool takes its time for every evaluation.
    """
    longest = min(project.ledger_window / 2, _LONGEST_STEP)
    return project.interval * max(1, int(longest / project.interval))


def story(slo: Slo, setting: Setting, rehearsal: Rehearsal) -> UnitTest:
    """The acts of an SLO, one after another, with what must hold at the end of each."""
    project = setting.project
    spans = _spans(slo, rehearsal.acts, setting)
    claims = _Claims(slo, setting, rehearsal.group)
    return UnitTest(
        slo.id,
        project.interval,
        moves(spans, project.interval),
        claims.of(spans),
    )


def _spans(slo: Slo, acts: Sequence[Act], setting: Setting) -> list[Span]:
    """How many samples each act has; the first one begins at zero."""
    per_step = int(evaluation_interval(setting.project) / setting.project.interval)
    lengths = [per_step * _steps(act, setting.project) for act in acts]
    first, *others = acts
    if first.ledger:
        lengths[0] = max(lengths[0], setting.samples(settled(slo, first.ledger, setting)))
    return [Span(act, n + (not i)) for i, (act, n) in enumerate(zip(acts, lengths, strict=True))]


def _steps(act: Act, project: Project) -> int:
    """Evaluations until the ledger window and the burn rate over it hold nothing else."""
    step = evaluation_interval(project)
    return 1 if act.is_brief else ceil(max(act.seconds, project.ledger_window) / step) + 1


@dataclass(frozen=True, slots=True)
class _Claims:
    """What is claimed of one group of one SLO."""

    slo: Slo
    setting: Setting
    group: Mapping[str, str]

    def of(self, spans: Sequence[Span]) -> Iterator[Claim]:
        at = -self.setting.project.interval
        for number, span in enumerate(spans):
            at += span.samples * self.setting.project.interval
            first, *others = self.of_act(at, span.act)
            yield replace(first, scene=span.act.title)
            yield from others
            if not number:
                yield from self.of_outage(at, span.act)
            elif number == 1:
                yield self.of_recovery(at)

    def of_act(self, at: Fraction, act: Act) -> list[Claim]:
        window = self.setting.project.ledger_window
        total, bad = (act.ledger.total, act.ledger.bad) if act.ledger else (None, None)
        claims = [
            self.of_series(at, "total", names.total_rate(window), total),
            self.of_series(at, "bad", names.bad_rate(window), bad),
        ]
        if act.is_brief or window not in self.setting.windows.fast:
            return claims
        burn = burn_rate(self.slo, act.ledger) if act.ledger and act.ledger.total else None
        return [*claims, self.of_series(at, "burn", names.burn(window), burn)]

    def of_series(self, at: Fraction, key: str, name: str, value: Fraction | None) -> Claim:
        samples = [] if value is None else [(self.row, rounded_value(value))]
        return Claim(at, key, rounded(build.series(name, self.mine)), samples)

    @property
    def row(self) -> str:
        return row(self.slo, self.setting.project, self.group)

    @property
    def mine(self) -> dict[str, str]:
        return {names.SERVICE: self.slo.service, names.SLO: self.slo.name}

    def of_outage(self, at: Fraction, act: Act) -> Iterator[Claim]:
        """Budget and metadata, and the alerts that an outage without an end sets off."""
        own = identity(self.slo, self.setting.project)
        budget = names.BUDGET + label_text(own), format_number(self.slo.budget)
        yield Claim(at, "budget", build.series(names.BUDGET, self.mine), [budget])
        told = names.INFO + label_text({**own, **metadata(self.slo)})
        yield Claim(at, "info", build.series(names.INFO, self.mine), [(told, "1")])
        alerts = firing(self.slo, act.ledger, at) if act.ledger else []
        samples = alert_samples(self.slo, self.setting.project, self.group, alerts)
        yield Claim(at, "alerts", build.series("ALERTS", {**self.mine, **FIRING}), samples)

    def of_recovery(self, at: Fraction) -> Claim:
        """What looks back over the ledger window alone is silent again."""
        short = {"short": format_duration(self.setting.project.ledger_window)}
        return Claim(at, "fresh", build.series("ALERTS", {**self.mine, **FIRING, **short}), [])
