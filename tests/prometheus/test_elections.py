"""Elections, failovers and members' own counts: n of them are recorded as n."""

from collections.abc import Callable, Sequence

import pytest

from tests.prometheus.clusters import STEP, Member
from tests.prometheus.traffic import LEDGER, recorded
from tests.support.compile.compiled import compiled, keeping
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.scrapes import Scraped, promtool_input

pytestmark = pytest.mark.programs("promtool")

SECONDS = 3 * 3600
NOW, WINDOW = f"{SECONDS}s", "2h59m"
ELECTIONS = [1200, 1290, 3015, 5400, 8000]
SPEC = """
    apiVersion: slokit/v1
    service: consensus
    defaults: {group_by: [case]}
    slos:
      - name: elections
        sli: {rate: {counter: leader_changes_total, counted_by: every_member, at_most: 2/d}}
      - name: split-elections
        sli:
          rate:
            counter: ['leader_changes_total{part="a"}', 'leader_changes_total{part="b"}']
            counted_by: every_member
            at_most: 2/d
      - name: written-elections
        sli:
          rate:
            counter: >-
              (leader_changes_total{part!=""} - leader_changes_total offset $window)
              / $window_seconds
            counted_by: every_member
            at_most: 2/d
      - name: failovers
        sli: {rate: {epoch: timeline, at_most: 2/30d}}
      - name: views
        sli: {rate: {epoch: 'view < 1e18', at_most: 2/30d}}
      - name: evictions
        sli: {rate: {counter: evicted_total, counted_by: one_member, at_most: 2/d}}
      - name: losses
        sli: {rate: {counter: [evicted_total, expired_total], counted_by: one_member, at_most: 2/d}}
"""


def three(moments: Sequence[int] = ()) -> list[Member]:
    """Three members that see the events at scrapes of their own; the first counts highest."""
    members = [Member("m0", 50, SECONDS), Member("m1", 7, SECONDS, 15), Member("m2", 3, SECONDS)]
    return [member.sees(moments) for member in members]


def steady() -> list[Member]:
    return three(ELECTIONS)


def highest_restarts() -> list[Member]:
    first, *rest = three(ELECTIONS)
    return [first.restarts(2400), *rest]


def leader_restarts() -> list[Member]:
    """The one that counts highest leads and goes, which is an election to the two others."""
    first, *rest = three(ELECTIONS[:2] + ELECTIONS[3:])
    return [first.restarts(3015), *(member.sees([3015]) for member in rest)]


def highest_leaves() -> list[Member]:
    first, *rest = three(ELECTIONS)
    return [first.unseen(2400), *rest]


def highest_unscraped() -> list[Member]:
    first, *rest = three(ELECTIONS)
    return [first.unseen(2700, 600), *rest]


def higher_joins() -> list[Member]:
    return [*three(ELECTIONS), Member("m3", 900, SECONDS).sees(ELECTIONS).joins(2400)]


def rolling_restart() -> list[Member]:
    """Each member restarts, five minutes apart; the first and the last lead when they go."""
    members = three(ELECTIONS[:2] + ELECTIONS[4:])
    for number, member in enumerate(members):
        at = 3000 + 300 * number
        member.sees([moment for moment in (3000, 3600) if moment != at])
        member.restarts(at)
    return members


def two_left() -> list[Member]:
    """One is gone for long; of the two left one restarts, which the other sees as an election."""
    first, second, third = three(ELECTIONS[:2])
    return [first.restarts(5400), second.sees([5400]), third.unseen(2400)]


CASES: dict[Callable[[], list[Member]], int] = {
    steady: 5,
    highest_restarts: 5,
    leader_restarts: 5,
    highest_leaves: 5,
    highest_unscraped: 5,
    higher_joins: 5,
    rolling_restart: 5,
    two_left: 3,
}


def late_follower() -> list[Member]:
    """Each failover reaches the third member four minutes later than the others."""
    first, second, _ = three(ELECTIONS)
    return [first, second, Member("m2", 50, SECONDS).sees(ELECTIONS, late=240)]


def primary_dies() -> list[Member]:
    """The primary goes with its timeline at a failover, and comes back as a late follower."""
    first, *rest = (Member(f"m{number}", 50, SECONDS) for number in range(3))
    back = first.sees(ELECTIONS).unseen(3015, 900)
    return [back, *(member.sees(ELECTIONS) for member in rest)]


