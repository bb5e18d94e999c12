"""What each SLI is worth now: its bad and total over the last hour and the last day, by group.

The expressions are the ledger's own, over raw series. What counters grew by in an hour is exact,
whichever way their samples lie, so the day is 24 hours in one range query. Times, and rates that a
user wrote as PromQL, are sampled at the rules' interval; of many SLOs the hours before the last one
once a ledger window. SLOs without any series, and those of too many groups, are not measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from slokit.compiler import ledger
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query, Subject
from slokit.model.bundle import Project
from slokit.model.ledger import BAD, GOOD, SLOW, TOTAL, SidesApart
from slokit.model.slo import Slo

HOUR = Fraction(3600)
HOURS = 24
MOST_SAMPLED_OFTEN = 20
Group = tuple[tuple[str, str], ...]
# What a side amounts to in each hour, by the number of hours that it ended ago.
Hours = dict[int, float]


@dataclass(frozen=True, slots=True)
class Amount:
    """So much was bad out of a total: events, or seconds."""

    bad: float
    total: float

    @property
    def ratio_bad(self) -> float:
        """The bad share of the total, or bad events per second; 0 without a total."""
        return self.bad / self.total if self.total > 0 else 0.0

    @property
    def sli(self) -> float:
        """The good share of the total; two scrapes of different moments make it no less than 0."""
        return max(1 - self.ratio_bad, 0.0)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A part that is larger than its whole over ``hours`` hours: what each of them amounts to."""

    key: str
    part: float
    whole: float
    hours: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One group of one SLO over the last hour and the last day; None where nothing was measured.

    Where its sides contradict each other, its numbers mean nothing; where only the bad side has the
    group (``lacks_total``), all of it is bad.
    """

    slo: Slo
    group: Mapping[str, str]
    hour: Amount | None
    day: Amount
    contradiction: Contradiction | None = None
    lacks_total: bool = False

    @property
    def spent(self) -> float:
        """The share of the budget that the SLO window would spend at the pace of the day."""
        return self.day.ratio_bad / float(self.slo.budget)


@dataclass(frozen=True)
class Side:
    """One side of an SLI as PromQL, and how it becomes the amount of an hour."""

    name: str
    hourly: tuple[Query, ...]
    factors: tuple[float, ...] = field(default=(1.0,))


def is_sampled(slo: Slo, name: str = TOTAL) -> bool:
    """Whether a side of an SLO is sampled: a time, or a rate that the user wrote as PromQL."""
    unit = slo.sli.counted_in
    is_time = (unit.total if name == TOTAL else unit.bad).is_time
    return is_time or any(side.is_promql for side in slo.sli.sides())


def sampling_step(slos: Sequence[Slo], project: Project) -> Fraction:
    """How often the hours before the last one are sampled, in seconds: as the rules do it.

    Of many SLOs once a ledger window, at a tenth of the cost.
    """
    sampled = sum(map(is_sampled, slos))
    return project.interval if sampled <= MOST_SAMPLED_OFTEN else project.ledger_window


def sides_of(slo: Slo, project: Project, subject: Subject, step: Fraction) -> tuple[Side, ...]:
    """The sides to ask about: two of good, bad and total where it has them, or total and bad."""
    found = []
    for name, exact in _expressions(slo, project, HOUR).items():
        if is_sampled(slo, name):
            promql = _expressions(slo, project, project.ledger_window)[name]
            steps = project.interval, step
            if ledger.raw_ledger(slo, project).is_whole:
                # a composite or slices: costly, and the end of a ledger window says all of it
                steps = project.ledger_window, project.ledger_window
            found.append(_sampled(name, promql, steps, subject))
        else:
            back = float(HOUR * (HOURS - 1))
            query = Query(exact, subject, back=back, step=float(HOUR))
            found.append(Side(name, (query,), (float(HOUR),)))
    return tuple(found)


def _expressions(slo: Slo, project: Project, window: Fraction) -> dict[str, str]:
    raw = ledger.raw_ledger(slo, project, window)
    if raw.apart:
        return raw.apart.expressions()
    return {TOTAL: raw.total, BAD: raw.bad}


def _sampled(name: str, promql: str, steps: tuple[Fraction, Fraction], subject: Subject) -> Side:
    recent, before = steps
    return Side(
        name,
        (
            Query(probes.summed_over(promql, HOUR, recent), subject),
            Query(
                probes.summed_over(promql, HOUR, before),
                subject,
                ago=float(HOUR),
                back=float(HOUR * (HOURS - 2)),
                step=float(HOUR),
            ),
        ),
        (float(recent), float(before)),
    )


def measured(slo: Slo, sides: Mapping[str, Mapping[Group, Hours]]) -> Iterator[Measured]:
    """What the sides of an SLO amount to, a group after another."""
    groups = dict.fromkeys(group for side in sides.values() for group in side)
    for group in sorted(groups):
        hours = {name: side.get(group, {}) for name, side in sides.items()}
        amounts = _amounts(hours)
        if amounts:
            yield Measured(
                slo,
                dict(group),
                amounts.get(0),
                _added(amounts),
                _contradiction(slo, hours),
                lacks_total=TOTAL in hours and not hours[TOTAL],
            )


def _amounts(sides: Mapping[str, Hours]) -> dict[int, Amount]:
    """Bad and total of each hour that is known."""
    shape = SidesApart(*[name if name in sides else "" for name in (GOOD, BAD, TOTAL, SLOW)])
    found = {}
    for hour in sorted({hour for side in sides.values() for hour in side}):
        good, bad, total, slow = (
            sides.get(name, {}).get(hour) for name in (GOOD, BAD, TOTAL, SLOW)
        )
        if row := shape.row(good, bad, total, slow):
            found[hour] = Amount(bad=row[1], total=row[0])
    return found


def _added(amounts: Mapping[int, Amount]) -> Amount:
    values = amounts.values()
    return Amount(sum(each.bad for each in values), sum(each.total for each in values))


_SLACK = 0.01
_SLACK_OF_LEVELS = 0.1
"""Two gauges may part for a while: more members than wanted are ready during a rollout."""
_FEWEST = 10.0


def _contradiction(slo: Slo, sides: Mapping[str, Hours]) -> Contradiction | None:
    """A part that is larger than the total, in most of the hours in which anything happened.

    What is within the slack, and a few events, are scrapes of the two sides at different moments.
    """
    whole = sides.get(TOTAL, {})
    key = next((name for name in (BAD, GOOD) if name in sides), "")
    part = sides.get(key, {})
    is_levels = slo.sli.counted_in.total.is_time
    if not (key and whole and part) or is_levels != slo.sli.counted_in.bad.is_time:
        return None
    slack = _SLACK_OF_LEVELS if is_levels else _SLACK
    busy = [hour for hour in whole if whole[hour] > 0 or part.get(hour, 0.0) > 0]
    # of a single hour little is known: what came at once may be on one side of its edge
    slack = slack if len(busy) > 1 else _SLACK_OF_LEVELS
    above = [
        hour
        for hour in busy
        if part.get(hour, 0.0) - whole[hour] > max(slack * whole[hour], _FEWEST)
    ]
    if not above or 2 * len(above) <= len(busy):
        return None
    amounts = [sum(side.get(hour, 0.0) for hour in busy) for side in (part, whole)]
    return Contradiction(key, amounts[0], amounts[1], len(busy))
