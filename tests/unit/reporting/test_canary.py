"""Canaries: open, closed or not known, by counts; against published intervals and exact sums."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import NormalDist

import pytest

from slokit import api
from slokit.model.ledger import CountedIn
from slokit.model.slo import Slo
from slokit.promql.selector import Matcher
from slokit.reporting.canary import Canary, difference_interval, judge_canary
from slokit.reporting.evidence import Key
from slokit.reporting.gate import CLOSED, OPEN, UNKNOWN, Gate
from slokit.reporting.model import Counts, TimeRange

CANARY = Canary(
    (Matcher("version", "=", "v2"),), (Matcher("version", "=", "v1"),), TimeRange(0, 3600)
)
SPEC = """\
apiVersion: slokit/v1
service: edge
owner: team-edge
defaults: {group_by: [region, version]}
slos:
  - {name: one, objective: 99.9%, sli: {events: {bad: errors_total, total: requests_total}}}
  - name: lag
    objective: 99%
    sli: {threshold: {metric: lag_seconds, at_most: 1s}}
  - {name: restarts, sli: {rate: {changes: process_start_time_seconds, at_most: 1/h}}}
"""


@pytest.fixture(scope="module")
def slos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Slo]:
    """Events, time, and events in time."""
    file = tmp_path_factory.mktemp("specs") / "edge.yaml"
    file.write_text(SPEC)
    return {slo.name: slo for slo in api.load([str(file)]).slos}


def _judged(slo: Slo, own: Counts, other: Counts, canary: Canary = CANARY) -> Gate:
    ours, theirs = {_key(slo, "eu", "v2"): own}, {_key(slo, "eu", "v1"): other}
    return judge_canary(canary, [slo], ours, theirs)


def _key(slo: Slo, region: str, version: str) -> Key:
    return slo.service, slo.name, (("region", region), ("version", version))


@pytest.mark.parametrize(
    ("counts", "bounds"),
    [
        ((56, 70, 48, 80), (0.0428, 0.3422)),
        ((9, 10, 3, 10), (0.1013, 0.8387)),
        ((6, 7, 2, 7), (-0.0290, 0.8423)),
        ((5, 56, 0, 29), (-0.0667, 0.2037)),
        ((0, 10, 0, 20), (-0.2005, 0.3445)),
        ((0, 10, 0, 10), (-0.3445, 0.3445)),
        ((10, 10, 0, 20), (0.6014, 1.0)),
    ],
)
def test_intervals_are_those_of_the_paper(
    counts: tuple[int, int, int, int], bounds: tuple[float, float]
) -> None:
    """Newcombe 1998, table II, method 11, to the four digits that it prints."""
    found = difference_interval(*counts, NormalDist().inv_cdf(0.975))

    assert found == pytest.approx(bounds, abs=5e-5)


def test_an_interval_by_hand() -> None:
    """Two bad of a hundred against one of a hundred, z = 2, each root by a pocket calculator."""
    # of 2 in 100: (4 + 4 -/+ 1 -/+ 2 sqrt(4 -/+ 2 - 0.01 + 0.08 * 99 or 97)) / 208
    low, high = (7 - 2 * math.sqrt(9.91)) / 208, (9 + 2 * math.sqrt(13.75)) / 208
    # of 1 in 100: (2 + 4 -/+ 1 -/+ 2 sqrt(4 -/+ 2 - 0.01 + 0.04 * 100 or 98)) / 208
    other_low, other_high = (5 - 2 * math.sqrt(5.99)) / 208, (7 + 2 * math.sqrt(9.91)) / 208
    below = ((0.02 - low) ** 2 + (other_high - 0.01) ** 2) ** 0.5
    above = ((high - 0.02) ** 2 + (0.01 - other_low) ** 2) ** 0.5

    assert difference_interval(2, 100, 1, 100, 2) == pytest.approx((0.01 - below, 0.01 + above))


@dataclass(frozen=True)
class Poisson:
    """How likely each number of bad events is."""

    mean: float

    def likely(self) -> list[tuple[int, float]]:
        """The numbers that matter, with their probabilities."""
        most = int(self.mean + 8 * math.sqrt(self.mean) + 12)
        return [
            (n, math.exp(n * math.log(self.mean) - self.mean - math.lgamma(n + 1)))
            for n in range(most)
        ]


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.003])
@pytest.mark.parametrize(("canary", "others"), [(500, 5000), (4000, 4000), (4000, 40_000)])
def test_answers_are_wrong_as_seldom_as_they_say(share: float, canary: int, others: int) -> None:
    """A canary that is worse by just what is allowed is taken for more, or for less, in 5 %.

    Every outcome that is likely enough, with its exact probability: no simulation.
    """
    z, allowed = NormalDist().inv_cdf(0.95), 0.001
    more = less = 0.0
    ours = Poisson(canary * (share + allowed)).likely()
    for other_bad, other_likely in Poisson(others * share).likely():
        for bad, likely in ours:
            low, high = difference_interval(bad, canary, other_bad, others, z)
            more += likely * other_likely * (low > allowed)
            less += likely * other_likely * (high <= allowed)

    assert more <= 0.052
    assert less <= 0.05


@pytest.mark.parametrize(
    ("own", "other", "state"),
    [
        ((0, 4000), (0, 40_000), OPEN),  # 3.64 / 4000 is less than 1 / 1000
        ((0, 3000), (0, 40_000), UNKNOWN),
        ((0, 4000), (0, 1000), OPEN),  # the other one cannot be better than perfect
        ((40, 2000), (20, 20_000), CLOSED),
        ((1, 100), (0, 1_000_000), UNKNOWN),  # one bad event is chance
        ((20, 20_000), (20, 20_000), OPEN),  # as bad as ever
        ((500, 1000), (5000, 10_000), UNKNOWN),
        ((3, 3), (0, 100_000), CLOSED),
    ],
)
def test_a_canary_is_open_closed_or_not_known(
    slos: dict[str, Slo], own: tuple[float, float], other: tuple[float, float], state: str
) -> None:
    """By how much faster it may burn, and how sure one can be of that."""
    counts, others = (Counts(total, bad, 12) for bad, total in (own, other))

    assert _judged(slos["one"], counts, others).state == state


def test_an_answer_says_what_was_counted_and_how_sure_it_is(slos: dict[str, Slo]) -> None:
    """The counts of both, the bound that decides, and the confidence; what it takes to know."""
    whys = [
        _judged(slos["one"], Counts(total, bad, 12), Counts(20_000.0, 20.0, 12)).answers[0].why
        for bad, total in ((40.0, 2000.0), (20.0, 20_000.0), (0.0, 300.0))
    ]

    assert whys[0] == (
        "40 bad of 2,000 requests against 20 bad of 20,000 requests:"
        " it burns at least 14.2x faster, with 95% confidence, more than 1x"
    )
    assert whys[1] == (
        "20 bad of 20,000 requests against 20 bad of 20,000 requests:"
        " it burns at most 0.573x faster, with 95% confidence"
    )
    assert whys[2].endswith("; it takes 3,637 to know where nothing is bad")


def test_more_may_be_allowed_and_less_confidence_wanted(slos: dict[str, Slo]) -> None:
    """The tolerance is a difference of burn rates."""
    own, other = Counts(2000.0, 40.0, 12), Counts(20_000.0, 20.0, 12)
    few, perfect = Counts(3000.0, 0.0, 12), Counts(40_000.0, 0.0, 12)

    assert _judged(slos["one"], own, other, replace(CANARY, tolerance=30.0)).state == OPEN
    assert _judged(slos["one"], few, perfect).state == UNKNOWN
    assert _judged(slos["one"], few, perfect, replace(CANARY, confidence=0.8)).state == OPEN


def test_seconds_of_one_another_are_no_trials(slos: dict[str, Slo]) -> None:
    """Of time, a ledger window is one: twelve of an hour are too few to know anything small."""
    lag = slos["lag"]
    assert lag.sli.counted_in is CountedIn.SECONDS
    day, hour = Counts(86_400.0, 0.0, 288), Counts(3600.0, 0.0, 12)

    assert _judged(lag, hour, day).state == UNKNOWN
    assert _judged(lag, day, day, replace(CANARY, tolerance=2.0)).state == OPEN
    assert _judged(lag, Counts(3600.0, 3600.0, 12), day).state == CLOSED


def test_events_in_time_are_compared_by_their_time(slos: dict[str, Slo]) -> None:
    """Restarts: against 1/h, by Poisson's bounds, whatever number there is in a second."""
    restarts, hour = slos["restarts"], 3600.0
    assert restarts.budget == Fraction(1, 3600)

    assert _judged(restarts, Counts(hour, 12.0, 12), Counts(hour, 0.0, 12)).state == CLOSED
    assert _judged(restarts, Counts(hour, 1.0, 12), Counts(hour, 0.0, 12)).state == UNKNOWN
    assert _judged(restarts, Counts(hour, 5e6, 12), Counts(hour, 0.0, 12)).state == CLOSED
    assert _judged(restarts, Counts(24 * hour, 0.0, 288), Counts(hour, 0.0, 12)).state == OPEN