def non_primary() -> list[Member]:
    """A member is cut off for ten minutes and says 2^64-1 meanwhile."""
    members = [Member(f"m{number}", 50, SECONDS).sees(ELECTIONS) for number in range(3)]
    members[0].values[2700 // STEP : 3300 // STEP] = float(2**64 - 1)
    return members


def shares() -> list[Member]:
    """Each member counts its own; one of them restarts at zero."""
    first, second, third = three()
    return [first.sees([1200, 5400]), second.sees([1290, 8000]).restarts(2400, again=0), third]


EPOCHS: list[tuple[str, Callable[[], list[Member]], int]] = [
    ("timeline", late_follower, 5),
    ("view", late_follower, 5),
    ("timeline", primary_dies, 5),
    ("view", primary_dies, 5),
    ("view", non_primary, 5),
]


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], float]:
    """How many events the ledger holds in the end, by SLO and case."""
    directory = tmp_path_factory.mktemp("elections")
    made = compiled(directory / "c", SPEC)
    files = [keeping(path, LEDGER) for path in made.files]
    replay = RuleReplay(directory / "replay", files, promtool_input(all_series(), 15), "15s")
    samples = replay.samples(recorded("bad", WINDOW), NOW)
    return {(s.labels["slo"], s.labels["case"]): s.value for s in samples}


def all_series() -> list[Scraped]:
    rows = [of("leader_changes_total", make.__name__, make()) for make in CASES]
    rows += [
        of("leader_changes_total", "parts", three(moments), part=part)
        for part, moments in (("a", ELECTIONS[::2]), ("b", ELECTIONS[1::2]))
    ]
    rows += [of(metric, make.__name__, make()) for metric, make, _ in EPOCHS]
    rows.append(of("evicted_total", "shares", shares()))
    rows.append(of("expired_total", "shares", three([4000, 6015])[:1]))
    return [row for some in rows for row in some]


def of(metric: str, case: str, members: Sequence[Member], **labels: str) -> list[Scraped]:
    return [member.series(metric, {"case": case, **labels}) for member in members]


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_elections_that_all_members_count_are_counted_once(
    counts: dict[tuple[str, str], float], make: Callable[[], list[Member]]
) -> None:
    """N elections that every member counts are n, whichever member restarts, goes or joins.

    Tolerance a tenth of an election: an election is in ten evaluations of the rate, and members
    that are scraped at different moments disagree for one of them.
    """
    assert counts["elections", make.__name__] == pytest.approx(CASES[make], abs=0.1)


@pytest.mark.parametrize(("metric", "make", "failovers"), EPOCHS)
def test_an_epoch_counts_each_step_once(
    counts: dict[tuple[str, str], float],
    metric: str,
    make: Callable[[], list[Member]],
    failovers: int,
) -> None:
    """N steps of an epoch are n, though a follower is late, a member dies or reports nonsense.

    Tolerance a tenth of a step: PromQL is looked up on a grid of its own, one evaluation off.
    """
    slo = {"timeline": "failovers", "view": "views"}[metric]

    assert counts[slo, make.__name__] == pytest.approx(failovers, abs=0.1)


def test_what_each_member_counts_itself_adds_up(counts: dict[tuple[str, str], float]) -> None:
    """Four evictions on two members and a restart at zero are four; a second counter adds two.

    Tolerance a tenth of an event: rate() stretches what it saw to the window's ends, less so
    where a counter begins at zero.
    """
    assert counts["evictions", "shares"] == pytest.approx(4, abs=0.1)
    assert counts["losses", "shares"] == pytest.approx(6, abs=0.1)


def test_a_list_of_counters_adds_up_on_each_member(counts: dict[tuple[str, str], float]) -> None:
    """Elections counted in two parts, some in each, are as many as both parts hold together.

    Tolerance a tenth of an election, as above.
    """
    assert counts["split-elections", "parts"] == pytest.approx(len(ELECTIONS), abs=0.1)


def test_an_expression_of_parts_adds_up_on_each_member(
    counts: dict[tuple[str, str], float],
) -> None:
    """A written expression with a series for each part and member counts as the selector does."""
    assert counts["written-elections", "parts"] == pytest.approx(len(ELECTIONS), abs=0.1)