def test_the_worst_of_the_other_groups_answers(slos: dict[str, Slo]) -> None:
    """Regions are compared each with itself; one without a canary says nothing about it."""
    slo = slos["one"]

    fine, bad = Counts(40_000.0, 0.0, 12), Counts(2000.0, 40.0, 12)
    ours = {_key(slo, "eu", "v2"): fine, _key(slo, "us", "v2"): bad}
    theirs = {_key(slo, region, "v1"): fine for region in ("eu", "us", "asia")}
    (answer,) = judge_canary(CANARY, [slo], ours, theirs).answers

    assert (answer.state, answer.group, answer.owner) == (CLOSED, {"region": "us"}, "team-edge")


def test_what_has_counted_nothing_is_not_known(slos: dict[str, Slo]) -> None:
    """Neither a canary without traffic nor one without anything to compare it with is open."""
    slo, fine = slos["one"], Counts(40_000.0, 0.0, 12)
    key = _key(slo, "eu", "v2")
    none, alone = (judge_canary(CANARY, [slo], ours, {}) for ours in ({}, {key: fine}))
    idle = judge_canary(CANARY, [slo], {key: Counts(0.0, 0.0, 12)}, {})

    assert {gate.state for gate in (none, alone, idle)} == {UNKNOWN}
    assert none.answers[0].why == "version=v2 has counted nothing yet"
    assert alone.answers[0].why == "version=v1 has counted nothing to compare with"
